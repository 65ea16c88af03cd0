"""A campaign for the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from oagen.findings.model import Finding, FindingKind, StoredVerdict
from oagen.fuzz.events import Finished, Progress
from oagen.report.curl import curl_lines
from oagen.report.terminal_text import on_one_line

_LONGEST = 400
_OPERATIONS = 3


def progress_line(progress: Progress, operations: int) -> str:
    """Return how far a campaign is, in one line."""
    rate = progress.requests / progress.seconds if progress.seconds else 0
    return (
        f"{progress.phase}: {progress.requests} requests, {rate:.0f}/s, "
        f"{progress.reached} of {operations} operations reached, {progress.findings} findings"
    )


def finding_lines(finding: Finding, base_url: str) -> Iterator[str]:
    """Yield what a person needs to see of a finding: sentence, how often, where else, how to show it again."""
    marks = [finding.verdict.value] if finding.verdict is not StoredVerdict.NEW else []
    marks += ["flaky"] if finding.flaky else []
    yield f"{finding.fingerprint}  {finding.sentence}" + (f"  [{', '.join(marks)}]" if marks else "")
    times = "once" if finding.count == 1 else f"{finding.count} times"
    others = [name for name in finding.operations if name != finding.operation]
    also = f", also {', '.join(others[:_OPERATIONS])}" if others else ""
    more = f" and {len(others) - _OPERATIONS} more" if len(others) > _OPERATIONS else ""
    yield f"    met {times}{also}{more}"
    if finding.message:
        yield f"    {on_one_line(finding.message)[:_LONGEST]}"
    for command in curl_lines(finding.scenario, base_url):
        yield f"    {command if len(command) <= _LONGEST else command[:_LONGEST] + ' ...'}"


def summary_lines(finished: Finished, *, with_log: bool) -> Iterator[str]:
    """Yield the end of a campaign: why it ended, what was found, what could not be told apart."""
    rate = finished.requests / finished.seconds if finished.seconds else 0
    yield f"{finished.requests} requests in {finished.seconds:.0f} s ({rate:.0f}/s): {finished.stop.value}"
    kinds = {kind: sum(item.kind is kind for item in finished.findings) for kind in FindingKind}
    counted = [f"{count} {kind.value}" for kind, count in kinds.items() if count]
    yield "findings: " + (", ".join(counted) if counted else "none")
    blurred = [item for item in finished.findings if item.status is not None and not item.exact]
    if blurred and not with_log:
        yield (
            f"{len(blurred)} of them are known by their answer alone, and may be several faults each: "
            "name the server's log with --log-file to tell them apart by traceback"
        )
