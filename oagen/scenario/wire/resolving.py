"""Values of a scenario to plain values, and plain values to text and JSON."""

from __future__ import annotations

import base64
import decimal
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from oagen.scenario.model import ArrayOf, Capture, Credential, Literal, ObjectOf, Text, Unique, Value

_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_SURROGATE = re.compile("[\ud800-\udfff]")

Dynamic = Capture | Unique | Credential
"""What is known only when a scenario runs."""

Bind = Callable[[Dynamic], Any]
"""Gives the JSON value that stands for a dynamic value."""


@dataclass(frozen=True, slots=True)
class Members:
    """An object as pairs in order, the same key twice allowed."""

    pairs: tuple[tuple[str, Any], ...]


def resolve(value: Value, bind: Bind) -> Any:
    """Return the plain value: JSON values, bytes, and `Members` for objects that were put together."""
    match value:
        case Literal(plain):
            return plain
        case Text(parts):
            return "".join(str(resolve(part, bind)) for part in parts)
        case ArrayOf(items):
            return [resolve(item, bind) for item in items]
        case ObjectOf(members):
            return Members(tuple((name, resolve(member, bind)) for name, member in members))
        case _:
            return bind(value)


def members_of(value: Any) -> tuple[tuple[str, Any], ...] | None:
    """Return an object's pairs, or None where the value is not an object."""
    if isinstance(value, Members):
        return value.pairs
    return tuple(value.items()) if isinstance(value, dict) else None


def as_text(value: Any) -> str | bytes:
    """Return what a value is outside JSON: scalars as JSON spells them, but text without quotes; containers as JSON."""
    if isinstance(value, str | bytes):
        return value
    return as_json(value)


def as_bytes(value: Any) -> bytes:
    """Return `as_text` as UTF-8; lone surrogates become the three bytes they would have."""
    text = as_text(value)
    return text if isinstance(text, bytes) else utf8(text)


def utf8(text: str) -> bytes:
    """Encode as UTF-8, lone surrogates included (which strict decoders refuse: that is what they are sent for)."""
    return text.encode("utf-8", "surrogatepass")


def as_json(value: Any) -> str:
    r"""Return compact JSON text.

    Surrogates are escaped (`\ud800`), NaN and infinities are spelled as Python and JavaScript do, bytes are base64,
    doubled keys stay doubled.
    """
    try:
        text = _COMPACT.encode(value)
    except (TypeError, ValueError):
        text = _written(value)
    return text if text.isascii() else _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _written(value: Any) -> str:
    if (pairs := members_of(value)) is not None:
        inside: Iterable[str] = (f"{_written(name)}:{_written(member)}" for name, member in pairs)
        return "{" + ",".join(inside) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_written, value)) + "]"
    if isinstance(value, bytes):
        return f'"{base64.b64encode(value).decode("ascii")}"'
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{decimal.Decimal(value):f}"  # str(int) refuses more than 4,300 digits
    return json.dumps(value, ensure_ascii=False)
