"""Requests to the API under test, as the tests write them."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, TypedDict
from urllib.parse import quote
from xml.sax.saxutils import escape

import httpx
import pytest

from .current import current
from .logins import Sessions
from .pointers import at_pointer
from .sessions import joined
from .settings import Settings
from .statuses import status_matches

if TYPE_CHECKING:
    from typing_extensions import Unpack

VISIBLE = "".join(map(chr, range(0x20, 0x7F))) + "\t"
SECONDS = 30.0
"""How long an answer may take."""

BUSY = (429, 503)
"""What says that a request was not carried out, and may be sent again."""

PAUSES = (0.1, 0.5)
"""Seconds between the tries of a request, unless `Retry-After` asks for more."""

PATIENCE = 3.0
"""How many seconds an answer may ask for."""


Part = tuple[str | None, str | bytes, str]
Files = Mapping[str, Part] | Sequence[tuple[str, Part]]


class Sending(TypedDict, total=False):
    """What a request may carry.

    `json` is sent as JSON, `data` as a form, `files` with it as a form in parts (each
    a file's name, content and type), `content` as it is; `content_type` replaces the
    usual one;
    `as_` names the identity of oagen.toml whose headers are sent (none without it).
    """

    params: Mapping[str, object] | Iterable[tuple[str, object]]
    json: Any
    data: Mapping[str, object]
    files: Files
    content: str | bytes
    content_type: str
    headers: Mapping[str, str | bytes] | Iterable[tuple[str, str | bytes]]
    as_: str | None


class Api:
    """The API under test; keeps no cookies, follows no redirects.

    Attributes:
        client: Sends the requests.
        app: The application in this process, if it is.
        complete: Runs a coroutine to its end, on the application's event loop if there
            is one.
        failure: Why the application in this process did not start, if it did not.
    """

    def __init__(
        self,
        client: httpx.Client,
        settings: Settings,
        app: Any = None,
        complete: Callable[[Coroutine[Any, Any, None]], None] = asyncio.run,
    ) -> None:
        self.client = client
        self.app = app
        self.complete = complete
        self.failure: Exception | None = None
        self._sessions = Sessions(client, settings.identities, settings.logins)
        self._unset = settings.unset

    def request(
        self, method: str, url: str, **sending: Unpack[Sending]
    ) -> httpx.Response:
        """Send a request; `url` is below the API's base URL."""
        headers = list(_pairs(sending.get("headers") or {}))
        content, content_type = _body(sending)
        if content_type is not None and not any(
            name.lower() == "content-type" for name, _ in headers
        ):
            headers.append(("Content-Type", content_type))
        if query := _query(sending.get("params") or {}):
            url += ("&" if "?" in url else "?") + query
        sent = _texts(headers)
        name = sending.get("as_")
        if name is not None:
            sent = joined(_texts(self._headers_of(name).items()), sent)

        def send(headers: Iterable[tuple[str, str]]) -> httpx.Response:
            encoded = [
                (name.encode(), value.encode("latin-1")) for name, value in headers
            ]
            for pause in (*PAUSES, None):
                answer = self.client.request(
                    method, url, content=content, headers=encoded
                )
                if pause is None or not _is_busy(answer):
                    break
                time.sleep(_asked_for(answer, pause))
            return answer

        answer = send(sent)
        return (
            answer if name is None else self._sessions.resent(name, answer, sent, send)
        )

    def get(self, url: str, **sending: Unpack[Sending]) -> httpx.Response:
        """Send a GET request."""
        return self.request("GET", url, **sending)

    def post(self, url: str, **sending: Unpack[Sending]) -> httpx.Response:
        """Send a POST request."""
        return self.request("POST", url, **sending)

    def put(self, url: str, **sending: Unpack[Sending]) -> httpx.Response:
        """Send a PUT request."""
        return self.request("PUT", url, **sending)

    def patch(self, url: str, **sending: Unpack[Sending]) -> httpx.Response:
        """Send a PATCH request."""
        return self.request("PATCH", url, **sending)

    def delete(self, url: str, **sending: Unpack[Sending]) -> httpx.Response:
        """Send a DELETE request."""
        return self.request("DELETE", url, **sending)

    def head(self, url: str, **sending: Unpack[Sending]) -> httpx.Response:
        """Send a HEAD request."""
        return self.request("HEAD", url, **sending)

    def options(self, url: str, **sending: Unpack[Sending]) -> httpx.Response:
        """Send an OPTIONS request."""
        return self.request("OPTIONS", url, **sending)

    def forget(self) -> None:
        """Forget the sessions of identities that log in."""
        self._sessions.forget()

    @contextmanager
    def carrying(self, headers: Mapping[str, str]) -> Iterator[None]:
        """Send these headers with each request of the block that lacks them."""

        def add(request: httpx.Request) -> None:
            for name, value in headers.items():
                request.headers.setdefault(name, value)

        before = self.client.event_hooks
        self.client.event_hooks = {**before, "request": [*before["request"], add]}
        try:
            yield
        finally:
            self.client.event_hooks = before

    def credential(self, identity: str, header: str = "Authorization") -> str:
        """Return what an identity sends in a header, to be sent another way."""
        for name, value in self._headers_of(identity).items():
            if name.lower() == header.lower():
                return value
        pytest.skip(f"[identities.{identity}] in oagen.toml has no header {header}")

    def _headers_of(self, identity: str) -> Mapping[str, str]:
        headers = self._sessions.headers_of(identity)
        if headers is not None:
            return headers
        remedy = f"write [identities.{identity}] with its headers into oagen.toml"
        if variable := self._unset.get(identity):
            remedy = f"the environment variable {variable} is not set"
        pytest.skip(f"needs the identity {identity!r}: {remedy}")


def _is_busy(answer: httpx.Response) -> bool:
    """Return whether an API was only too busy for a request.

    It was not where the test is about such an answer.
    """
    code, wanted = answer.status_code, current.status
    return code in BUSY and wanted != "default" and not status_matches(code, wanted)


def _asked_for(answer: httpx.Response, pause: float) -> float:
    """Return how many seconds to wait before a request is sent again."""
    asked = answer.headers.get("Retry-After", "")
    return min(int(asked), PATIENCE) if asked.isdecimal() else pause


def make_client(
    base_url: str, transport: httpx.BaseTransport | None, *, proxies: bool
) -> httpx.Client:
    """Return a client that remembers nothing between requests."""
    return httpx.Client(
        base_url=base_url,
        transport=transport,
        timeout=SECONDS,
        trust_env=proxies,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
    )


def _body(sending: Sending) -> tuple[str | bytes | None, str | None]:
    """Return the bytes to send and the content type that goes with them."""
    content_type = sending.get("content_type")
    if "json" in sending:
        return json_text(sending["json"]), content_type or "application/json"
    if "files" in sending:
        fields = [
            (name, (None, text(each)))
            for name, each in _flat(sending.get("data") or {})
        ]
        form = httpx.Request("POST", "", files=[*fields, *_pairs(sending["files"])])
        return form.read(), form.headers["Content-Type"]
    if "data" in sending:
        return _query(
            sending["data"]
        ), content_type or "application/x-www-form-urlencoded"
    return sending.get("content"), content_type


def _query(params: Mapping[str, object] | Iterable[tuple[str, object]]) -> str:
    return "&".join(f"{quoted(name)}={quoted(value)}" for name, value in _flat(params))


def _flat(
    members: Mapping[str, object] | Iterable[tuple[str, object]],
) -> Iterable[tuple[str, object]]:
    for name, value in _pairs(members):
        if isinstance(value, (list, tuple)):
            yield from ((name, item) for item in value)
        else:
            yield name, value


def _pairs(members: Any) -> Iterable[tuple[str, Any]]:
    return members.items() if isinstance(members, Mapping) else members


def text(*parts: object) -> str:
    """Return values as one text, each as a URL or a header shows it."""
    return "".join(part if isinstance(part, str) else json_text(part) for part in parts)


def cookie_value(value: object) -> str:
    """Return a value of a cookie, percent-encoded (RFC 6265, section 4.1.1)."""
    encoded = text(value).encode("utf-8", "surrogatepass")
    return quote(encoded, safe="!#$&'()*+-./:<=>?@[]^_`{|}~")


def _texts(headers: Iterable[tuple[str, str | bytes]]) -> list[tuple[str, str]]:
    """Return headers with each byte of their values as one character."""
    return [(name, _header(value).decode("latin-1")) for name, value in headers]


def _header(value: str | bytes) -> bytes:
    """Return the value of a header; what may not stand in text is percent-encoded."""
    if isinstance(value, bytes):
        return value
    encoded = value.encode("utf-8", "surrogatepass")
    return quote(encoded, safe=VISIBLE).encode()


def json_text(value: object) -> str:
    """Return a value as compact JSON.

    Lone surrogates are escaped, since UTF-8 has none.
    """
    encoded = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if encoded.isascii() or not any(
        "\ud800" <= character <= "\udfff" for character in encoded
    ):
        return encoded
    return "".join(
        f"\\u{ord(c):04x}" if "\ud800" <= c <= "\udfff" else c for c in encoded
    )


def xml_text(value: object) -> str:
    """Return a value as the text of an XML element or attribute."""
    return escape(text(value), {'"': "&quot;"})


def quoted(value: object) -> str:
    """Return a value as it stands in a path or a query (RFC 3986, section 2.1)."""
    return quote(text(value).encode("utf-8", "surrogatepass"), safe="")


def path(template: str, *values: object) -> str:
    """Return the path with each `{}` replaced by the next value, percent-encoded."""
    first, *pieces = template.split("{}")
    return first + "".join(
        _segment(value) + piece for value, piece in zip(values, pieces, strict=True)
    )


def _segment(value: object) -> str:
    encoded = quoted(value)
    return encoded.replace(".", "%2E") if encoded in (".", "..") else encoded


def at(response: httpx.Response, pointer: str = "") -> Any:
    """Return the value at an RFC 6901 pointer into the JSON body, or fail the test."""
    with suppress(LookupError, ValueError):
        return at_pointer(response.json(), pointer)
    pytest.fail(
        f"the answer has nothing at {pointer or 'its root'}: {response.text[:500]!r}",
        pytrace=False,
    )
