"""Values that the target made up while it was learned from, and the requests that draw them anew.

An identifier that stands in a test as it was seen is right for as long as nobody restores the target's state. So a
variation that names one gets the request that it came from as a step, and takes it from there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from oagen.learn.shown import shown_by
from oagen.runner.run import Exchange, Trace
from oagen.scenario import tree
from oagen.scenario.model import Capture, Literal, Request, Scenario, Step, Value
from oagen.scenario.needs import request_values
from oagen.scenario.nouns import step_name
from oagen.scenario.resources import last_fixed_segment

_WORD = re.compile(r"[A-Za-z0-9_-]{8,}")
_LONGEST = 200  # characters of a text that may be an identifier
_MOST = 20_000
_DEEPEST = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class _Birth:
    """Where a value came from: the answer to the last of these steps, at a JSON Pointer."""

    steps: tuple[Step, ...]
    pointer: str


class Births:
    """Takes note of every exchange."""

    def __init__(self) -> None:
        self._births: dict[str, _Birth] = {}
        self._written: set[str] = set()

    def observe(self, scenario: Scenario, trace: Trace) -> None:
        """Take note of one run."""
        requests = [*(step.request for step in scenario.steps), scenario.when]
        for request in requests:
            for text in _texts(request):
                self._written.update(_made_up(text))
        steps = scenario.steps
        for index, exchange in enumerate(trace.given[: len(steps)]):
            self._observe(exchange, steps[: index + 1])
        if len(trace.when) == 1 and trace.reached:
            taken = {step.name for step in steps}
            name = _free(step_name(last_fixed_segment(scenario.when.path)), taken)
            self._observe(trace.when[0], (*steps, Step(name=name, request=scenario.when)))

    def overhear(self, exchange: Exchange) -> None:
        """Take note of an exchange that was no part of a scenario: what it made up is known, but not how to draw it."""
        for text in _texts(exchange.request):
            self._written.update(_made_up(text))
        self._observe(exchange, ())

    def rebuilt(self, scenario: Scenario) -> Scenario:
        """Return the scenario with what draws the made-up values that it names, as far as that is known."""
        steps = list(scenario.steps)

        def drawn(leaf: Value) -> Value:
            birth = self._of(leaf)
            if birth is None or not _join(steps, birth.steps):
                return leaf
            return Capture(birth.steps[-1].name, pointer=birth.pointer)

        when = _mapped(scenario.when, drawn)
        if when == scenario.when:
            return scenario
        return replace(scenario, given=(*scenario.states, *steps), when=when)

    def named_in(self, scenario: Scenario) -> str | None:
        """Return a made-up value that the scenario names as it was seen; None where it names none."""
        requests = (*(step.request for step in scenario.steps), scenario.when, *scenario.alongside)
        texts = (text for request in requests for text in _texts(request))
        return next((text for text in texts if text in self._births), None)

    def _of(self, leaf: Value) -> _Birth | None:
        birth = self._births.get(leaf.value) if isinstance(leaf, Literal) and isinstance(leaf.value, str) else None
        return birth if birth is not None and birth.steps else None

    def _observe(self, exchange: Exchange, steps: tuple[Step, ...]) -> None:
        if len(self._births) >= _MOST:
            return
        for path, text in _leaves(shown_by(exchange), _DEEPEST):
            if _made_up(text) - self._written:
                place = steps if _is_steady(path) else ()
                self._births.setdefault(text, _Birth(steps=place, pointer=tree.pointer(path)))


def _made_up(text: str) -> set[str]:
    """Return the words of a text that no person would have chosen: letters with digits among them."""
    if len(text) > _LONGEST:
        return set()
    words = _WORD.findall(text)
    return {word for word in words if re.search("[0-9]", word) and re.search("[A-Za-z]", word)}


def _join(steps: list[Step], others: tuple[Step, ...]) -> bool:
    """Add steps that are not there yet, in front; return whether none of them has the name of another one."""
    names = {step.name: step for step in steps}
    if any(step.name in names and names[step.name] != step for step in others):
        return False
    steps[:0] = [step for step in others if step.name not in names]
    return True


def _mapped(request: Request, change: Callable[[Value], Value]) -> Request:
    arguments = tuple(replace(item, value=_changed(item.value, change)) for item in request.arguments)
    body = request.body
    return replace(
        request,
        arguments=arguments,
        body=body if body is None else replace(body, value=_changed(body.value, change)),
    )


def _changed(value: Value, change: Callable[[Value], Value]) -> Value:
    for path, leaf in list(tree.walk(value)):
        new = change(leaf)
        if new is not leaf:
            value = tree.put(value, path, new)
    return value


def _texts(request: Request) -> Iterator[str]:
    """Yield the texts that a request holds as they stand."""
    for value in request_values(request):
        for _, leaf in tree.walk(value):
            if isinstance(leaf, Literal) and isinstance(leaf.value, str):
                yield leaf.value


def _leaves(value: Any, depth: int, path: tree.Path = ()) -> Iterator[tuple[tree.Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif depth and isinstance(value, dict):
        for name, member in value.items():
            yield from _leaves(member, depth - 1, (*path, str(name)))
    elif depth and isinstance(value, list):
        for index, item in enumerate(value):
            yield from _leaves(item, depth - 1, (*path, index))


def _is_steady(path: tree.Path) -> bool:
    """Tell whether a place will hold a value of the same kind next time: no element of an array but the first."""
    return not any(isinstance(token, int) and token for token in path)


def _free(name: str, taken: set[str]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free
