from __future__ import annotations

import json
from pathlib import Path

import pytest

from oagen.suite.matrix import Cell, CellState, Matrix
from oagen.suite.model import Level
from tests.cli.running import oagen_in
from tests.suite.suites import FILES, updated

IDS = [
    f"{level}/test_pets.py::TestPets::test_{status}" for level in ("integration", "contract") for status in (200, 404)
]


def suite(folder: Path, *outcomes: str) -> None:
    cells = tuple(
        Cell(
            operation="GET /pets\x1b",
            status=status,
            level=level,
            state=CellState.PLANNED,
            technique="valid request",
            tests=(f"{level}/test_pets.py::TestPets::test_{status}",),
        )
        for level in (Level.INTEGRATION, Level.CONTRACT)
        for status in ("200", "404")
    )
    updated(folder / "api_tests", FILES, matrix=Matrix(operations=1, documented=2, cells=cells))
    found = {
        test: {"outcome": outcome, "reason": f"why {outcome}"} for test, outcome in zip(IDS, outcomes, strict=False)
    }
    if outcomes:
        (folder / "api_tests" / "outcomes.json").write_text(json.dumps({"version": 1, "outcomes": found}))


def test_joins_what_ran(tmp_path: Path) -> None:
    suite(tmp_path, "passed", "failed", "skipped")

    ended = oagen_in(tmp_path, "matrix", "--failed", "--missing")

    assert ended.code == 0
    assert "1 passed, 1 failed, 1 skipped, 1 not run; executed and passed: 1 of 4 (25.0%)" in ended.out
    assert "integration  GET /pets\\x1b  404: failed (why failed)" in ended.out
    assert "✓ verified  · planned  s needs state  a needs app  ✗ refuted  w waived\n" in ended.out
    assert "contract     GET /pets\\x1b  200: skipped (why skipped)" in ended.out
    assert "contract     GET /pets\\x1b  404: not run" in ended.out


def test_json_has_an_outcome_for_each_cell(tmp_path: Path) -> None:
    suite(tmp_path, "passed", "failed", "skipped")

    ended = oagen_in(tmp_path, "matrix", "--json", "-")

    value = json.loads(ended.out)
    assert [(cell["state"], cell["outcome"]) for cell in value["cells"]] == [
        ("verified", "passed"),
        ("refuted", "failed"),
        ("planned", "skipped"),
        ("planned", "not run"),
    ]
    assert (value["operations"], value["documented"]) == (1, 2)


@pytest.mark.parametrize(
    ("outcomes", "required", "code"),
    [
        (["passed"] * 4, "100%", 0),
        (["passed", "passed", "passed", "skipped"], "75", 0),
        (["passed", "passed", "passed", "skipped"], "75.1%", 1),
        ([], "1%", 1),
        ([], "0%", 0),
    ],
)
def test_require_counts_what_was_executed_and_passed_alone(
    tmp_path: Path, outcomes: list[str], required: str, code: int
) -> None:
    suite(tmp_path, *outcomes)

    assert oagen_in(tmp_path, "matrix", "--require", required).code == code


def test_a_waiver_leaves_the_count_until_it_expires(tmp_path: Path) -> None:
    suite(tmp_path, "passed", "failed", "passed", "failed")
    waiver = '[[waivers]]\noperation = "GET /pets\\u001b"\nstatus = "404"\nreason = "later"\nuntil = {}\n'

    (tmp_path / "oagen.toml").write_text(waiver.format("2999-01-01"))
    assert oagen_in(tmp_path, "matrix", "--require", "100%").code == 0
    (tmp_path / "oagen.toml").write_text(waiver.format("2020-01-01"))
    ended = oagen_in(tmp_path, "matrix", "--require", "100%")

    assert ended.code == 1
    assert "expired on 2020-01-01" in ended.err


def test_one_level_can_be_looked_at(tmp_path: Path) -> None:
    suite(tmp_path, "passed", "passed")

    assert oagen_in(tmp_path, "matrix", "--level", "integration", "--require", "100%").code == 0
    assert oagen_in(tmp_path, "matrix", "--level", "e2e").code == 2


def test_without_a_suite(tmp_path: Path) -> None:
    ended = oagen_in(tmp_path, "matrix")

    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("error: api_tests holds no suite of oagen\nhint: ")


def test_a_suite_that_has_not_run(tmp_path: Path) -> None:
    suite(tmp_path)

    ended = oagen_in(tmp_path, "matrix")

    assert ended.code == 0
    assert "has not run yet" in ended.err


def test_nothing_left_to_count_is_not_enough(tmp_path: Path) -> None:
    suite(tmp_path, "passed", "passed", "passed", "passed")

    assert oagen_in(tmp_path, "matrix", "--level", "unit", "--require", "1%").code == 1
