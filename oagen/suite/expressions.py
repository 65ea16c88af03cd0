"""Values of a scenario as Python expressions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from oagen.scenario.model import (
    RESPONSE,
    ArrayOf,
    Capture,
    Credential,
    Literal,
    ObjectOf,
    Text,
    Unique,
    Value,
)
from oagen.suite.python_source import PythonSource, call, literal, mapping, sequence, string

Captured = Callable[[Capture], PythonSource]
"""Says how the source at hand reaches a captured value."""


@dataclass(slots=True)
class Imports:
    """Which names of the suite's own modules a piece of source uses."""

    support: set[str] = field(default_factory=set)
    factories: set[str] = field(default_factory=set)
    given: set[str] = field(default_factory=set)

    def update(self, other: Imports) -> None:
        """Note all that another piece of source uses."""
        self.support |= other.support
        self.factories |= other.factories
        self.given |= other.given

    def use(self, name: str) -> str:
        """Return the name of a function of the support package, and note that it is used."""
        self.support.add(name)
        return name


def expression(value: Value, captured: Captured, imports: Imports) -> PythonSource:
    """Return the Python expression of a value.

    Args:
        captured: How captures are reached.
        imports: Takes note of what the expression uses.
    """
    match value:
        case Literal():
            return literal(value.value)
        case Capture():
            return captured(value)
        case Unique():
            function = imports.use("unique_number" if value.integer else "unique")
            return call(function, string(value.template), *([string(value.name)] if value.name else []))
        case Credential():
            return call("api.credential", string(value.identity), string(value.header))
        case Text():
            return call(imports.use("text"), *(expression(part, captured, imports) for part in value.parts))
        case ArrayOf():
            return sequence(expression(item, captured, imports) for item in value.items)
        case ObjectOf():
            return mapping((name, expression(item, captured, imports)) for name, item in value.members)


def captures(value: Value) -> list[Capture]:
    """Return the captures in a value, in order."""
    match value:
        case Capture():
            return [value]
        case Text(parts=inner) | ArrayOf(items=inner):
            return [capture for item in inner for capture in captures(item)]
        case ObjectOf():
            return [capture for _, item in value.members for capture in captures(item)]
    return []


def is_json_value(value: Value) -> bool:
    """Return whether a Python display of the value says it all: no bytes, no doubled keys."""
    match value:
        case Literal():
            return _is_json(value.value)
        case ArrayOf():
            return all(is_json_value(item) for item in value.items)
        case ObjectOf():
            names = [name for name, _ in value.members]
            return len(set(names)) == len(names) and all(is_json_value(item) for _, item in value.members)
    return True


def _is_json(value: object) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_json(item) for key, item in value.items())
    if isinstance(value, list | tuple):
        return all(_is_json(item) for item in value)
    return not isinstance(value, bytes)


def is_scalar(value: Value) -> bool:
    """Return whether a value is one text outside JSON."""
    if isinstance(value, Literal):
        return value.value is None or isinstance(value.value, str | bool | int | float)
    return isinstance(value, Capture | Unique | Credential | Text)


def members_of(value: Value) -> tuple[tuple[str, Value], ...] | None:
    """Return the members of an object, or None where the value is something else."""
    if isinstance(value, ObjectOf):
        return value.members
    if isinstance(value, Literal) and isinstance(value.value, dict):
        return tuple((name, Literal(item)) for name, item in value.value.items())
    return None


def pointer_tokens(pointer: str) -> list[str]:
    """Return the unescaped tokens of an RFC 6901 pointer."""
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]


def reached_through(variables: dict[str, PythonSource], imports: Imports) -> Captured:
    """Return how captures are reached in a test: through the variables of its steps, or its response.

    Args:
        variables: Variable by name of step.
    """

    def captured(capture: Capture) -> PythonSource:
        if capture.step == RESPONSE:
            if capture.header is not None:
                return PythonSource(f"response.headers[{string(capture.header)}]")
            return call(imports.use("at"), "response", *([string(capture.pointer)] if capture.pointer else []))
        variable = variables[capture.step]
        if capture.header is not None:
            return PythonSource(f"{variable}.header({string(capture.header)})")
        tokens = pointer_tokens(capture.pointer or "")
        if len(tokens) == 1 and not tokens[0].isdecimal():
            return PythonSource(f"{variable}[{string(tokens[0])}]")
        return call(f"{variable}.at", *([string(capture.pointer)] if capture.pointer else []))

    return captured
