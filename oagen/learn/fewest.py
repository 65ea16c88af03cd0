"""The fewest of several changes that still have an effect."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

_Item = TypeVar("_Item")


def fewest(items: Sequence[_Item], suffices: Callable[[Sequence[_Item]], bool]) -> tuple[_Item, ...]:
    """Return the fewest items found that suffice: large parts are left out first, then smaller ones, at last each.

    One that counts among many is found with about twice as many questions as their number can be halved.

    Args:
        items: They suffice together.
        suffices: Whether some of them do; asked of none at all, too.
    """
    left = tuple(items)
    size = max(len(left) // 2, 1)
    while left:
        start = 0
        while start < len(left):
            rest = (*left[:start], *left[start + size :])
            if suffices(rest):
                left = rest
            else:
                start += size
        if size == 1:
            break
        size = max(size // 2, 1)
    return left
