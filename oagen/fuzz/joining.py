"""What several workers tell, as one campaign's."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import reduce

from oagen.findings.model import Finding, StoredVerdict
from oagen.fuzz.events import Finished, Progress, Stop

_ENDS = (
    *(Stop.INTERRUPTED, Stop.TIME, Stop.REQUESTS, Stop.EXHAUSTED),
    *(Stop.STORE, Stop.LOCKED_OUT, Stop.UNAUTHORIZED, Stop.DEAD, Stop.KILLED),
)
"""Of several, the first tells how the campaign ended."""

_VERDICTS = (StoredVerdict.REGRESSED, StoredVerdict.NEW, StoredVerdict.KNOWN)


def joined_findings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return each finding once, in the order of their first meeting: counted together, with the best scenario."""
    found: dict[str, Finding] = {}
    for finding in findings:
        before = found.get(finding.fingerprint)
        found[finding.fingerprint] = finding if before is None else _joined(before, finding)
    return tuple(found.values())


def is_better(finding: Finding, other: Finding) -> bool:
    """Whether a finding tells more than another of the same fault: not excused, shown again, by fewer requests."""
    return _rank(finding) < _rank(other)


def joined_responses(all_responses: Iterable[Mapping[str, Mapping[str, int]]]) -> dict[str, dict[str, int]]:
    """Return numbers of answers by status, by operation, added up."""
    total: dict[str, dict[str, int]] = {}
    for responses in all_responses:
        for operation, counts in responses.items():
            mine = total.setdefault(operation, {})
            for status, count in counts.items():
                mine[status] = mine.get(status, 0) + count
    return {operation: dict(sorted(counts.items())) for operation, counts in sorted(total.items())}


def joined_progress(
    parts: Collection[Progress],
    responses: Mapping[str, Mapping[str, int]],
    *,
    operations: Collection[str],
    findings: int,
) -> Progress:
    """Return how far all workers are together.

    Args:
        parts: The latest of each worker, at least one.
        responses: Of all workers.
        operations: Those of the campaign.
        findings: How many there are, each counted once.
    """
    statuses: dict[str, int] = {}
    for counts in responses.values():
        for status, count in counts.items():
            statuses[status] = statuses.get(status, 0) + count
    phases = [part.phase for part in parts]
    return Progress(
        phase=max(set(phases), key=phases.count),
        requests=sum(part.requests for part in parts),
        seconds=max(part.seconds for part in parts),
        reached=sum(any(status.startswith("2") for status in responses.get(key, ())) for key in operations),
        findings=findings,
        corpus=sum(part.corpus for part in parts),
        statuses=statuses,
    )


def joined_ends(ends: Sequence[Finished]) -> Finished:
    """Return the end of a campaign from those of its workers, at least one: it ended as the most lasting of them."""
    return Finished(
        stop=min((end.stop for end in ends), key=lambda stop: _ENDS.index(stop) if stop in _ENDS else len(_ENDS)),
        requests=sum(end.requests for end in ends),
        seconds=max(end.seconds for end in ends),
        responses=joined_responses(end.responses for end in ends),
        findings=joined_findings(finding for end in ends for finding in end.findings),
        withheld=max(end.withheld for end in ends),
    )


def _joined(one: Finding, other: Finding) -> Finding:
    best = other if is_better(other, one) else one
    operations = reduce(lambda known, key: known if key in known else (*known, key), other.operations, one.operations)
    verdict = min(one.verdict, other.verdict, key=lambda item: _VERDICTS.index(item) if item in _VERDICTS else 9)
    flaky = not best.proven and (one.flaky or other.flaky)
    return replace(best, count=one.count + other.count, operations=operations, verdict=verdict, flaky=flaky)


def _rank(finding: Finding) -> tuple[bool, bool, bool, int, int]:
    scenario = finding.scenario
    return finding.is_excused, not finding.proven, finding.flaky, finding.requests, len(repr(scenario.when))
