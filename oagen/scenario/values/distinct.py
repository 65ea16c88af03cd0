"""Values that differ from a given one as little as possible."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def others(value: Any, count: int) -> Iterator[Any]:
    """Yield up to `count` values like this one but different from it and from each other."""
    match value:
        case bool():
            yield not value
        case int() | float():
            yield from (value + step for step in range(1, count + 1))
        case str():
            yield from (f"{value}-{number}" for number in range(2, count + 2))
            for number in range(count):
                letter = chr(ord("a") + number % 26)
                yield value[:-1] + letter
                yield value + letter
                yield value[:-1] + str(number % 10)
        case dict():
            for name, member in value.items():
                for other in others(member, count):
                    yield {**value, name: other}
        case list() if value:
            for other in others(value[0], count):
                yield [other, *value[1:]]
        case _:
            return
