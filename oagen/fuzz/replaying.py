"""Findings of earlier campaigns, run again."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from oagen.errors import TargetError
from oagen.findings.model import Decision, Finding, KeptFinding
from oagen.findings.redaction import was_redacted
from oagen.findings.verdicts import Replay, ReplayOutcome, Seen, judge_replay, replayable, verdict_of
from oagen.fuzz.events import ENDED_BADLY, Finished, Stop
from oagen.fuzz.oracles import Fault, Oracles
from oagen.fuzz.pacing import BudgetSpent, Ledger
from oagen.fuzz.script import SAFE
from oagen.runner.run import Exchange, RunContext, run_scenario
from oagen.scenario.model import Request
from oagen.target.model import Target

_TRIES_OF_FLAKY = 5


class Replayer:
    """Runs findings again, each with fresh resources.

    Args:
        target: Where to.
        oracles: Tells faults apart as the campaign did.
        context: Identities, base path, time-out; `run` makes unique values new.
    """

    def __init__(self, target: Target, oracles: Oracles, context: RunContext) -> None:
        self._target = target
        self._oracles = oracles
        self._context = context

    def replay(self, finding: Finding) -> Replay:
        """Return how a finding stands now; a flaky one is tried several times before it counts as fixed."""
        for attempt in range(_TRIES_OF_FLAKY if finding.flaky else 1):
            replay = self._once(finding, attempt)
            if replay.outcome is not ReplayOutcome.FIXED:
                break
        if replay.outcome is ReplayOutcome.FIXED and was_redacted(finding.scenario):
            detail = f"{replay.detail}, but a secret that was in its requests is not kept"
            return replace(replay, outcome=ReplayOutcome.NOT_REACHED, detail=detail)
        return replay

    def _once(self, finding: Finding, attempt: int) -> Replay:
        context = replace(self._context, test=f"{finding.fingerprint} {attempt}")
        self._oracles.before()
        trace = run_scenario(replayable(finding), self._target, context)
        faults = self._faults(trace.decisive) if trace.reached and trace.decisive is not None else ()
        seen = [Seen(kind=fault.kind, fingerprint=fault.fingerprint, status=fault.status) for fault in faults]
        return judge_replay(finding, trace, seen)

    def _faults(self, exchange: Exchange) -> tuple[Fault, ...]:
        if exchange.answer is not None:
            return self._oracles.faults_of(exchange.request, exchange.answer, thorough=True)
        if exchange.failure is not None:
            return self._oracles.faults_without_answer(exchange.request, exchange.failure)
        return ()


class Scope:
    """What a campaign is about, and may send.

    Args:
        operations: Keys of its operations; others were left out on purpose, where there are any.
        other_methods: Their paths are sent methods that the description does not have, too.
        read_only: Only methods that change nothing are sent.
    """

    def __init__(self, operations: Collection[str], *, other_methods: bool = False, read_only: bool = False) -> None:
        self._operations = frozenset(operations)
        self._paths = {key.partition(" ")[2] for key in operations} if other_methods else set()
        self._read_only = read_only

    def covers(self, operation: str) -> bool:
        """Whether the campaign is about an operation."""
        return operation in self._operations or operation.partition(" ")[2] in self._paths

    def allows(self, request: Request) -> bool:
        """Whether the campaign may send a request."""
        return self.covers(request.operation) and (not self._read_only or request.method in SAFE)


def with_earlier(
    finished: Finished,
    kept: Sequence[KeptFinding],
    replayer: Callable[[], Replayer],
    ledger: Ledger,
    *,
    seconds: float,
    scope: Scope,
) -> tuple[Finished, tuple[Replay, ...]]:
    """Return a campaign's end with the findings of earlier ones that it did not meet, and how they stand now.

    Where the campaign ended well they are run again, until Ctrl-C. What was fixed before, and still is, is left out.

    Args:
        kept: What the store had before the campaign.
        replayer: Gives what runs them again, where there are any; a target that can't be reached is no mistake here.
        ledger: Has counted the requests of the campaign, and counts these.
        seconds: How long that may take; what is not run by then is not reached.
        scope: Findings of operations outside it are left out; what takes requests outside it is not reached.
    """
    ended_badly = finished.stop in ENDED_BADLY
    current: Replayer | None = None
    met = {finding.fingerprint for finding in finished.findings}
    until = time.monotonic() + seconds
    earlier: list[Finding] = []
    replays: list[Replay] = []
    for item in kept:
        finding = item.finding
        if finding.fingerprint in met or not scope.covers(finding.scenario.operation):
            continue
        outcome = ReplayOutcome.NOT_REACHED
        if all(map(scope.allows, finding.sent)) and not ended_badly and time.monotonic() < until:
            try:
                current = current or replayer()
                replays.append(current.replay(finding))
                outcome = replays[-1].outcome
            except (BudgetSpent, TargetError):
                ended_badly = True
            except KeyboardInterrupt:
                ended_badly, finished = True, replace(finished, stop=Stop.INTERRUPTED)
        if item.decision is not Decision.FIXED or outcome is ReplayOutcome.STILL_THERE:
            earlier.append(replace(finding, verdict=verdict_of(item, outcome)))
    whole = replace(
        finished,
        requests=ledger.count,
        responses=ledger.by_operation(),
        findings=(*finished.findings, *earlier),
    )
    return whole, tuple(replays)
