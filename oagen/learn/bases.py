"""What a request that drew a status amid a campaign can be told on: steps, and a request that is valid on them.

Steps of the design come first, then those that made in the campaign what the request names, which may have written to
it, or deleted it, too. What is told names nothing that will not be there another time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice

from oagen.learn.controls import valid_scenario
from oagen.learn.hunting import Met, Way
from oagen.learn.memory import Memory
from oagen.scenario import tree
from oagen.scenario.context import DesignContext, steps_of
from oagen.scenario.model import Argument, Body, Capture, Literal, Request, Scenario, Step, Unique, Value
from oagen.scenario.nouns import is_opaque, phrase, step_name
from oagen.scenario.resources import last_fixed_segment
from oagen.spec.model import SAFE_METHODS, Operation, ParameterLocation

_NOBODYS = 987654321
_MOST_WAYS = 5
_LONG = 8  # characters, from which on a text is no word that anybody may use
_ADDED = "x-schemathesis-unknown-property"
_UNKNOWN = "unknown"
_FIRST_REFUSAL = 400
_CREATING = frozenset({"POST", "PUT"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """Steps, the request that they are for, and what is to become of it.

    Attributes:
        after: What steps do beyond making what the request names, as a title says it; empty where they do no more.
    """

    steps: tuple[Step, ...]
    base: Request
    goal: Request
    after: str = ""


class Bases:
    """Makes them.

    Args:
        mended: Changes a scenario by what the target has taught about requests.
    """

    def __init__(self, design: DesignContext, memory: Memory, mended: Callable[[Scenario], Scenario]) -> None:
        self._design = design
        self._memory = memory
        self._mended = mended
        self._operations = {operation.key: operation for operation in design.description.operations}

    def of(self, operation: Operation, met: Met, ways: Iterable[Way]) -> Iterator[Basis]:
        """Yield what a request can be told on, the plainest first.

        Args:
            ways: Steps that made what it names, as it was met; the first does no more than that.
        """
        prepared = self._design.prepared(operation)
        valid = self._mended(valid_scenario(operation, prepared.request, steps_of(prepared)))
        goal = self._steady(met, valid.when)
        yield Basis(steps=valid.steps, base=valid.when, goal=goal)
        if self._is_taken(met.request, valid.when):
            before = Step(name=step_name(last_fixed_segment(operation.path)), request=valid.when)
            if before.name not in {step.name for step in valid.steps}:
                done = "when it has been done before"
                yield Basis(steps=(*valid.steps, before), base=valid.when, goal=goal, after=done)
        makes: set[str] | None = None
        for steps, request in islice(ways, _MOST_WAYS):
            names = {step.name for step in steps}
            makes = names if makes is None else makes
            if not steps:
                continue
            after = " and ".join(f"the {phrase(name)}" for name in sorted(names - makes))
            base = _on_captures_of(valid.when, request)
            yield Basis(
                steps=tuple(replace(step, request=self._fresh(step.request)) for step in steps),
                base=base,
                goal=self._steady(replace(met, request=request), base),
                after=f"after {after}" if after else "",
            )

    def _is_taken(self, request: Request, valid: Request) -> bool:
        """Tell whether a write names something, where its valid one has a name of its own, that was written before."""
        body, plain = request.body, valid.body
        if request.method not in _CREATING or body is None or plain is None or body.raw or plain.raw:
            return False
        held = (tree.at(body.value, path) for path, leaf in tree.walk(plain.value) if isinstance(leaf, Unique))
        return any(isinstance(item, Literal) and self._memory.was_sent(item.value) for item in held)

    def _fresh(self, request: Request) -> Request:
        """Return a step's request with values of its own where the designed one has them."""
        operation = self._operations.get(request.operation)
        if operation is None:
            return request
        valid = self._design.prepared(operation).request
        uniques = {(item.where, item.name): item.value for item in valid.arguments if isinstance(item.value, Unique)}
        arguments = tuple(
            replace(item, value=uniques.get((item.where, item.name), item.value)) for item in request.arguments
        )
        body = request.body
        if body is not None and valid.body is not None and not body.raw and not valid.body.raw:
            value = body.value
            for path, leaf in tree.walk(valid.body.value):
                if isinstance(leaf, Unique) and isinstance(tree.at(value, path), Literal):
                    value = tree.put(value, path, leaf)
            body = replace(body, value=value)
        return replace(request, arguments=arguments, body=body)

    # -- what holds another time ---------------------------------------------------------------------------------------

    def _steady(self, met: Met, base: Request) -> Request:
        """Return the request as it can be sent another time: it names nothing that will not be there then."""
        request = met.request
        own = {(item.where, item.name): item for item in base.arguments}
        arguments: list[Argument] = []
        for item in request.arguments:
            names = item.where is ParameterLocation.PATH or is_opaque(item.name) or self._is_made_up(item.value)
            if not names:
                arguments.append(item)
                continue
            value = self._identifier(item.value, met)
            kept = own.get((item.where, item.name)) if value is None else replace(item, value=value)
            if kept is not None:
                arguments.append(kept)
        body = request.body
        if body is not None and not body.raw:
            body = replace(body, value=self._steady_body(body.value, base.body, met))
        return replace(request, arguments=tuple(arguments), body=body)

    def _steady_body(self, value: Value, base: Body | None, met: Met) -> Value:
        """Return a body that names nothing that will not be there, nor what is there because the campaign made it."""
        for path, leaf in list(tree.walk(value)):
            name = path[-1] if path else None
            if not isinstance(name, str) or not isinstance(leaf, Literal):
                continue
            own = tree.at(base.value, path) if base is not None and not base.raw else None
            if name == _ADDED:
                value = tree.put(tree.drop(value, path), (*path[:-1], _UNKNOWN), leaf)
            elif (is_opaque(name) or self._is_made_up(leaf)) and (held := self._identifier(leaf, met)) != leaf:
                held = own if held is None else held
                value = tree.drop(value, path) if held is None else tree.put(value, path, held)
            elif isinstance(own, Unique) and self._memory.was_sent(leaf.value):
                value = tree.put(value, path, own)
        return value

    def _is_made_up(self, value: Value) -> bool:
        """Tell whether a text was first shown by what the campaign made, whatever it is called."""
        plain = value.value if isinstance(value, Literal) else None
        return isinstance(plain, str) and len(plain) >= _LONG and self._memory.was_made(plain)

    def _identifier(self, value: Value, met: Met) -> Value | None:
        """Return what to send for an identifier; None where only the resource of a step will do."""
        if not isinstance(value, Literal) or not isinstance(value.value, (str, int)) or isinstance(value.value, bool):
            return value
        plain = value.value
        if self._memory.was_made(plain):
            return None
        if self._memory.was_there(plain):
            return value if met.status >= _FIRST_REFUSAL or met.request.method in SAFE_METHODS else None
        if not str(plain).isdecimal() or not 0 < int(plain) < _NOBODYS:
            return value
        if met.status < _FIRST_REFUSAL:
            return None
        return Literal(_NOBODYS if isinstance(plain, int) else str(_NOBODYS))


def _on_captures_of(valid: Request, captured: Request) -> Request:
    """Return the valid request about what the other one names: with its path, and what it captures elsewhere."""
    path = tuple(item for item in captured.arguments if item.where is ParameterLocation.PATH)
    names = {item.name for item in captured.arguments if isinstance(item.value, Capture)}
    others = chain(
        (item for item in captured.arguments if item.where is not ParameterLocation.PATH and item.name in names),
        (
            item
            for item in valid.arguments
            if item.where is not ParameterLocation.PATH and item.name not in names and not _captures(item.value)
        ),
    )
    body = valid.body
    if body is not None and not body.raw:
        held = captured.body.value if captured.body is not None and not captured.body.raw else None
        value = body.value
        for place, leaf in list(tree.walk(value)):
            if _captures(leaf) and not tree.members(leaf) and not tree.items(leaf):
                other = tree.at(held, place) if held is not None else None
                value = tree.put(value, place, other) if other is not None else tree.drop(value, place)
        body = replace(body, value=value)
    return replace(valid, arguments=(*path, *others), body=body, identity=captured.identity)


def _captures(value: Value) -> bool:
    return any(isinstance(leaf, Capture) for _, leaf in tree.walk(value))
