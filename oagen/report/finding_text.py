"""Findings as lines for a terminal; whoever prints them makes them harmless (`shown`)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from oagen.findings.model import CONTRACT_KINDS, Decision, Finding, KeptFinding, StoredVerdict
from oagen.findings.proof import Proof
from oagen.report.terminal_text import on_one_line

LONGEST = 400
"""Characters of a command that are shown; `oagen findings show` has them all."""

_OPERATIONS = 3


def finding_line(finding: Finding, *notes: str) -> str:
    """Return one finding in one line."""
    marks = [*([finding.verdict.value] if finding.verdict is not StoredVerdict.NEW else []), *notes]
    marks += ["flaky"] if finding.flaky else []
    return f"{finding.fingerprint}  {on_one_line(finding.sentence)}" + (f"  [{', '.join(marks)}]" if marks else "")


def kept_line(kept: KeptFinding, today: dt.date) -> str:
    """Return one finding of the store in one line, with what was decided about it."""
    finding = kept.finding
    marks = [decision_text(kept, today), *(["flaky"] if finding.flaky else []), times(finding.count)]
    return f"{finding.fingerprint}  {on_one_line(finding.sentence)}" + f"  [{', '.join(marks)}]"


def decision_text(kept: KeptFinding, today: dt.date) -> str:
    """Return what was decided about a finding: `open`, `accepted`, `waived until 2030-01-31`, `fixed`."""
    if kept.decision is not Decision.WAIVED:
        return kept.decision.value
    return f"waived until {kept.until}" if kept.is_settled(today) else f"waived until {kept.until}, which is over"


def proof_lines(proof: Proof, *, longest: int | None = LONGEST) -> Iterator[str]:
    """Yield what a person needs to see of a finding: sentence, scenario, commands, traceback, how often, since when.

    Args:
        longest: Characters after which a command is cut off; None for none.
    """
    finding = proof.finding
    decided = ["settled"] if proof.settled else ["its waiver is over"] if proof.overdue else []
    yield finding_line(finding, *decided)
    yield f"    met {times(finding.count)}{_elsewhere(finding)}{_since(proof)}"
    if proof.reason:
        yield f"    reason: {on_one_line(proof.reason)}"
    if finding.status is not None and not finding.exact:
        yield "    no traceback was seen, so this may be several faults; --log-file FILE tells them apart"
    if finding.message and finding.kind not in CONTRACT_KINDS:
        yield f"    {on_one_line(finding.message)}"
    for step in finding.scenario.steps:
        yield f"    given {step.name}: {on_one_line(step.request.operation)}, answered {step.status}"
    yield f"    when {on_one_line(finding.scenario.when.operation)}"
    for command in proof.curl.splitlines():
        cut = longest is not None and len(command) > longest
        yield f"    $ {command[:longest]}{' ...' if cut else ''}"
    if finding.traceback:
        yield from (f"    | {line}" for line in finding.traceback.splitlines())


def times(count: int) -> str:
    """Return `once`, or `3 times`."""
    return "once" if count == 1 else f"{count} times"


def _elsewhere(finding: Finding) -> str:
    others = [on_one_line(name) for name in finding.operations if name != finding.operation]
    if not others:
        return ""
    more = f" and {len(others) - _OPERATIONS} more" if len(others) > _OPERATIONS else ""
    return f", also in {', '.join(others[:_OPERATIONS])}{more}"


def _since(proof: Proof) -> str:
    return f", first on {proof.since:%Y-%m-%d %H:%M} UTC" if proof.since else ""
