"""JSON text to values, noticing keys that stand twice in one object."""

from __future__ import annotations

import json
from typing import Any


def parse_json(text: str, *, strict: bool = True) -> tuple[Any, list[tuple[str, tuple[str, ...]]]]:
    """Return the values of a JSON text, and each doubled key with the tokens of its place.

    Args:
        text: One JSON value.
        strict: Control characters inside of strings have to be escaped (RFC 8259, section 7).

    Raises:
        ValueError: It is not JSON.
    """
    doubled: list[tuple[dict[str, Any], str]] = []

    def make(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) != len(pairs):
            seen: set[str] = set()
            for key, _ in pairs:
                if key in seen:
                    doubled.append((made, key))
                seen.add(key)
        return made

    value = json.loads(text, object_pairs_hook=make, strict=strict)
    return value, _places(value, doubled) if doubled else []


def _places(value: Any, doubled: list[tuple[dict[str, Any], str]]) -> list[tuple[str, tuple[str, ...]]]:
    wanted = {id(made) for made, _ in doubled}
    found: dict[int, tuple[str, ...]] = {}
    stack: list[tuple[Any, tuple[str, ...]]] = [(value, ())]
    while stack:
        item, tokens = stack.pop()
        if isinstance(item, dict):
            if id(item) in wanted:
                found[id(item)] = tokens
            stack.extend((child, (*tokens, key)) for key, child in item.items())
        elif isinstance(item, list):
            stack.extend((child, (*tokens, str(index))) for index, child in enumerate(item))
    # An object that itself stands under a doubled key may have been dropped.
    return [(key, (*found[id(made)], key)) for made, key in doubled if id(made) in found]
