"""The search for what no designed scenario has drawn: variations, random changes and a campaign, in turns."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from oagen.learn.births import Births
from oagen.learn.campaigning import Campaigning
from oagen.learn.candidates import Candidates
from oagen.learn.cleanup import Cleanup
from oagen.learn.controls import Controls
from oagen.learn.handlers import Handlers
from oagen.learn.ledger import Ledger
from oagen.learn.model import Pair, WitnessState
from oagen.learn.obstacles import Obstacles
from oagen.learn.order import changes_all_others
from oagen.learn.redesign import Redesign
from oagen.learn.trying import Trying
from oagen.learn.wandering import Wandering
from oagen.scenario.model import Scenario
from oagen.spec.model import Operation

_IN_TURN = 3  # variations of one response before the next has its turn
_MOST_VARIATIONS = 40  # of one response
_DEAR = 0.2  # seconds of a variation that make it count for two
_PROBES = 2  # random changes of one operation before the next has its turn
_TURN = 4.0  # seconds of the search, and as many of a campaign
_LONGEST_PAUSE = 32.0  # seconds of the search, where it finds so much more than the campaign
_PROMISE = {"2": 0, "4": 1}
_CLEANING_SHARE = 0.25  # of the time that random changes take


class Search:
    """Looks for witnesses of the responses that have none.

    Args:
        operations: All that may be changed at random, in order.
        trying: Tries scenarios.
        candidates: Are tried for each response.
        campaigning: Has a turn now and then.
        handlers: A response whose status a handler's source names is looked for before others.
        time_left: Seconds that may still be used.
        tell: Is told title and operation of each scenario before it is tried.
    """

    def __init__(
        self,
        operations: Sequence[Operation],
        ledger: Ledger,
        trying: Trying,
        candidates: Candidates,
        *,
        controls: Controls,
        obstacles: Obstacles,
        redesign: Redesign,
        births: Births,
        cleanup: Cleanup,
        wandering: Wandering,
        campaigning: Campaigning,
        handlers: Handlers,
        time_left: Callable[[], float],
        tell: Callable[[str, str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._operations = operations
        self._ledger = ledger
        self._trying = trying
        self._candidates = candidates
        self._controls = controls
        self._obstacles = obstacles
        self._redesign = redesign
        self._births = births
        self._cleanup = cleanup
        self._wandering = wandering
        self._campaigning = campaigning
        self._handlers = handlers
        self._time_left = time_left
        self._tell = tell
        self._clock = clock
        self._begun: float | None = None
        self._drastic = {item.key for item in operations if changes_all_others(item.method, item.path)}
        self._pause = _TURN
        self._found = 0
        self._unproven: dict[Pair, object] = {}
        self._hunted = 0.0

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return 0.0 if self._begun is None else self._clock() - self._begun

    def run(self) -> None:
        """Look for other ways to what has no witness, what promises most first, until nothing is left to try.

        Raises:
            BudgetSpent: The time is over, or nobody answers any more.
        """
        self._begun = self._hunted = self._clock()
        self._found = self._ledger.verified
        missing = self._ledger.unverified()
        drastic = [pair for pair in missing if pair[1].startswith("2") and pair[0] in self._drastic]
        wanted = sorted((pair for pair in missing if pair not in drastic), key=self._promise)
        left = dict.fromkeys(wanted, _MOST_VARIATIONS)
        tried = 1
        while left:
            tried = self._go_hunting(at_once=not tried)
            self._redesign_what_failed()
            tried += self._try_offers(left)
            for pair in [pair for pair in left if not self._ledger.is_verified(pair)]:
                tried += self._try_some(pair, left)
                tried += self._go_hunting()
            tried += self._wander({operation for operation, _ in left})
            left = {pair: number for pair, number in left.items() if not self._ledger.is_verified(pair)}
            if not tried and self._campaigning.is_over:
                break
        for pair in (*left, *drastic):
            self._ledger.exhaust(pair)

    def _promise(self, pair: Pair) -> tuple[bool, int]:
        """Return what orders responses: successes teach what refusals are compared with, and faults come by chance."""
        return self._is_unnamed(pair), _PROMISE.get(pair[1][0], len(_PROMISE))

    def _is_unnamed(self, pair: Pair) -> bool:
        """Tell whether the source of an operation's handler is known, and does not name a status."""
        source = self._handlers.get(pair[0])
        return source is not None and pair[1] not in source.statuses

    def _redesign_what_failed(self) -> None:
        """Design anew what builds on producers that fail, where others were seen."""
        freed = self._obstacles.freed()
        revised = self._redesign.revise()
        if revised:
            self._controls.forget_all()
        for pair in self._ledger.unverified() if freed or revised else ():
            for scenario in self._ledger.designed[pair]:
                if any(step.request.operation in freed for step in scenario.steps):
                    self._candidates.offer_again(pair, scenario)
            for scenario in self._redesign.scenarios(pair) if revised else ():
                self._candidates.offer(pair, scenario)

    def _try_offers(self, left: dict[Pair, int]) -> int:
        """Try what was seen to draw a status on the way; return how many were."""
        offered = [pair for pair in left if self._candidates.offers(pair) and not self._ledger.is_verified(pair)]
        return sum(self._try_some(pair, left) for pair in offered)

    def _try_some(self, pair: Pair, left: dict[Pair, int]) -> int:
        """Try a few candidates for a response, fewer where each takes long; return how many were."""
        for number in range(_IN_TURN):
            if self._unproven.get(pair, ...) == self._controls.contrasts(pair[0]):
                return number
            scenario = self._candidates.next(pair) if left[pair] > 0 else None
            if scenario is None:
                return number
            begun = self._clock()
            is_witness = self._vary(pair, scenario)
            left[pair] -= 1 + int((self._clock() - begun) / _DEAR)
            if is_witness:
                return number + 1
        return _IN_TURN

    def _wander(self, operations: set[str]) -> int:
        """Change the valid requests of operations at random, and keep what draws a status that is looked for.

        What that makes is deleted on the way, as far as a share of the time allows.
        """
        tried, begun = 0, self._clock()
        for operation in self._operations:
            for _ in range(_PROBES if operation.key in operations else 0):
                scenario = self._wandering.next(operation)
                if scenario is None:
                    break
                tried += 1
                self._tell(scenario.title, scenario.operation)
                self._trying.run(scenario)
        until = self._clock() + _CLEANING_SHARE * (self._clock() - begun)
        self._cleanup.run(lambda: self._clock() < until and self._time_left() > 0)
        return tried

    def _go_hunting(self, *, at_once: bool = False) -> int:
        """Let a campaign run for a turn, and try what it meets; return how many were.

        Args:
            at_once: Even if the rest of the search did not have its turn since.
        """
        if self._campaigning.is_over or (self._clock() - self._hunted < self._pause and not at_once):
            return 0
        tried, before, begun = 0, self._ledger.verified, self._clock()
        found, searched = before - self._found, max(begun - self._hunted, _TURN)
        self._tell("requests that a campaign makes up", "several operations")
        for pair, scenario in self._campaigning.turn(_TURN, self._time_left(), self._seen):
            tried += 1
            self._vary(pair, scenario)
        self._hunted, self._found = self._clock(), self._ledger.verified
        here, there = (self._found - before) / max(self._hunted - begun, _TURN), found / searched
        self._pause = min(max(_TURN, _TURN * there / here) if here else 2 * self._pause, _LONGEST_PAUSE)
        return tried

    def _vary(self, pair: Pair, scenario: Scenario) -> bool:
        """Try a variation; return whether it is a witness."""
        scenario = self._births.rebuilt(scenario)
        self._tell(scenario.title, scenario.operation)
        tried = self._trying.tried(scenario)
        if tried.state is not WitnessState.VERIFIED:
            if self._trying.lacks_contrast:
                self._unproven[pair] = self._controls.contrasts(pair[0])
            return False
        self._ledger.keep(pair, replace(tried, witness=tried.witness or scenario))
        return True

    def _seen(self) -> list[Scenario]:
        return [scenario for _, _, scenario in self._ledger.verified_now()]
