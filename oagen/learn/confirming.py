"""Whether what was verified holds without what other scenarios had made: tried again when that is gone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from oagen.learn.attempts import Attempts
from oagen.learn.births import Births
from oagen.learn.ledger import Ledger
from oagen.learn.model import Pair, Tried, WitnessState
from oagen.learn.reasons import what_came
from oagen.runner.judge import Outcome
from oagen.scenario import tree
from oagen.scenario.model import Capture, Scenario, Text, Value
from oagen.scenario.needs import request_values

TRIED_OUT = "tried-out"
"""The technique of what no design has thought of: random changes, and what a campaign met."""

_SHOWN = 60  # characters of a value
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})  # RFC 9110, section 9.2.1


def confirm(ledger: Ledger, attempts: Attempts, births: Births) -> None:
    """Try again what makes nothing by itself or was met by chance, and take back what is not verified any more.

    What names a value that the target made up is taken back at once: another start of it has other ones.

    A test that reads whatever happens to be there passes or fails with the tests that ran before it, one that deletes
    it takes it from the others, and a refusal may be owed to what stood there under the same name. Called when what
    learning created has been deleted.

    Raises:
        BudgetSpent: There was no time for all; the rest stays as it is.
    """
    for pair, tried, scenario in list(ledger.verified_now()):
        if (named := births.named_in(scenario)) is not None:
            _take_back(ledger, pair, tried, f"reached, but only with {named[:_SHOWN]!r}, which the API had made up")
    for pair, tried, scenario in list(_doubtful(ledger)):
        reason = _doubt(scenario, attempts)
        if reason is not None:
            _take_back(ledger, pair, tried, reason)


def _take_back(ledger: Ledger, pair: Pair, tried: Tried, reason: str) -> None:
    ledger.keep(pair, replace(tried, state=WitnessState.NOT_REACHED, reason=reason, witness=None))
    ledger.exhaust(pair)  # it would be found, and taken back, each time


def _doubtful(ledger: Ledger) -> Iterator[tuple[Pair, Tried, Scenario]]:
    """Yield what may hold by chance: refusals met in a campaign, and what succeeds with what is there.

    The latter reads it, or takes it from a list, and makes nothing.
    """
    for pair, tried, scenario in ledger.verified_now():
        if scenario.technique == TRIED_OUT and not pair[1].startswith("2"):
            yield pair, tried, scenario
        lists = set(_lists(scenario))
        takes = bool(lists) or scenario.when.method in _SAFE
        makes = any(step.request.method not in _SAFE and step.name not in lists for step in scenario.steps)
        if takes and not makes and not scenario.states and pair[1].startswith("2"):
            yield pair, tried, scenario


def _lists(scenario: Scenario) -> Iterator[str]:
    """Yield the names of the steps of whose answers an element of an array is used."""
    for request in (*(step.request for step in scenario.steps), scenario.when):
        for value in request_values(request):
            for capture in _captures(value):
                if any(token.isdecimal() for token in tree.tokens(capture.pointer or "")):
                    yield capture.step


def _captures(value: Value) -> Iterator[Capture]:
    for _, leaf in tree.walk(value):
        if isinstance(leaf, Capture):
            yield leaf
        elif isinstance(leaf, Text):
            for part in leaf.parts:
                yield from _captures(part)


def _doubt(scenario: Scenario, attempts: Attempts) -> str | None:
    """Return why a scenario does not hold by itself; None where it does."""
    if scenario.when.method == "DELETE" and scenario.status.startswith("2"):
        return "reached, but only by deleting what it had not made"
    attempt = attempts.run(scenario)
    if attempt.passed or attempt.verdict.outcome is Outcome.NO_ANSWER:
        return None
    return f"reached, but only with what others had made; without it, it {what_came(attempt)}"
