"""What the scripts that run generated suites make of their results."""

from __future__ import annotations

import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

from applications import ended, why
from stability import differing, messages, outcomes
from targets import linked

REPOSITORY = Path(__file__).parents[2]

REPORT = """\
<testsuites><testsuite>
<testcase classname="a.TestB" name="test_1"/>
<testcase classname="a.TestB" name="test_2"><failure message="no"/></testcase>
<testcase classname="a.TestB" name="test_2"><error message="tear-down"/></testcase>
<testcase classname="a.TestB" name="test_3"><skipped message="later"/></testcase>
</testsuite></testsuites>
"""


def cell(outcome: str, **more: Any) -> dict[str, Any]:
    return {"outcome": outcome, "level": "contract", "technique": "conflict", "status": "409", "reason": None} | more


def test_outcomes_are_read_from_a_junit_report() -> None:
    assert outcomes(ET.ElementTree(ET.fromstring(REPORT))) == {
        "a.TestB::test_1": "passed",
        "a.TestB::test_2": "failed",
        "a.TestB::test_3": "skipped",
    }


def test_why_tests_failed_is_read_from_a_junit_report() -> None:
    assert messages(ET.ElementTree(ET.fromstring(REPORT))) == {"a.TestB::test_2": "tear-down"}


def test_what_is_not_always_the_same_is_named() -> None:
    runs = [{"a": "passed", "b": "passed"}, {"a": "failed", "b": "passed"}, {"b": "passed"}]

    assert differing(runs) == {"a": {"passed": 1, "failed": 1, "not run": 1}}
    assert differing(runs[:1]) == {}


def test_a_cell_that_did_not_run_is_none_that_passed() -> None:
    assert ended([cell("passed"), cell("skipped"), cell("failed"), cell("not run")]) == (
        "4 documented: 1 failed, 1 not run, 1 passed, 1 skipped (25.0 % executed and passed)"
    )
    assert ended([]) == "0 documented:  (0.0 % executed and passed)"


def test_failures_are_grouped_by_what_came_back() -> None:
    reason = "answered 404; POST /orders documents 409\n  asked: http://127.0.0.1:1/orders/7"
    assert why(cell("failed", reason=reason)) == f"contract    {'conflict':20} 409: answered 404"
    assert why(cell("failed", reason="set-up: order was to be answered 2XX, not 503")).endswith(
        "409: set-up: ... was to be answered 2XX, not 503"
    )


def test_an_installed_application_is_used_and_not_written_to(tmp_path: Path) -> None:
    for name in ("venv", "state", "spec.json"):
        (tmp_path / "installed" / "shop" / name).mkdir(parents=True)

    linked(tmp_path / "installed", "shop", tmp_path / "own")

    assert [item.name for item in (tmp_path / "own" / "shop").iterdir()] == ["venv"]


def test_a_suite_without_executed_unit_tests_has_no_median(tmp_path: Path) -> None:
    (tmp_path / "suite").mkdir()
    (tmp_path / "suite" / "test_nothing.py").write_text(
        "import pytest\n\n\n@pytest.mark.unit\n@pytest.mark.skip\ndef test_it():\n    pass\n"
    )
    (tmp_path / "suite" / "conftest.py").write_text(
        "def pytest_addoption(parser):\n    parser.addoption('--api-app')\n"
    )
    command = [sys.executable, str(REPOSITORY / "benchmarks" / "unit_speed.py"), str(tmp_path / "suite"), "--runs", "1"]
    environment = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}

    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "0 unit tests were executed, 1 skipped" in done.stderr
