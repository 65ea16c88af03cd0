"""What a login gives, and what becomes of it in the requests that follow; suites carry this module.

It knows nothing of how requests are sent.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from oagen.runner.pointers import at_pointer

Headers = Iterable[tuple[str, str]]
LONGEST_WAIT = 1000
FIRST_REFUSAL = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What an identity sends since it has logged in.

    Attributes:
        headers: The header that carries the token.
        cookies: The cookies that the answer has set.
    """

    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    cookies: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    def is_in(self, headers: Headers) -> bool:
        """Return whether a request with these headers was sent in this session."""
        sent = [(name.lower(), value) for name, value in headers]
        cookies = [piece for name, value in sent if name == "cookie" for piece in value.split("; ")]
        return all((name.lower(), value) in sent for name, value in self.headers) and all(
            f"{name}={value}" in cookies for name, value in self.cookies
        )

    def put_into(self, headers: Headers) -> list[tuple[str, str]]:
        """Return the headers of a request with this session instead of an earlier one."""
        mine = {name.lower(): value for name, value in self.headers}
        cookies = dict(self.cookies)
        renewed = []
        for name, value in headers:
            if name.lower() == "cookie":
                pieces = [(piece, piece.partition("=")[0]) for piece in value.split("; ")]
                text = "; ".join(f"{key}={cookies[key]}" if key in cookies else piece for piece, key in pieces)
                renewed.append((name, text))
            else:
                renewed.append((name, mine.get(name.lower(), value)))
        return renewed


def session_of(
    status: int, headers: Headers, body: bytes, *, token: str | None, header: tuple[str, str], cookies: Sequence[str]
) -> Session:
    """Return what the answer to a login gives.

    Args:
        token: JSON Pointer to the token in the body; None where none is wanted.
        header: Name of the header that carries it, and the template of its value.
        cookies: Names of the wanted cookies.

    Raises:
        ValueError: It gives not all of that; the message follows the name of the request.
    """
    if status >= FIRST_REFUSAL:
        raise ValueError(f"answered {status}")
    given = dict(_cookies_set(headers))
    if missing := [name for name in cookies if name not in given]:
        raise ValueError(f"answered {status} and set no cookie {', '.join(missing)}")
    carried = ((header[0], header[1].replace("{token}", _token(status, body, token))),) if token is not None else ()
    return Session(headers=carried, cookies=tuple((name, given[name]) for name in cookies))


def _token(status: int, body: bytes, pointer: str) -> str:
    try:
        found = at_pointer(json.loads(body), pointer)
    except (LookupError, ValueError, RecursionError):
        found = None
    if not isinstance(found, str) or not found:
        raise ValueError(f"answered {status} and its body has no text at {pointer or 'its root'}")
    if not (found.isascii() and found.isprintable()):
        raise ValueError(f"answered {status} and its token can't stand in a header")
    return found


def _cookies_set(headers: Headers) -> Iterable[tuple[str, str]]:
    """Yield name and value of each cookie that an answer sets (RFC 6265, section 5.2)."""
    for name, value in headers:
        if name.lower() == "set-cookie":
            key, equals, text = value.partition(";")[0].partition("=")
            if equals:
                yield key.strip(), text.strip()


def _cookie_header(cookies: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    text = "; ".join(f"{name}={value}" for name, value in cookies)
    return [("Cookie", text)] if text else []


def joined(identity: Headers, own: Headers) -> list[tuple[str, str]]:
    """Return the headers of a request with those of its identity in front.

    What the request says itself wins: a header over one of the same name, and a cookie over one of the same name.
    """
    first, then = list(identity), list(own)
    named = {name.lower() for name, _ in then}
    headers = [item for item in first if item[0].lower() not in named]
    if "cookie" not in named or not any(name.lower() == "cookie" for name, _ in first):
        return headers + then
    pieces = [piece for name, value in then if name.lower() == "cookie" for piece in value.split("; ")]
    taken = {piece.partition("=")[0] for piece in pieces}
    kept = [
        piece
        for name, value in first
        if name.lower() == "cookie"
        for piece in value.split("; ")
        if piece.partition("=")[0] not in taken
    ]
    others = [item for item in then if item[0].lower() != "cookie"]
    return [*headers, *others, ("Cookie", "; ".join(kept + pieces))]


def headers_in(session: Session, fixed: Mapping[str, str]) -> dict[str, str]:
    """Return what an identity sends: the headers it always has, and those of its session."""
    return dict(joined(fixed.items(), [*session.headers, *_cookie_header(session.cookies)]))


def payload(body: Any, form: Mapping[str, str], expanded: Callable[[str], str]) -> tuple[str | None, bytes | None]:
    """Return content type and bytes of a login's body, None without one.

    Args:
        expanded: Puts the environment variables into a text.
    """
    if form:
        text = urlencode({name: expanded(value) for name, value in form.items()})
        return "application/x-www-form-urlencoded", text.encode()
    if body is None:
        return None, None
    return "application/json", json.dumps(_filled(body, expanded)).encode()


def _filled(value: Any, expanded: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return expanded(value)
    if isinstance(value, Mapping):
        return {name: _filled(item, expanded) for name, item in value.items()}
    return [_filled(item, expanded) for item in value] if isinstance(value, list) else value


class Renewals:
    """Decides after which 401 an identity logs in again.

    Where a new login does not change the answer, the 401 has another reason: then the next tries wait, longer each
    time.
    """

    def __init__(self) -> None:
        self._useless = 0
        self._wait = 0

    def is_due(self) -> bool:
        """Return whether this 401 is worth a login."""
        if self._wait:
            self._wait -= 1
            return False
        return True

    def done(self, *, helped: bool) -> None:
        """Take note of what the request was answered after the login."""
        self._useless = 0 if helped else self._useless + 1
        self._wait = 0 if helped else min(4**self._useless, LONGEST_WAIT)
