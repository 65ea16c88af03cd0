"""What has been tried so far, by documented response."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from oagen.learn.model import Learned, LearnedPair, Pair, Tried, WitnessState, digest_of, operation_digest
from oagen.scenario.model import Scenario
from oagen.spec.model import ApiDescription


class Ledger:
    """The designed scenarios of each documented response, and what became of those that were tried.

    Args:
        budget: Seconds that may be spent on looking for witnesses.
    """

    def __init__(self, description: ApiDescription, scenarios: Sequence[Scenario], budget: float) -> None:
        self._budget = budget
        self._description = description
        self._fingerprints: dict[str, str] = {}
        self._operations = {operation.key: operation for operation in description.operations}
        self.designed: dict[Pair, list[Scenario]] = {
            (operation.key, response.status): [] for operation, response in description.documented()
        }
        for scenario in scenarios:
            self.designed.setdefault((scenario.operation, scenario.status), []).append(scenario)
        self._digests: dict[int, str] = {}
        self._tried: dict[Pair, dict[str, Tried]] = {pair: {} for pair in self.designed}
        self._complete: set[Pair] = set()
        self._searched: dict[Pair, tuple[float, str]] = {}
        self._kept: dict[tuple[Pair, str], None] = {}

    def reuse(self, known: Learned) -> Iterator[tuple[Pair, Scenario]]:
        """Take over what still holds; yield the witnesses that have to be seen again.

        These are those whose scenarios changed, and all of a run that did not come to its end.
        """
        for pair, before in known.pairs.items():
            if pair not in self.designed:
                continue
            if known.provisional:
                yield from ((pair, item.witness) for item in before.tried if item.witness is not None)
                continue
            digests = {self._digest_of(scenario) for scenario in self.designed[pair]}
            same = digests <= {item.digest for item in before.tried}
            if same and before.complete and self._is_over(pair, before):
                self._complete.add(pair)
                self._searched[pair] = (before.searched, before.fingerprint)
            for item in before.tried:
                still_holds = before.complete or item.state is WitnessState.VERIFIED
                if (item.digest in digests and still_holds) or (item.witness is not None and same):
                    self._tried[pair][item.digest] = item
                elif item.witness is not None:
                    yield pair, item.witness

    def keep(self, pair: Pair, tried: Tried) -> None:
        """Take note of a scenario that was tried."""
        self._tried[pair][tried.digest] = tried
        self._kept[pair, tried.digest] = None

    def verified_now(self) -> Iterator[tuple[Pair, Tried, Scenario]]:
        """Yield what was verified this time, each with the scenario that was."""
        designed = {
            self._digest_of(scenario): scenario for scenarios in self.designed.values() for scenario in scenarios
        }
        for pair, digest in self._kept:
            tried = self._tried[pair][digest]
            scenario = tried.witness or designed.get(digest)
            if tried.state is WitnessState.VERIFIED and scenario is not None:
                yield pair, tried, scenario

    def _digest_of(self, scenario: Scenario) -> str:
        """Return the digest of a designed scenario, each worked out once: they are kept, so that none is another."""
        if id(scenario) not in self._digests:
            self._digests[id(scenario)] = digest_of(scenario)
        return self._digests[id(scenario)]

    def exhaust(self, pair: Pair) -> None:
        """Take note that there is nothing left to try for a response within this budget."""
        self._complete.add(pair)
        self._searched[pair] = (self._budget, self._fingerprint(pair))

    def give_up(self) -> None:
        """Take note that the budget was spent in vain on the responses that have no witness."""
        for pair in self.unverified():
            tried = self._tried[pair]
            if all(
                (known := tried.get(self._digest_of(scenario))) is not None and known.state is not WitnessState.UNTRIED
                for scenario in self.designed[pair]
            ):
                self.exhaust(pair)

    def untried(self) -> list[tuple[int, Scenario]]:
        """Return the designed scenarios that are to be tried, each with its place among those of its response."""
        return [
            (place, scenario)
            for pair in self._open()
            for place, scenario in enumerate(self.designed[pair])
            if self._digest_of(scenario) not in self._tried[pair]
        ]

    def unverified(self) -> list[Pair]:
        """Return the responses that may still get a witness."""
        return [pair for pair in self._open() if not self.is_verified(pair)]

    @property
    def is_settled(self) -> bool:
        """Whether there is nothing left to try."""
        return not self._open()

    @property
    def verified(self) -> int:
        """How many responses have a witness."""
        return sum(self.is_verified(pair) for pair in self.designed)

    def pairs(self) -> dict[Pair, LearnedPair]:
        """Return what is known of each response."""
        return {pair: self._pair(pair) for pair in self.designed}

    def _pair(self, pair: Pair) -> LearnedPair:
        order = {self._digest_of(scenario): place for place, scenario in enumerate(self.designed[pair])}
        tried = sorted(self._tried[pair].values(), key=lambda item: order.get(item.digest, len(order)))
        settled = {item.digest for item in tried if item.state is not WitnessState.UNTRIED}
        verified = any(item.state is WitnessState.VERIFIED for item in tried)
        complete = order.keys() <= settled and (verified or pair in self._complete)
        searched, fingerprint = self._searched.get(pair, (0.0, "")) if complete and not verified else (0.0, "")
        return LearnedPair(tried=tuple(tried), complete=complete, searched=searched, fingerprint=fingerprint)

    def _is_over(self, pair: Pair, before: LearnedPair) -> bool:
        """Tell whether what was known as complete still is: the operation and the budget are as they were."""
        verified = before.state is WitnessState.VERIFIED
        return verified or (before.searched >= self._budget and before.fingerprint == self._fingerprint(pair))

    def _fingerprint(self, pair: Pair) -> str:
        operation = self._operations.get(pair[0])
        if operation is None:
            return ""
        if pair[0] not in self._fingerprints:
            self._fingerprints[pair[0]] = operation_digest(self._description, operation)
        return self._fingerprints[pair[0]]

    def _open(self) -> list[Pair]:
        return [pair for pair in self.designed if pair not in self._complete]

    def is_open(self, pair: Pair) -> bool:
        """Tell whether a witness of a response is still looked for."""
        return pair in self.designed and pair not in self._complete and not self.is_verified(pair)

    def is_verified(self, pair: Pair) -> bool:
        """Tell whether a response has a witness."""
        return any(item.state is WitnessState.VERIFIED for item in self._tried[pair].values())
