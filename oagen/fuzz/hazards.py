"""Values that end whole processes, where others only draw an error: they wait as long as nobody restarts the target."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from oagen.scenario.model import Literal, Request

_SAME = re.compile(r"(.)\1{39}.{0,4}$", re.DOTALL)
_DEEPEST = 12
_MOST_ITEMS = 30
_NULS = ("\0", "%00", "\\u0000")


def is_hazardous(request: Request) -> bool:
    """Whether a request holds what has ended or hung whole servers.

    That is a NUL, which databases refuse where nobody catches the refusal, and text that makes a regular expression
    backtrack without end: one character many times, and then another one.
    """
    return any(_is_hazard(text) for text in _texts(request))


def _is_hazard(text: str) -> bool:
    if any(nul in text for nul in _NULS):
        return True
    return _SAME.search(text[-50:]) is not None and text[-1:] != text[-6:-5]


def _texts(request: Request) -> Iterator[str]:
    for argument in request.arguments:
        if isinstance(argument.value, Literal):
            yield from _inside(argument.value.value)
    body = request.body
    if body is not None and isinstance(body.value, Literal) and (not body.raw or isinstance(body.value.value, str)):
        yield from _inside(body.value.value)


def _inside(value: Any, depth: int = 0) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict) and depth < _DEEPEST:
        for name, item in value.items():
            yield str(name)
            yield from _inside(item, depth + 1)
    elif isinstance(value, list) and depth < _DEEPEST:
        for item in value[:_MOST_ITEMS]:
            yield from _inside(item, depth + 1)
