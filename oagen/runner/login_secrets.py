"""What is secret in the answer to a login."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from oagen.runner.pointers import at_pointer

_TELLING = re.compile(
    r"auth(?!or(?!i))|cookie|token|secret|passw|credential|session|csrf|jwt|api[-_]?key|code$", re.IGNORECASE
)
_LIKE_A_SECRET = re.compile(r"[A-Za-z0-9+/=_.~-]{32,}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)  # names somebody, proves nothing
_SHORTEST = 9  # longer than `bearer`


def secrets_in(headers: Iterable[tuple[str, str]], body: bytes, token: str | None) -> Iterator[str]:
    """Yield what nobody is to read of a login's answer: its token, its cookies, whatever is named or looks like one.

    Args:
        token: JSON Pointer to the token.
    """
    for name, value in headers:
        if name.lower() == "set-cookie":
            yield value.partition(";")[0].partition("=")[2].strip()
        elif _TELLING.search(name) or _LIKE_A_SECRET.fullmatch(value):
            yield value
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return
    if token is not None:
        with contextlib.suppress(LookupError, ValueError):
            found = at_pointer(content, token)
            if isinstance(found, str):
                yield found
    yield from _telling(content)


def _telling(value: Any, name: str = "") -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _telling(item, str(key))
    elif isinstance(value, list):
        for item in value:
            yield from _telling(item, name)
    elif isinstance(value, str):
        named = _TELLING.search(name) and len(value) >= _SHORTEST
        if named or (_LIKE_A_SECRET.fullmatch(value) and not _UUID.fullmatch(value)):
            yield value
