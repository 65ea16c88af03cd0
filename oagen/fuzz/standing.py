"""Does a finding stand alone: smaller, and from fresh steps?"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace

from oagen.findings.model import CONTRACT_KINDS, Finding, FindingKind
from oagen.fuzz.clock import Clock
from oagen.fuzz.events import CampaignOptions
from oagen.fuzz.grafting import grafts
from oagen.fuzz.oracles import Fault, Oracles
from oagen.fuzz.pacing import BudgetSpent, Ledger
from oagen.fuzz.pool import Pool
from oagen.fuzz.shrink import about_others, shrink, steps_for, steps_with_deletion, steps_with_writes
from oagen.runner.run import Exchange, RunContext, run_scenario
from oagen.scenario.model import Request, Scenario, Step
from oagen.scenario.needs import captured_steps, request_values
from oagen.target.model import Target

_MOST_TRIES = 60
_MOST_TRIES_OF_CONTRACT = 25
_MOST_TRIES_WITH_STEPS = 20

Note = Callable[[Collection[Fault], Request, tuple[Step, ...]], None]
Shown = Callable[[Request], Collection[Fault]]
"""Sends a request and returns the faults that it draws."""

Allows = Callable[[Request], bool]
"""Whether a request may be sent: a smaller one must not do the harm that the one it comes from did not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The smallest way found to show a fault.

    Attributes:
        flaky: It could not be shown again, or only with what the campaign itself had made, not from fresh steps.
    """

    steps: tuple[Step, ...]
    request: Request
    flaky: bool


class Allowance:
    """What may go into one finding.

    Args:
        ledger: Counts requests.
        clock: Of the campaign.
        parts: The finding and those that come after it share what is left.
        reserve: Requests that are for something else.
        seconds: So many are for something else, too.
    """

    def __init__(self, ledger: Ledger, clock: Clock, *, parts: float, reserve: int = 0, seconds: float = 0.0) -> None:
        self._ledger = ledger
        self._clock = clock
        self._requests = ledger.count + max(ledger.left() - reserve, 0) / parts
        self._seconds = clock.seconds() + max(clock.left() - seconds, 0.0) / parts

    def seconds(self) -> float:
        """Return the seconds that are left."""
        return max(self._seconds - self._clock.seconds(), 0.0)

    def is_spent(self) -> bool:
        """Whether no request should follow."""
        return self._ledger.count >= self._requests or self._clock.seconds() >= self._seconds


class Prover:
    """Tries findings again.

    Args:
        target: Where they were met.
        options: Identities and base path.
        pool: Knows which requests made the resources that a finding names.
        oracles: Tells faults apart.
        note: Takes every fault that is met on the way, with the request and the steps before it.
        designed: Scenarios whose steps may make what a finding names.
    """

    def __init__(
        self,
        target: Target,
        options: CampaignOptions,
        pool: Pool,
        oracles: Oracles,
        note: Note,
        *,
        designed: Iterable[Scenario] = (),
    ) -> None:
        self._target = target
        self._options = options
        self._pool = pool
        self._oracles = oracles
        self._note = note
        self._steps: dict[str, tuple[tuple[Step, ...], Request]] = {}
        self._designed: dict[str, list[Scenario]] = {}
        for scenario in designed:
            self._designed.setdefault(scenario.operation, []).append(scenario)
        self._runs = 0

    def remember(self, finding: Finding) -> None:
        """Take note of what made the resources that a finding names, while they are there."""
        self._steps[finding.fingerprint] = steps_for(finding.scenario.when, self._pool)

    def reproduces(self, finding: Finding, steps: tuple[Step, ...], request: Request) -> bool:
        """Whether a request after these steps shows a finding now."""
        context = self.context(finding)
        self._oracles.before()
        trace = run_scenario(replace(finding.scenario, given=steps, when=request), self._target, context)
        return trace.decisive is not None and self.shows(finding, trace.decisive, steps)

    def shows(self, finding: Finding, exchange: Exchange, steps: tuple[Step, ...] = ()) -> bool:
        """Whether what came back, after these steps, shows a finding; what else it shows is noted."""
        if exchange.answer is None:
            silence = exchange.failure
            return silence is not None and _has(self._oracles.faults_without_answer(exchange.request, silence), finding)
        faults = self._oracles.faults_of(exchange.request, exchange.answer, thorough=True)
        self._note(faults, exchange.request, steps)
        return _has(faults, finding)

    def context(self, finding: Finding) -> RunContext:
        """Return what one run is done with: what its steps make is another thing than in any run before."""
        self._runs += 1
        return RunContext(
            identities=self._options.identities,
            run=f"{self._options.seed}-proof",
            test=f"{finding.fingerprint} {self._runs}",
            base_path=self._options.base_path,
            timeout=self._options.timeout,
        )

    def prove(
        self, finding: Finding, shown: Shown, allowance: Allowance, allows: Allows = lambda _request: True
    ) -> Proof | None:
        """Return the smallest scenario that shows a finding.

        None where nothing can be said: trying would cost too much (time-outs), or the allowance does not reach.
        """
        if finding.kind is FindingKind.TIMEOUT or allowance.is_spent():
            return None
        try:
            return self._proof(finding, shown, allowance, allows)
        except BudgetSpent:
            return None

    def _proof(self, finding: Finding, shown: Shown, allowance: Allowance, allows: Allows) -> Proof | None:
        tries = 0
        most = _MOST_TRIES_OF_CONTRACT if finding.kind in CONTRACT_KINDS else _MOST_TRIES

        def shows(request: Request) -> bool:
            nonlocal tries
            tries += 1
            if tries > most or (tries > 1 and allowance.is_spent()):
                return False
            return allows(request) and _has(shown(request), finding)

        request = finding.scenario.when
        alone = shows(request)
        if not alone and (other := next(filter(shows, about_others(request, self._pool)), None)) is not None:
            request, alone = other, True
        if alone:
            request = shrink(request, shows)
        making = steps_for(request, self._pool)
        found = [
            *grafts(request, self._designed.get(request.operation, ())),
            making,
            *steps_with_writes(request, self._pool),
            steps_with_deletion(request, self._pool),
        ]
        if not alone:
            found.append(self._steps.get(finding.fingerprint, ((), request)))
        for steps, captured in found:
            if steps and not alone and allowance.is_spent():
                return None
            if steps and not allowance.is_spent() and self.reproduces(finding, steps, captured):
                fewer = self._fewer(finding, steps, captured, allowance)
                if not alone:
                    captured = self._shrunk_with(finding, fewer, captured, allowance, allows)  # noqa: PLW2901
                return Proof(steps=fewer, request=captured, flaky=False)
        return Proof(steps=(), request=request, flaky=not alone or bool(making[0]))

    def _fewer(
        self, finding: Finding, steps: tuple[Step, ...], request: Request, allowance: Allowance
    ) -> tuple[Step, ...]:
        """Return the steps without those that nothing captures from, and that are not needed for what they do."""
        for step in reversed(steps):
            fewer = tuple(item for item in steps if item.name != step.name)
            asked = [request, *(item.request for item in fewer)]
            if step.name in captured_steps(value for item in asked for value in request_values(item)):
                continue
            if fewer and not allowance.is_spent() and self.reproduces(finding, fewer, request):
                steps = fewer
        return steps

    def _shrunk_with(
        self, finding: Finding, steps: tuple[Step, ...], request: Request, allowance: Allowance, allows: Allows
    ) -> Request:
        tries = 0

        def shows(candidate: Request) -> bool:
            nonlocal tries
            tries += 1
            if tries > _MOST_TRIES_WITH_STEPS or allowance.is_spent():
                return False
            return allows(candidate) and self.reproduces(finding, steps, candidate)

        return shrink(request, shows)


def _has(faults: Collection[Fault], finding: Finding) -> bool:
    return any(fault.fingerprint.identity == finding.fingerprint for fault in faults)
