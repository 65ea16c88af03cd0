"""A finding's request on the steps of a designed scenario, which makes its resources anew wherever it runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from oagen.fuzz.shrink import names_identifier
from oagen.scenario.model import ArrayOf, Capture, Literal, ObjectOf, Request, Scenario, Step, Text, Value
from oagen.spec.model import ParameterLocation

_MOST = 3  # scenarios that are tried for one finding


def grafts(request: Request, designed: Iterable[Scenario]) -> Iterator[tuple[tuple[Step, ...], Request]]:
    """Yield steps that make resources, and the request with their identifiers in the place of its own.

    The steps are those of designed scenarios of the same operation, whose values are made for each run, so that they
    succeed on an API that has nothing yet, too; what succeeds comes first.

    Args:
        designed: Scenarios of the request's operation.
    """
    able = [item for item in designed if item.given and item.steps == item.given]
    tried: list[tuple[tuple[Step, ...], Request]] = []
    for scenario in sorted(able, key=lambda item: not item.status.startswith("2")):
        grafted = _grafted(request, scenario.when)
        if grafted != request and (scenario.steps, grafted) not in tried:
            tried.append((scenario.steps, grafted))
            yield tried[-1]
        if len(tried) == _MOST:
            return


def _grafted(request: Request, designed: Request) -> Request:
    values = {(item.name, item.where): item.value for item in designed.arguments if _captures(item.value)}
    arguments = tuple(
        replace(item, value=values.get((item.name, item.where), item.value))
        if isinstance(item.value, Literal) and (item.where is ParameterLocation.PATH or names_identifier(item.name))
        else item
        for item in request.arguments
    )
    body = request.body
    if body is not None and designed.body is not None and not body.raw and isinstance(body.value, Literal):
        body = replace(body, value=_inside(body.value.value, designed.body.value))
    return replace(request, arguments=arguments, body=body)


def _inside(plain: Any, designed: Value | None) -> Value:
    """Return a body's value with the captures that a designed one has at the same places; a literal without any."""
    if designed is not None and _captures(designed):
        return designed
    if isinstance(plain, dict) and isinstance(designed, ObjectOf):
        known = dict(designed.members)
        members = tuple((name, _inside(item, known.get(name))) for name, item in plain.items())
        return Literal(plain) if all(isinstance(item, Literal) for _, item in members) else ObjectOf(members)
    if isinstance(plain, list) and isinstance(designed, ArrayOf) and designed.items:
        last = len(designed.items) - 1
        items = tuple(_inside(item, designed.items[min(index, last)]) for index, item in enumerate(plain))
        return Literal(plain) if all(isinstance(item, Literal) for item in items) else ArrayOf(items)
    return Literal(plain)


def _captures(value: Value) -> bool:
    match value:
        case Capture():
            return True
        case Text(parts=parts):
            return any(_captures(part) for part in parts)
    return False
