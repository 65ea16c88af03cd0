"""A target over HTTP/1.1, keep-alive, one connection for each request under way."""

from __future__ import annotations

import base64
import http.client
import re
import select
import socket
import ssl
import time
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote

from oagen import __version__
from oagen.errors import TargetError
from oagen.scenario.wire import WireRequest
from oagen.target.ahead import UnderWay
from oagen.target.allowed import is_loopback, resolves_to_loopback, split_base_url
from oagen.target.decoding import decode_content
from oagen.target.model import Answer, FailureKind, SendFailure
from oagen.target.reading import ConnectionReader

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE", "QUERY"})  # RFC 9110, 9.2.2
_WITH_CONTENT = frozenset({"POST", "PUT", "PATCH"})
_FRAMING = frozenset({"content-length", "transfer-encoding", "connection"})
_OURS = (("Accept", "*/*"), ("Accept-Encoding", "gzip, deflate"), ("User-Agent", f"oagen/{__version__}"))
_STALE_AFTER = 1.0  # seconds a connection may have been idle for a request that can't be sent twice
_GRACE = 0.1  # seconds to read an answer that came while nobody waited for it
_PIECE = 65_536
_QUICK_ACK: int | None = getattr(socket, "TCP_QUICKACK", None)
"""A server that writes headers and body apart would wait 40 ms for our acknowledgement; Linux forgets it each time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpOptions:
    """How requests are sent.

    Attributes:
        timeout: Seconds for one exchange as a whole.
        max_body: Bytes of a body, decompressed, that are kept; the rest is not read.
        headers: Sent with every request that does not have them itself.
        ca_bundle: File of certificates to trust, instead of the system's.
        client_certificate: File with the client's certificate, its key included unless in `client_key`.
        verify: Whether the server's certificate is checked.
        proxy: URL of an HTTP proxy, credentials in it where it needs them.
        loopback_only: Whether a connection to another machine is refused even when the host's name changed its
            address meanwhile; None: if the base URL is on this machine now.
    """

    timeout: float = 10.0
    max_body: int = 4 * 1024 * 1024
    headers: tuple[tuple[str, str], ...] = ()
    ca_bundle: str | None = None
    client_certificate: str | None = None
    client_key: str | None = None
    verify: bool = True
    proxy: str | None = None
    loopback_only: bool | None = None


class HttpTarget:
    """An API at a base URL. Redirects are not followed.

    Args:
        base_url: `http://127.0.0.1:8000`; its path is in `base_path`, for whoever joins it to a request.
        options: How requests are sent.

    Raises:
        TargetError: The URL, a certificate file or the proxy's URL can't be used.
    """

    def __init__(self, base_url: str, options: HttpOptions | None = None) -> None:
        self.options = options or HttpOptions()
        parts = split_base_url(base_url)
        self._secure = parts.scheme == "https"
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if self._secure else 80)
        self.base_path = parts.path.rstrip("/")
        shown = f"[{self._host}]" if ":" in self._host else self._host
        self._authority = shown if parts.port is None else f"{shown}:{parts.port}"
        self.origin = f"{parts.scheme}://{self._authority}"
        self._context = _tls_context(self.options) if self._secure else None
        self._proxy = split_base_url(self.options.proxy) if self.options.proxy else None
        self._loopback_only = self.options.loopback_only
        if self._loopback_only is None:
            self._loopback_only = self._proxy is None and resolves_to_loopback(self._host, self._port)
        self._idle: list[_Connection] = []  # append and pop are atomic
        self._speaks_unasked = False  # then a connection serves one request alone
        self._closed = False

    def send(self, request: WireRequest, *, timeout: float | None = None) -> Answer:
        """Return the answer; see `Target.send`."""
        return self.begin(request, timeout=timeout).answer()

    def begin(self, request: WireRequest, *, timeout: float | None = None) -> UnderWay:
        """Send a request and return without its answer, whose `seconds` are those that were spent waiting.

        Raises:
            SendFailure: There is no connection, or the request can't be sent.
        """
        head = self._head(request)
        started = time.monotonic()
        deadline = started + (self.options.timeout if timeout is None else timeout)
        connection, reused = self._sent(request, head, deadline)
        spent = time.monotonic() - started

        def finish() -> Answer:
            began = time.monotonic()
            answer = self._received(request, head, connection, reused=reused, deadline=max(deadline, began + _GRACE))
            return replace(answer, seconds=spent + time.monotonic() - began)

        return UnderWay(finish)

    def _received(
        self, request: WireRequest, head: bytes, connection: _Connection, *, reused: bool, deadline: float
    ) -> Answer:
        while True:
            try:
                answer = connection.receive(request, deadline, self.options.max_body)
            except _NothingCame as nothing:
                connection.close()
                if not reused or request.method not in _IDEMPOTENT:
                    message = f"the connection was closed without an answer: {nothing}"
                    raise SendFailure(FailureKind.DROPPED, message) from nothing
            except BaseException:
                connection.close()
                raise
            else:
                if connection.reusable and not (self._closed or self._speaks_unasked):
                    self._idle.append(connection)
                else:
                    connection.close()
                return answer
            # an idle connection that the server had closed; a fresh one decides
            connection, reused = self._sent(request, head, deadline)

    def _sent(self, request: WireRequest, head: bytes, deadline: float) -> tuple[_Connection, bool]:
        """Put a request on a connection; return that, and whether it was used before."""
        connection, reused = self._connection(request, deadline)
        try:
            connection.put(head + (request.body or b""), deadline)
        except BaseException:
            connection.close()
            raise
        return connection, reused

    def close(self) -> None:
        """Close the connections that no request is under way on."""
        self._closed = True
        while self._idle:
            self._idle.pop().close()

    def _head(self, request: WireRequest) -> bytes:
        taken = {name.lower() for name, _ in request.headers}
        ours = [("Host", self._authority), *_OURS]
        if "transfer-encoding" not in taken and (request.body is not None or request.method in _WITH_CONTENT):
            ours.append(("Content-Length", str(len(request.body or b""))))
        headers: list[tuple[str, str]] = []
        for layer in (self.options.headers, ours):
            headers += [item for item in layer if item[0].lower() not in taken]
            taken |= {name.lower() for name, _ in headers}
        target = request.target
        if self._proxy is not None and not self._secure:
            target = self.origin + target
            headers += _proxy_headers(self._proxy)
        return _head_bytes(request.method, target, [*headers, *request.headers])

    def _connection(self, request: WireRequest, deadline: float) -> tuple[_Connection, bool]:
        while self._idle:
            connection = self._idle.pop()
            stale = request.method not in _IDEMPOTENT and time.monotonic() - connection.used > _STALE_AFTER
            if not stale and connection.is_quiet():
                return connection, True
            self._speaks_unasked |= connection.has_spoken()
            connection.close()
        return _Connection(self._connect(deadline)), False

    def _connect(self, deadline: float) -> socket.socket:
        host, port = self._host, self._port
        via = (self._proxy.hostname or "", self._proxy.port or 80) if self._proxy else (host, port)
        timeout = max(deadline - time.monotonic(), 0.001)
        opening: http.client.HTTPConnection
        if self._context is not None:
            opening = http.client.HTTPSConnection(*via, timeout=timeout, context=self._context)
            if self._proxy is not None:
                opening.set_tunnel(host, port, dict(_proxy_headers(self._proxy)))
        else:
            opening = http.client.HTTPConnection(*via, timeout=timeout)
        try:
            opening.connect()
        except ssl.SSLError as error:
            raise SendFailure(
                FailureKind.TLS, f"no TLS connection to {self._authority}: {error.reason or error}"
            ) from error
        except TimeoutError as error:
            if self._context is not None and opening.sock is not None:
                raise SendFailure(FailureKind.TLS, f"no TLS connection to {self._authority} in time") from error
            raise SendFailure(
                FailureKind.UNREACHABLE, f"{self._authority} did not accept a connection in time"
            ) from error
        except (OSError, http.client.HTTPException, UnicodeError) as error:
            raise SendFailure(FailureKind.REFUSED, f"no connection to {self._authority}: {error}") from error
        connected: socket.socket = opening.sock
        try:
            peer = str(connected.getpeername()[0])
        except OSError as error:
            connected.close()
            kind = FailureKind.TLS if self._secure else FailureKind.REFUSED
            raise SendFailure(kind, f"{self._authority} ended the connection at once: {error.strerror}") from error
        if self._loopback_only and not is_loopback(peer):
            connected.close()
            raise SendFailure(FailureKind.REFUSED, f"{self._authority} is no longer this machine")
        return connected


class _NothingCame(Exception):  # noqa: N818 - an outcome
    """The server closed the connection before the first byte of an answer."""


class _Connection:
    """One open connection, on which one request at a time is exchanged."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._reader = ConnectionReader(connected)
        self._broken: OSError | None = None
        self.used = time.monotonic()
        self.reusable = True

    def is_quiet(self) -> bool:
        """Whether nothing lies unread: neither the end of the connection nor an answer nobody asked for."""
        try:
            poller = select.poll()
            poller.register(self._socket, select.POLLIN)
            return not poller.poll(0) and not self._reader.holds_bytes()
        except (OSError, ValueError):
            return False

    def has_spoken(self) -> bool:
        """Whether something was sent, soon after the last answer, that nobody asked for: a second answer, say.

        It would be taken for the answer to what is sent next. What comes after a while is the server's last word on a
        connection that nobody uses (RFC 9110, 15.5.9), and inside of TLS some messages are not about HTTP.
        """
        if time.monotonic() - self.used > _STALE_AFTER or isinstance(self._socket, ssl.SSLSocket):
            return False
        try:
            self._socket.settimeout(0)
            return self._reader.holds_bytes() or bool(self._socket.recv(1, socket.MSG_PEEK))
        except (OSError, ValueError):
            return False

    def put(self, content: bytes, deadline: float) -> None:
        """Write a request."""
        self._reader.deadline = deadline
        self._reader.received = 0
        self.reusable = False
        self._broken = None
        try:
            self._socket.settimeout(max(deadline - time.monotonic(), 0.001))
            self._socket.sendall(content)
            if _QUICK_ACK is not None:
                self._socket.setsockopt(socket.IPPROTO_TCP, _QUICK_ACK, 1)
        except TimeoutError as error:
            raise SendFailure(FailureKind.TIMEOUT, "the request was not taken in time") from error
        except OSError as error:
            self._broken = error  # the server may have answered early (413) and closed

    def receive(self, request: WireRequest, deadline: float, max_body: int) -> Answer:
        """Read the answer to the request that was put last."""
        self._reader.deadline = deadline
        response = self._respond(request)
        body, cut = self._body(response, max_body)
        headers = tuple(response.getheaders())
        encoding = response.getheader("Content-Encoding")
        if encoding and body:
            body, longer = decode_content(body, encoding, max_body, partial=cut)
            cut = cut or longer
        framed = any(name.lower() in _FRAMING for name, _ in request.headers)
        self.reusable = not (response.will_close or cut or framed or response.status < 200)  # noqa: PLR2004
        self.used = time.monotonic()
        return Answer(status=response.status, headers=headers, body=body, truncated=cut)

    def _respond(self, request: WireRequest) -> http.client.HTTPResponse:
        try:
            while True:
                response = http.client.HTTPResponse(self._reader.as_socket(), method=request.method)
                response.begin()
                if response.status >= 200 or response.status == http.HTTPStatus.SWITCHING_PROTOCOLS:  # noqa: PLR2004
                    return response
        except TimeoutError as error:
            raise SendFailure(FailureKind.TIMEOUT, "no answer came in time") from error
        except (http.client.RemoteDisconnected, ConnectionError) as error:
            if self._reader.received == 0:
                raise _NothingCame(self._broken or error) from error
            raise SendFailure(
                FailureKind.DROPPED, f"the connection was closed in the middle of the headers: {error}"
            ) from error
        except http.client.LineTooLong as error:
            raise SendFailure(FailureKind.OVERSIZE, f"the answer's headers have no end: {error}") from error
        except http.client.HTTPException as error:
            if "more than" in str(error):
                raise SendFailure(FailureKind.OVERSIZE, f"the answer's headers have no end: {error}") from error
            raise SendFailure(
                FailureKind.PROTOCOL, f"what came back is not HTTP: {type(error).__name__}: {str(error)[:200]!r}"
            ) from error
        except ssl.SSLError as error:  # a refused certificate is told after the handshake (RFC 8446, 4.4.2.4)
            raise SendFailure(FailureKind.TLS, f"the server ended TLS: {error.reason or error}") from error
        except (OSError, ValueError) as error:
            raise SendFailure(FailureKind.PROTOCOL, f"the answer could not be read: {error}") from error

    def _body(self, response: http.client.HTTPResponse, max_body: int) -> tuple[bytes, bool]:
        pieces: list[bytes] = []
        size = 0
        try:
            while piece := response.read(min(_PIECE, max_body + 1 - size)):
                pieces.append(piece)
                size += len(piece)
                if size > max_body:
                    return b"".join(pieces)[:max_body], True
        except TimeoutError:
            return b"".join(pieces), True
        except http.client.IncompleteRead as error:
            missing: Any = error
        except ConnectionError as error:
            if 400 <= response.status < 500:  # noqa: PLR2004
                return b"".join(pieces), True  # refused early: what was sent after that resets the connection
            missing = error
        except (OSError, http.client.HTTPException, ValueError) as error:
            missing = error
        else:
            missing = response.length
            if not missing:
                return b"".join(pieces), False
            missing = f"{missing} bytes are missing"
        raise SendFailure(
            FailureKind.DROPPED,
            f"the connection was closed in the middle of the body of a {response.status}: {missing}",
        )

    def close(self) -> None:
        self._reader.finish()
        self._socket.close()


def _head_bytes(method: str, target: str, headers: list[tuple[str, str]]) -> bytes:
    if not _TOKEN.fullmatch(method):
        raise SendFailure(FailureKind.UNSENDABLE, f"{method!r} is no method")
    if "\r" in target or "\n" in target:
        raise SendFailure(FailureKind.UNSENDABLE, "a line break in the path would end the request line")
    lines = [_bytes(f"{method} {target} HTTP/1.1")]
    for name, value in headers:
        if not _TOKEN.fullmatch(name):
            raise SendFailure(FailureKind.UNSENDABLE, f"{name!r} is no name of a header")
        if "\r" in value or "\n" in value or "\0" in value:
            raise SendFailure(FailureKind.UNSENDABLE, f"a line break or NUL in the header {name} would end it")
        lines.append(name.encode("ascii") + b": " + _bytes(value))
    return b"\r\n".join([*lines, b"", b""])


def _bytes(text: str) -> bytes:
    """Return text as bytes: surrogates that stand for raw bytes become those, others the three bytes of UTF-8."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def _proxy_headers(proxy: Any) -> list[tuple[str, str]]:
    if proxy.username is None:
        return []
    secret = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return [("Proxy-Authorization", "Basic " + base64.b64encode(secret.encode()).decode("ascii"))]


def _tls_context(options: HttpOptions) -> ssl.SSLContext:
    file, what = options.ca_bundle, "certificates"
    try:
        context = ssl.create_default_context(cafile=file)
        if options.client_certificate is not None:
            file, what = options.client_certificate, "a certificate and its key"
            context.load_cert_chain(file, options.client_key)
    except OSError as error:
        reason = error.reason if isinstance(error, ssl.SSLError) and error.reason else error.strerror or error
        raise TargetError(f"{file} can't be used: {reason}", hint=f"It must hold {what} in PEM form.") from error
    context.set_alpn_protocols(["http/1.1"])
    if not options.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
