"""The smallest scenario that still shows a fault."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from oagen.fuzz.pool import Pool
from oagen.fuzz.slots import drop, put, slots_of
from oagen.scenario.model import Capture, Literal, Request, Step, Value
from oagen.spec.model import ParameterLocation

Shows = Callable[[Request], bool]
"""Sends a request and says whether it still shows the fault; False too when the budget is used up."""

_DEEPEST = 3  # steps that steps need


def shrink(request: Request, shows: Shows) -> Request:
    """Return the smallest request found that still shows the fault, by dropping and plainer values in turn."""
    improved = True
    while improved:
        improved = False
        for smaller in _smaller(request):
            if smaller != request and shows(smaller):
                request = smaller
                improved = True
                break
    return request


def _smaller(request: Request) -> Iterator[Request]:
    if request.body is not None:
        yield replace(request, body=None)
    places = slots_of(request)
    for slot in places:
        is_path = slot.argument is not None and request.arguments[slot.argument].where is ParameterLocation.PATH
        if not is_path and (slot.argument is not None or slot.path):
            yield drop(request, slot)
    for slot in places:
        for plainer in _plainer(slot.value):
            yield put(request, slot, plainer)


def _plainer(value: Any) -> Iterator[Any]:
    """Yield values that are plainer than this one; none of them leads back to it."""
    if isinstance(value, str):
        if len(value) > 1:
            yield "a"
            yield value[: len(value) // 2]
            yield value[len(value) // 2 :]
    elif isinstance(value, bool) or value is None:
        return
    elif isinstance(value, int | float):
        if value not in (0, 1):
            yield 0
            yield 1
    elif isinstance(value, list):
        if value:
            yield []
        if len(value) > 1:
            yield value[:1]
            yield value[: len(value) // 2]
    elif isinstance(value, dict) and value:
        yield {}


def steps_for(request: Request, pool: Pool) -> tuple[tuple[Step, ...], Request]:
    """Return the steps that make the resources a request names, and the request capturing from them.

    Values that no answer held stay as they are.
    """
    steps: dict[str, Step] = {}
    captured = _captured(request, pool, steps, 0)
    return tuple(steps.values()), captured


def _captured(request: Request, pool: Pool, steps: dict[str, Step], depth: int) -> Request:
    if depth >= _DEEPEST:
        return request
    arguments = []
    for argument in request.arguments:
        value: Value = argument.value
        if isinstance(value, Literal) and (seen := pool.origin_of(value.value)) is not None and seen.origin != request:
            name = _step(seen.origin, pool, steps, depth)
            value = Capture(name, pointer=seen.pointer) if seen.pointer else value
        arguments.append(replace(argument, value=value))
    return replace(request, arguments=tuple(arguments))


def _step(origin: Request, pool: Pool, steps: dict[str, Step], depth: int) -> str:
    key = repr(origin)
    if key not in steps:
        made = _captured(origin, pool, steps, depth + 1)
        words = [word for word in re.split(r"[^A-Za-z0-9]+", re.sub(r"\{[^}]*\}", "", origin.path).lower()) if word]
        stem = words[-1] if words and not words[-1][0].isdigit() else "resource"
        taken = {step.name for step in steps.values()}
        name, number = stem, 2
        while name in taken:
            name, number = f"{stem}_{number}", number + 1
        steps[key] = Step(name=name, request=made)
    return steps[key].name
