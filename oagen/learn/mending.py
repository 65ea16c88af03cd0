"""Requests that the target refused, mended by what it said: a field that must be there, one of these values, so long.

What is learned of one operation holds wherever it is used, so that a creation which needed it serves every scenario
that builds on it. What a scenario breaks on purpose stays broken.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from oagen.learn.attempts import Attempt
from oagen.learn.memory import Memory
from oagen.learn.mentions import mentioned
from oagen.learn.recipes import Recipe, made_as, recipe_of
from oagen.runner.hints import OF_KIND, Hint, Wanted, hints_in
from oagen.runner.run import Exchange
from oagen.scenario import tree
from oagen.scenario.context import DesignContext
from oagen.scenario.model import (
    Argument,
    ArrayOf,
    BodyCheck,
    Capture,
    Expectation,
    Given,
    Literal,
    ObjectOf,
    Request,
    Scenario,
    Step,
    Value,
)
from oagen.scenario.requests import chosen_content
from oagen.spec.model import Operation, Parameter, Schema

_ROUNDS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A change of a request.

    Attributes:
        parameter: The parameter that gets the value; None: a place of the body does.
        value: None takes the place away.
    """

    parameter: Parameter | None = None
    path: tree.Path = ()
    value: Value | None = None


class Mending:
    """What the target has said about its operations' requests."""

    def __init__(self, design: DesignContext, memory: Memory) -> None:
        self._design = design
        self._memory = memory
        self._operations = {operation.key: operation for operation in design.description.operations}
        self._edits: dict[str, list[Edit]] = defaultdict(list)
        self._rounds: dict[str, int] = defaultdict(int)
        self._adopted: dict[str, Recipe] = {}

    def learn(self, attempt: Attempt) -> str | None:
        """Take note of what a refusal says; return the key of the operation whose request is another from now on.

        Only requests that should succeed are mended: set-up, and what is promised to succeed.
        """
        exchange = _refused(attempt)
        operation = self._operations.get(exchange.request.operation) if exchange is not None else None
        if exchange is None or operation is None or exchange.answer is None:
            return None
        key = operation.key
        if self._rounds[key] >= _ROUNDS:
            return None
        self._rounds[key] += 1
        try:
            said = exchange.answer.json()
        except ValueError:
            said = exchange.answer.body.decode("utf-8", "replace")
        edits = [edit for hint in hints_in(said) for edit in self._edits_for(operation, exchange.request, hint)]
        new = [edit for edit in edits if edit not in self._edits[key]]
        if not new:
            places = mentioned(self._design, operation, exchange.request, said)
            new = [
                edit
                for edit in (Edit(path=path, value=value) for path, value in places)
                if edit not in self._edits[key]
            ]
        for edit in new:
            kept = [item for item in self._edits[key] if (item.parameter, item.path) != (edit.parameter, edit.path)]
            self._edits[key] = [*kept, edit]
        return key if new else None

    def adopt(self, request: Request, steps: Sequence[Step]) -> bool:
        """Take a request that succeeded for the valid one of its operation; tell whether it can be.

        Args:
            steps: What came before it.
        """
        recipe = recipe_of(request, steps)
        if recipe is not None:
            self._adopted[request.operation] = recipe
        return recipe is not None

    def settle(self, attempt: Attempt) -> None:
        """Drop what was learned of the operation whose request is still refused: it did not help."""
        exchange = _refused(attempt)
        if exchange is not None:
            self._edits.pop(exchange.request.operation, None)

    def mended(self, scenario: Scenario) -> Scenario:
        """Return a scenario with what is known put into its requests; itself where that changes nothing."""
        if not any(self._edits.values()) and not self._adopted:
            return scenario
        given: list[Given] = []
        names = {step.name for step in scenario.steps}
        for item in scenario.given:
            if isinstance(item, Step):
                before, request = self._step(item.request, names)
                given += [*before, replace(item, request=request)]
                names |= {step.name for step in before}
            else:
                given.append(item)
        before, when = self._when(scenario, names)
        then = _expecting(scenario.then, scenario.when, when)
        return replace(scenario, given=(*given, *before), when=when, then=then)

    def _step(self, request: Request, names: set[str]) -> tuple[tuple[Step, ...], Request]:
        if request.operation in self._adopted:
            return self._adopted[request.operation].of(request, names)
        for edit in self._edits.get(request.operation, ()):
            request = _edited(request, edit, self._design)
        return (), request

    def _when(self, scenario: Scenario, names: set[str]) -> tuple[tuple[Step, ...], Request]:
        """Return the scenario's request, edited where it still is as the operation's valid one, and what it needs."""
        request = scenario.when
        operation = self._operations.get(request.operation)
        if operation is None:
            return (), request
        adopted = self._adopted.get(operation.key)
        if not self._edits.get(operation.key) and adopted is None:
            return (), request
        valid = self._design.prepared(operation).request
        if adopted is not None and made_as(request, valid) == request:
            return adopted.of(request, names)
        for edit in self._edits[operation.key]:
            if scenario.status.startswith("2") or _at(request, edit) == _at(valid, edit):
                request = _edited(request, edit, self._design)
        return (), request

    # -- from what was said to a change --------------------------------------------------------------------------------

    def _edits_for(self, operation: Operation, request: Request, hint: Hint) -> list[Edit]:
        parameter = next((item for item in operation.parameters if item.name == hint.place[-1]), None)
        if parameter is not None and (hint.outside_body or request.body is None):
            value = self._value(parameter.schema, parameter.name, _argument(request, parameter.name), hint)
            return [Edit(parameter=parameter, value=value)] if value is not None or hint.wanted is Wanted.ABSENT else []
        if request.body is None or hint.outside_body:
            return []
        content = chosen_content(operation.request_body)
        if content is not None and (nested := self._nested(content.schema, request.body.value, hint)) is not None:
            return [nested]
        path = self._placed(request.body.value, hint.place)
        if path is None:
            return []
        schema = self._schema_at(content.schema, path) if content is not None and content.schema is not None else None
        name = next((token for token in reversed(path) if isinstance(token, str)), "")
        value = self._value(schema, name, tree.at(request.body.value, path), hint)
        return [Edit(path=path, value=value)] if value is not None or hint.wanted is Wanted.ABSENT else []

    def _nested(self, schema: Schema | None, body: Value, hint: Hint) -> Edit | None:
        """Return what puts a value, and the objects around it, where the document has a place that the body lacks."""
        place = hint.place
        there = next((depth for depth in range(len(place)) if tree.at(body, place[: depth + 1]) is None), len(place))
        if there >= len(place) - 1 or schema is None or any(isinstance(token, int) for token in place[there:]):
            return None
        wanted = self._schema_at(schema, place)
        value = self._value(wanted, str(place[-1]), None, hint) if wanted is not None else None
        if value is None:
            return None
        for token in reversed(place[there + 1 :]):
            value = tree.obj(((str(token), value),))
        return Edit(path=place[: there + 1], value=value)

    def _placed(self, body: Value, place: tree.Path) -> tree.Path | None:
        """Return the place of a body that an error means, which may name branches of unions on the way."""
        path: tree.Path = ()
        for number, token in enumerate(place):
            if tree.at(body, (*path, token)) is not None:
                path = (*path, token)
            elif number == len(place) - 1 and isinstance(token, str) and tree.at(body, path) is not None:
                return (*path, token) if not isinstance(tree.at(body, path), Capture) else None
        return path or None

    def _schema_at(self, schema: Schema, path: tree.Path) -> Schema | None:
        current: Schema | None = schema
        for token in path:
            if current is None:
                return None
            shape = self._design.shapes.of(current)
            current = shape.items if isinstance(token, int) else shape.members.get(token)
        return current

    def _value(self, schema: Schema | None, name: str, now: Value | None, hint: Hint) -> Value | None:
        """Return what to send at a place; None where nothing is known to try."""
        if isinstance(now, Capture):
            return None
        match hint.wanted:
            case Wanted.ABSENT:
                return None
            case Wanted.PRESENT:
                return self._present(schema, name)
            case Wanted.ONE_OF:
                return Literal(_like(now, hint.values[0]))
            case Wanted.OF_KIND:
                return self._of_kind(str(hint.values[0]), name)
            case Wanted.AT_LEAST | Wanted.AT_MOST:
                return Literal(hint.values[0])
            case Wanted.LONGER | Wanted.SHORTER:
                return _sized(now, int(hint.values[0]))

    def _present(self, schema: Schema | None, name: str) -> Value:
        seen = self._memory.values(name)
        if schema is None and seen:
            return Literal(seen[0])
        return self._design.examples.example(schema, name=name, unique=schema is not None)

    def _of_kind(self, kind: str, name: str) -> Value | None:
        if kind == "uuid" and (seen := [value for value in self._memory.values(name) if isinstance(value, str)]):
            return Literal(seen[0])
        return Literal(OF_KIND[kind]) if kind in OF_KIND else None


def _refused(attempt: Attempt) -> Exchange | None:
    """Return the exchange that should have succeeded, and was refused for what it sent."""
    trace = attempt.trace
    exchange = trace.decisive if trace.reached else (trace.given[-1] if trace.given else None)
    if trace.reached and not attempt.scenario.status.startswith("2") and attempt.scenario.technique != "control":
        return None
    if exchange is None or exchange.answer is None or exchange.answer.status not in (400, 406, 409, 415, 422):
        return None
    return exchange


def _expecting(then: Expectation, before: Request, after: Request) -> Expectation:
    """Return what is expected of a changed request: what it sends now is what must be answered, and read afterwards."""
    if before.body is None or after.body is None or before.body == after.body:
        return then
    old, new = before.body.value, after.body.value

    def of(checks: tuple[BodyCheck, ...]) -> tuple[BodyCheck, ...]:
        kept = []
        for check in checks:
            path = tree.tokens(check.pointer)
            if tree.at(old, path) != check.value:
                kept.append(check)
            elif (value := tree.at(new, path)) is not None:
                kept.append(replace(check, value=value))
        return tuple(kept)

    effects = tuple(replace(effect, body=of(effect.body)) for effect in then.effects)
    return replace(then, body=of(then.body), effects=effects)


def _edited(request: Request, edit: Edit, design: DesignContext) -> Request:
    if edit.parameter is not None:
        name, where = edit.parameter.name, edit.parameter.where
        kept = tuple(item for item in request.arguments if (item.name, item.where) != (name, where))
        if edit.value is None:
            return replace(request, arguments=kept)
        argument: Argument = design.requests.argument(edit.parameter, edit.value)
        return replace(request, arguments=(*kept, argument))
    body = request.body
    if body is None or body.raw or not edit.path or not _may_hold(tree.at(body.value, edit.path[:-1]), edit.path[-1]):
        return request
    if edit.value is None:
        value = tree.drop(body.value, edit.path)
    elif isinstance(tree.at(body.value, edit.path), Capture):
        return request
    else:
        value = tree.put(body.value, edit.path, edit.value)
    return replace(request, body=replace(body, value=value))


def _may_hold(value: Value | None, token: str | int) -> bool:
    """Tell whether a value is of the kind that has members, or items; what is not may be so on purpose."""
    plain = value.value if isinstance(value, Literal) else value
    return isinstance(plain, dict | ObjectOf) if isinstance(token, str) else isinstance(plain, list | ArrayOf)


def _at(request: Request, edit: Edit) -> Value | None:
    if edit.parameter is not None:
        return _argument(request, edit.parameter.name)
    return tree.at(request.body.value, edit.path) if request.body is not None else None


def _argument(request: Request, name: str) -> Value | None:
    return next((item.value for item in request.arguments if item.name == name), None)


def _like(now: Value | None, choice: Any) -> Any:
    """Return a choice read from text as what stands there now: a number where that is one."""
    if isinstance(now, Literal) and isinstance(now.value, int) and str(choice).lstrip("-").isdecimal():
        return int(choice)
    return choice


def _sized(now: Value | None, size: int) -> Value | None:
    if not isinstance(now, Literal) or not 0 <= size <= 10_000:  # noqa: PLR2004
        return None
    if isinstance(now.value, str):
        return Literal((now.value * (size // max(len(now.value), 1) + 1) or "a" * size)[:size])
    if isinstance(now.value, list) and now.value:
        return Literal((now.value * (size + 1))[:size])
    return None
