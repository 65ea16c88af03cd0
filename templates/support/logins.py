"""Identities that log in, as [identities.NAME.login] in oagen.toml says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from threading import RLock
from typing import Any

import httpx
import pytest

from .sessions import Renewals, Session, headers_in, payload, session_of

UNAUTHORIZED = 401
_NAMED_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):\s*(.*)")


@dataclass(frozen=True)
class Login:
    """How an identity gets its credentials: a request, and what its answer gives.

    Attributes:
        content: Body with its secrets in it.
        token: JSON Pointer to the token; None where cookies alone count.
        header: Name and template of the header that carries it.
        cookies: Names of cookies that are sent from then on.
    """

    method: str
    path: str
    content_type: str | None
    content: bytes | None = field(repr=False)
    token: str | None
    header: tuple[str, str]
    cookies: tuple[str, ...]


def read_login(table: Mapping[str, Any], expanded: Callable[[str], str]) -> Login:
    """Return what a table of oagen.toml says.

    Args:
        expanded: Puts environment variables into a text.
    """
    content_type, content = payload(
        table.get("json"), dict(table.get("form", {})), expanded
    )
    cookies = table.get("cookie", ())
    header = str(table.get("header", "Bearer {token}"))
    named = _NAMED_HEADER.fullmatch(header)
    return Login(
        method=str(table.get("method", "POST")).upper(),
        path=expanded(str(table.get("path", "/"))),
        content_type=content_type,
        content=content,
        token=table.get("token"),
        header=(named[1], named[2]) if named else ("Authorization", header),
        cookies=(cookies,) if isinstance(cookies, str) else tuple(cookies),
    )


class Sessions:
    """What each identity sends.

    Those that can log in do so when they are first asked for.

    Args:
        client: Sends the logins.
        identities: The headers that each identity always sends.
        logins: By the identity's name.
    """

    def __init__(
        self,
        client: httpx.Client,
        identities: Mapping[str, Mapping[str, str]],
        logins: Mapping[str, Login],
    ) -> None:
        self._client = client
        self._identities = identities
        self._logins = logins
        self._sessions: dict[str, Session] = {}
        self._renewals: dict[str, Renewals] = {}
        self._lock = RLock()

    def headers_of(self, identity: str) -> Mapping[str, str] | None:
        """Return the headers of an identity, None for one that is not configured.

        Fail where it can't log in.
        """
        fixed = self._identities.get(identity)
        login = self._logins.get(identity)
        if fixed is None or login is None:
            return fixed
        with self._lock:
            if identity not in self._sessions:
                self._log_in(identity, login, fixed)
            return headers_in(self._sessions[identity], fixed)

    def forget(self) -> None:
        """Let each identity log in again when it is next asked for."""
        with self._lock:
            self._sessions.clear()
            self._renewals.clear()

    def resent(
        self,
        identity: str,
        answer: httpx.Response,
        headers: list[tuple[str, str]],
        send: Callable[[Iterable[tuple[str, str]]], httpx.Response],
    ) -> httpx.Response:
        """Return the answer after a new login, or as it was where that can't help.

        Args:
            headers: Those of the request.
            send: Sends it with other headers.
        """
        login, session = self._logins.get(identity), self._sessions.get(identity)
        if answer.status_code != UNAUTHORIZED or login is None or session is None:
            return answer
        renewals = self._renewals.setdefault(identity, Renewals())
        with self._lock:
            if not session.is_in(headers) or not renewals.is_due():
                return answer
            self._log_in(identity, login, self._identities[identity])
        again = send(self._sessions[identity].put_into(headers))
        renewals.done(helped=again.status_code != UNAUTHORIZED)
        return again

    def _log_in(self, identity: str, login: Login, fixed: Mapping[str, str]) -> None:
        headers = {"Accept": "application/json, */*", **fixed}
        if login.content_type is not None:
            headers["Content-Type"] = login.content_type
        try:
            answer = self._client.request(
                login.method, login.path, content=login.content, headers=headers
            )
            self._sessions[identity] = session_of(
                answer.status_code,
                answer.headers.multi_items(),
                answer.content,
                token=login.token,
                header=login.header,
                cookies=login.cookies,
            )
        except (ValueError, httpx.HTTPError) as problem:
            why = problem if isinstance(problem, ValueError) else "got no answer"
            pytest.fail(
                f"the identity {identity!r} can't log in: "
                f"{login.method} {login.path} {why}",
                pytrace=False,
            )
