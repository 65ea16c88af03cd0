"""The password that an identity shows: in the body of its login, or in its basic credentials (RFC 7617)."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from oagen.config.settings import Login

MARK = "\0password"
"""Stands in a login for a password that is put in later."""

_NAME = re.compile(r"passw|pwd|passphrase", re.IGNORECASE)
_BASIC = "basic "


def is_password(name: str) -> bool:
    """Whether a member or parameter of this name holds a password: `newPassword`, `pwd`."""
    return _NAME.search(name) is not None


def password_text(login: Login) -> str | None:
    """Return the password of a login as it is configured; None where it has none, or several."""
    found = {text for name, text in _members(login.json) if is_password(name)}
    found |= {text for name, text in login.form if is_password(name)}
    return found.pop() if len(found) == 1 else None


def marked(login: Login) -> Login:
    """Return a login with `MARK` in the place of its password."""
    form = tuple((name, MARK if is_password(name) else text) for name, text in login.form)
    return replace(login, json=_with_mark(login.json), form=form)


def basic_password(headers: Mapping[str, str]) -> str | None:
    """Return the password of basic credentials; None where there are none."""
    user = _user_and_password(headers)
    return user[1] if user is not None else None


def with_basic_password(headers: Mapping[str, str], password: str) -> dict[str, str]:
    """Return headers whose basic credentials have another password."""
    user = _user_and_password(headers)
    if user is None:
        return dict(headers)
    text = f"Basic {base64.b64encode(f'{user[0]}:{password}'.encode()).decode('ascii')}"
    return {name: text if value.lower().startswith(_BASIC) else value for name, value in headers.items()}


def _user_and_password(headers: Mapping[str, str]) -> tuple[str, str] | None:
    for value in headers.values():
        if value.lower().startswith(_BASIC):
            try:
                user, found, password = base64.b64decode(value[len(_BASIC) :]).decode().partition(":")
            except ValueError:
                return None
            return (user, password) if found else None
    return None


def _members(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            if isinstance(item, str):
                yield str(name), item
            else:
                yield from _members(item)
    elif isinstance(value, list):
        for item in value:
            yield from _members(item)


def _with_mark(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            name: MARK if isinstance(item, str) and is_password(str(name)) else _with_mark(item)
            for name, item in value.items()
        }
    return [_with_mark(item) for item in value] if isinstance(value, list) else value
