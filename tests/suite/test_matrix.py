from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest

from oagen.config.settings import Waiver
from oagen.errors import StoreError
from oagen.spec.model import ApiDescription, Diagnostic, Location, Operation, Response, Severity
from oagen.suite.matrix import CellState, Matrix, Outcome, planned_matrix, waived, waiver_problems
from oagen.suite.matrix_codec import dump_matrix, load_matrix
from oagen.suite.model import Level, TestCase
from oagen.suite.outcomes import TestOutcome, joined, passed_share, read_outcomes

TODAY = dt.date(2030, 1, 1)
HERE = Location("openapi.yaml", "/paths/~1pets/get")


class NoReferences:
    documents: ClassVar[dict[str, Any]] = {}

    def resolve(self, reference: str, base: Location) -> tuple[Any, Location]:
        raise NotImplementedError

    def line_of(self, location: Location) -> int | None:
        return None


def operation(method: str, path: str, *statuses: str) -> Operation:
    return Operation(
        method=method,
        path=path,
        operation_id=None,
        tags=(),
        summary="",
        description="",
        parameters=(),
        request_body=None,
        responses=tuple(Response(status=status, description="", location=HERE) for status in statuses),
        security=(),
        location=HERE,
    )


DESCRIPTION = ApiDescription(
    source="openapi.yaml",
    dialect="3.1",
    title="Pets",
    version="1",
    operations=(operation("GET", "/pets", "200", "default"), operation("POST", "/pets", "503")),
    webhooks=(),
    security_schemes=(),
    servers=(),
    diagnostics=(Diagnostic(severity=Severity.WARNING, message="odd", location=HERE, line=3, operation="GET /pets"),),
    resolver=NoReferences(),
)


def case(level: Level, key: str, status: str, *, states: tuple[str, ...] = (), number: int = 0) -> TestCase:
    name = f"{level}/test_pets.py::TestPets::test_{status}_{number}"
    return TestCase(
        level=level, operation=key, status=status, title=status, id=name, technique="valid request", needs_states=states
    )


TESTS = (
    case(Level.UNIT, "GET /pets", "200"),
    case(Level.INTEGRATION, "GET /pets", "200"),
    case(Level.INTEGRATION, "GET /pets", "200", states=("the shop is closed",), number=1),
    case(Level.CONTRACT, "GET /pets", "200"),
    case(Level.INTEGRATION, "POST /pets", "503", states=("the database is down",)),
    case(Level.CONTRACT, "POST /pets", "503", states=("the database is down",)),
    case(Level.E2E, "POST /pets", "503"),
)


def matrix(*waivers: Waiver, has_app: bool = False) -> Matrix:
    planned = planned_matrix(DESCRIPTION, TESTS, has_app=has_app)
    return replace(planned, cells=tuple(waived(planned.cells, waivers, TODAY)))


def states(of: Matrix) -> dict[tuple[str, str, str], str]:
    return {(cell.operation, cell.status, cell.level.value): cell.state.value for cell in of.cells}


def waiver(operation: str, status: str, until: dt.date = TODAY) -> Waiver:
    return Waiver(operation=operation, status=status, reason="a reason", until=until)


def test_every_documented_response_has_a_cell_at_each_level() -> None:
    assert states(matrix()) == {
        ("GET /pets", "200", "unit"): "needs app",
        ("GET /pets", "200", "integration"): "planned",
        ("GET /pets", "200", "contract"): "planned",
        ("GET /pets", "default", "unit"): "needs state",
        ("GET /pets", "default", "integration"): "needs state",
        ("GET /pets", "default", "contract"): "needs state",
        ("POST /pets", "503", "unit"): "needs state",
        ("POST /pets", "503", "integration"): "needs state",
        ("POST /pets", "503", "contract"): "needs state",
    }
    assert (matrix().operations, matrix().documented) == (2, 3)


def test_with_an_app_the_unit_level_is_planned() -> None:
    assert states(matrix(has_app=True))["GET /pets", "200", "unit"] == "planned"


def test_a_cell_names_the_state_that_it_waits_for() -> None:
    cell = next(cell for cell in matrix().cells if (cell.status, cell.level) == ("503", Level.INTEGRATION))

    assert cell.reason == "states.py: the database is down"


def test_a_waiver_holds_until_its_last_day() -> None:
    holding, expired = waiver("POST /pets", "503"), waiver("POST /pets", "503", TODAY - dt.timedelta(days=1))

    assert states(matrix(holding))["POST /pets", "503", "contract"] == "waived"
    assert states(matrix(expired))["POST /pets", "503", "contract"] == "needs state"
    assert waiver_problems(matrix().cells, [holding], TODAY) == []
    assert waiver_problems(matrix().cells, [expired], TODAY) == [
        "the waiver for POST /pets 503 (a reason) expired on 2029-12-31"
    ]


def test_a_waiver_for_nothing_documented_is_reported() -> None:
    (problem,) = waiver_problems(matrix().cells, [waiver("POST /pets", "504")], TODAY)

    assert problem.endswith("is for a response that is not documented")


def test_the_json_is_what_the_documentation_says() -> None:
    value = dump_matrix(matrix())

    assert list(value) == ["operations", "documented", "cells", "diagnostics"]
    assert value["cells"][1] == {
        "operation": "GET /pets",
        "status": "200",
        "level": "integration",
        "state": "planned",
        "technique": "valid request",
        "tests": ["integration/test_pets.py::TestPets::test_200_0", "integration/test_pets.py::TestPets::test_200_1"],
        "reason": None,
    }
    assert value["diagnostics"][0]["pointer"] == "/paths/~1pets/get"
    assert load_matrix(json.loads(json.dumps(value))) == matrix()


def outcomes(**by_level: list[str]) -> dict[str, TestOutcome]:
    return {
        f"{level}/test_pets.py::TestPets::test_200_{number}": TestOutcome(outcome=outcome, reason=f"{outcome} why")
        for level, results in by_level.items()
        for number, outcome in enumerate(results)
    }


@pytest.mark.parametrize(
    ("results", "outcome", "state", "reason"),
    [
        (["passed", "passed"], Outcome.PASSED, CellState.VERIFIED, None),
        (["passed", "skipped"], Outcome.PASSED, CellState.VERIFIED, None),
        (["passed", "failed"], Outcome.FAILED, CellState.REFUTED, "failed why"),
        (["error", "passed"], Outcome.FAILED, CellState.REFUTED, "error why"),
        (["skipped", "skipped"], Outcome.SKIPPED, CellState.PLANNED, "skipped why"),
        ([], Outcome.NOT_RUN, CellState.PLANNED, None),
    ],
)
def test_outcomes_decide_a_cell(results: list[str], outcome: Outcome, state: CellState, reason: str | None) -> None:
    cell = list(joined(matrix().cells, outcomes(integration=results)))[1]

    assert (cell.outcome, cell.state, cell.reason) == (outcome, state, reason)


def test_a_cell_whose_tests_wait_for_a_state_needs_it_although_it_was_generated_without_an_app() -> None:
    waiting = TestOutcome(outcome="skipped", reason="needs the state 'closed'", needs_state="closed")
    found = {f"{level}/test_pets.py::TestPets::test_200_0": waiting for level in ("unit", "integration", "contract")}
    other = {"integration/test_pets.py::TestPets::test_200_1": TestOutcome(outcome="skipped", reason="no identity")}

    cells = list(joined(matrix().cells, found | other))

    assert [cell.state for cell in cells[:3]] == [CellState.NEEDS_STATE, CellState.PLANNED, CellState.NEEDS_STATE]
    assert cells[0].reason == "needs the state 'closed'"


def test_the_cases_of_a_parametrised_test_count_together() -> None:
    found = {
        "contract/test_pets.py::TestPets::test_200_0[a]": TestOutcome(outcome="passed"),
        "contract/test_pets.py::TestPets::test_200_0[b]": TestOutcome(outcome="failed", reason="b is wrong"),
    }

    cell = list(joined(matrix().cells, found))[2]

    assert (cell.outcome, cell.reason) == (Outcome.FAILED, "b is wrong")


def test_what_is_waived_stays_waived_and_leaves_the_count() -> None:
    cells = list(joined(matrix(waiver("GET /pets", "200")).cells, outcomes(integration=["failed"])))

    assert {cell.state for cell in cells[:3]} == {CellState.WAIVED}
    assert passed_share(cells) == (0, 6)


def test_only_what_was_executed_and_passed_counts() -> None:
    cells = joined(matrix().cells, outcomes(integration=["passed", "skipped"], contract=["skipped"]))

    assert passed_share(cells) == (1, 9)


def test_outcomes_are_read_from_the_suites_folder(tmp_path: Path) -> None:
    assert read_outcomes(tmp_path) is None
    value = {"version": 1, "outcomes": {"a.py::test_b": {"outcome": "failed", "reason": "why"}}}
    (tmp_path / "outcomes.json").write_text(json.dumps(value))

    assert read_outcomes(tmp_path) == {"a.py::test_b": TestOutcome(outcome="failed", reason="why")}


@pytest.mark.parametrize("text", ["", "[]", '{"version": 2, "outcomes": {}}', '{"version": 1, "outcomes": [1]}'])
def test_damaged_outcomes_are_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "outcomes.json").write_text(text)

    with pytest.raises(StoreError, match=r"outcomes\.json"):
        read_outcomes(tmp_path)


def test_a_method_is_compared_without_regard_to_case() -> None:
    odd = replace(DESCRIPTION, operations=(operation("Purge", "/pets", "200"),))

    cells = waived(planned_matrix(odd, (), has_app=False).cells, [waiver("PURGE /pets", "200")], TODAY)

    assert {cell.state for cell in cells} == {CellState.WAIVED}
