"""What running a finding's scenario again says about it."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, replace

from oagen.findings.fingerprint import Fingerprint
from oagen.findings.model import CONTRACT_KINDS, OF_CONTENT, Decision, Finding, FindingKind, KeptFinding, StoredVerdict
from oagen.findings.resting import was_turned_away
from oagen.runner.run import Trace
from oagen.scenario.model import Expectation, Scenario
from oagen.target.model import FailureKind

_GONE = frozenset({FailureKind.REFUSED, FailureKind.UNREACHABLE, FailureKind.TLS, FailureKind.UNSENDABLE})


class ReplayOutcome(enum.StrEnum):
    """How a finding stands after a replay."""

    STILL_THERE = "still there"
    FIXED = "fixed"
    ANOTHER_ANSWER = "another answer"  # a server error, or silence, of another kind
    NOT_REACHED = "not reached"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A fault that a replay drew: what it is, and its name."""

    kind: FindingKind
    fingerprint: Fingerprint
    status: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """One finding, run again.

    Attributes:
        detail: What was answered, or why nothing can be said.
    """

    finding: Finding
    outcome: ReplayOutcome
    detail: str

    @property
    def decision(self) -> Decision | None:
        """What the store is to note; None where the replay proves nothing."""
        return Decision.FIXED if self.outcome is ReplayOutcome.FIXED else None


def replayable(finding: Finding) -> Scenario:
    """Return the scenario to run: of several answers, a server error is the one that decides."""
    return replace(finding.scenario, then=Expectation(status="5XX"))


def judge_replay(finding: Finding, trace: Trace, faults: Sequence[Seen]) -> Replay:
    """Return how a finding stands after its scenario was run.

    It is fixed only where its given steps succeeded and the answer is no fault any more. A broken promise about a
    body or header is fixed only where the same status came with other content: another status tells nothing of it.
    A request that was turned away (`oagen.findings.resting`) has not come as far as the fault lies.

    Args:
        finding: As it was stored.
        trace: Of the scenario that `replayable` returns.
        faults: Those of the decisive answer.
    """
    if not trace.reached or trace.decisive is None:
        return Replay(finding=finding, outcome=ReplayOutcome.NOT_REACHED, detail=trace.reason or "was not sent")
    answer, failure = trace.decisive.answer, trace.decisive.failure
    own = [fault for fault in faults if fault.fingerprint.identity == finding.fingerprint]
    worse = [fault for fault in faults if fault.kind not in CONTRACT_KINDS]
    seen = next(iter((*own, *worse)), None)
    if seen is None and answer is not None and finding.kind in OF_CONTENT and answer.status != finding.status:
        detail = f"answers {answer.status}, not {finding.status}"
        return Replay(finding=finding, outcome=ReplayOutcome.NOT_REACHED, detail=detail)
    if seen is None and answer is not None and was_turned_away(finding.scenario, answer.status):
        detail = f"answers {answer.status}, which tells nothing of the fault"
        return Replay(finding=finding, outcome=ReplayOutcome.NOT_REACHED, detail=detail)
    if seen is None:
        if answer is not None:
            return Replay(finding=finding, outcome=ReplayOutcome.FIXED, detail=f"answers {answer.status}")
        if failure is None or failure.kind in _GONE:
            return Replay(finding=finding, outcome=ReplayOutcome.NOT_REACHED, detail=str(failure or "got no answer"))
        return Replay(finding=finding, outcome=ReplayOutcome.ANOTHER_ANSWER, detail=str(failure))
    detail = f"answers {seen.status}" if seen.status is not None else str(failure)
    if seen.fingerprint.exception is not None:
        detail += f" ({seen.fingerprint.exception} at {seen.fingerprint.frame})"
    if seen.fingerprint.identity == finding.fingerprint:
        return Replay(finding=finding, outcome=ReplayOutcome.STILL_THERE, detail=detail)
    if seen.fingerprint.exact is not finding.exact and seen.status == finding.status:
        told = "its traceback is not seen now" if finding.exact else "no traceback was seen when it was found"
        return Replay(
            finding=finding, outcome=ReplayOutcome.STILL_THERE, detail=f"{detail}; told by its status alone, as {told}"
        )
    return Replay(finding=finding, outcome=ReplayOutcome.ANOTHER_ANSWER, detail=detail)


def verdict_of(kept: KeptFinding, outcome: ReplayOutcome) -> StoredVerdict:
    """Return the verdict of a stored finding after a replay."""
    match outcome:
        case ReplayOutcome.STILL_THERE:
            return StoredVerdict.REGRESSED if kept.decision is Decision.FIXED else StoredVerdict.KNOWN
        case ReplayOutcome.FIXED:
            return StoredVerdict.FIXED
        case ReplayOutcome.ANOTHER_ANSWER | ReplayOutcome.NOT_REACHED:
            return StoredVerdict.NOT_REACHED
