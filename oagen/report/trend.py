"""How an API does from one campaign to the next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from oagen.findings.history import RunRecord
from oagen.findings.model import Decision, KeptFinding, StoredVerdict
from oagen.report.finding_text import kept_line, times
from oagen.report.markdown import code, inline
from oagen.report.terminal_text import on_one_line

CUT_OFF = "cut off"
_COLUMNS = (
    StoredVerdict.NEW,
    StoredVerdict.REGRESSED,
    StoredVerdict.KNOWN,
    StoredVerdict.FIXED,
    StoredVerdict.NOT_REACHED,
)
_LISTED = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """What became of findings in a series of campaigns.

    Attributes:
        runs: Oldest first.
        new: Met for the first time in one of them.
        fixed: Found fixed meanwhile, and not met since.
        known: Met before, and neither fixed nor accepted.
        settled: Accepted, or waived until a day that has not passed.
        never_seen: Documented responses (operation, status) that no campaign drew which was about them.
    """

    runs: tuple[RunRecord, ...]
    new: tuple[KeptFinding, ...]
    fixed: tuple[KeptFinding, ...]
    known: tuple[KeptFinding, ...]
    settled: tuple[KeptFinding, ...]
    never_seen: tuple[tuple[str, str], ...]


def trend_of(runs: Sequence[RunRecord], kept: Sequence[KeptFinding], today: dt.date) -> Trend:
    """Return the trend over some campaigns.

    Args:
        kept: All findings of the store.
        today: Decides on waivers.
    """
    begin = min((run.started for run in runs), default=None)
    told_fixed = {name for run in runs for name, verdict in run.verdicts.items() if verdict is StoredVerdict.FIXED}
    told_new = {name for run in runs for name, verdict in run.verdicts.items() if verdict is StoredVerdict.NEW}

    def is_fixed_since(item: KeptFinding) -> bool:
        decided = item.decided is not None and begin is not None and item.decided >= begin
        return item.decision is Decision.FIXED and (item.finding.fingerprint in told_fixed or decided)

    standing = [item for item in kept if item.decision is not Decision.FIXED]
    return Trend(
        runs=tuple(runs),
        new=tuple(item for item in standing if item.finding.fingerprint in told_new and not item.is_settled(today)),
        fixed=tuple(item for item in kept if is_fixed_since(item)),
        known=tuple(
            item for item in standing if item.finding.fingerprint not in told_new and not item.is_settled(today)
        ),
        settled=tuple(item for item in standing if item.is_settled(today)),
        never_seen=_never_seen(runs),
    )


def _never_seen(runs: Sequence[RunRecord]) -> tuple[tuple[str, str], ...]:
    """Return what the last run about an operation did not see, nor any before it."""
    found: dict[tuple[str, str], bool] = {}
    for run in reversed(runs):
        missing = set(run.never_seen)
        for pair in run.never_seen:
            found.setdefault(pair, True)
        for pair in found:
            if pair[0] in run.operations and pair not in missing:
                found[pair] = False
    return tuple(sorted(pair for pair, never in found.items() if never))


def trend_lines(trend: Trend, today: dt.date) -> Iterator[str]:
    """Yield the trend for a terminal."""
    if not trend.runs:
        yield "no campaign since then"
        return
    yield f"{'run':>4}  {'began (UTC)':16}  {'requests':>8}" + "".join(f"  {item.value:>11}" for item in _COLUMNS)
    for run in trend.runs:
        counts = run.counts()
        told = "".join(f"  {counts[item]:>11}" for item in _COLUMNS)
        yield f"{run.number:>4}  {run.started:%Y-%m-%d %H:%M}  {run.requests:>8}{told}" + (
            "" if run.stop else f"  {CUT_OFF}"
        )
    for title, items in _groups(trend):
        if items:
            yield f"{title}: {len(items)}"
            yield from (f"    {kept_line(item, today)}" for item in items)
    if trend.never_seen:
        yield f"documented and never seen: {len(trend.never_seen)}"
        yield from (f"    {on_one_line(f'{key} {status}')}" for key, status in trend.never_seen[:_LISTED])
        if len(trend.never_seen) > _LISTED:
            yield f"    and {len(trend.never_seen) - _LISTED} more"


def trend_markdown(trend: Trend) -> str:
    """Return the trend as Markdown, GitHub's flavour."""
    return "\n".join(_markdown(trend)) + "\n"


def trend_json(trend: Trend) -> dict[str, Any]:
    """Return the trend as JSON values."""
    return {
        "runs": [
            {
                "number": run.number,
                "started": run.started.isoformat(),
                "stop": run.stop,
                "requests": run.requests,
                "seconds": round(run.seconds, 3),
                **{item.value.replace(" ", "_"): run.counts()[item] for item in _COLUMNS},
                "never_seen": len(run.never_seen),
            }
            for run in trend.runs
        ],
        **{title.replace(" ", "_"): [_finding(item) for item in items] for title, items in _groups(trend)},
        "never_seen": [list(pair) for pair in trend.never_seen],
    }


def _groups(trend: Trend) -> tuple[tuple[str, tuple[KeptFinding, ...]], ...]:
    return (
        ("new", trend.new),
        ("known", trend.known),
        ("fixed", trend.fixed),
        ("accepted", trend.settled),
    )


def _finding(item: KeptFinding) -> dict[str, Any]:
    return {
        "fingerprint": item.finding.fingerprint,
        "kind": item.finding.kind.value,
        "operation": item.finding.operation,
        "sentence": item.finding.sentence,
        "count": item.finding.count,
        "decision": item.decision.value,
        "first_seen": item.first_seen.isoformat() if item.first_seen else None,
        "last_seen": item.last_seen.isoformat() if item.last_seen else None,
    }


def _markdown(trend: Trend) -> Iterator[str]:
    yield "# Trend"
    yield ""
    if not trend.runs:
        yield "No campaign since then."
        return
    yield "| run | began (UTC) | requests | " + " | ".join(item.value for item in _COLUMNS) + " | never seen |"
    yield "|--:|---|--:|" + "--:|" * (len(_COLUMNS) + 1)
    for run in trend.runs:
        counts = run.counts()
        told = " | ".join(str(counts[item]) for item in _COLUMNS)
        ended = "" if run.stop else f" ({CUT_OFF})"
        seen = str(len(run.never_seen)) if run.operations else ""
        yield f"| {run.number} | {run.started:%Y-%m-%d %H:%M}{ended} | {run.requests} | {told} | {seen} |"
    for title, items in _groups(trend):
        if not items:
            continue
        yield ""
        yield f"## {title.capitalize()}: {len(items)}"
        yield ""
        for item in items[:_LISTED]:
            finding = item.finding
            since = f" since {item.first_seen:%Y-%m-%d}" if item.first_seen else ""
            yield f"* {code(finding.fingerprint)} {inline(finding.sentence)}, met {times(finding.count)}{since}"
        if len(items) > _LISTED:
            yield f"* and {len(items) - _LISTED} more"
    if trend.never_seen:
        yield ""
        yield f"## Documented and never seen: {len(trend.never_seen)}"
        yield ""
        yield from (f"* {code(f'{key} {status}')}" for key, status in trend.never_seen[:_LISTED])
        if len(trend.never_seen) > _LISTED:
            yield f"* and {len(trend.never_seen) - _LISTED} more"
