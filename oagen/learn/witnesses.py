"""Look for a witness of every documented response: a scenario that draws it twice, on fresh resources, for its reason.

What is cheap comes first and teaches most: requests that succeed, those with the fewest steps, then refusals, then
what burdens the target. What fails is varied, a few variations of each response in turn, until the budget is spent.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from oagen.errors import OagenError
from oagen.learn.attempts import GONE, Attempt, Attempts, BudgetSpent
from oagen.learn.candidates import Candidates
from oagen.learn.cleanup import Cleanup
from oagen.learn.confirming import confirm
from oagen.learn.controls import Controls
from oagen.learn.ledger import Ledger
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
from oagen.learn.order import burden
from oagen.learn.reasons import refutation, what_came
from oagen.learn.sending import CountingTarget
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
_TELL_EVERY = 0.5  # seconds
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
        design = DesignContext(description, options.identities)
        self._attempts = Attempts(
            description,
            self._target,
            context,
            memory=self._memory,
            time_left=lambda: self._deadline - (self._clock() - self._started),
            after=self._cleanup.observe,
        )
        self._candidates = Candidates(design, self._memory)
        self._mending = Mending(design, self._memory)
        self._controls = Controls(design, self._attempts, self._memory, self._mending.mended)
        self._ledger = Ledger(description, scenarios)
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
            self._try_variations()
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

    def _try_designed(self) -> None:
        queue = self._ledger.untried()
        queue.sort(key=lambda item: (*burden(item[1]), item[0]))
        for _, scenario in queue:
            self._tell(scenario.title, scenario.operation)
            self._ledger.keep((scenario.operation, scenario.status), self._try(scenario))

    def _try_variations(self) -> None:
        waiting: dict[Pair, Iterator[Scenario]] = {
            pair: self._candidates.of(pair, self._ledger.designed[pair]) for pair in self._ledger.unverified()
        }
        left = dict.fromkeys(waiting, _MOST_VARIATIONS)
        while waiting:
            for pair in list(waiting):
                for _ in range(_IN_TURN):
                    scenario = next(waiting[pair], None) if left[pair] else None
                    left[pair] -= 1
                    if scenario is None or self._vary(pair, scenario):
                        del waiting[pair]
                        self._ledger.exhaust(pair)
                        break

    def _vary(self, pair: Pair, scenario: Scenario) -> bool:
        """Try a variation; return whether it is a witness."""
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
            witness=asked if state is WitnessState.VERIFIED and asked != scenario else None,
        )

    def _run(self, scenario: Scenario) -> Attempt:
        attempt = self._attempts.run(scenario)
        self._controls.observe(attempt)
        self._candidates.observe(attempt)
        return attempt

    def _judged(self, attempt: Attempt) -> tuple[WitnessState, str | None]:
        verdict = attempt.verdict
        match verdict.outcome:
            case Outcome.NEEDS_STATE:
                return WitnessState.NEEDS_STATE, verdict.reason
            case Outcome.NOT_REACHED | Outcome.NO_ANSWER:
                return WitnessState.NOT_REACHED, what_came(attempt)
            case Outcome.FAILED:
                return WitnessState.REFUTED, refutation(attempt)
            case Outcome.PASSED:
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
            confirm(self._ledger, self._attempts)

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
