"""RFC 6901 JSON Pointers, as text and as tokens."""

from __future__ import annotations

from collections.abc import Iterable


def split(pointer: str) -> list[str]:
    """Return the tokens of a pointer, unescaped (RFC 6901, section 4); the empty pointer has none."""
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]


def join(tokens: Iterable[str | int]) -> str:
    """Return the pointer that these tokens make, escaped (RFC 6901, section 3)."""
    return "".join(f"/{str(token).replace('~', '~0').replace('/', '~1')}" for token in tokens)
