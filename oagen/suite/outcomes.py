"""What happened when the suite ran, joined into the matrix.

The suite's conftest leaves `outcomes.json` beside the manifest:
`{"version": 1, "outcomes": {"integration/test_pets.py::TestX::test_y": {"outcome": "passed", "reason": null}}}`, where
an outcome is `passed`, `failed`, `skipped` or `error`, the reason a text or null (a test that waits for a provider
state has its name under `needs_state` as well), and ids are relative to the suite's folder. Runs are merged: the latest
outcome of a test wins, whichever part of the suite a run selected, xdist included.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from oagen.errors import StoreError
from oagen.suite.matrix import Cell, CellState, Outcome

FILE = "outcomes.json"
VERSION = 1
_BAD = frozenset({"failed", "error"})
_NOT_TRIED = frozenset({CellState.PLANNED, CellState.NEEDS_APP})


@dataclass(frozen=True, slots=True, kw_only=True)
class TestOutcome:
    """How one test ended last time.

    Attributes:
        outcome: `passed`, `failed`, `skipped` or `error`.
        needs_state: The provider state that it was skipped for.
    """

    __test__ = False  # pytest is not to collect it

    outcome: str
    reason: str | None = None
    needs_state: str | None = None


Outcomes = Mapping[str, TestOutcome]


def read_outcomes(folder: Path) -> Outcomes | None:
    """Return the outcomes that a suite's last runs left in its folder; None where it has not run.

    Raises:
        StoreError: The file is damaged, or of a newer format.
    """
    path = folder / FILE
    try:
        value = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise StoreError(f"{path} can't be read", hint="remove it and run the suite again") from error
    try:
        if value["version"] != VERSION:
            raise StoreError(f"{path} has format {value['version']}, which this oagen does not know")
        return {
            str(test): TestOutcome(
                outcome=str(item["outcome"]), reason=item.get("reason"), needs_state=item.get("needs_state")
            )
            for test, item in value["outcomes"].items()
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise StoreError(f"{path} does not hold outcomes", hint="remove it and run the suite again") from error


def joined(cells: Iterable[Cell], outcomes: Outcomes) -> Iterator[Cell]:
    """Yield each cell with the outcome of its tests.

    One that ran becomes verified or refuted, one that only waited for provider states needs state; what is waived stays
    so.
    """
    by_test: dict[str, list[TestOutcome]] = defaultdict(list)
    for test, ending in outcomes.items():
        by_test[test.partition("[")[0]].append(ending)  # the cases of a parametrised test count together
    for cell in cells:
        found = [ending for test in cell.tests for ending in by_test.get(test.partition("[")[0], [])]
        outcome, reason = _together(found)
        state = cell.state
        if cell.state is CellState.WAIVED:
            reason = cell.reason
        elif outcome is Outcome.PASSED:
            state = CellState.VERIFIED
        elif outcome is Outcome.FAILED:
            state = CellState.REFUTED
        elif outcome is Outcome.NOT_RUN:
            reason = cell.reason
        elif cell.state in _NOT_TRIED and all(ending.needs_state for ending in found):
            state = CellState.NEEDS_STATE
        yield replace(cell, state=state, outcome=outcome, reason=reason)


def _together(found: list[TestOutcome]) -> tuple[Outcome, str | None]:
    bad = [item for item in found if item.outcome in _BAD]
    if bad:
        return Outcome.FAILED, bad[0].reason
    if any(item.outcome == "passed" for item in found):
        return Outcome.PASSED, None
    return (Outcome.SKIPPED, found[0].reason) if found else (Outcome.NOT_RUN, None)


def passed_share(cells: Iterable[Cell]) -> tuple[int, int]:
    """Return how many cells were executed and passed, of how many that are not waived."""
    counted = [cell for cell in cells if cell.state is not CellState.WAIVED]
    return sum(cell.outcome is Outcome.PASSED for cell in counted), len(counted)
