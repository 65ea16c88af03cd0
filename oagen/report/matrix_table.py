"""The status matrix for a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from oagen.report.terminal_text import on_one_line
from oagen.suite.matrix import LEVELS, Cell, CellState, Outcome
from oagen.suite.model import Level

_STATES = (
    CellState.VERIFIED,
    CellState.PLANNED,
    CellState.NEEDS_STATE,
    CellState.NEEDS_APP,
    CellState.REFUTED,
    CellState.WAIVED,
)
_COLOURS = {
    CellState.VERIFIED: "green",
    CellState.PLANNED: "cyan",
    CellState.NEEDS_STATE: "yellow",
    CellState.NEEDS_APP: "yellow",
    CellState.REFUTED: "red",
    CellState.WAIVED: "dim",
}
_SIGNS = {
    CellState.VERIFIED: "✓",
    CellState.PLANNED: "·",
    CellState.NEEDS_STATE: "s",
    CellState.NEEDS_APP: "a",
    CellState.REFUTED: "✗",
    CellState.WAIVED: "w",
}


def totals_table(cells: Sequence[Cell]) -> Table:
    """Return how many documented responses are in which state at each level, with and without `default`."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("level")
    table.add_column("documented", justify="right")
    for state in _STATES:
        table.add_column(Text(state.value, style=_COLOURS[state]), justify="right")
    by_code = [cell for cell in cells if cell.status != "default"]
    for title, group in (("", cells), (" without default", by_code)):
        if title and len(by_code) == len(cells):
            continue
        for level in LEVELS:
            counts = Counter(cell.state for cell in group if cell.level is level)
            table.add_row(
                f"{level.value}{title}", str(counts.total()), *(_number(state, counts[state]) for state in _STATES)
            )
    return table


def operations_table(cells: Iterable[Cell]) -> Table:
    """Return one line for each documented response, with a sign for its state at each level."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("operation", overflow="fold")
    table.add_column("status", justify="right")
    for level in LEVELS:
        table.add_column(level.value, justify="center")
    rows: dict[tuple[str, str], dict[Level, CellState]] = {}
    for cell in cells:
        rows.setdefault((cell.operation, cell.status), {})[cell.level] = cell.state
    before = ""
    for (operation, status), states in rows.items():
        shown = "" if operation == before else on_one_line(operation)
        before = operation
        table.add_row(Text(shown), status, *(_sign(states.get(level)) for level in LEVELS))
    return table


def legend() -> str:
    """Return what the signs of the operations' table mean, on one line."""
    return "  ".join(f"{sign} {state.value}" for state, sign in _SIGNS.items())


def cell_lines(cells: Iterable[Cell]) -> list[str]:
    """Return one line for each cell: what it is, its outcome, and why."""
    return [
        f"{cell.level.value:<11}  {cell.operation}  {cell.status}: {cell.outcome or cell.state}"
        + (f" ({on_one_line(cell.reason)})" if cell.reason else "")
        for cell in cells
    ]


def outcome_totals(cells: Iterable[Cell]) -> str:
    """Return one sentence on what was executed."""
    counts = Counter(cell.outcome for cell in cells)
    parts = [f"{counts[outcome]} {outcome.value}" for outcome in Outcome if counts[outcome]]
    return ", ".join(parts) or "nothing"


def _number(state: CellState, count: int) -> Text:
    return Text(str(count) if count else "-", style=_COLOURS[state] if count else "dim")


def _sign(state: CellState | None) -> Text:
    return Text(_SIGNS[state], style=_COLOURS[state]) if state else Text(" ")
