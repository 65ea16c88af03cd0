"""A campaign for a person at a terminal: progress while it runs, findings and totals at its end.

Texts of documents and answers are in these lines as they came: whoever prints them makes them harmless (`shown`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from oagen.findings.model import FindingKind
from oagen.fuzz.events import NO_ANSWER, Event, Found, Noticed, Progress, Started
from oagen.report.account import Account
from oagen.report.finding_text import finding_line, proof_lines
from oagen.report.terminal_text import on_one_line

_LISTED = 15
_SOON, _SELDOM, _FIRST = 2.0, 10.0, 10.0  # seconds between two lines of progress: at first, and later


class ProgressView:
    """Consumes the events of a campaign, and tells them as they come.

    Args:
        note: Prints a line that stays.
        update: Shows lines in the place of those before; None where nobody looks, then progress is a line now and then.
    """

    def __init__(
        self,
        note: Callable[[str], None],
        update: Callable[[str], None] | None = None,
    ) -> None:
        self._note = note
        self._update = update
        self._operations = 0
        self._told = 0.0
        self._last = ""

    def consume(self, event: Event) -> None:
        """Tell what there is to be told of an event."""
        match event:
            case Started():
                self._operations = event.operations
            case Progress():
                self._progress(event)
            case Found(again=False):
                self._last = on_one_line(event.finding.sentence)
                self._note(f"found: {self._last}")
            case Noticed():
                self._note(f"note: {event.message}")
            case _:
                pass

    def _progress(self, progress: Progress) -> None:
        if self._update is not None:
            self._update(progress_text(progress, self._operations, self._last))
            return
        if progress.seconds - self._told >= (_SOON if self._told < _FIRST else _SELDOM):
            self._told = progress.seconds
            self._note(progress_line(progress, self._operations))


def progress_line(progress: Progress, operations: int) -> str:
    """Return how far a campaign is, in one line."""
    rate = progress.requests / progress.seconds if progress.seconds else 0
    return (
        f"{progress.phase}: {progress.requests} requests, {rate:.0f}/s, {progress.reached} of {operations} operations "
        f"reached, {progress.findings} findings, corpus of {progress.corpus}"
    )


def progress_text(progress: Progress, operations: int, last: str) -> str:
    """Return how far a campaign is, in a few lines that are shown in place."""
    rate = progress.requests / progress.seconds if progress.seconds else 0
    lines = [
        f"{progress.phase:<10} {progress.seconds:5.0f} s   {progress.requests} requests   {rate:.0f}/s",
        f"operations {progress.reached} of {operations} reached   corpus {progress.corpus}",
        f"answers    {answers_text(progress.statuses)}",
        f"findings   {progress.findings}{f'   last: {last}' if last else ''}",
    ]
    return "\n".join(lines)


def answers_text(statuses: Mapping[str, int]) -> str:
    """Return how often each status was answered, by status."""
    named = ((name, "without" if name == NO_ANSWER else name) for name in sorted(statuses))
    return ", ".join(f"{statuses[name]} {shown}" for name, shown in named) or "none"


def summary_lines(account: Account, *, tracebacks: bool = True) -> Iterator[str]:
    """Yield what a campaign came to: each finding with its proof, then totals.

    Args:
        tracebacks: The campaign could see them; else faults that look alike are told as such, with the way out.
    """
    for proof in account.proofs:
        if proof.finding.was_met:
            yield from proof_lines(proof)
            yield ""
    unmet = [proof.finding for proof in account.proofs if not proof.finding.was_met]
    if unmet:
        yield "of earlier campaigns:"
        yield from (f"    {finding_line(finding)}" for finding in unmet)
        yield ""
    yield f"{account.requests} requests in {account.seconds:.0f} s ({account.rate:.0f}/s): {account.stop}"
    if account.responses:
        yield f"answers: {answers_text(account.statuses())}"
    reached = account.operations - len(account.unreached)
    yield f"operations: {reached} of {account.operations} answered as promised at least once"
    yield from _listed("documented and never seen", [f"{key} {status}" for key, status in account.never_seen])
    yield _totals(account)
    if account.withheld:
        yield f"not reported, since the second validator disagrees: {account.withheld}"
    blurred = [
        proof for proof in account.proofs if proof.finding.was_met and proof.finding.status and not proof.finding.exact
    ]
    if blurred and not tracebacks:
        yield (
            f"{len(blurred)} of them are known by their answer alone, and may be several faults each: "
            "name the server's log with --log-file to tell them apart by traceback"
        )


def _totals(account: Account) -> str:
    kinds = [proof.finding.kind for proof in account.proofs if proof.finding.was_met]
    counted = [f"{kinds.count(kind)} {kind.value}" for kind in FindingKind if kind in kinds]
    settled = sum(proof.settled for proof in account.proofs)
    text = "findings: " + (", ".join(counted) or "none")
    return f"{text} ({settled} accepted or waived)" if settled else text


def _listed(title: str, names: list[str]) -> Iterator[str]:
    if not names:
        return
    yield f"{title}: {len(names)}"
    yield from (f"    {on_one_line(name)}" for name in names[:_LISTED])
    if len(names) > _LISTED:
        yield f"    and {len(names) - _LISTED} more"
