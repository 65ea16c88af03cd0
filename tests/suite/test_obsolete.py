"""Tests of a suite that outlived what they are about."""

from __future__ import annotations

import json
from pathlib import Path

from oagen.suite.build import build_suite
from oagen.suite.model import SuiteSettings
from tests.suite import shelf
from tests.suite.running import run, write
from tests.suite.suites import updated
from tests.suite.test_shelf import CONFIGURATION


def test_a_contract_test_says_that_its_response_left_the_document(tmp_path: Path) -> None:
    write(build_suite(shelf.description(), shelf.scenarios(), SuiteSettings()), tmp_path / "api_tests")
    (tmp_path / "shelf_app.py").write_text(shelf.APP)
    (tmp_path / "oagen.toml").write_text(CONFIGURATION)
    file = tmp_path / "api_tests" / "contract" / "openapi.json"
    document = json.loads(file.read_text())
    del document["paths"]["/books/{book_id}"]["get"]["responses"]["404"]
    del document["paths"]["/books/{book_id}"]["delete"]
    del document["paths"]["/shelves"]
    file.write_text(json.dumps(document))

    ran = run(tmp_path / "api_tests", "-m", "contract", "--api-app", "shelf_app:app", SHELF_TOKEN="sesame")

    said = {str(ran.outcomes[test]["reason"]) for test in ran.ended("failed")}
    assert said == {
        f"openapi.json no longer documents {what}; delete this test"
        for what in (
            "404 for GET /books/{book_id}",
            "204 for DELETE /books/{book_id}",
            "404 for DELETE /books/{book_id}",
            "201 for POST /shelves",
        )
    }, ran.output
    assert ran.ended("passed")


def _shelf_suite(*without: str) -> dict[str, str]:
    scenarios = tuple(scenario for scenario in shelf.scenarios() if scenario.operation not in without)
    return dict(build_suite(shelf.description(), scenarios, SuiteSettings()).files)


def test_a_flow_that_grows_replaces_the_shorter_one(tmp_path: Path) -> None:
    updated(tmp_path / "api_tests", _shelf_suite("DELETE /books/{book_id}"))

    update = updated(tmp_path / "api_tests", _shelf_suite())

    assert [test for test in update.obsolete if test.startswith("e2e")] == []
    flow = (tmp_path / "api_tests" / "e2e" / "test_books.py").read_text()
    assert flow.count("    def test_") == 1
    assert "api.delete(" in flow


def test_without_a_flow_there_is_no_folder_for_flows() -> None:
    files = _shelf_suite("GET /books/{book_id}", "DELETE /books/{book_id}")

    assert [path for path in files if path.startswith("e2e")] == []
    assert "e2e/conftest.py" in _shelf_suite()
