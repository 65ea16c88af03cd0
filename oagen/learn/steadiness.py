"""Requests that the target answered in one way and later in another: what others had made in between decides.

A test that sends such a request passes or fails with what ran before it. So it isn't verified, unless the step that
makes the difference is one of its own.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from oagen.runner.run import Exchange, Trace
from oagen.runner.statuses import status_matches
from oagen.scenario import tree
from oagen.scenario.model import Literal, Request, Scenario
from oagen.scenario.needs import request_values

_GONE = frozenset({404, 410})
_PASSING = frozenset({408, 425, 429})  # about the moment, not about what is there
_TOO_MANY = "429"
_FIRST_FAULT = 500
_SHORTEST = 6  # characters of a text that a refusal may name
_SHOWN = 40  # characters of it
_MOST = 50_000


class Steadiness:
    """Takes note of every exchange."""

    def __init__(self) -> None:
        self._drawn: dict[tuple[str, ...], set[int]] = defaultdict(set)
        self._absent: set[tuple[str, str]] = set()

    def observe(self, _scenario: Scenario, trace: Trace) -> None:
        """Take note of one run."""
        before: tuple[str, ...] = ()
        for exchange in (*trace.given, *trace.when[:1]):
            before = (*before, repr(exchange.request))
            self._observe(before, exchange)

    def overhear(self, exchange: Exchange) -> None:
        """Take note of an exchange that was no part of a scenario: what it names may not have been there."""
        answer = exchange.answer
        if answer is None or answer.status not in _GONE or len(self._absent) >= _MOST:
            return
        said = answer.body.decode("utf-8", "replace")
        request = exchange.request
        self._absent.update((request.operation, text) for text in _texts(request) if _names(said, text))

    def doubt(self, scenario: Scenario) -> str | None:
        """Return why what a scenario draws may be owed to others, as a sentence; None where nothing speaks for that."""
        before: tuple[str, ...] = ()
        sent: set[str] = set()
        requests = [(step.request, step.status) for step in scenario.steps]
        if scenario.repeat == 1 and not scenario.alongside and scenario.then.status != _TOO_MANY:
            requests.append((scenario.when, scenario.then.status))  # else it is sent until it draws another
        for request, status in requests:
            before = (*before, repr(request))
            others = {item for item in self._drawn[before] if not status_matches(item, status)}
            if others:
                return f"reached, but the same request had drawn {min(others)} before others were sent"
            if status.startswith("2"):
                absent = (text for text in _texts(request) if (request.operation, text) in self._absent)
                named = next((text for text in absent if text not in sent), None)
                if named is not None:
                    return f"reached, but only since others had made {named[:_SHOWN]!r}"
            sent.update(_texts(request))
        return None

    def _observe(self, before: tuple[str, ...], exchange: Exchange) -> None:
        answer = exchange.answer
        if answer is None or answer.status in _PASSING or answer.status >= _FIRST_FAULT:
            return
        if before in self._drawn or len(self._drawn) < _MOST:
            self._drawn[before].add(answer.status)
        self.overhear(exchange)


def _names(said: str, text: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(text)}(?![\w-])", said) is not None


def _texts(request: Request) -> Iterator[str]:
    """Yield the texts of a request that may identify something."""
    for value in request_values(request):
        for _, leaf in tree.walk(value):
            if isinstance(leaf, Literal) and isinstance(leaf.value, str) and len(leaf.value) >= _SHORTEST:
                yield leaf.value
