"""Identities that log in by themselves, on any target, and again when their session has ended."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial

from oagen.config.environment import expanded, headers_of
from oagen.config.settings import Identity, Login
from oagen.errors import TargetError
from oagen.runner.bindings import Unbound
from oagen.runner.login_secrets import secrets_in
from oagen.runner.passwords import MARK, basic_password, marked, password_text, with_basic_password
from oagen.runner.sessions import Headers, Renewals, Session, headers_in, payload, session_of
from oagen.scenario.wire import WireRequest
from oagen.target.ahead import UnderWay, begin, room_ahead
from oagen.target.model import Answer, SendFailure, Target
from oagen.target.together import send_together

_UNAUTHORIZED = 401
_FORMER = 4  # sessions of an identity that have ended, and may be in a request that was made before that


@dataclass(slots=True, kw_only=True)
class _Member:
    """An identity; `request` is its login, with everything secret in it, `with_password` the same with another one."""

    headers: dict[str, str] = field(repr=False)
    login: Login | None = None
    request: WireRequest | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    with_password: Callable[[str], WireRequest | None] = field(repr=False)
    session: Session | None = None
    problem: str | None = None
    former: deque[Session] = field(default_factory=lambda: deque(maxlen=_FORMER), repr=False)
    renewals: Renewals = field(default_factory=Renewals)

    def end(self) -> None:
        """Have no session any more."""
        if self.session is not None:
            self.former.append(self.session)
        self.session = self.problem = None


class Logins(Mapping[str, Mapping[str, str]]):
    """The headers that each identity sends; those that can log in do so when they are first asked for.

    It stands wherever a mapping of identities does. Requests sent through `target` are sent once more after a new
    login where a session has ended. Nothing secret is in any message.

    Args:
        identities: As configured.
        environ: Has the secrets.
        target: Where to log in.
        base_path: The API's base path, in front of the login's path.
        learned: Is told every secret that a login gives, before anything else is sent.

    Raises:
        ConfigError: An environment variable is not set.
    """

    def __init__(
        self,
        identities: Sequence[Identity],
        environ: Mapping[str, str],
        target: Target,
        *,
        base_path: str = "",
        learned: Callable[[Iterable[str]], None] | None = None,
    ) -> None:
        self._inner = target
        self._learned = learned
        self._lock = threading.RLock()
        self._members = {
            identity.name: _Member(
                headers=headers_of(identity, environ),
                login=identity.login,
                request=_request(identity, environ, base_path),
                password=_password(identity, environ),
                with_password=partial(_request, identity, environ, base_path),
            )
            for identity in identities
        }

    @property
    def target(self) -> Target:
        """The target, with sessions renewed; the same as it was where nobody logs in."""
        if any(member.login for member in self._members.values()):
            return _Renewing(self._inner, self)
        return self._inner

    def __getitem__(self, name: str) -> Mapping[str, str]:
        """Return the headers of an identity; raises Unbound where it can't log in."""
        member = self._members[name]
        with self._lock:
            if member.login is None:
                return member.headers
            if member.session is None and member.problem is None:
                self._log_in(member)
            if member.session is None:
                raise Unbound(f"the identity {name!r} can't log in: {member.problem}")
            return headers_in(member.session, member.headers)

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)

    def __contains__(self, name: object) -> bool:
        return name in self._members

    def log_in(self) -> None:
        """Log everybody in now.

        Raises:
            TargetError: Somebody can't.
        """
        for name in self._members:
            try:
                self[name]
            except Unbound as problem:
                hint = f"see [identities.{name}.login] in the configuration, and the variables that it names"
                raise TargetError(str(problem), hint=hint) from problem

    def forget(self) -> None:
        """End all sessions: everybody logs in anew when they are next asked for, since the API forgot them."""
        with self._lock:
            for member in self._members.values():
                member.end()
                member.renewals = Renewals()

    def password(self, name: str | None) -> str | None:
        """Return the password that an identity logs in with, or has in its basic credentials; None without one."""
        member = self._members.get(name) if name is not None else None
        if member is None or member.password is None:
            return None
        if self._learned is not None:
            self._learned([member.password])
        return member.password

    @contextmanager
    def other_password(self, name: str, password: str) -> Iterator[None]:
        """Have an identity show another password within the `with` block; a session that it gets there stays."""
        member = self._members[name]
        request, headers, session = member.request, member.headers, member.session
        with self._lock:
            if member.login is None:
                member.headers = with_basic_password(headers, password)
            else:
                member.request, member.session, member.problem = member.with_password(password), None, None
        try:
            yield
        finally:
            with self._lock:
                member.request, member.headers = request, headers
                if session is not None and member.session is not None:
                    member.former.append(session)
                member.session, member.problem, member.renewals = member.session or session, None, Renewals()

    def still_logs_in(self, name: str) -> bool:
        """Whether an identity can log in now; where it can't, it keeps the session that it has."""
        member = self._members[name]
        with self._lock:
            if member.login is None:
                return True
            before = member.session
            self._log_in(member)
            if member.session is not None:
                return True
            member.session, member.problem = before, None if before is not None else member.problem
            return False

    def brought_up_to_date(self, request: WireRequest) -> WireRequest | None:
        """Return a request that was made in a session that has ended since, in the one after it; None for others."""
        with self._lock:
            for member in self._members.values():
                if not any(session.is_in(request.headers) for session in member.former):
                    continue
                if member.session is None and member.problem is None:
                    self._log_in(member)
                if member.session is not None and not member.session.is_in(request.headers):
                    return replace(request, headers=tuple(member.session.put_into(request.headers)))
        return None

    def renewed(self, request: WireRequest) -> tuple[WireRequest, Renewals] | None:
        """Return a refused request in a new session, and whom to tell what that changed; None where it can't help."""
        with self._lock:
            for member in self._members.values():
                old = member.session
                if old is None or not old.is_in(request.headers) or not member.renewals.is_due():
                    continue
                self._log_in(member)
                if member.session is None:
                    member.session = old
                    member.renewals.done(helped=False)
                    return None
                return replace(request, headers=tuple(member.session.put_into(request.headers))), member.renewals
        return None

    def _log_in(self, member: _Member) -> None:
        login, request = member.login, member.request
        if login is None or request is None:
            return
        member.end()
        what = f"{login.method} {login.path}"
        try:
            answer = self._inner.send(request)
            if self._learned is not None:
                self._learned(secrets_in(answer.headers, answer.body, login.token))
            member.session = session_of(
                answer.status,
                answer.headers,
                answer.body,
                token=login.token,
                header=login.header,
                cookies=login.cookies,
            )
        except SendFailure as failure:
            member.problem = f"{what} got no answer ({failure.kind.value})"
        except ValueError as error:
            member.problem = f"{what} {error}"


class _Renewing:
    """A target that sends a request once more where its session has ended."""

    def __init__(self, target: Target, logins: Logins) -> None:
        self._target = target
        self.room_ahead = room_ahead(target)
        self._logins = logins

    def send(self, request: WireRequest, *, timeout: float | None = None) -> Answer:
        return self.begin(request, timeout=timeout).answer()

    def begin(self, request: WireRequest, *, timeout: float | None = None) -> UnderWay:
        request = self._logins.brought_up_to_date(request) or request
        sent = begin(self._target, request, timeout=timeout)
        return UnderWay(lambda: self._in_session(request, sent.answer(), timeout))

    def _in_session(self, request: WireRequest, answer: Answer, timeout: float | None) -> Answer:
        if answer.status == _UNAUTHORIZED and (current := self._logins.brought_up_to_date(request)) is not None:
            request, answer = current, self._target.send(current, timeout=timeout)
        if answer.status != _UNAUTHORIZED:
            return answer
        again = self._logins.renewed(request)
        if again is None:
            return answer
        second = self._target.send(again[0], timeout=timeout)
        again[1].done(helped=second.status != _UNAUTHORIZED)
        return second

    def send_together(
        self, requests: Sequence[WireRequest], *, timeout: float | None = None
    ) -> tuple[Answer | SendFailure, ...]:
        return send_together(self._target, requests, timeout=timeout)

    def close(self) -> None:
        self._target.close()


def _password(identity: Identity, environ: Mapping[str, str]) -> str | None:
    if identity.login is None:
        return basic_password(headers_of(identity, environ))
    text = password_text(identity.login)
    return None if text is None else expanded(text, environ, what=f"identities.{identity.name}.login")


def _request(
    identity: Identity, environ: Mapping[str, str], base_path: str, password: str | None = None
) -> WireRequest | None:
    login = identity.login
    if login is None:
        return None
    if password is not None:
        login = marked(login)

    def filled(text: str) -> str:
        if text == MARK and password is not None:
            return password
        return expanded(text, environ, what=f"identities.{identity.name}.login")

    content_type, body = payload(login.json, dict(login.form), filled)
    headers: Headers = {"Accept": "application/json, */*", **headers_of(identity, environ)}.items()
    if content_type is not None:
        headers = [*(item for item in headers if item[0].lower() != "content-type"), ("Content-Type", content_type)]
    return WireRequest(
        method=login.method,
        target=base_path + filled(login.path),
        headers=tuple(headers),
        body=body,
        operation=f"{login.method} {login.path.partition('?')[0]}",
    )
