"""Values that are allowed, and stand at an edge of what is, or make programs stumble."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from oagen.scenario.values.scalars import lengths, limits
from oagen.scenario.values.sites import Site, SiteFinder
from oagen.spec.model import Schema

LATER = "known when it is sent"
"""Stands for what is captured from an answer."""

_LARGEST = 20_000
_DEEP = 50
_NAME = 60
_MOST_ITEMS = 60
_BITS = ((63, "beyond 64 bits"), (31, "beyond 32 bits"))
_LARGE = 1e300


def peculiarities(finder: SiteFinder, schema: Schema, value: Any, name: str = "") -> Iterator[str]:
    """Yield what is peculiar about a valid value: `quantity is at its minimum`, `note holds a NUL character`.

    Args:
        finder: Walks it.
        schema: Of all of it.
        value: JSON, `LATER` in the place of what is not known.
        name: What it is called; empty for a body.
    """
    whole = name or "the body"
    if _depth(value) > _DEEP:
        yield f"{whole} is nested very deep"
        return
    if isinstance(value, bytes) or len(str(value)) > _LARGEST:
        yield f"{whole} is {'made of bytes' if isinstance(value, bytes) else 'very large'}"
        return
    for site in finder.sites((schema,), value, name=name, label=name):
        if site.present and site.value != LATER:
            yield from (f"{site.label[:_NAME] or 'the body'} {phrase}" for phrase in _at_edge(site))
    for label, leaf in _leaves(value, name):
        if phrase := _unusual(leaf):
            yield f"{label[:_NAME]} {phrase}"


def _at_edge(site: Site) -> Iterator[str]:
    value = site.value
    if isinstance(value, bool):
        return
    if isinstance(value, int | float):
        lowest, highest = limits(site.shape, integer=isinstance(value, int))
        if value in (lowest, highest):
            yield f"is at its {'minimum' if value == lowest else 'maximum'}"
    elif isinstance(value, str):
        least, most = lengths(site.shape)
        if most is not None and len(value) == most:
            yield "is as long as allowed"
        elif least and len(value) == least:
            yield "is as short as allowed"
    elif isinstance(value, list) and value and len(value) == site.shape.bounds.get("maxItems"):
        yield "has as many items as allowed"


def _unusual(value: Any) -> str:
    """Return what programs stumble over in a value that may well be allowed; empty where it is plain."""
    if isinstance(value, str):
        if not value:
            return "is empty"
        if "\0" in value:
            return "holds a NUL character"
        if any("\ud800" <= character <= "\udfff" for character in value):
            return "holds half of a surrogate pair"
        if not value.isprintable():
            return "holds a control character, or one that is not shown"
        return "" if value.isascii() else "is not ASCII"
    if isinstance(value, float) and not isinstance(value, bool):
        return "" if abs(value) < _LARGE else "is no finite number, or nearly none"
    if isinstance(value, int) and not isinstance(value, bool):
        return next((f"is {phrase}" for bits, phrase in _BITS if not -(2**bits) <= value < 2**bits), "")
    return "is null" if value is None else ""


def _leaves(value: Any, label: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _leaves(item, f"{label}.{name}" if label else name)
    elif isinstance(value, list):
        for index, item in enumerate(value[:_MOST_ITEMS]):
            yield from _leaves(item, f"{label or 'the body'}[{index}]")
    else:
        yield label or "the body", value


def _depth(value: Any) -> int:
    deepest, level = 0, [value]
    while level and deepest <= _DEEP:
        below = [item for item in level if isinstance(item, list | Mapping)]
        level = [inner for item in below for inner in (item.values() if isinstance(item, Mapping) else item)]
        deepest += 1
    return deepest
