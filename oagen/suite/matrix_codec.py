"""The matrix as JSON: for machines, and in the suite's manifest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from oagen.spec.model import Diagnostic, Location, Severity
from oagen.suite.matrix import Cell, CellState, Matrix
from oagen.suite.model import Level


def dump_matrix(matrix: Matrix) -> dict[str, Any]:
    """Return the matrix as JSON values; a cell has an `outcome` once the suite's outcomes have been joined."""
    return {
        "operations": matrix.operations,
        "documented": matrix.documented,
        "cells": [dump_cell(cell) for cell in matrix.cells],
        "diagnostics": [dump_diagnostic(diagnostic) for diagnostic in matrix.diagnostics],
    }


def dump_cell(cell: Cell) -> dict[str, Any]:
    """Return one cell as JSON values."""
    value: dict[str, Any] = {
        "operation": cell.operation,
        "status": cell.status,
        "level": cell.level.value,
        "state": cell.state.value,
        "technique": cell.technique,
        "tests": list(cell.tests),
        "reason": cell.reason,
    }
    if cell.seen:
        value["seen"] = list(cell.seen)
    return value if cell.outcome is None else value | {"outcome": cell.outcome.value}


def dump_diagnostic(diagnostic: Diagnostic) -> dict[str, Any]:
    """Return one diagnostic as JSON values."""
    return {
        "severity": diagnostic.severity.value,
        "message": diagnostic.message,
        "document": diagnostic.location.document,
        "pointer": diagnostic.location.pointer,
        "line": diagnostic.line,
        "hint": diagnostic.hint,
        "operation": diagnostic.operation,
    }


def load_matrix(value: Mapping[str, Any]) -> Matrix:
    """Return the matrix that `dump_matrix` wrote before outcomes were joined.

    Raises:
        KeyError, TypeError, ValueError: It is something else.
    """
    return Matrix(
        operations=int(value["operations"]),
        documented=int(value["documented"]),
        cells=tuple(_load_cell(cell) for cell in value["cells"]),
        diagnostics=tuple(_load_diagnostic(diagnostic) for diagnostic in value["diagnostics"]),
    )


def _load_cell(value: Mapping[str, Any]) -> Cell:
    return Cell(
        operation=value["operation"],
        status=value["status"],
        level=Level(value["level"]),
        state=CellState(value["state"]),
        technique=value["technique"],
        tests=tuple(value["tests"]),
        seen=tuple(value.get("seen", ())),
        reason=value["reason"],
    )


def _load_diagnostic(value: Mapping[str, Any]) -> Diagnostic:
    return Diagnostic(
        severity=Severity(value["severity"]),
        message=value["message"],
        location=Location(value["document"], value["pointer"]),
        line=value["line"],
        hint=value["hint"],
        operation=value["operation"],
    )
