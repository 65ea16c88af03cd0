"""Does an answer say anything about a fault, or was the request refused before it came that far?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from oagen.scenario.model import ArrayOf, Literal, ObjectOf, Request, Scenario, Value
from oagen.spec.model import ParameterLocation

_WHO = frozenset({401, 429})
_STATE = frozenset({403, 404, 409, 410, 412})


def was_turned_away(scenario: Scenario, status: int) -> bool:
    """Whether a scenario was refused for who asks, or for what it names and its steps have not made.

    An identifier that stands in a request as it was once seen may mean nothing any more, on another database or
    another day. Where a request names none, a 404 or 409 is an answer like any other.
    """
    if status in _WHO:
        return scenario.when.identity is not None
    return status in _STATE and any(_is_identifier(name) for name in _literal_names(scenario.when))


def _literal_names(request: Request) -> Iterator[str]:
    for argument in request.arguments:
        if argument.where is ParameterLocation.PATH and isinstance(argument.value, Literal):
            yield "path_id"
        elif isinstance(argument.value, Literal):
            yield argument.name
    if request.body is not None and not request.body.raw:
        yield from _in_value(request.body.value)


def _in_value(value: Value) -> Iterator[str]:
    match value:
        case Literal(value=plain):
            yield from _in_plain(plain)
        case ObjectOf(members=members):
            for name, item in members:
                if isinstance(item, Literal):
                    yield name
                yield from _in_value(item)
        case ArrayOf(items=items):
            for item in items:
                yield from _in_value(item)


def _in_plain(plain: Any) -> Iterator[str]:
    if isinstance(plain, dict):
        yield from plain
        for item in plain.values():
            yield from _in_plain(item)
    elif isinstance(plain, list):
        for item in plain:
            yield from _in_plain(item)


def _is_identifier(name: str) -> bool:
    return name.lower().endswith(("_id", "-id", "_ids", "uuid", "_key")) or name.endswith(("Id", "Ids"))
