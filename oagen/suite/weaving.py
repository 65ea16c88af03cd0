"""Put what is new into an order that exists."""

from __future__ import annotations

from collections.abc import Sequence


def woven(order: Sequence[str], other: Sequence[str]) -> list[str]:
    """Return every key of both: the first order stays as it is, and each key of the other follows its neighbour.

    A key that only `other` has comes after the key before it there, or, having none, before the key after it.
    """
    result = list(order)
    present = set(order)
    if present.issuperset(other):
        return result
    for index, key in enumerate(other):
        if key in present:
            continue
        if index:
            result.insert(result.index(other[index - 1]) + 1, key)
        else:
            follower = next((later for later in other if later in present), None)
            result.insert(result.index(follower) if follower else len(result), key)
        present.add(key)
    if "end" in present:  # what follows the last statement of a module stays there
        result.remove("end")
        result.append("end")
    return result
