"""Requests with identifiers and values that answers have shown, in the place of those that were made up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from oagen.learn.memory import Memory
from oagen.scenario import tree
from oagen.scenario.context import DesignContext
from oagen.scenario.model import Argument, Capture, Given, Literal, Request, Step
from oagen.scenario.nouns import is_opaque
from oagen.scenario.resources import placeholders
from oagen.spec.model import SAFE_METHODS, Operation, Parameter, ParameterLocation

_MOST = 3


def with_seen_values(
    design: DesignContext, operation: Operation, memory: Memory
) -> Iterator[tuple[tuple[Given, ...], Request]]:
    """Yield an operation's valid request with values seen for what nobody makes, the latest first.

    Steps that make something are kept; provider states are not, since the value stands for what they would arrange.
    Last come requests without any step, where seen values can stand for what those would make.
    """
    prepared = design.prepared(operation)
    steps = tuple(item for item in prepared.given if isinstance(item, Step))
    seen = {
        index: fitting
        for index, argument in enumerate(prepared.request.arguments)
        if _is_for_lookup(argument) and (fitting := _fitting(design, operation, argument, memory))
    }
    arguments = prepared.request.arguments
    made_up = {index: values for index, values in seen.items() if isinstance(arguments[index].value, Literal)}
    if made_up:
        yield from ((steps, request) for request in _filled(prepared.request, made_up))
    elif len(steps) < len(prepared.given):
        yield steps, prepared.request  # the example may be as good as any
    if steps and _is_whole(prepared.request, seen):
        yield from (((), request) for request in _filled(prepared.request, seen))


def _filled(request: Request, choices: dict[int, list[Any]]) -> Iterator[Request]:
    for turn in range(min(_MOST, max(map(len, choices.values())))):
        arguments = list(request.arguments)
        for index, values in choices.items():
            arguments[index] = replace(arguments[index], value=Literal(values[turn % len(values)]))
        yield replace(request, arguments=tuple(arguments))


def _is_whole(request: Request, seen: dict[int, list[Any]]) -> bool:
    """Tell whether seen values take the place of everything that steps would give."""
    values = [argument.value for index, argument in enumerate(request.arguments) if index not in seen]
    if request.body is not None:
        values.append(request.body.value)
    return bool(seen) and not any(isinstance(leaf, Capture) for value in values for _, leaf in tree.walk(value))


def _fitting(design: DesignContext, operation: Operation, argument: Argument, memory: Memory) -> list[Any]:
    declared = next((item for item in operation.parameters if item.name == argument.name), None)
    return [value for value in _seen_for(operation, argument, memory) if _fits(design, declared, value)]


def _is_for_lookup(argument: Argument) -> bool:
    return argument.where is ParameterLocation.PATH or is_opaque(argument.name)


def _seen_for(operation: Operation, argument: Argument, memory: Memory) -> Iterator[Any]:
    """Yield the values seen under a parameter's name, then under what its resource's identifier is called.

    What is not read but changed is only what this run has made: nobody else's resource is changed unasked.
    """
    made = operation.method not in SAFE_METHODS
    yield from memory.values(argument.name, made=made)
    noun = next((place.noun for place in placeholders(operation.path) if place.name == argument.name), None)
    bare = argument.name.lower().removesuffix("id").removesuffix("name").strip("_-")
    for name in (f"{noun}_id", f"{noun}id", f"{noun}_name", "id" if is_opaque(argument.name) else "name"):
        if noun is not None or bare:
            yield from memory.values(name, made=made)


def _fits(design: DesignContext, parameter: Parameter | None, value: Any) -> bool:
    if isinstance(value, (dict, list, bool)) or value in (None, ""):
        return False
    if parameter is None or parameter.schema is None:
        return True
    return design.examples.checker.is_valid(parameter.schema, value)
