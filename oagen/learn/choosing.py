"""Which scenarios a suite holds after a trial: those that were seen to work, and promises that were broken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from oagen.learn.model import Learned, LearnedPair, Tried, WitnessState, digest_of
from oagen.scenario.model import Scenario


def chosen(designed: Sequence[Scenario], learned: Learned) -> tuple[Scenario, ...]:
    """Return the scenarios of a suite, in the order of the designed ones.

    A documented response with a witness keeps what was verified, what nobody could try, and what shows that the API
    does not do what its document says; guesses that the API answered otherwise, for good reason perhaps, are left out.
    One without a witness keeps everything: its tests hold the API to the promise.
    """
    groups: dict[tuple[str, str], list[Scenario]] = {}
    for scenario in designed:
        groups.setdefault((scenario.operation, scenario.status), []).append(scenario)
    found: list[Scenario] = []
    for pair, scenarios in groups.items():
        known = learned.pairs.get(pair)
        if known is None or known.state is not WitnessState.VERIFIED:
            found.extend(scenarios)
        else:
            found.extend(_of_verified(scenarios, known))
    return tuple(found)


Name = tuple[str, str, str]
"""Operation, status and title: what a scenario is called in a suite."""


def name_of(scenario: Scenario) -> Name:
    """Return what a scenario is called in a suite."""
    return scenario.operation, scenario.status, scenario.title


def keeping_contract(learned: Learned) -> frozenset[Name]:
    """Return the verified scenarios whose answer is as documented in all, content included."""
    return frozenset(
        (*pair, item.witness.title if item.witness is not None else item.title)
        for pair, known in learned.pairs.items()
        for item in known.tried
        if item.state is WitnessState.VERIFIED and item.contract is None
    )


def is_broken_promise(tried: Tried) -> bool:
    """Tell whether a refuted scenario speaks against the API, or its document, even where a sibling was verified.

    It does where the status came and the rest of the promise was not kept, and where what the document calls invalid
    was accepted.
    """
    if tried.state is not WitnessState.REFUTED:
        return False
    accepted = tried.answered is not None and 200 <= tried.answered < 300  # noqa: PLR2004
    return tried.kept_status or (tried.technique == "violated-constraint" and accepted)


def _of_verified(scenarios: Sequence[Scenario], known: LearnedPair) -> Iterator[Scenario]:
    """Yield what was verified, then what else is kept."""
    tried = {item.digest: item for item in known.tried}
    others: list[Scenario] = []
    for scenario in scenarios:
        item = tried.pop(digest_of(scenario), None)
        if item is not None and item.state is WitnessState.VERIFIED:
            yield replace(item.witness or scenario, document=scenario.document)
        elif item is None or item.state in _NOT_JUDGED or is_broken_promise(item):
            others.append(scenario)
    document = scenarios[0].document  # it may be read from another place today
    yield from (replace(item.witness, document=document) for item in tried.values() if item.witness is not None)
    yield from others


_NOT_JUDGED = frozenset({WitnessState.NEEDS_STATE, WitnessState.UNTRIED})
