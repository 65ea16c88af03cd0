"""What was found for the unit tests, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from oagen.outcomes.model import Outcomes


def outcome_lines(outcomes: Outcomes, *, documented: int, limit: int) -> Iterator[str]:
    """Yield what was found: totals, what is weak, what the map of handlers misses, what no outcome reaches.

    Args:
        documented: How many responses the description documents.
        limit: How many lines of each list are shown.
    """
    pairs = {(item.operation, item.status) for item in outcomes.witnesses}
    strong = {(item.operation, item.status) for item in outcomes.witnesses if not item.weak}
    weak = f", {len(pairs - strong)} of them weak" if pairs - strong else ""
    yield (
        f"unit tests: outcomes of collaborators found for {len(pairs)} of {documented} documented responses{weak}, "
        f"in {outcomes.seconds:.0f} s with {outcomes.trials} requests in process"
    )
    yield from _listed("  no handler was found for", list(outcomes.unmapped), limit)
    missed = [f"{item.operation} {item.status}: {item.reason}" for item in outcomes.unreached]
    yield from _listed("  not reached", missed, limit)


def _listed(title: str, items: list[str], limit: int) -> Iterator[str]:
    if items:
        yield f"{title}:"
    yield from (f"    {item}" for item in items[:limit])
    if len(items) > limit:
        yield f"    ... and {len(items) - limit} more"
