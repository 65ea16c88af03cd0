"""One request and what came of it, as ASGI and WSGI both need it."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

Headers = list[tuple[bytes, bytes]]

COMPLETE = "complete"
DROPPED = "dropped"  # the response began and did not end: a server closes the connection
HUNG = "hung"
EXITED = "exited"  # the application asked its process to end

HEADER_BLOCK_LIMIT = 65536  # bytes; what h11, and uvicorn with it, accepts
_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+\Z")  # RFC 9110, 5.6.2
_TARGET = re.compile(rb"[\x21-\x7e]+\Z")  # RFC 9112, 3.2, as liberal as servers are
_FIELD_VALUE = re.compile(rb"[^\x00\r\n]*\Z")  # RFC 9110, 5.5


class Limits(NamedTuple):
    """What the agent holds back from a response.

    Attributes:
        body: Bytes of a response's body that are kept.
        stream: Seconds that a response may go on streaming.
        background: Seconds that are waited for background tasks once the response is complete.
    """

    body: int = 16 << 20
    stream: float = 2.0
    background: float = 1.0


class Request(NamedTuple):
    """A request as a server hands it on: header names in lower case, Host and Content-Length there.

    Attributes:
        shortened: The body ends before its Content-Length: the client is gone.
    """

    method: str
    path: bytes
    query: bytes
    headers: Headers
    body: bytes
    host: str
    shortened: bool
    timeout: float

    @property
    def target(self) -> bytes:
        """The request target, as it was sent."""
        return self.path + b"?" + self.query if self.query else self.path


class Refusal(Exception):  # noqa: N818 - an answer, not a mistake
    """A request that no server lets through to an application."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Outcome:
    """What came of a request; the drivers fill it in."""

    __slots__ = ("body", "error", "headers", "kind", "restart", "seconds", "size", "stack", "status", "truncated")

    def __init__(self) -> None:
        self.kind = COMPLETE
        self.status = 0
        self.headers: Headers = []
        self.body: list[bytes] = []
        self.size = 0
        self.truncated = False
        self.error: BaseException | None = None
        self.stack = ""
        self.restart = False
        self.seconds = 0.0

    def add(self, part: bytes, limit: int) -> None:
        """Add to the body, up to `limit` bytes in all."""
        if part:
            room = limit - self.size
            if len(part) > room:
                self.truncated = True
                part = part[:room]
            self.body.append(part)
            self.size += len(part)

    def fail(self, reason: str = "Internal Server Error") -> None:
        """Become what servers answer for an application that failed before its response began."""
        self.status = 500
        self.headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
        self.body = [reason.encode()]


def read_request(header: dict[str, Any], body: bytes) -> Request:
    """Return the request of a frame.

    Raises:
        Refusal: A server would answer by itself: the request is not HTTP.
    """
    method = header["method"].encode("latin-1")
    target = header["target"].encode("latin-1")
    if not _TOKEN.match(method) or not _TARGET.match(target) or target[:1] not in b"/*":
        raise Refusal(400, "Invalid HTTP request received.")
    path, _, query = target.partition(b"?")
    headers: Headers = []
    size = len(target)
    length: int | None = None
    host = ""
    chunked = False
    for name_text, value_text in header["headers"]:
        name, value = name_text.encode("latin-1").lower(), value_text.encode("latin-1").strip(b" \t")
        if not _TOKEN.match(name) or not _FIELD_VALUE.match(value):
            raise Refusal(400, "Invalid HTTP request received.")
        size += len(name) + len(value) + 4
        if name == b"content-length":
            if not value.isdigit() or (length is not None and length != int(value)):
                raise Refusal(400, "Invalid HTTP request received.")
            length = int(value)
        elif name == b"transfer-encoding":
            chunked = True
        elif name == b"host":
            if host:
                raise Refusal(400, "Invalid HTTP request received.")
            host = value.decode("latin-1")
        headers.append((name, value))
    if size > HEADER_BLOCK_LIMIT:
        raise Refusal(431, "Request Header Fields Too Large")
    if not host:
        host = header.get("host", "127.0.0.1")
        headers.insert(0, (b"host", host.encode("latin-1")))
    if length is None and not chunked and (body or method in (b"POST", b"PUT", b"PATCH")):
        headers.append((b"content-length", str(len(body)).encode()))
    shortened = length is not None and length > len(body)
    if length is not None:
        body = body[:length]
    return Request(method.decode(), path, query, headers, body, host, shortened, header["timeout"])


def checked_headers(headers: Any) -> Headers:
    """Return the headers of a response.

    Raises:
        ValueError: A server would refuse them: a name that is no token, a value with a line break.
    """
    checked = []
    for raw_name, raw_value in headers:
        name, value = bytes(raw_name), bytes(raw_value)
        if not _TOKEN.match(name) or not _FIELD_VALUE.match(value):
            message = f"Invalid response header {name!r}: {value!r}"
            raise ValueError(message)
        checked.append((name, value))
    return checked
