"""Diagnostics as lines of text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from oagen.report.terminal_text import on_one_line
from oagen.spec.model import Diagnostic


def diagnostic_lines(diagnostics: Iterable[Diagnostic], *, limit: int | None = None) -> Iterator[str]:
    """Yield each diagnostic with its place, and its hint on a line of its own.

    Args:
        limit: After so many the rest is only counted.
    """
    listed = list(diagnostics)
    for diagnostic in listed[:limit]:
        location = diagnostic.location
        place = f"{location.document}:{diagnostic.line}" if diagnostic.line else location.document
        pointer = f" at {location.pointer}" if location.pointer else ""
        operation = f" [{diagnostic.operation}]" if diagnostic.operation else ""
        yield on_one_line(f"{diagnostic.severity.value}: {place}{pointer}: {diagnostic.message}{operation}")
        if diagnostic.hint:
            yield on_one_line(f"hint: {diagnostic.hint}")
    if limit is not None and len(listed) > limit:
        yield f"... and {len(listed) - limit} more; oagen inspect lists them all"
