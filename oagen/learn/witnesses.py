"""Look for a witness of every documented response: a scenario that draws it twice, on fresh resources, for its reason.

What is cheap comes first and teaches most: requests that succeed, those with the fewest steps, then refusals, then
what burdens the target. What fails is varied, a few variations of each response in turn, until the budget is spent.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from oagen.errors import OagenError
from oagen.learn.attempts import GONE, Attempt, Attempts, BudgetSpent
from oagen.learn.births import Births
from oagen.learn.candidates import Candidates
from oagen.learn.cleanup import Cleanup
from oagen.learn.confirming import confirm
from oagen.learn.controls import Controls
from oagen.learn.ledger import Ledger
from oagen.learn.makers import Makers
from oagen.learn.memory import Memory
from oagen.learn.mending import Mending
from oagen.learn.model import (
    Learned,
    Pair,
    Progress,
    ProgressListener,
    Tried,
    WitnessState,
    digest_of,
)
from oagen.learn.obstacles import Obstacles
from oagen.learn.order import burden
from oagen.learn.reasons import refutation, what_came
from oagen.learn.redesign import Redesign
from oagen.learn.sending import CountingTarget
from oagen.learn.wandering import Wandering
from oagen.runner.judge import Outcome
from oagen.runner.run import RunContext
from oagen.scenario.context import DesignContext
from oagen.scenario.identities import IdentityInfo
from oagen.scenario.model import Scenario
from oagen.spec.model import ApiDescription
from oagen.target.model import Target

BUDGET = 60.0
"""Seconds, unless the user says otherwise."""

_IN_TURN = 3  # variations of one response before the next has its turn
_MOST_VARIATIONS = 40  # of one response
_PROBES = 2  # random changes of one operation before the next has its turn
_TELL_EVERY = 0.5  # seconds
_CLEANING_SHARE = 0.25  # of the time that random changes take
_FOR_CLEANING = 10.0  # seconds, after the budget
_FOR_CONFIRMING = 10.0  # seconds, after that


def learn(
    description: ApiDescription,
    scenarios: Sequence[Scenario],
    target: Target,
    context: RunContext,
    *,
    budget: float = BUDGET,
    known: Learned | None = None,
    identities: tuple[IdentityInfo, ...] = (),
    progress: ProgressListener = lambda _progress: None,
    reset: Callable[[], None] | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Learned:
    """Try scenarios against a live target and return what was learned.

    Whatever is known of a response whose scenarios are the same as then is taken over without a request. An
    interruption (Ctrl-C) ends it early; what was learned until then is returned.

    Args:
        scenarios: As designed; each documented response has at least one.
        context: Its `run` makes this run's uniques others than those of every run before.
        budget: Seconds for all requests, but for the deletion of what they created.
        known: What was learned another time.
        identities: Those that the scenarios were designed with.
        progress: Called now and then.
        reset: Brings the target's state back to its start; called at the beginning and at the end.
    """
    options = _Options(budget=budget, known=known or Learned(), identities=identities, progress=progress, clock=clock)
    return _Learner(description, scenarios, target, context, options).learn(reset)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Options:
    budget: float
    known: Learned
    identities: tuple[IdentityInfo, ...]
    progress: ProgressListener
    clock: Callable[[], float]


class _Learner:
    def __init__(
        self,
        description: ApiDescription,
        scenarios: Sequence[Scenario],
        target: Target,
        context: RunContext,
        options: _Options,
    ) -> None:
        self._clock = options.clock
        self._started = self._clock()
        self._deadline = options.budget
        self._told = 0.0
        self._progress = options.progress
        self._target = CountingTarget(target)
        self._memory = Memory(description)
        self._cleanup = Cleanup(description, self._target, context)
        self._births = Births()
        self._description = description
        design = DesignContext(description, options.identities)
        self._by_key = {operation.key: operation for operation in description.operations}
        self._settled: set[str] = set()
        self._obstacles = obstacles = Obstacles()
        makers = Makers(description)
        self._attempts = Attempts(
            description,
            self._target,
            context,
            memory=self._memory,
            obstacles=obstacles,
            time_left=lambda: self._deadline - (self._clock() - self._started),
            after=(self._cleanup.observe, makers.observe, self._births.observe),
        )
        self._candidates = Candidates(design, self._memory)
        self._mending = Mending(design, self._memory)
        self._controls = Controls(design, self._attempts, self._memory, self._mending.mended)
        self._redesign = Redesign(design, makers, obstacles)
        self._wandering = Wandering(design, self._memory, makers, self._mending.mended)
        self._ledger = Ledger(description, scenarios)
        for pair, designed in self._ledger.designed.items():
            self._candidates.know(pair, designed)
        self._memory.recall(options.known.undocumented)
        for pair, witness in self._ledger.reuse(options.known):
            self._candidates.offer(pair, witness)

    # -- the run, as a table of contents ------------------------------------------------------------------------------

    def learn(self, reset: Callable[[], None] | None) -> Learned:
        stopped: str | None = None
        try:
            if reset is not None and not self._ledger.is_settled:
                reset()
            self._try_designed()
            self._search()
            self._try_designed(verified=True)
            if self._target.is_gone:
                stopped = GONE
        except BudgetSpent as end:
            stopped = str(end)
        except KeyboardInterrupt:
            stopped = "it was interrupted"
        try:
            left_behind = self._clean(reset)
            self._confirm()
        except OagenError as error:  # what was learned is worth more than the state that it leaves
            left_behind, stopped = self._cleanup.left, error.message
        return Learned(
            pairs=self._ledger.pairs(),
            undocumented=self._memory.undocumented,
            requests=self._target.requests,
            seconds=self._clock() - self._started,
            stopped=stopped,
            left_behind=left_behind,
        )

    def _try_designed(self, *, verified: bool = False) -> None:
        """Try designed scenarios of responses that have no witness yet, or, later, those of the others."""
        queue = self._ledger.untried()
        queue.sort(key=lambda item: (*burden(item[1]), item[0]))
        for _, scenario in queue:
            pair = (scenario.operation, scenario.status)
            if verified or not self._ledger.is_verified(pair):
                self._tell(scenario.title, scenario.operation)
                self._ledger.keep(pair, self._try(scenario))

    def _search(self) -> None:
        """Look for other ways to what has no witness, what promises most first, until nothing is left to try."""
        left = dict.fromkeys(self._ledger.unverified(), _MOST_VARIATIONS)
        while left:
            self._redesign_what_failed()
            tried = self._try_offers(left)
            for pair in [pair for pair in left if not self._ledger.is_verified(pair)]:
                tried += self._try_some(pair, left)
            tried += self._wander({operation for operation, _ in left})
            left = {pair: number for pair, number in left.items() if not self._ledger.is_verified(pair)}
            if not tried:
                break
        for pair in left:
            self._ledger.exhaust(pair)

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
        """Try a few candidates for a response; return how many were."""
        for number in range(_IN_TURN):
            scenario = self._candidates.next(pair) if left[pair] else None
            if scenario is None:
                return number
            left[pair] -= 1
            if self._vary(pair, scenario):
                return number + 1
        return _IN_TURN

    def _wander(self, operations: set[str]) -> int:
        """Change the valid requests of operations at random, and keep what draws a status that is looked for.

        What that makes is deleted on the way, as far as a share of the time allows.
        """
        tried, begun = 0, self._clock()
        for operation in self._description.operations:
            for _ in range(_PROBES if operation.key in operations else 0):
                scenario = self._wandering.next(operation)
                if scenario is None:
                    break
                tried += 1
                self._tell(scenario.title, scenario.operation)
                self._run(scenario)
        until = self._clock() + _CLEANING_SHARE * (self._clock() - begun)
        self._cleanup.run(lambda: self._clock() < until and not self._target.is_gone)
        return tried

    def _vary(self, pair: Pair, scenario: Scenario) -> bool:
        """Try a variation; return whether it is a witness."""
        scenario = self._births.rebuilt(scenario)
        self._tell(scenario.title, scenario.operation)
        tried = self._try(scenario)
        if tried.state is not WitnessState.VERIFIED:
            return False
        self._ledger.keep(pair, replace(tried, witness=tried.witness or scenario))
        return True

    # -- one scenario -------------------------------------------------------------------------------------------------

    def _try(self, scenario: Scenario) -> Tried:
        asked = self._mending.mended(scenario)
        first = self._run(asked)
        while (changed := self._mending.learn(first)) is not None:
            self._controls.forget(changed)
            if (again := self._mending.mended(scenario)) == asked:
                break
            asked, first = again, self._run(again)
        self._mending.settle(first)
        state, reason = self._judged(first)
        if state is WitnessState.VERIFIED:
            second = self._run(asked)
            if not second.passed and (changed := self._mending.learn(second)) is not None:
                self._controls.forget(changed)  # the same again is refused: what must not be the same is known now
                return self._try(scenario)
            if not second.passed:
                state, reason = WitnessState.NOT_REACHED, f"reached once; then it {what_came(second)}"
        if self._target.silent and state is WitnessState.NOT_REACHED:
            state = WitnessState.UNTRIED  # nobody answered: another time, perhaps
        return Tried(
            digest=digest_of(scenario),
            title=scenario.title,
            technique=scenario.technique,
            state=state,
            answered=first.answered,
            kept_status=first.kept_status,
            reason=reason,
            contract=self._contract(first) if state is WitnessState.VERIFIED else None,
            witness=asked if state is WitnessState.VERIFIED and asked != scenario else None,
        )

    def _contract(self, attempt: Attempt) -> str | None:
        """Return why the contract level refuses what the integration level takes; None where it does not."""
        broken = self._attempts.contract_failures(attempt)
        return refutation(attempt, broken) if broken else None

    def _run(self, scenario: Scenario) -> Attempt:
        attempt = self._attempts.run(scenario)
        self._controls.observe(attempt)
        self._candidates.observe(attempt)
        self._adopt(attempt)
        return attempt

    def _adopt(self, attempt: Attempt) -> None:
        """Keep the first request of an operation that succeeds where its valid one does not: others build on it."""
        answered, when = attempt.answered, attempt.scenario.when
        if answered is None or not 200 <= answered < 300 or when.operation in self._settled:  # noqa: PLR2004
            return
        self._settled.add(when.operation)
        operation = self._by_key.get(when.operation)
        if operation is None or not attempt.scenario.status.startswith("2"):
            return
        known = self._controls.known(operation)
        if (known is None or known >= 400) and self._mending.adopt(when):  # noqa: PLR2004
            self._controls.forget(when.operation)

    def _judged(self, attempt: Attempt) -> tuple[WitnessState, str | None]:
        verdict = attempt.verdict
        match verdict.outcome:
            case Outcome.NEEDS_STATE:
                return WitnessState.NEEDS_STATE, verdict.reason
            case Outcome.NOT_REACHED | Outcome.NO_ANSWER:
                return WitnessState.NOT_REACHED, what_came(attempt)
            case Outcome.FAILED if not attempt.passed:
                if attempt.scenario.status == "default" and not attempt.kept_status:
                    return WitnessState.NOT_REACHED, what_came(attempt)  # `default` promises no answer of its own
                return WitnessState.REFUTED, refutation(attempt)
            case Outcome.FAILED | Outcome.PASSED:
                problem = self._controls.problem(attempt)
                return (WitnessState.NOT_REACHED, problem) if problem else (WitnessState.VERIFIED, None)

    # -- bookkeeping --------------------------------------------------------------------------------------------------

    def _clean(self, reset: Callable[[], None] | None) -> int:
        """Leave the target as it was, as far as possible; return how many resources stay."""
        if not self._target.requests:
            return 0
        try:
            if reset is not None:
                reset()
                return 0
            until = self._clock() + _FOR_CLEANING
            return self._cleanup.run(lambda: self._clock() < until and not self._target.is_gone)
        except KeyboardInterrupt:
            return self._cleanup.left

    def _confirm(self) -> None:
        """Take back what holds only with what others had made, as far as there is time."""
        self._deadline = self._clock() - self._started + _FOR_CONFIRMING
        with contextlib.suppress(BudgetSpent, KeyboardInterrupt):
            confirm(self._ledger, self._attempts, self._births)

    def _tell(self, title: str, operation: str) -> None:
        seconds = self._clock() - self._started
        if seconds - self._told < _TELL_EVERY and self._told:
            return
        self._told = seconds or _TELL_EVERY
        self._progress(
            Progress(
                doing=f"{operation}: {title}",
                requests=self._target.requests,
                seconds=seconds,
                verified=self._ledger.verified,
                pairs=len(self._ledger.designed),
            )
        )
