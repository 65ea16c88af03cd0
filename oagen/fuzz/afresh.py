"""Findings tried on a target that was just started: nothing that the campaign has made is there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from oagen.findings.model import CONTRACT_KINDS, Finding, FindingKind
from oagen.fuzz.book import Book
from oagen.fuzz.budget import Budget
from oagen.fuzz.causes import Cause, Causes
from oagen.fuzz.caution import Gate
from oagen.fuzz.journal import Entry, Journal
from oagen.fuzz.pacing import BudgetSpent
from oagen.fuzz.pool import Pool
from oagen.fuzz.restoring import Restorer
from oagen.fuzz.script import SAFE, ScriptWriter
from oagen.fuzz.standing import Allowance, Prover
from oagen.fuzz.watching import Watch
from oagen.runner.run import Exchange
from oagen.scenario.model import Request, Step
from oagen.target.model import Target

_AFRESH_SHARE = 0.04  # of the budget, for trying findings on a target that was just started
_CONTROL_SHARE = 0.01  # where it can't be


class Afresh:
    """Tries the findings of a campaign again, each with its scenario, where nothing of the campaign is left.

    What does not show there needs something that the campaign has made and its request does not name: `GET /books`
    that fails as soon as there is a book. The writes that make it show become its steps; without any, it is flaky.

    Args:
        book: Has the findings.
        prover: Tries them.
        pool: Knows what made what.
        gate: Knows what may not be sent again.
        target: Where requests go.
        script: Knows what succeeded.
        watch: Asks, and brings the target back.
        restorer: Knows whether it can.
        budget: Keeps a share for the end, once there is a finding.

    Attributes:
        journal: Is to see whatever is sent.
    """

    def __init__(
        self,
        book: Book,
        prover: Prover,
        pool: Pool,
        gate: Gate,
        *,
        target: Target,
        script: ScriptWriter,
        watch: Watch,
        restorer: Restorer,
        budget: Budget,
    ) -> None:
        self._book = book
        self._prover = prover
        self.journal = Journal()
        self._pool = pool
        self._gate = gate
        self._target = target
        self._script = script
        self._watch = watch
        self._restorer = restorer
        self._budget = budget
        self._before: dict[str, tuple[Entry, ...]] = {}
        self._is_fresh = False
        self._has_started = False
        self._shown: set[str] = set()

    def remember(self, finding: Finding) -> None:
        """Take note of what was there before a finding was met: it may need that."""
        self._prover.remember(finding)
        self._before[finding.fingerprint] = self.journal.latest()
        self._budget.last = _AFRESH_SHARE if self._restorer.starts_afresh else _CONTROL_SHARE

    def known_better(self, *, may_send: bool) -> Iterator[Finding]:
        """Yield the findings that are known better after having been tried, or that are in doubt since nobody could.

        Args:
            may_send: Whether the target may be sent requests.
        """
        self._budget.last = 0.0
        if may_send:
            yield from self.check(self._budget.allowance(1))
        yield from self.doubted(may_send=may_send)

    def waiting(self) -> list[Finding]:
        """Return the findings that nobody has tried on a target that was just started, the cheapest first.

        What was met before any write succeeded was shown there already.
        """
        return sorted(filter(self._is_uncertain, self._book.all()), key=_cost)

    def _is_uncertain(self, finding: Finding) -> bool:
        before = self._before.get(finding.fingerprint)
        if before is None or not (before or self._restorer.others_may) or finding.fingerprint in self._shown:
            return False
        if finding.kind is FindingKind.TIMEOUT or finding.scenario.alongside:
            return False
        return (finding.proven or finding.flaky) and not self._gate.is_forbidden(finding.scenario.when)

    def check(self, allowance: Allowance) -> Iterator[Finding]:
        """Yield the findings that are known better now.

        Args:
            allowance: What may go into all of them.
        """
        self._is_fresh = False
        for finding in self.waiting():
            if not self._started(allowance):
                return
            with suppress(BudgetSpent):
                yield from self._checked(finding, allowance)

    def doubted(self, *, may_send: bool) -> Iterator[Finding]:
        """Yield the findings that may need what the campaign has made, and that nobody could try without: as flaky.

        Those are shown by one request that has succeeded before, or that has nothing peculiar about it, while no other
        request to its operation succeeds: so that nothing but the state explains them.

        Args:
            may_send: Whether another request may be sent to tell.
        """
        for finding in self.waiting():
            when = finding.scenario.when
            if not finding.proven or finding.scenario.given:
                continue
            if when in self.journal or not (finding.case or (may_send and self._other_succeeds(when))):
                yield self._book.shrunk(finding.fingerprint, (), when, flaky=True)

    def _other_succeeds(self, request: Request) -> bool:
        """Whether another request to the same operation succeeds in the state that the campaign has made."""
        other = self._script.best(request.operation)
        if other is None or other == request or self._gate.is_risky(other) or self._has_started:
            return False
        with suppress(BudgetSpent):
            answer = self._watch.ask(other)
            return answer is not None and answer.status < 300  # noqa: PLR2004
        return False

    def _checked(self, finding: Finding, allowance: Allowance) -> Iterator[Finding]:
        scenario = finding.scenario
        shown = self._shows(finding, scenario.steps, scenario.when)
        self._shown.add(finding.fingerprint)
        if shown:
            if finding.flaky:
                yield self._book.shrunk(finding.fingerprint, scenario.steps, scenario.when, flaky=False)
            return
        try:
            cause = self._cause(finding, allowance)
        except BudgetSpent:
            cause = None
        if cause is not None:
            yield self._book.shrunk(finding.fingerprint, cause.steps, cause.request, flaky=False)
        elif not finding.flaky:
            yield self._book.shrunk(finding.fingerprint, scenario.steps, scenario.when, flaky=True)

    def _cause(self, finding: Finding, allowance: Allowance) -> Cause | None:
        def reproduces(steps: tuple[Step, ...], request: Request) -> bool:
            return self._started(allowance) and self._shows(finding, steps, request)

        def shows(exchange: Exchange) -> bool:
            return self._prover.shows(finding, exchange)

        writes = self.journal.behind(self._before[finding.fingerprint])
        writes = tuple(write for write in writes if not self._gate.is_forbidden(write))
        causes = Causes(finding, self._pool, reproduces)
        if (cause := causes.likely(writes)) is not None:
            return cause
        if not self._started(allowance):
            return None
        self._is_fresh = False
        return causes.among(
            writes, self._target, self._prover.context(finding), shows, lambda: not allowance.is_spent()
        )

    def _shows(self, finding: Finding, steps: tuple[Step, ...], request: Request) -> bool:
        shown = self._prover.reproduces(finding, steps, request)
        if steps or not (shown or request.method in SAFE):
            self._is_fresh = False
        return shown

    def _started(self, allowance: Allowance) -> bool:
        """Have the target as it was at first; False where that can't be, or would take longer than is left."""
        if self._is_fresh:
            return True
        if not self._restorer.starts_afresh or allowance.is_spent() or allowance.seconds() < self._restorer.seconds:
            return False
        self._has_started = True
        self._is_fresh = self._watch.started_afresh()
        return self._is_fresh


def _cost(finding: Finding) -> tuple[bool, int, bool, bool]:
    scenario = finding.scenario
    return finding.kind in CONTRACT_KINDS, len(scenario.given), scenario.when.method not in SAFE, finding.flaky
