"""Logins: an operation that takes a password succeeds for an account that was registered with it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from oagen.scenario import tree
from oagen.scenario.model import Value
from oagen.scenario.nouns import words
from oagen.scenario.requests import chosen_content
from oagen.scenario.resources import last_fixed_segment, made_noun
from oagen.scenario.shapes import Shapes
from oagen.spec.model import Operation

SECRET_MEMBER = re.compile(r"pass(?:word|phrase|code|wd)?$|secret$|pin$|otp$", re.IGNORECASE)
_LOGIN_WORDS = frozenset({"login", "signin", "authenticate", "token", "tokens", "session", "sessions"})
_ACCOUNT_NOUNS = frozenset({"user", "account", "customer", "member", "registration", "signup"})
_USER_NAMES = ("username", "email", "login", "user", "identifier", "useroremail", "emailorusername", "phone")


class Accounts:
    """Finds the registration that belongs to each login of a description."""

    def __init__(self, operations: Iterable[Operation], shapes: Shapes) -> None:
        self._shapes = shapes
        self._registrations = [
            operation
            for operation in operations
            if operation.method == "POST"
            and made_noun(operation.path) in _ACCOUNT_NOUNS
            and not self.is_login(operation)
            and self._secret(operation) is not None
        ]

    def is_login(self, operation: Operation) -> bool:
        """Tell whether an operation takes a password for a token: by its body and by the last word of its path."""
        parts = words(last_fixed_segment(operation.path))
        named = bool(_LOGIN_WORDS & {*parts, "".join(parts)})
        return operation.method == "POST" and named and self._secret(operation) is not None

    def is_registration(self, operation: Operation) -> bool:
        """Tell whether an operation makes an account, so that any password is the right one."""
        return any(operation is known for known in self._registrations)

    def registration(self, login: Operation) -> Operation | None:
        """Return the operation that makes an account for a login, or None."""
        return next(iter(self._registrations), None) if self.is_login(login) else None

    def _secret(self, operation: Operation) -> str | None:
        content = chosen_content(operation.request_body)
        if content is None or content.schema is None:
            return None
        return next((name for name in self._shapes.of(content.schema).members if SECRET_MEMBER.search(name)), None)


def credentials_of(registered: Value, login: Value) -> Value:
    """Return a login's body with the name and the password that an account was registered with."""
    known = {"".join(words(name)): value for name, value in tree.members(registered)}
    secret = next((value for name, value in tree.members(registered) if SECRET_MEMBER.search(name)), None)
    for name, _ in tree.members(login):
        exact = "".join(words(name))
        value = secret if SECRET_MEMBER.search(name) else known.get(exact)
        if value is None and exact in _USER_NAMES:
            value = next((known[other] for other in _USER_NAMES if other in known), None)
        if value is not None:
            login = tree.put(login, (name,), value)
    return login
