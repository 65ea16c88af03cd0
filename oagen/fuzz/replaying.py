"""Findings of earlier campaigns, run again."""

from __future__ import annotations

from dataclasses import replace

from oagen.findings.model import Finding
from oagen.findings.verdicts import Replay, ReplayOutcome, Seen, judge_replay, replayable
from oagen.fuzz.oracles import Fault, Oracles
from oagen.runner.run import Exchange, RunContext, run_scenario
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
        return replay

    def _once(self, finding: Finding, attempt: int) -> Replay:
        context = replace(self._context, test=f"{finding.fingerprint} {attempt}")
        self._oracles.before()
        trace = run_scenario(replayable(finding), self._target, context)
        fault = self._fault(trace.decisive) if trace.reached and trace.decisive is not None else None
        seen = Seen(kind=fault.kind, fingerprint=fault.fingerprint, status=fault.status) if fault else None
        return judge_replay(finding, trace, seen)

    def _fault(self, exchange: Exchange) -> Fault | None:
        if exchange.answer is not None:
            return self._oracles.fault_of(exchange.request, exchange.answer)
        if exchange.failure is not None:
            return self._oracles.fault_without_answer(exchange.request, exchange.failure)
        return None
