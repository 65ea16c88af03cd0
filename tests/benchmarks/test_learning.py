"""What the script that measures learning makes of matrices, traffic and reports."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from learning import id_of, met_in, misses, of_integration, wanted


def cell(status: str, level: str = "integration", **more: Any) -> dict[str, Any]:
    return {"operation": "GET /a", "status": status, "level": level, "state": "planned", "reason": None} | more


@pytest.mark.parametrize(("met", "least"), [(0, 0), (34, 68), (35, 67.5), (60, 80), (100, 100)])
def test_twice_as_many_are_wanted_of_few_and_half_of_what_is_left_of_many(met: int, least: float) -> None:
    assert wanted(met, 100) == least


def test_cells_of_other_levels_and_default_are_left_out() -> None:
    found = of_integration([cell("200"), cell("default"), cell("200", level="contract", state="verified")])

    assert {pair: item["state"] for pair, item in found.items()} == {("GET /a", "200"): "planned"}


def test_a_miss_tells_its_reason_and_whether_schemathesis_met_it() -> None:
    cells = of_integration(
        [
            cell("200", seen=["integration/test_a.py::test_200_works"], state="refuted"),
            cell("404", reason="answered\n200", state="refuted"),
            cell("409"),
        ]
    )

    assert list(misses(cells, frozenset({("GET /a", "404")}))) == [
        "GET /a 404\trefuted\tmet by st run\tanswered 200",
        "GET /a 409\tplanned\t\tnothing was tried",
    ]


def test_traffic_is_counted_by_documented_response(tmp_path: Path) -> None:
    targets = Path(os.environ.get("OAGEN_SHARED", Path(__file__).parents[3] / "shared")) / "targets"
    if not targets.exists():
        pytest.skip("measure.py of ../shared/targets reads the traffic")
    responses: dict[str, Any] = {"200": {}, "4XX": {}, "default": {}}
    document = {"paths": {"/a/{b}": {"get": {"responses": responses}, "put": {"responses": responses}}}}
    sent = [("GET", "/api/a/1", 200), ("GET", "/api/a/2", 404), ("PUT", "/api/a/1", 500), ("GET", "/api/c", 200)]
    entries = [
        {
            "request": {"method": method, "url": f"http://127.0.0.1:1{path}?x=1"},
            "response": {"status": status},
            "startedDateTime": "2026-01-01T00:00:00Z",
            "time": 1,
        }
        for method, path, status in sent
    ]
    (tmp_path / "document.json").write_text(json.dumps(document))
    (tmp_path / "st.har").write_text(json.dumps({"log": {"entries": entries}}))

    met = met_in(tmp_path / "st.har", tmp_path / "document.json", targets, "/api")

    assert met == {("GET /a/{b}", "200"), ("GET /a/{b}", "4XX")}


@pytest.mark.parametrize(
    ("reported", "expected"),
    [
        ("api_tests.integration.test_a.TestB::test_1[x-1]", "integration/test_a.py::TestB::test_1"),
        ("api_tests.integration.test_a::test_1", "integration/test_a.py::test_1"),
    ],
)
def test_a_reported_test_is_told_by_its_id(reported: str, expected: str) -> None:
    assert id_of(reported) == expected
