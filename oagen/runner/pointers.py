"""Looking into JSON values."""

from __future__ import annotations

import re
from typing import Any

_INDEX = re.compile(r"0|[1-9][0-9]*")


def at_pointer(value: Any, pointer: str) -> Any:
    """Return the value that an RFC 6901 pointer leads to; raises LookupError where there is none."""
    if not pointer:
        return value
    if not pointer.startswith("/"):
        raise LookupError(pointer)
    for token in pointer[1:].split("/"):
        name = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = value[name]
        elif isinstance(value, list) and _INDEX.fullmatch(name):
            value = value[int(name)]
        else:
            raise LookupError(pointer)
    return value


def same_json(one: Any, other: Any) -> bool:
    """Whether two JSON values are equal: numbers by value (1 and 1.0), booleans are no numbers, arrays in order."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same_json(item, other[key]) for key, item in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same_json, one, other))
    return bool(one == other)
