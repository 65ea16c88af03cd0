"""Trying one scenario: on fresh resources each time, within the budget, and twice before it counts."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace

from oagen.learn.memory import Memory
from oagen.learn.sending import CountingTarget
from oagen.runner.judge import FailureKind, Judge, Outcome, Verdict
from oagen.runner.run import RunContext, Trace, run_scenario
from oagen.scenario.model import Scenario
from oagen.spec.model import ApiDescription

_TOO_MANY = "429"
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
        """Whether the whole promise was kept."""
        return self.verdict.outcome is Outcome.PASSED

    @property
    def answered(self) -> int | None:
        """The status that the scenario's request drew."""
        decisive = self.trace.decisive
        return decisive.answer.status if self.trace.reached and decisive is not None and decisive.answer else None

    @property
    def failed_afterwards(self) -> bool:
        """Whether nothing was wrong but the values in the answer, or what was true afterwards."""
        kinds = {failure.kind for failure in self.verdict.failures}
        return bool(kinds) and kinds <= {FailureKind.EFFECT, FailureKind.BODY_VALUE}

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
        after: Called with each run, for those who follow up on what it created.
    """

    def __init__(
        self,
        description: ApiDescription,
        target: CountingTarget,
        context: RunContext,
        *,
        memory: Memory,
        time_left: Callable[[], float],
        after: Callable[[Scenario, Trace], None] = lambda _scenario, _trace: None,
    ) -> None:
        self._target = target
        self._context = context
        self._judge = Judge(description)
        self._memory = memory
        self._time_left = time_left
        self._after = after
        self._numbers = itertools.count(1)

    def run(self, scenario: Scenario) -> Attempt:
        """Run a scenario once, with uniques of its own.

        Raises:
            BudgetSpent: The time is over, or nobody answers any more.
        """
        if self._target.is_gone:
            raise BudgetSpent(GONE)
        if self._time_left() <= 0:
            raise BudgetSpent("the budget was spent")
        context = replace(self._context, run=f"{self._context.run}.{next(self._numbers)}")
        self._target.patient = scenario.then.status != _TOO_MANY
        try:
            trace = run_scenario(scenario, self._target, context)
        finally:
            self._target.patient = True
        self._memory.observe(scenario, trace)
        self._after(scenario, trace)
        return Attempt(scenario=scenario, trace=trace, verdict=self._judge(scenario, trace))
