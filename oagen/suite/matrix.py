"""The status matrix: for every documented response, at every level, what shows that it happens."""

from __future__ import annotations

import datetime as dt
import enum
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from oagen.config.settings import Waiver
from oagen.learn.choosing import is_broken_promise
from oagen.learn.model import Learned, LearnedPair, Tried, WitnessState
from oagen.spec.model import ApiDescription, Diagnostic
from oagen.suite.model import FOUND, Level, TestCase

LEVELS = (Level.UNIT, Level.INTEGRATION, Level.CONTRACT)
"""The levels at which each documented response has a cell."""


class CellState(enum.StrEnum):
    """What is known about one documented response at one level."""

    VERIFIED = "verified"
    PLANNED = "planned"  # designed from the document, not yet run
    NEEDS_STATE = "needs state"  # a provider state of states.py is waiting
    NEEDS_APP = "needs app"  # unit level, and no application is named
    REFUTED = "refuted"  # run; the API answered something else
    WAIVED = "waived"


class Outcome(enum.StrEnum):
    """What the tests of a cell did when the suite last ran."""

    PASSED = "passed"  # at least one passed, and none failed
    FAILED = "failed"
    SKIPPED = "skipped"
    NOT_RUN = "not run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One documented response at one level.

    Attributes:
        technique: That of its first test; None where no technique designed one.
        tests: Test ids relative to the suite's folder.
        seen: Those of its tests whose scenario drew the documented status from a live target, twice.
        reason: Why it is in this state, where that needs saying.
        outcome: None until outcomes have been joined.
    """

    operation: str
    status: str
    level: Level
    state: CellState
    technique: str | None = None
    tests: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()
    reason: str | None = None
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """All cells of a document.

    Attributes:
        operations: How many operations were read.
        documented: How many (operation, status) pairs they document.
        cells: One for each pair at each of `LEVELS`, in the document's order.
    """

    operations: int
    documented: int
    cells: tuple[Cell, ...]
    diagnostics: tuple[Diagnostic, ...] = ()


def planned_matrix(
    description: ApiDescription,
    tests: Iterable[TestCase],
    *,
    has_app: bool,
    learned: Learned | None = None,
) -> Matrix:
    """Return the matrix of a suite that has not run, waivers not looked at: see `waived`.

    Args:
        has_app: An application is configured, so that the unit level can run.
        learned: What a live target has shown; it speaks for the levels above the unit.
    """
    by_cell: dict[tuple[str, str, Level], list[TestCase]] = defaultdict(list)
    for test in tests:
        by_cell[test.operation, test.status, test.level].append(test)
    documented = [(operation.key, response.status) for operation, response in description.documented()]
    pairs = learned.pairs if learned is not None else {}
    cells = tuple(
        _planned(
            operation,
            status,
            level,
            by_cell.get((operation, status, level), []),
            has_app=has_app,
            known=pairs.get((operation, status)) if level is not Level.UNIT else None,
        )
        for operation, status in documented
        for level in LEVELS
    )
    return Matrix(
        operations=len(description.operations),
        documented=len(documented),
        cells=cells,
        diagnostics=description.diagnostics,
    )


def waived(cells: Iterable[Cell], waivers: Iterable[Waiver], today: dt.date) -> Iterator[Cell]:
    """Yield the cells, those waived that a waiver speaks for which holds today."""
    holding = {(waiver.operation, waiver.status): waiver for waiver in waivers if not waiver.expired(today)}
    for cell in cells:
        waiver = holding.get((_normal(cell.operation), cell.status))
        if waiver is None:
            yield cell
        else:
            yield replace(cell, state=CellState.WAIVED, reason=f"{waiver.reason} (until {waiver.until})")


def waiver_problems(cells: Iterable[Cell], waivers: Iterable[Waiver], today: dt.date) -> list[str]:
    """Return one sentence for each waiver that has expired, or that speaks for nothing documented."""
    documented = {(_normal(cell.operation), cell.status) for cell in cells}
    problems = []
    for waiver in waivers:
        name = f"the waiver for {waiver.operation} {waiver.status} ({waiver.reason})"
        if (waiver.operation, waiver.status) not in documented:
            problems.append(f"{name} is for a response that is not documented")
        elif waiver.expired(today):
            problems.append(f"{name} expired on {waiver.until}")
    return problems


def _planned(
    operation: str, status: str, level: Level, tests: list[TestCase], *, has_app: bool, known: LearnedPair | None
) -> Cell:
    state, reason = CellState.PLANNED, None
    waiting = list(dict.fromkeys(name for test in tests for name in test.needs_states))
    if not tests:
        state, reason = CellState.NEEDS_STATE, "no technique can arrange it"
    elif level is Level.UNIT and not has_app:
        state, reason = CellState.NEEDS_APP, "the unit level needs api.app"
    elif all(test.needs_states for test in tests):
        state, reason = CellState.NEEDS_STATE, f"states.py: {', '.join(waiting)}"
    seen = (
        _seen(tests, known) if level is not Level.UNIT else tuple(test.id for test in tests if test.technique == FOUND)
    )
    broken = None
    if known is not None:
        broken = _broken(tests, known) if level is Level.INTEGRATION else _broken_contract(tests, known)
    if broken is not None:
        state, reason = CellState.REFUTED, broken
    elif seen and state is not CellState.NEEDS_APP:
        state, reason = CellState.VERIFIED, _weakness(tests)
    elif known is not None and state is CellState.PLANNED:
        if known.state is WitnessState.REFUTED:
            state, reason = CellState.REFUTED, known.reason
        elif known.state is WitnessState.NOT_REACHED:
            reason = known.reason
    return Cell(
        operation=operation,
        status=status,
        level=level,
        state=state,
        technique=tests[0].technique if tests else None,
        tests=tuple(test.id for test in tests),
        seen=seen,
        reason=reason,
    )


def _weakness(tests: list[TestCase]) -> str | None:
    """Return why all unit tests of a response say little; None where one says something."""
    weak = [test.weak for test in tests]
    return f"weak: {weak[0]}" if all(weak) else None


def _seen(tests: list[TestCase], known: LearnedPair | None) -> tuple[str, ...]:
    """Return the tests whose scenario was verified."""
    if known is None:
        return ()
    verified = {_title(item) for item in known.tried if item.state is WitnessState.VERIFIED}
    return tuple(test.id for test in tests if test.title in verified)


def _broken(tests: list[TestCase], known: LearnedPair) -> str | None:
    """Return why one of the tests fails, where its scenario was seen to break the promise beside one that keeps it."""
    titles = {test.title for test in tests}
    broken = (item for item in known.tried if is_broken_promise(item))
    return next((item.reason for item in broken if item.title in titles), None)


def _broken_contract(tests: list[TestCase], known: LearnedPair) -> str | None:
    """Return why one of the tests fails, where what was answered was seen to be another content than documented."""
    titles = {test.title for test in tests}
    broken = (item for item in known.tried if item.contract is not None)
    return next((item.contract for item in broken if _title(item) in titles), None)


def _title(item: Tried) -> str:
    return item.witness.title if item.witness is not None else item.title


def _normal(operation: str) -> str:
    method, _, path = operation.partition(" ")
    return f"{method.upper()} {path}"
