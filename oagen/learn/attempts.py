"""Trying one scenario: on fresh resources each time, within the budget, and twice before it counts."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from oagen.learn.memory import Memory
from oagen.learn.obstacles import Obstacles
from oagen.learn.sending import CountingTarget
from oagen.runner.judge import Failure, FailureKind, Judge, Outcome, Verdict
from oagen.runner.run import RunContext, Trace, run_scenario
from oagen.scenario.model import Scenario
from oagen.spec.model import ApiDescription

_TOO_MANY = "429"
_BEYOND = frozenset({FailureKind.EFFECT, FailureKind.BODY_VALUE, FailureKind.MEDIA_TYPE})
GONE = "the target does not answer any more"


class BudgetSpent(Exception):  # noqa: N818 - an outcome: what was learned so far is kept
    """No more requests may be sent; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One run of a scenario, judged."""

    scenario: Scenario
    trace: Trace
    verdict: Verdict

    @property
    def passed(self) -> bool:
        """Whether everything was kept that an integration test asks for; the body's schema is the contract level's."""
        return self.verdict.outcome is Outcome.PASSED or self.breaks_schema

    @property
    def breaks_schema(self) -> bool:
        """Whether nothing was wrong but that the body is not as its schema says."""
        return {failure.kind for failure in self.verdict.failures} == {FailureKind.BODY_SCHEMA}

    @property
    def answered(self) -> int | None:
        """The status that the scenario's request drew."""
        decisive = self.trace.decisive
        return decisive.answer.status if self.trace.reached and decisive is not None and decisive.answer else None

    @property
    def failed_afterwards(self) -> bool:
        """Whether the status came as promised, and what the integration level asks for beyond it did not."""
        kinds = {failure.kind for failure in self.verdict.failures}
        return bool(kinds & _BEYOND) and kinds <= {*_BEYOND, FailureKind.BODY_SCHEMA}

    @property
    def was_too_much(self) -> bool:
        """Whether something was answered 429 (RFC 6585, section 4) that is not about that."""
        if self.scenario.then.status == _TOO_MANY or not self.trace.reached or self.trace.decisive is None:
            return False
        answers = [exchange.answer for exchange in (self.trace.decisive, *self.trace.effects)]
        return any(answer is not None and str(answer.status) == _TOO_MANY for answer in answers)

    @property
    def kept_status(self) -> bool:
        """Whether the promised status came back, whatever else was wrong."""
        return self.answered is not None and all(
            failure.kind is not FailureKind.STATUS for failure in self.verdict.failures
        )


class Attempts:
    """Runs scenarios against one target.

    Args:
        context: Its run is the beginning of each attempt's own.
        time_left: Seconds that may still be used.
        after: Each is called with every run, to follow up on what it created.
    """

    def __init__(
        self,
        description: ApiDescription,
        target: CountingTarget,
        context: RunContext,
        *,
        memory: Memory,
        obstacles: Obstacles,
        time_left: Callable[[], float],
        after: Sequence[Callable[[Scenario, Trace], None]] = (),
    ) -> None:
        self._target = target
        self._context = context
        self._judge = Judge(description)
        self._memory = memory
        self._obstacles = obstacles
        self._time_left = time_left
        self._after = after
        self._numbers = itertools.count(1)

    def run(self, scenario: Scenario) -> Attempt:
        """Run a scenario once, with uniques of its own; nothing is sent where it is known that it can't be reached.

        Raises:
            BudgetSpent: The time is over, or nobody answers any more.
        """
        if self._target.is_gone:
            raise BudgetSpent(GONE)
        if self._time_left() <= 0:
            raise BudgetSpent("the budget was spent")
        if (known := self._known(scenario)) is not None:
            return Attempt(scenario=scenario, trace=known, verdict=self._judge(scenario, known))
        context = replace(self._context, run=f"{self._context.run}.{next(self._numbers)}")
        self._target.patient = scenario.then.status != _TOO_MANY
        try:
            trace = run_scenario(scenario, self._target, context)
        finally:
            self._target.patient = True
        self._memory.observe(scenario, trace)
        self._obstacles.observe(scenario, trace)
        for observe in self._after:
            observe(scenario, trace)
        return Attempt(scenario=scenario, trace=trace, verdict=self._judge(scenario, trace))

    def contract_failures(self, attempt: Attempt) -> tuple[Failure, ...]:
        """Return why the contract level refuses an answer that the integration level takes."""
        return tuple(self._judge.contract_failures(attempt.scenario, attempt.trace))

    def _known(self, scenario: Scenario) -> Trace | None:
        """Return how a scenario ends that can't be reached."""
        if scenario.states:
            name = scenario.states[0].name
            return Trace(reached=False, reason=f"needs state {name!r}", needs_state=name)
        reason = self._obstacles.before(scenario)
        return Trace(reached=False, reason=reason) if reason is not None else None
