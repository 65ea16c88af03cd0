"""Which issues a team's tracker should have: one for each finding, open as long as the fault is there."""

from __future__ import annotations

import datetime as dt
import enum
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from oagen.findings.model import Decision, KeptFinding
from oagen.findings.proof import Proof
from oagen.report.markdown import block, code, inline
from oagen.report.terminal_text import on_one_line

LABEL = "oagen"
_MARK = re.compile(r"<!-- oagen:finding:([0-9A-Za-z_-]+) -->")
_LONGEST_TITLE = 200
_LONGEST_BODY = 50_000  # GitHub takes 65,536 characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """An issue as the tracker has it."""

    number: int
    title: str
    body: str
    is_open: bool


class Deed(enum.StrEnum):
    """What is done to an issue."""

    OPEN = "open"
    UPDATE = "update"
    CLOSE = "close"
    REOPEN = "reopen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing to do.

    Attributes:
        number: Of the issue; None for one that is to be opened.
        comment: What is said with it; empty for nothing.
    """

    deed: Deed
    fingerprint: str
    title: str
    body: str
    number: int | None = None
    comment: str = ""


def fingerprint_of(issue: Issue) -> str | None:
    """Return the finding that an issue is about; None where it is not one of oagen's."""
    found = _MARK.search(issue.body)
    return found[1] if found else None


def planned_steps(
    kept: Iterable[KeptFinding], proofs: Iterable[Proof], issues: Iterable[Issue], today: dt.date
) -> Iterator[Step]:
    """Yield what brings the tracker up to date: open, update, close, reopen; nothing for what is as it should be.

    A finding that was not reached keeps its issue as it is. One that is accepted or waived has no open issue; one that
    is fixed has its issue closed, and opened again once it is back.

    Args:
        kept: The store's findings; documented server errors are none of the tracker's business.
        proofs: Of the same findings, secrets taken out.
        issues: Those that carry the label; where two are about one finding, the oldest counts.
    """
    by_fingerprint: dict[str, Issue] = {}
    for issue in sorted(issues, key=lambda item: item.number):
        if fingerprint := fingerprint_of(issue):
            by_fingerprint.setdefault(fingerprint, issue)
    shown = {proof.finding.fingerprint: proof for proof in proofs}
    for item in kept:
        proof = shown.get(item.finding.fingerprint)
        if proof is not None and not item.finding.is_excused:
            yield from _steps(item, proof, by_fingerprint.get(item.finding.fingerprint), today)


def _steps(item: KeptFinding, proof: Proof, issue: Issue | None, today: dt.date) -> Iterator[Step]:
    fingerprint, title, body = item.finding.fingerprint, _title(proof), _body(proof)

    def step(deed: Deed, comment: str = "") -> Step:
        number = issue.number if issue is not None else None
        return Step(deed=deed, fingerprint=fingerprint, title=title, body=body, number=number, comment=comment)

    wanted = item.is_open(today)
    if issue is None:
        if wanted:
            yield step(Deed.OPEN)
        return
    if not wanted:
        if issue.is_open:
            yield step(Deed.CLOSE, _farewell(item))
        return
    if not issue.is_open:
        yield step(Deed.REOPEN, "It is back: the campaign met it again.")
    if _plain(issue.body) != _plain(body) or issue.title != title:
        yield step(Deed.UPDATE)


def _farewell(item: KeptFinding) -> str:
    reason = f" Reason: {inline(item.reason)}" if item.reason else ""
    match item.decision:
        case Decision.FIXED:
            return "Fixed: its scenario was run again, and the answer is no fault any more."
        case Decision.WAIVED:
            return f"Waived until {item.until}.{reason}"
        case _:
            return f"Accepted.{reason}"


def _title(proof: Proof) -> str:
    text = on_one_line(proof.finding.sentence).replace("@", "(at)")
    return text if len(text) <= _LONGEST_TITLE else f"{text[:_LONGEST_TITLE]}..."


def _body(proof: Proof) -> str:
    finding = proof.finding
    lines = [
        f"<!-- oagen:finding:{finding.fingerprint} -->",
        f"{inline(finding.sentence)}.",
        "",
        *(
            f"1. given {code(step.request.operation)}, answered {inline(step.status)}"
            for step in finding.scenario.steps
        ),
        f"1. when {code(finding.scenario.when.operation)}",
        "",
        *block(proof.curl, "sh"),
        "",
    ]
    text = finding.traceback or finding.message
    if text:
        lines += [*block(text[-_LONGEST_BODY // 2 :], "text"), ""]
    others = [name for name in finding.operations if name != finding.operation]
    if others:
        lines += [f"Also in {', '.join(code(name) for name in others)}.", ""]
    lines.append(f"Run it again: {code(f'oagen replay {finding.fingerprint}')}")
    if proof.since:
        lines.append(f"First met on {proof.since:%Y-%m-%d}.")
    body = "\n".join(lines)
    return body if len(body) <= _LONGEST_BODY else f"{body[:_LONGEST_BODY]}\n```\n(cut off)"


def _plain(text: str) -> str:
    """Return a body as trackers may give it back."""
    return "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").strip().splitlines())


def counted(steps: Iterable[Step]) -> str:
    """Return one sentence on what was done: `2 opened, 1 closed`."""
    words = {Deed.OPEN: "opened", Deed.UPDATE: "updated", Deed.CLOSE: "closed", Deed.REOPEN: "reopened"}
    deeds = [step.deed for step in steps]
    said = [f"{deeds.count(deed)} {words[deed]}" for deed in Deed if deed in deeds]
    return ", ".join(said) or "nothing to do"
