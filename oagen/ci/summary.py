"""The summary of a run of the fuzz job, as Markdown: what is new, known, fixed, never seen, and the last nights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from oagen.ci.ledger import NightRecord
from oagen.ci.night import INTERRUPTED, Group, Listed, Night
from oagen.errors import OagenError
from oagen.report.markdown import block, code, inline
from oagen.suite.matrix import Cell, Outcome
from oagen.suite.outcomes import passed_share

_LISTED = 50
_PROVED = 10  # findings whose commands are shown
_NIGHTS = 7
_LONGEST = 200  # characters of a reason
_LONGEST_PROOF = 8_000  # characters of the commands of one finding; GitHub takes a mebibyte in all
_TITLES = {
    Group.NEW: "New",
    Group.REGRESSED: "Back again after they were fixed",
    Group.KNOWN: "Known",
    Group.SETTLED: "Accepted or waived",
    Group.DOCUMENTED: "Server errors that are documented",
    Group.FIXED: "Fixed",
    Group.NOT_REACHED: "Not reached",
}


def summary_of(night: Night) -> str:
    """Return the summary of a run; nothing of it is markup that a document or an API has brought."""
    return "\n".join(_lines(night)) + "\n"


def problem_summary(what: str, problem: OagenError) -> str:
    """Return the summary of something that could not run."""
    hint = f"What to do: {inline(problem.hint)}.\n\n" if problem.hint else ""
    return f"## oagen: {inline(what)} did not run\n\n**{inline(problem.message)}**\n\n{hint}"


def suite_summary(cells: Sequence[Cell]) -> str:
    """Return the summary of a run of the suite: the share that is proved, and the cells whose tests failed."""
    passed, counted = passed_share(cells)
    share = f" ({100 * passed / counted:.1f}%)" if counted else ""
    lines = [f"## oagen: {passed} of {counted} cells of the matrix were executed and passed{share}", ""]
    failed = [cell for cell in cells if cell.outcome is Outcome.FAILED]
    if failed:
        lines += ["| level | documented response | why its test failed |", "|---|---|---|"]
        for cell in failed[:_LISTED]:
            why = inline((cell.reason or "")[:_LONGEST])
            lines.append(f"| {inline(cell.level.value)} | {code(f'{cell.operation} {cell.status}')} | {why} |")
        if len(failed) > _LISTED:
            lines.append(f"| | and {len(failed) - _LISTED} more | |")
        lines.append("")
    return "\n".join(lines) + "\n"


def _lines(night: Night) -> Iterator[str]:
    yield f"## oagen: {_verdict(night)}"
    yield ""
    if night.problem is not None:
        yield f"**{inline(night.problem.message)}**"
        yield ""
        if night.problem.hint:
            yield f"What to do: {inline(night.problem.hint)}."
            yield ""
    for note in night.notes:
        yield f"* {inline(note)}"
    if night.notes:
        yield ""
    if night.touched is not None:
        yield from _touched(night.touched)
    if night.report is not None:
        requests, seconds = night.report.get("requests", 0), night.report.get("seconds", 0)
        yield f"{requests} requests in {seconds:.0f} s; the campaign ended: {inline(str(night.report.get('stop')))}."
        yield ""
    listed = night.listed()
    for group, title in _TITLES.items():
        yield from _group(title, [item for item in listed if item.group is group])
    yield from _proofs([item for item in listed if item.group in (Group.NEW, Group.REGRESSED) and item.curl])
    yield from _never_seen(night.never_seen)
    if night.touched is None:
        yield from _trend((*night.earlier[-_NIGHTS + 1 :], night.record()))


def _verdict(night: Night) -> str:
    counts = {group: night.count(group) for group in Group}
    said = ", ".join(f"{counts[group]} {group.value}" for group in Group if counts[group]) or "no findings"
    if night.code == INTERRUPTED:
        return f"interrupted ({said})"
    if night.problem is not None and night.report is None:
        missed = counts[Group.NOT_REACHED]
        return f"nothing was tested, {missed} known findings were not reached" if missed else "nothing was tested"
    return said


def _touched(operations: Mapping[str, str]) -> Iterator[str]:
    if not operations:
        yield "The change touches no operation."
    else:
        yield f"The change touches {len(operations)} operations:"
        yield ""
        for operation, why in list(operations.items())[:_LISTED]:
            yield f"* {code(operation)} ({inline(why)})"
        if len(operations) > _LISTED:
            yield f"* and {len(operations) - _LISTED} more"
    yield ""


def _group(title: str, items: list[Listed]) -> Iterator[str]:
    if not items:
        return
    yield f"### {title} ({len(items)})"
    yield ""
    yield "| finding | fault | first seen |"
    yield "|---|---|---|"
    for item in items[:_LISTED]:
        since = f"{item.since:%Y-%m-%d}" if item.since else ""
        yield f"| {code(item.fingerprint)} | {inline(item.sentence)} | {since} |"
    if len(items) > _LISTED:
        yield f"| | and {len(items) - _LISTED} more | |"
    yield ""


def _proofs(items: list[Listed]) -> Iterator[str]:
    for item in items[:_PROVED]:
        yield f"#### {inline(item.sentence)}"
        yield ""
        yield from block(item.curl if len(item.curl) <= _LONGEST_PROOF else f"{item.curl[:_LONGEST_PROOF]} ...", "sh")
        yield ""


def _never_seen(never_seen: tuple[tuple[str, str], ...]) -> Iterator[str]:
    if not never_seen:
        return
    yield f"<details><summary>Documented and never seen: {len(never_seen)} responses</summary>"
    yield ""
    for operation, status in never_seen[:_LISTED]:
        yield f"* {code(f'{operation} {status}')}"
    if len(never_seen) > _LISTED:
        yield f"* and {len(never_seen) - _LISTED} more"
    yield ""
    yield "</details>"
    yield ""


def _trend(nights: tuple[NightRecord, ...]) -> Iterator[str]:
    yield "### The last nights"
    yield ""
    yield "| night (UTC) | ended | requests | new | back | known | fixed | not reached | never seen |"
    yield "|---|---|---:|---:|---:|---:|---:|---:|---:|"
    for night in reversed(nights):
        figures = (
            night.requests,
            night.new,
            night.regressed,
            night.known,
            night.fixed,
            night.not_reached,
            night.never_seen,
        )
        yield f"| {inline(night.day)} | {inline(night.ending)} | {' | '.join(map(str, figures))} |"
    yield ""
