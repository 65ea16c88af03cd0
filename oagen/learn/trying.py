"""Trying one scenario: what the target teaches about its request is heeded, and what is reached has to come twice."""

from __future__ import annotations

from oagen.learn.attempts import Attempt, Attempts
from oagen.learn.candidates import Candidates
from oagen.learn.controls import Controls
from oagen.learn.mending import Mending
from oagen.learn.model import Tried, WitnessState, digest_of
from oagen.learn.reasons import refutation, what_came
from oagen.learn.sending import CountingTarget
from oagen.learn.steadiness import Steadiness
from oagen.runner.judge import Outcome
from oagen.scenario.context import DesignContext
from oagen.scenario.model import Scenario


class Trying:
    """Tries scenarios, and has every run looked at by those who learn from it.

    Args:
        controls: Tell whether an answer came for the scenario's reason.
        candidates: Keep what drew another status than it was meant to.
        mending: Changes requests by what refusals say.
        steadiness: Tells what came only since others had been sent.
    """

    def __init__(
        self,
        design: DesignContext,
        attempts: Attempts,
        target: CountingTarget,
        *,
        controls: Controls,
        candidates: Candidates,
        mending: Mending,
        steadiness: Steadiness,
    ) -> None:
        self._attempts = attempts
        self._target = target
        self._controls = controls
        self._candidates = candidates
        self._mending = mending
        self._steadiness = steadiness
        self._operations = {operation.key: operation for operation in design.description.operations}
        self._settled: set[str] = set()
        self.lacks_contrast = False
        """Whether what was tried last drew its status, and nothing showed that it was for its reason."""

    def tried(self, scenario: Scenario) -> Tried:
        """Return what trying a scenario has shown.

        Raises:
            BudgetSpent: No request may be sent any more.
        """
        asked = self._mending.mended(scenario)
        first = self.run(asked)
        while (changed := self._mending.learn(first)) is not None:
            self._controls.forget(changed)
            if (again := self._mending.mended(scenario)) == asked:
                break
            asked, first = again, self.run(again)
        self._mending.settle(first)
        self.lacks_contrast = False
        state, reason = self._judged(first)
        if state is WitnessState.VERIFIED:
            second = self.run(asked)
            if not second.passed and (changed := self._mending.learn(second)) is not None:
                self._controls.forget(changed)  # the same again is refused: what must not be the same is known now
                return self.tried(scenario)
            if not second.passed:
                state, reason = WitnessState.NOT_REACHED, f"reached once; then it {what_came(second)}"
            elif (doubt := self._steadiness.doubt(asked)) is not None:
                state, reason = WitnessState.NOT_REACHED, doubt
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

    def run(self, scenario: Scenario, *, probe: bool = False) -> Attempt:
        """Run a scenario once; see `Attempts.run`.

        Args:
            probe: It is on the way to a plainer one: that it draws its status is no reason to offer it.
        """
        attempt = self._attempts.run(scenario)
        self._controls.observe(attempt)
        if not (probe and attempt.kept_status):
            self._candidates.observe(attempt)
        self._adopt(attempt)
        return attempt

    def _adopt(self, attempt: Attempt) -> None:
        """Keep the first request of an operation that succeeds where its valid one does not: others build on it."""
        answered, when = attempt.answered, attempt.scenario.when
        if answered is None or not 200 <= answered < 300 or when.operation in self._settled:  # noqa: PLR2004
            return
        self._settled.add(when.operation)
        operation = self._operations.get(when.operation)
        if operation is None or not attempt.scenario.status.startswith("2"):
            return
        known = self._controls.known(operation)
        if (known is None or known >= 400) and self._mending.adopt(when, attempt.scenario.steps):  # noqa: PLR2004
            self._controls.forget(when.operation)

    def _judged(self, attempt: Attempt) -> tuple[WitnessState, str | None]:
        verdict = attempt.verdict
        match verdict.outcome:
            case Outcome.NEEDS_STATE:
                return WitnessState.NEEDS_STATE, verdict.reason
            case Outcome.NOT_REACHED | Outcome.NO_ANSWER:
                return WitnessState.NOT_REACHED, what_came(attempt)
            case Outcome.FAILED if attempt.was_too_much:
                return WitnessState.NOT_REACHED, what_came(attempt)  # the API was busy: that refutes nothing
            case Outcome.FAILED if not attempt.passed:
                if attempt.scenario.status == "default" and not attempt.kept_status:
                    return WitnessState.NOT_REACHED, what_came(attempt)  # `default` promises no answer of its own
                return WitnessState.REFUTED, refutation(attempt)
            case Outcome.FAILED | Outcome.PASSED:
                problem = self._controls.problem(attempt)
                self.lacks_contrast = problem is not None
                return (WitnessState.NOT_REACHED, problem) if problem else (WitnessState.VERIFIED, None)
