"""What was learned from a live target, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from oagen.learn.choosing import is_broken_promise
from oagen.learn.model import Learned, Progress, WitnessState
from oagen.report.terminal_text import on_one_line

_FEW = 10  # answers that prove nothing


def progress_line(progress: Progress) -> str:
    """Return how far learning is."""
    return (
        f"{progress.seconds:.0f} s, {progress.requests} requests: {progress.verified} of {progress.pairs} documented "
        f"responses verified; trying {on_one_line(progress.doing)}"
    )


def learned_lines(learned: Learned, *, limit: int) -> Iterator[str]:
    """Yield what was learned: totals, broken promises, undocumented statuses, what was left behind.

    Args:
        limit: How many of each list are shown.
    """
    pairs = learned.pairs
    counts = {state: sum(pair.state is state for pair in pairs.values()) for state in WitnessState}
    shown = ", ".join(f"{count} {state.value}" for state, count in counts.items() if count)
    yield f"learned in {learned.seconds:.0f} s with {learned.requests} requests: {shown or 'nothing'}"
    if _is_nowhere(learned):
        yield "  nearly everything was answered 404: does the base URL lack the API's base path?"
    if learned.stopped:
        yield f"  it ended early, since {learned.stopped}; run again to go on"
    vain = sum(pair.searched > 0 for pair in pairs.values())
    if vain:
        yield (
            f"  {vain} were looked for in vain, and are left alone next time; a larger --budget looks again, --relearn "
            "tries everything again"
        )
    refuted = [
        f"{operation} {status}: {pair.reason}"
        for (operation, status), pair in pairs.items()
        if pair.state is WitnessState.REFUTED
    ]
    yield from _listed("refuted, promised and answered otherwise (the API or its document is wrong)", refuted, limit)
    broken = [
        f"{operation} {status}: {item.reason}"
        for (operation, status), pair in pairs.items()
        if pair.state is WitnessState.VERIFIED
        for item in pair.tried
        if is_broken_promise(item)
    ]
    yield from _listed("broken promises beside a verified one", broken, limit)
    bodies = [f"{operation} {status}: {pair.contract}" for (operation, status), pair in pairs.items() if pair.contract]
    yield from _listed("verified, but for content that is not as documented (the contract level)", bodies, limit)
    waiting = [
        f"{operation} {status}: {pair.reason}"
        for (operation, status), pair in pairs.items()
        if pair.state is WitnessState.NOT_REACHED
    ]
    yield from _listed("not reached", waiting, limit)
    met = [f"{item.operation} {item.status}, met in: {item.during}" for item in learned.undocumented]
    yield from _listed("undocumented statuses met", met, limit)
    if learned.left_behind:
        yield f"{learned.left_behind} resources that were created could not be deleted again"


def _is_nowhere(learned: Learned) -> bool:
    answered = [item.answered for pair in learned.pairs.values() for item in pair.tried if item.answered is not None]
    return len(answered) >= _FEW and answered.count(404) >= 0.9 * len(answered)


def _listed(title: str, lines: list[str], limit: int) -> Iterator[str]:
    if lines:
        yield f"{title}: {len(lines)}"
    for line in lines[:limit]:
        yield f"  {on_one_line(line)}"
    if len(lines) > limit:
        yield f"  ... and {len(lines) - limit} more"
