"""A campaign as Markdown: for a pull request, or the summary of a CI job."""

from __future__ import annotations

import re
from collections.abc import Iterator

from oagen.findings.proof import Proof
from oagen.fuzz.events import NO_ANSWER
from oagen.report.account import Account
from oagen.report.finding_text import times
from oagen.report.junit import excuse
from oagen.report.terminal_text import on_one_line, shown

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|~>])")
_LISTED = 50


def render(account: Account) -> str:
    """Return a campaign as Markdown, GitHub's flavour."""
    return "\n".join(_lines(account)) + "\n"


def inline(text: str) -> str:
    """Return text that Markdown shows as it is: no markup, no HTML, no link, no mention."""
    line = on_one_line(text).replace("&", "&amp;").replace("<", "&lt;")
    line = _SPECIAL.sub(r"\\\1", line)
    return line.replace("@", "&#64;").replace(":", "&#58;")


def code(text: str) -> str:
    """Return text as a code span, whatever it holds."""
    line = on_one_line(text).replace("|", "\u2502")  # a pipe would end the cell of a table
    ticks = "`" * (1 + max((len(run) for run in re.findall(r"`+", line)), default=0))
    return f"{ticks} {line} {ticks}" if "`" in line or not line.strip() else f"{ticks}{line}{ticks}"


def block(text: str, language: str) -> Iterator[str]:
    """Yield text as a fenced block that nothing in it can end."""
    body = shown(text)
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", body)), default=0))
    yield f"{fence}{language}"
    yield from body.splitlines()
    yield fence


def _lines(account: Account) -> Iterator[str]:
    open_ones = [proof for proof in account.proofs if excuse(proof) is None]
    settled = [proof for proof in account.proofs if excuse(proof) is not None]
    yield f"# Fuzzing {inline(account.api or 'the API')}"
    yield ""
    yield (
        f"{len(open_ones)} findings in {account.requests} requests, "
        f"{account.seconds:.0f} seconds ({account.rate:.0f} requests/s). The campaign ended: {inline(account.stop)}."
    )
    yield ""
    for notice in account.notices:
        yield f"* {inline(notice)}"
    if account.notices:
        yield ""
    if account.proofs:
        yield "| finding | fault | verdict | met |"
        yield "|---|---|---|---|"
        for proof in (*open_ones, *settled):
            finding = proof.finding
            marks = [finding.verdict.value, excuse(proof) or "", "flaky" if finding.flaky else ""]
            verdict = inline(", ".join(mark for mark in marks if mark))
            fault = f"{code(finding.fingerprint)} | {inline(finding.sentence)}"
            yield f"| {fault} | {verdict} | {times(finding.count)} |"
        yield ""
    for proof in open_ones:
        yield from _finding(account, proof)
    yield "## Answers"
    yield ""
    yield "| operation | statuses |"
    yield "|---|---|"
    for operation, counts in account.responses.items():
        said = ", ".join(
            f"{'no answer' if name == NO_ANSWER else inline(name)}: {count}" for name, count in counts.items()
        )
        yield f"| {code(operation)} | {said} |"
    yield ""
    if account.never_seen:
        yield f"Documented and never seen ({len(account.never_seen)}):"
        yield ""
        for operation, status in account.never_seen[:_LISTED]:
            yield f"* {code(f'{operation} {status}')}"
        if len(account.never_seen) > _LISTED:
            yield f"* and {len(account.never_seen) - _LISTED} more"


def _finding(account: Account, proof: Proof) -> Iterator[str]:
    finding = proof.finding
    yield f"## {inline(finding.sentence)}"
    yield ""
    since = f", first on {proof.since:%Y-%m-%d %H:%M} UTC" if proof.since else ""
    yield f"Finding {code(finding.fingerprint)}, met {times(finding.count)}{since}."
    places = account.places.get(finding.fingerprint)
    for what, place in (("documented in", places and places.document), ("raised in", places and places.source)):
        if place:
            yield f"* {what} {code(f'{place.path}:{place.line}' if place.line else place.path)}"
    others = [name for name in finding.operations if name != finding.operation]
    if others:
        yield f"* also in {', '.join(code(name) for name in others)}"
    if finding.status is not None and not finding.exact:
        yield "* no traceback was seen, so this may be several faults: `--log-file FILE` tells them apart"
    yield ""
    for step in finding.scenario.steps:
        yield f"1. given {code(step.request.operation)}, answered {inline(step.status)}"
    yield f"1. when {code(finding.scenario.when.operation)}"
    yield ""
    yield from block(proof.curl, "sh")
    yield ""
    if finding.traceback or finding.message:
        yield from block(finding.traceback or finding.message, "text")
        yield ""
