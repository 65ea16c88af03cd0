"""Requests with identifiers and values that answers have shown, in the place of those that were made up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from oagen.learn.memory import Memory
from oagen.scenario.context import DesignContext
from oagen.scenario.model import Argument, Given, Literal, Request, Step
from oagen.scenario.nouns import is_opaque
from oagen.scenario.resources import placeholders
from oagen.spec.model import Operation, Parameter, ParameterLocation

_MOST = 3


def with_seen_values(
    design: DesignContext, operation: Operation, memory: Memory
) -> Iterator[tuple[tuple[Given, ...], Request]]:
    """Yield an operation's valid request with values seen for what nobody makes, the latest first.

    Steps that make something are kept; provider states are not, since the value stands for what they would arrange.
    """
    prepared = design.prepared(operation)
    steps = tuple(item for item in prepared.given if isinstance(item, Step))
    declared = {(item.name, item.where): item for item in operation.parameters}
    choices: dict[int, list[Any]] = {}
    for index, argument in enumerate(prepared.request.arguments):
        parameter = declared.get((argument.name, argument.where))
        if isinstance(argument.value, Literal) and _is_for_lookup(argument):
            fitting = [value for value in _seen_for(operation, argument, memory) if _fits(design, parameter, value)]
            if fitting:
                choices[index] = fitting
    if not choices:
        if len(steps) < len(prepared.given):
            yield steps, prepared.request  # the example may be as good as any
        return
    for turn in range(min(_MOST, max(map(len, choices.values())))):
        arguments = list(prepared.request.arguments)
        for index, values in choices.items():
            arguments[index] = replace(arguments[index], value=Literal(values[turn % len(values)]))
        yield steps, replace(prepared.request, arguments=tuple(arguments))


def _is_for_lookup(argument: Argument) -> bool:
    return argument.where is ParameterLocation.PATH or is_opaque(argument.name)


def _seen_for(operation: Operation, argument: Argument, memory: Memory) -> Iterator[Any]:
    """Yield the values seen under a parameter's name, then under what its resource's identifier is called."""
    yield from memory.values(argument.name)
    noun = next((place.noun for place in placeholders(operation.path) if place.name == argument.name), None)
    bare = argument.name.lower().removesuffix("id").removesuffix("name").strip("_-")
    for name in (f"{noun}_id", f"{noun}id", f"{noun}_name", "id" if is_opaque(argument.name) else "name"):
        if noun is not None or bare:
            yield from memory.values(name)


def _fits(design: DesignContext, parameter: Parameter | None, value: Any) -> bool:
    if isinstance(value, (dict, list, bool)) or value in (None, ""):
        return False
    if parameter is None or parameter.schema is None:
        return True
    return design.examples.checker.is_valid(parameter.schema, value)
