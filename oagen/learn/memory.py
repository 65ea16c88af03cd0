"""What the answers of a live target leave behind: values, undocumented statuses, resources to be deleted again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from oagen.learn.model import Undocumented
from oagen.learn.shown import shown_by
from oagen.runner.run import Exchange, Trace
from oagen.runner.statuses import any_status_matches
from oagen.scenario import tree
from oagen.scenario.model import Literal, Request, Scenario
from oagen.spec.model import SAFE_METHODS, ApiDescription

SECRET_NAME = re.compile(r"pass(word|wd|phrase)|secret|token|credential|api_?key|private|session|cookie", re.IGNORECASE)
_MOST_VALUES = 6  # of one name
_MOST_NAMES = 2000
_LONGEST = 200  # characters of a text that is worth remembering
_DEEPEST = 6
_CREATED = 201
_WIDEST = 5  # items of an array that are looked at


class Memory:
    """Takes note of every exchange."""

    def __init__(self, description: ApiDescription) -> None:
        self._documented = {
            operation.key: tuple(response.status for response in operation.responses)
            for operation in description.operations
        }
        self._values: dict[str, dict[str, Any]] = {}
        self._sent: set[str] = set()
        self._made: set[tuple[str, str]] = set()
        self._read: set[str] = set()
        self._written: set[str] = set()
        self._undocumented: dict[tuple[str, int], Undocumented] = {}

    @property
    def undocumented(self) -> tuple[Undocumented, ...]:
        """The undocumented statuses met, first ones first."""
        return tuple(self._undocumented.values())

    def values(self, name: str, *, made: bool = False, there: bool = False) -> tuple[Any, ...]:
        """Return what members of that name held in answers, the latest first; nothing that reads like a secret.

        Args:
            made: Only what creations of this run have answered: nobody else's.
            there: Only what no write of this run was the first to show: it is there next time, too.
        """
        known = self._values.get(name.lower(), {})
        return tuple(
            value
            for value in reversed(known.values())
            if (not made or (name.lower(), repr(value)) in self._made) and not (there and repr(value) in self._written)
        )

    def observe(self, scenario: Scenario, trace: Trace) -> None:
        """Take note of one run."""
        for exchange in exchanges(trace):
            self._observe(exchange, scenario)

    def overhear(self, exchange: Exchange) -> None:
        """Take note of the values of an exchange that was no part of a scenario."""
        body, answer = shown_by(exchange), exchange.answer
        if body is None or answer is None:
            return
        made = exchange.request.method in {"POST", "PUT"} and answer.status == _CREATED
        shown = self._read if exchange.request.method in SAFE_METHODS else self._written
        other = self._written if shown is self._read else self._read
        for name, value in _leaves(body, _DEEPEST):
            self._remember(name, value)
            if repr(value) not in other:
                shown.add(repr(value))
            if made:
                self._made.add((name.lower(), repr(value)))

    def was_made(self, value: Any) -> bool:
        """Tell whether a write of this run was the first to show a value, be it as text or as a number."""
        return not self._written.isdisjoint(_spellings(value))

    def note_sent(self, request: Request) -> None:
        """Take note of the texts in a write that succeeded: what is called so is there now."""
        values = [item.value for item in request.arguments] + ([request.body.value] if request.body else [])
        for value in values:
            for _, leaf in tree.walk(value):
                if isinstance(leaf, Literal) and isinstance(leaf.value, str):
                    self._sent.add(leaf.value)

    def was_sent(self, value: Any) -> bool:
        """Tell whether a text was in a write that succeeded; see `note_sent`."""
        return isinstance(value, str) and value in self._sent

    def was_there(self, value: Any) -> bool:
        """Tell whether a value was read before any write of this run has shown it, be it as text or as a number."""
        return not self.was_made(value) and not self._read.isdisjoint(_spellings(value))

    def recall(self, items: tuple[Undocumented, ...]) -> None:
        """Take over what was met another time."""
        for item in items:
            self._undocumented.setdefault((item.operation, item.status), item)

    def _observe(self, exchange: Exchange, scenario: Scenario) -> None:
        answer = exchange.answer
        if answer is None:
            return
        key = exchange.request.operation
        documented = self._documented.get(key)
        if documented is not None and not any_status_matches(answer.status, documented):
            met = Undocumented(operation=key, status=answer.status, during=scenario.title)
            self._undocumented.setdefault((key, answer.status), met)
        self.overhear(exchange)

    def _remember(self, name: str, value: Any) -> None:
        if SECRET_NAME.search(name) or (name.lower() not in self._values and len(self._values) >= _MOST_NAMES):
            return
        known = self._values.setdefault(name.lower(), {})
        known.pop(repr(value), None)
        known[repr(value)] = value
        if len(known) > _MOST_VALUES:
            del known[next(iter(known))]


def exchanges(trace: Trace) -> Iterator[Exchange]:
    """Yield every exchange of a run, in order."""
    yield from trace.given
    yield from trace.when
    yield from trace.effects


def _spellings(value: Any) -> set[str]:
    number = {repr(int(value))} if isinstance(value, str) and value.isdecimal() else set()
    return {repr(value), repr(str(value)), *number}


def _leaves(value: Any, depth: int) -> Iterator[tuple[str, Any]]:
    """Yield the named plain values in a JSON value."""
    if depth == 0:
        return
    if isinstance(value, dict):
        for name, member in value.items():
            if isinstance(member, (dict, list)):
                yield from _leaves(member, depth - 1)
            elif member is not None and not (isinstance(member, str) and len(member) > _LONGEST):
                yield str(name), member
    elif isinstance(value, list):
        for item in value[:_WIDEST]:
            yield from _leaves(item, depth - 1)
