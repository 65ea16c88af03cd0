from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.running import ROOT, oagen_in

WEBHOOKS = """{"openapi": "3.1.0", "info": {"title": "t", "version": "1"},
"webhooks": {"x": {"post": {"responses": {"200": {"description": "x"}}}}}}"""
DOCUMENT = ROOT / "sample_specs" / "tickets-3.0.yaml"
TESTS = Path("api_tests/integration/test_bookings.py")


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def document(folder: Path, **changes: Any) -> None:
    """Write the sample document into a folder, operations named `POST /x` given another set of responses."""
    value = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))
    for operation, responses in changes.items():
        method, path = operation.split()
        value["paths"][path][method.lower()]["responses"] = responses
    (folder / "openapi.yaml").write_text(yaml.safe_dump(value, sort_keys=False), encoding="utf-8")


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("generated")
    document(folder)
    ended = oagen_in(folder, "generate", "openapi.yaml", "--json", "matrix.json")
    assert ended.code == 0, ended.err
    return folder


@pytest.fixture
def project(generated: Path, tmp_path: Path) -> Path:
    return shutil.copytree(generated, tmp_path / "project")


def test_the_matrix_has_every_documented_response_at_each_level(project: Path) -> None:
    matrix = json.loads((project / "matrix.json").read_text())

    assert list(matrix) == ["operations", "documented", "cells", "diagnostics"]
    pairs = {(cell["operation"], cell["status"]) for cell in matrix["cells"]}
    assert len(pairs) == matrix["documented"]
    for level in ("unit", "integration", "contract"):
        assert {(c["operation"], c["status"]) for c in matrix["cells"] if c["level"] == level} == pairs
    for cell in matrix["cells"]:
        assert set(cell) == {"operation", "status", "level", "state", "technique", "tests", "reason"}
        for test in cell["tests"]:
            path, owner, name = test.split("::")
            text = (project / "api_tests" / path).read_text()
            assert f"class {owner}:" in text
            assert f"def {name}(" in text


def test_again_it_is_up_to_date_and_the_same_bytes(project: Path, tmp_path: Path) -> None:
    before = contents(project / "api_tests")

    assert oagen_in(project, "generate", "openapi.yaml", "--check").code == 0
    assert oagen_in(project, "generate", "openapi.yaml").code == 0
    assert contents(project / "api_tests") == before

    assert oagen_in(project, "generate", "openapi.yaml", "--out", str(tmp_path / "other")).code == 0
    assert contents(tmp_path / "other") == before


def test_the_suite_names_no_path_of_this_machine(project: Path) -> None:
    for name, data in contents(project / "api_tests").items():
        assert str(project).encode() not in data, name


def test_property_tests_come_when_asked_for_and_can_be_turned_off_again(project: Path) -> None:
    (project / "oagen.toml").write_text("[suite]\nproperty = true\n")
    assert oagen_in(project, "generate", "openapi.yaml", "--no-property", "--check").code == 0

    ended = oagen_in(project, "generate", "openapi.yaml")

    assert ended.code == 0, ended.err
    assert (project / "api_tests" / "property" / "test_bookings.py").is_file()
    assert "schemathesis" in (project / "api_tests" / "requirements.txt").read_text()
    assert oagen_in(project, "generate", "openapi.yaml", "--property", "--check").code == 0


def test_check_and_diff_write_nothing(project: Path) -> None:
    document(project, **{"GET /bookings/{bookingId}": {"200": {"description": "x"}, "418": {"description": "y"}}})
    before = contents(project / "api_tests")

    checked = oagen_in(project, "generate", "openapi.yaml", "--check")
    differing = oagen_in(project, "generate", "openapi.yaml", "--diff")

    assert (checked.code, differing.code) == (1, 0)
    assert "out of date" in checked.out
    assert "+++ b/integration/test_bookings.py" in differing.out
    assert contents(project / "api_tests") == before


def test_an_edit_survives_a_changed_document(project: Path) -> None:
    tests = project / TESTS
    edited = tests.read_text().replace("    def test_404", "    # mine\n    def test_404", 1)
    tests.write_text(edited)
    document(project, **{"GET /bookings/{bookingId}": {"200": {"description": "x"}, "418": {"description": "y"}}})

    ended = oagen_in(project, "generate", "openapi.yaml")

    assert ended.code == 0, ended.err
    assert "    # mine\n    def test_404" in tests.read_text()
    assert "test_418" in tests.read_text()
    assert "obsolete" in ended.err
    assert "integration/test_bookings.py::TestGetBooking::test_404" in ended.err
    assert oagen_in(project, "generate", "openapi.yaml", "--check").code == 0


def test_a_conflict_ends_with_1_and_names_the_test(project: Path) -> None:
    tests = project / "api_tests/contract/test_bookings.py"
    edited = tests.read_text().replace('status="201"', 'status="2XX"', 1)
    assert edited != tests.read_text()
    tests.write_text(edited)
    document(project, **{"POST /events/{eventId}/bookings": {"201": {"description": "x"}}})
    text = (project / "openapi.yaml").read_text()
    (project / "renamed.yaml").write_text(text)

    ended = oagen_in(project, "generate", "renamed.yaml")

    assert ended.code == 1
    assert "contract/test_bookings.py::TestBookSeats::test_201_keeps_its_contract" in ended.err
    assert "--resolve mine" in ended.err
    assert 'status="2XX"' in tests.read_text()
    assert oagen_in(project, "generate", "renamed.yaml", "--resolve", "mine").code == 0
    assert oagen_in(project, "generate", "renamed.yaml", "--check").code == 0
    assert 'status="2XX"' in tests.read_text()


def test_somebody_elses_folder_is_left_alone(tmp_path: Path) -> None:
    document(tmp_path)
    (tmp_path / "api_tests").mkdir()
    (tmp_path / "api_tests" / "thesis.txt").write_text("mine")

    ended = oagen_in(tmp_path, "generate", "openapi.yaml")

    assert ended.code == 2
    assert ended.err.startswith("error: api_tests holds other files ('thesis.txt')")
    assert contents(tmp_path / "api_tests") == {"thesis.txt": b"mine"}


def test_settings_come_from_the_configuration(tmp_path: Path) -> None:
    document(tmp_path)
    (tmp_path / "oagen.toml").write_text(
        '[api]\ndocument = "openapi.yaml"\n[suite]\nout = "checks"\nexclude = ["POST *"]\n'
        '[[waivers]]\noperation = "GET /bookings/{bookingId}"\nstatus = "404"\nreason = "r"\nuntil = 2020-01-01\n'
    )

    ended = oagen_in(tmp_path, "generate", "--json", "-")

    cells = json.loads(ended.out)["cells"]
    assert ended.code == 0
    assert (tmp_path / "checks" / "manifest.json").is_file()
    assert not any(cell["operation"].startswith("POST") for cell in cells)
    assert "expired on 2020-01-01" in ended.err


def test_a_waiver_shows_in_the_matrix_and_not_in_the_manifest(project: Path) -> None:
    (project / "oagen.toml").write_text(
        '[[waivers]]\noperation = "GET /bookings/{bookingId}"\nstatus = "404"\nreason = "later"\nuntil = 2999-01-01\n'
    )

    ended = oagen_in(project, "generate", "openapi.yaml", "--json", "-")

    waived = [cell for cell in json.loads(ended.out)["cells"] if cell["state"] == "waived"]
    assert len(waived) == 3
    assert waived[0]["reason"] == "later (until 2999-01-01)"
    assert '"waived"' not in (project / "api_tests" / "manifest.json").read_text()


def test_a_document_is_found_in_the_project(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    document(tmp_path / "docs")

    assert json.loads(oagen_in(tmp_path, "inspect", "--json").out)["title"] == "Tickets"


def test_a_document_is_taken_from_the_application(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(
        "from fastapi import FastAPI\napp = FastAPI(title='Shop')\n@app.get('/x')\ndef x() -> int:\n    return 1\n"
    )

    ended = oagen_in(tmp_path, "inspect", "--app", "shop:app", "--json")

    value = json.loads(ended.out)
    assert (value["title"], value["operations"][0]["operation"]) == ("Shop", "GET /x")


def test_without_any_document_it_says_what_to_do(tmp_path: Path) -> None:
    ended = oagen_in(tmp_path, "generate")

    assert ended.code == 2
    assert ended.err.startswith("error: no API description is named")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html><html></html>", "HTML"),
        (b"\x00\x01\x02\xff", ""),
        (b"- a\n- b\n", ""),
        (b'{"openapi": "3.1.0", ', ""),
        (b"a: &a [b]\nb: [*a,*a]\nopenapi: 9.9.9\n", ""),
    ],
)
def test_a_bad_document_is_one_message_and_writes_nothing(tmp_path: Path, text: bytes, message: str) -> None:
    (tmp_path / "openapi.yaml").write_bytes(text)

    ended = oagen_in(tmp_path, "generate", "openapi.yaml")

    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("error: ")
    assert "Traceback" not in ended.err
    assert message.lower() in ended.err.lower()
    assert not (tmp_path / "api_tests").exists()


def test_a_selection_of_nothing_is_a_mistake(tmp_path: Path) -> None:
    document(tmp_path)

    ended = oagen_in(tmp_path, "generate", "openapi.yaml", "--include", "tag:none")

    assert (ended.code, ended.err.partition("\n")[0]) == (2, "error: no operation matches 'tag:none'")
    assert not (tmp_path / "api_tests").exists()


@pytest.mark.parametrize("option", ["--json", "--overlay"])
def test_a_file_that_can_not_be_written_is_told_before_anything_is(tmp_path: Path, option: str) -> None:
    document(tmp_path)

    ended = oagen_in(tmp_path, "generate", "openapi.yaml", option, "nowhere/file.json")

    assert (ended.code, ended.err) == (2, "error: nowhere/file.json can't be written: there is no folder nowhere\n")
    assert not (tmp_path / "api_tests").exists()


def test_the_matrix_may_be_written_into_the_new_suite(tmp_path: Path) -> None:
    document(tmp_path)

    ended = oagen_in(tmp_path, "generate", "openapi.yaml", "--json", "api_tests/matrix.json")

    assert ended.code == 0
    assert json.loads((tmp_path / "api_tests" / "matrix.json").read_text())["cells"]


def test_a_document_of_which_nothing_can_be_read_names_the_place(tmp_path: Path) -> None:
    (tmp_path / "openapi.json").write_text(
        '{"openapi": "3.1.0", "info": {"title": "t", "version": "1"},\n"paths": {"/a": {"get": 7}}}'
    )

    ended = oagen_in(tmp_path, "generate", "openapi.json")

    assert ended.code == 2
    assert "openapi.json:2 at /paths/~1a/get" in ended.err
    assert "error: no operation of openapi.json can be read" in ended.err
    assert not (tmp_path / "api_tests").exists()


def test_a_document_of_webhooks_alone_is_no_mistake(tmp_path: Path) -> None:
    ended = oagen_in(ROOT, "generate", "-", "--out", str(tmp_path / "out"), stdin=WEBHOOKS)

    assert ended.code == 0
    assert "nothing to test" in ended.err


def test_a_folder_that_can_not_be_is_one_message(tmp_path: Path) -> None:
    document(tmp_path)

    ended = oagen_in(tmp_path, "generate", "openapi.yaml", "--out", "/dev/null/suite")

    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("error: /dev/null is a file")


def test_ctrl_c_leaves_nothing_or_everything(tmp_path: Path) -> None:
    document(tmp_path)
    for moment in (0.1, 0.3, 0.5, 0.7, 0.9, 1.1, 1.4):
        process = subprocess.Popen(
            [sys.executable, "-m", "oagen", "generate", "openapi.yaml"],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(moment)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)

        if process.returncode not in (0, 130):  # Python itself was interrupted while it started
            assert b"oagen" not in err, err
            assert b"interrupted" not in err, err
        assert (tmp_path / "api_tests").exists() == (tmp_path / "api_tests" / "manifest.json").exists()
