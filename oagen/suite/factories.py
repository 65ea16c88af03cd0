"""Payload factories: a valid body of each operation, which tests change where they differ."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from oagen.scenario.model import Capture, Request, Scenario, Value
from oagen.scenario.nouns import step_name
from oagen.scenario.resources import last_fixed_segment, made_segment
from oagen.scenario.wire.media_types import is_json
from oagen.suite.expressions import Captured, Imports, captures, expression, is_json_value, members_of
from oagen.suite.naming import longer_names
from oagen.suite.python_source import (
    NameScope,
    PythonSource,
    call,
    docstring,
    is_plain_name,
    mapping,
    snake_name,
    source,
    string,
)
from oagen.suite.views import FunctionView

MOST_CHANGES = 3
"""A body that differs from the factory's in more members is written out."""

_NOT_PARAMETERS = ("changes", "members", "text", "unique", "unique_number", "any", "mapping")


@dataclass(frozen=True, slots=True, kw_only=True)
class Factory:
    """A factory of one operation's body.

    Attributes:
        members: The members of the body, in order.
        required: Parameter by member, of the members that depend on an earlier response.
    """

    name: PythonSource
    operation: str
    members: tuple[tuple[str, Value], ...]
    required: dict[str, PythonSource]


class Factories:
    """The factories of a suite, by operation; `payload` says a body through them."""

    def __init__(self, scenarios: Iterable[Scenario]) -> None:
        self._by_operation: dict[str, Factory] = {}
        self._sources: dict[str, list[tuple[str, str]]] = {}
        scope = NameScope()
        for operation, (noun, value) in _valid_bodies(scenarios).items():
            members = members_of(value)
            if members is None or not members or not is_json_value(value):
                continue
            names = NameScope(_NOT_PARAMETERS)
            required = {name: names.name(snake_name(name, "member")) for name, item in members if captures(item)}
            self._by_operation[operation] = Factory(
                name=scope.name(_factory_name(noun), otherwise=map(_factory_name, longer_names(noun, operation))),
                operation=operation,
                members=members,
                required=required,
            )

    def payload(self, operation: str, value: Value, captured: Captured, imports: Imports) -> PythonSource | None:
        """Return a call of the operation's factory that makes the value; None where its display says it better."""
        factory = self._by_operation.get(operation)
        members = members_of(value)
        if factory is None or members is None:
            return None
        mine = dict(members)
        if any(name not in mine for name in factory.required):
            return None
        default = dict(factory.members)
        removed = [name for name in default if name not in mine]
        changed = [
            name
            for name, item in members
            if name not in factory.required and (name not in default or not _same(item, default[name]))
        ]
        order = [name for name in default if name in mine] + [name for name in changed if name not in default]
        few = max(1, min(MOST_CHANGES, len(default) - 1))
        if order != [name for name, _ in members] or len(changed) + len(removed) > few:
            return None
        imports.factories.add(factory.name)
        keywords: dict[str, str | None] = {
            parameter: expression(mine[name], captured, imports) for name, parameter in factory.required.items()
        }
        odd: list[tuple[str, PythonSource]] = []
        for name in changed:
            written = expression(mine[name], captured, imports)
            if is_plain_name(name) and name not in keywords:
                keywords[name] = written
            else:
                odd.append((name, written))
        made = call(factory.name, *([mapping(odd)] if odd else []), **keywords)
        return call(imports.use("without"), made, *map(string, removed)) if removed else made

    def views(self, imports: Imports) -> list[FunctionView]:
        """Return the functions of factories.py, by name."""
        return [self._view(factory, imports) for factory in sorted(self._by_operation.values(), key=lambda f: f.name)]

    def _view(self, factory: Factory, imports: Imports) -> FunctionView:
        def captured(capture: Capture) -> PythonSource:
            raise AssertionError(f"{capture} is in a required member")

        display = mapping(
            (name, factory.required.get(name) or expression(item, captured, imports)) for name, item in factory.members
        )
        required = [source(parameter, ": object") for parameter in factory.required.values()]
        return FunctionView(
            name=factory.name,
            parameters=[
                PythonSource("changes: Mapping[str, Any] | None = None"),
                PythonSource("/"),
                *([PythonSource("*"), *required] if required else []),
                PythonSource("**members: Any"),
            ],
            docstring=docstring(f"Return a valid body of `{factory.operation}`, changed as told."),
            result=display,
        )


def _valid_bodies(scenarios: Iterable[Scenario]) -> dict[str, tuple[str, Value]]:
    """Return what to call the body of an operation, and a valid one: of its first success, else of a set-up step."""
    successes: dict[str, tuple[str, Value]] = {}
    steps: dict[str, tuple[str, Value]] = {}
    for scenario in scenarios:
        for step in scenario.steps:
            if (value := _body(step.request)) is not None:
                steps.setdefault(step.request.operation, (_noun(step.request), value))
        if scenario.status.startswith("2") and (value := _body(scenario.when)) is not None:
            successes.setdefault(scenario.operation, (_noun(scenario.when), value))
    return dict(sorted({**steps, **successes}.items()))


def _body(request: Request) -> Value | None:
    if request.body is None or request.body.raw or request.body.media_type is None:
        return None
    return (
        request.body.value if is_json(request.body.media_type) or "form-urlencoded" in request.body.media_type else None
    )


def _factory_name(noun: str) -> str:
    return f"make_{snake_name(noun, 'payload').rstrip('_')}"


def _noun(request: Request) -> str:
    """Return what a body is called: `order` for POST /orders or /orders/create, `put_order` for PUT /orders/{id}."""
    segment = (made_segment(request.path) if request.method == "POST" else "") or last_fixed_segment(request.path)
    noun = step_name(segment or "payload")
    return noun if request.method == "POST" else f"{request.method.lower()} {noun}"


def _same(left: Value, right: Value) -> bool:
    """Return whether two values are written the same; `==` would take True for 1."""
    return left == right and repr(left) == repr(right)
