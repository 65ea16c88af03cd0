"""The course of a campaign: what is hunted in which order, and what each phase may take of the budget."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence

from oagen.fuzz.budget import Budget
from oagen.fuzz.caution import Gate, Stage
from oagen.fuzz.clock import Clock
from oagen.fuzz.events import CampaignOptions, Event, Stop
from oagen.fuzz.exchanges import Exchanges
from oagen.fuzz.news import News
from oagen.fuzz.pacing import BudgetSpent, Ledger
from oagen.fuzz.planning import Planner
from oagen.fuzz.proving import Proving
from oagen.fuzz.shrinking import Shrinking
from oagen.fuzz.turns import Turns
from oagen.fuzz.watching import Watch
from oagen.scenario.model import Request, Scenario

_REST = 0.5  # seconds between two looks where every operation rests
_IDLE = 20_000  # candidates in a row that were all sent before


class Phases:
    """Hunts, proves what was found, and at last risks what the campaign stands on.

    Args:
        options: Of the campaign.
        planner: Yields what is sent.
        exchanges: Send it.
        proving: Proves findings.
        shrinking: Knows how many are to be made smaller.
        budget: Says when a phase is over.
        gate: Opens stage by stage.
        watch: Looks after the target.
        turns: Keep apart what several workers find.
        ledger: Counts requests, and knows of an interrupt.
        clock: Of the campaign.
        news: Tells what happens.
    """

    def __init__(
        self,
        options: CampaignOptions,
        planner: Planner,
        exchanges: Exchanges,
        proving: Proving,
        *,
        shrinking: Shrinking,
        budget: Budget,
        gate: Gate,
        watch: Watch,
        turns: Turns,
        ledger: Ledger,
        clock: Clock,
        news: News,
    ) -> None:
        self._options = options
        self._planner = planner
        self._exchanges = exchanges
        self._proving = proving
        self._shrinking = shrinking
        self._budget = budget
        self._gate = gate
        self._watch = watch
        self._turns = turns
        self._ledger = ledger
        self._clock = clock
        self._news = news

    def run(self, scenarios: Sequence[Scenario], resumed: Iterable[Request]) -> Iterator[Event]:
        """Yield what happens, from the first request to the last.

        Args:
            scenarios: Designed ones.
            resumed: Requests of an earlier campaign that showed something new.
        """
        phases: tuple[tuple[str, Iterator[Request | None]], ...] = (
            ("untouched", self._planner.untouched()),
            ("designed", self._planner.designed(scenarios, self._exchanges.answered)),
            ("resumed", self._planner.resumed(resumed)),
            ("first", self._planner.first()),
            ("sweep", self._planner.sweep()),
            ("hunt", self._planner.hunt(self._exchanges.collide)),
        )
        hunt = phases[-1]
        for phase in phases:
            yield from self._through(*phase)
        if self._options.harmless:
            return
        yield from self._proving.shrink()
        yield from self._proving.second_chance()
        yield from self._at_risk(hunt)
        yield from self._proving.afresh()

    def _at_risk(self, hunt: tuple[str, Iterator[Request | None]]) -> Iterator[Event]:
        """Send what was kept back, stage by stage, and go on with the hunt after each."""
        over = False
        for stage, rest in (
            (Stage.HAZARDS, self._budget.risk_share()),
            (Stage.LATE, self._budget.risk_share() / 3),
            (Stage.LAST, 0),
        ):
            if stage is Stage.LATE and self._exchanges.stop is None:
                self._watch.meet_others(self._options)
            self._gate.stage = stage
            self._budget.keep(rest)
            yield from self._through(stage.name.lower(), self._gate.kept_back())
            self._gate.stage = min(stage, Stage.LATE)
            yield from self._through(*hunt)
            over = self._is_over()
            yield from self._proving.shrink()
        if self._exchanges.stop is None and over:
            self._exchanges.stop = Stop.TIME if self._clock.limited and self._budget.is_late() else Stop.REQUESTS

    def _through(self, name: str, requests: Iterator[Request | None]) -> Iterator[Event]:
        """Send what a phase yields, until its share of the budget is gone."""
        self._news.phase = name
        idle = 0
        while self._exchanges.stop is None and idle < _IDLE and not self._is_over():
            self._ledger.interrupt.check()
            before = self._ledger.count
            try:
                with self._turns.take():
                    if not self._next(requests):
                        break
                for request in self._turns.doubtful():
                    with self._turns.take(alone=True):
                        self._exchanges.meet_again(request)
            except BudgetSpent:
                self._exchanges.stop = Stop.REQUESTS
            idle = idle + 1 if self._ledger.count == before else 0
            if idle and (pause := self._watch.all_rest()):
                time.sleep(min(pause, _REST, self._clock.left()))
                idle = 0
            yield from self._news.latest()
        try:
            self._exchanges.settle()
        except BudgetSpent:
            self._exchanges.stop = Stop.REQUESTS
        yield from self._news.latest()

    def _next(self, requests: Iterator[Request | None]) -> bool:
        """Send the next request of a phase, and what follows from it; False where there is none."""
        try:
            request = next(requests)
        except StopIteration:
            return False
        if request is not None:
            self._exchanges.pursue(request)
        return True

    def _is_over(self) -> bool:
        return self._budget.is_over(len(self._shrinking))
