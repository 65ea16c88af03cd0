"""Read how an identity logs in: `[identities.NAME.login]`."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from oagen.config.environment import variables
from oagen.config.settings import Login
from oagen.config.table import Table
from oagen.errors import ConfigError

HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2: token
_NAMED_HEADER = re.compile(rf"({HEADER_NAME.pattern}):\s*(.*)")
_SECRET_MEMBER = re.compile(r"password|passwd|passphrase|secret|token|api[-_]?key|\bpin\b", re.IGNORECASE)


def names_in(template: str, table: Table, *keys: str | int) -> tuple[str, ...]:
    """Return the environment variables that the text of a key needs.

    Raises:
        ConfigError: What stands in `${...}` can't be the name of one.
    """
    try:
        return variables(template)
    except ValueError as error:
        raise table.problem(f"${{{error}}} does not name an environment variable", *keys) from error


def read_login(table: Table, warnings: list[str]) -> Login:
    """Return what the table of a login says.

    Raises:
        ConfigError: A key is unknown, of the wrong type, or missing.
    """
    path = table.needed_text("path")
    if not path.startswith("/"):
        hint = 'a path below the base URL of the API, as in: path = "/auth/token"'
        raise table.problem("must start with /", "path", hint=hint)
    method = (table.text("method") or "POST").upper()
    if not HEADER_NAME.fullmatch(method):
        raise table.problem("is no HTTP method", "method")
    token = _token(table)
    cookies = (table.text("cookie"),) if isinstance(table.values.get("cookie"), str) else table.texts("cookie")
    if token is None and not cookies:
        hint = 'token = "/access_token" (a JSON Pointer into the answer), or cookie = "session"'
        raise table.problem("does not say what to take from the answer", hint=hint)
    form = table.text_map("form")
    json = _json(table)
    if form and json is not None:
        raise table.problem("has a JSON body and a form: only one can be sent", "form")
    for keys, text in _texts((), {"path": path, "form": dict(form), "json": json}):
        if not names_in(text, table, *keys) and any(_SECRET_MEMBER.search(str(key)) for key in keys):
            place = ".".join(map(str, (*table.keys, *keys)))
            warnings.append(
                f"{table.source.path}: {place} holds its secret in the file; "
                "better name an environment variable: ${VARIABLE}",
            )
    login = Login(
        method=method,
        path=path,
        json=json,
        form=form,
        token=token,
        header=_header(table, token),
        cookies=tuple(filter(None, cookies)),
    )
    table.refuse_unknown()
    return login


def _token(table: Table) -> str | None:
    """Return a JSON Pointer (RFC 6901); the empty one means that the whole body is the token, as a JSON text."""
    if table.values.get("token") == "":
        table.known.add("token")
        return ""
    token = table.text("token")
    if token is not None and not token.startswith("/"):
        raise table.problem("is no JSON Pointer", "token", hint=f'as in: token = "/{token}"')
    return token


def _header(table: Table, token: str | None) -> tuple[str, str]:
    text = table.text("header")
    if text is None:
        return Login(path="/").header
    if token is None:
        raise table.problem("needs a token to carry", "header", hint='as in: token = "/access_token"')
    if "{token}" not in text or any(ord(character) < ord(" ") for character in text):
        hint = 'as in: header = "Bearer {token}", or header = "X-Token: {token}"'
        raise table.problem("must be one line with {token} in it", "header", hint=hint)
    named = _NAMED_HEADER.fullmatch(text)
    return (named[1], named[2]) if named else ("Authorization", text)


def _json(table: Table) -> Any:
    table.known.add("json")
    value = table.values.get("json")
    for keys, item in _leaves(("json",), value):
        if isinstance(item, dt.date | dt.time) or (isinstance(item, float) and not math.isfinite(item)):
            raise _no_json(table, *keys)
    return value


def _no_json(table: Table, *keys: str | int) -> ConfigError:
    return table.problem("is not a JSON value", *keys, hint="put it into quotation marks")


def _texts(keys: tuple[str | int, ...], value: Any) -> Iterator[tuple[tuple[str | int, ...], str]]:
    return ((place, item) for place, item in _leaves(keys, value) if isinstance(item, str))


def _leaves(keys: tuple[str | int, ...], value: Any) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Yield what is neither a table nor an array, with its path."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _leaves((*keys, key), item)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _leaves((*keys, number), item)
    else:
        yield keys, value
