"""A campaign that is killed leaves every report whole, and its store readable."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.ci.projects import project
from tests.cli.running import ROOT, oagen_in
from tests.findings import faulty
from tests.report.schemas import har_problems, sarif_problems

pytestmark = pytest.mark.timeout(180)
REPORTS = ("json", "junit", "sarif", "markdown", "codequality", "har")


def _asked() -> list[str]:
    return [item for form in REPORTS for item in ("--report", f"{form}=out/{form}")]


def _project(folder: Path) -> None:
    faulty.description(folder)
    (folder / "cellar.py").write_text(faulty.APP)


def _command(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "oagen", "fuzz", "openapi.json", "--app", "cellar:app", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def test_sigkill_leaves_whole_reports_and_a_store_to_resume_from(tmp_path: Path) -> None:
    _project(tmp_path)
    with _command(tmp_path, "--max-time", "60", *_asked()) as campaign:
        sarif = tmp_path / "out" / "sarif"
        until = time.monotonic() + 60
        while time.monotonic() < until and not (
            sarif.is_file() and json.loads(sarif.read_text())["runs"][0]["results"]
        ):
            time.sleep(0.05)
        os.kill(campaign.pid, signal.SIGKILL)
        campaign.wait()

    log = json.loads((tmp_path / "out" / "sarif").read_text())
    har = json.loads((tmp_path / "out" / "har").read_text())
    report = json.loads((tmp_path / "out" / "json").read_text())
    cases = ET.fromstring((tmp_path / "out" / "junit").read_text()).findall("testsuite/testcase/failure")
    violations = json.loads((tmp_path / "out" / "codequality").read_text())
    assert (sarif_problems(log), har_problems(har)) == ([], [])
    assert report["stop"] == "it was not finished"
    assert log["runs"][0]["invocations"][0]["executionSuccessful"] is False
    assert len(log["runs"][0]["results"]) == len(violations) == len(report["findings"]) >= 1
    assert len(cases) >= 1
    assert "cut-off" in (tmp_path / "out" / "junit").read_text()
    assert any(entry["response"]["status"] == 500 for entry in har["log"]["entries"])
    assert "it was not finished" in (tmp_path / "out" / "markdown").read_text()

    listed = json.loads(oagen_in(tmp_path, "findings", "list", "--json").out)
    again = oagen_in(
        tmp_path, *("fuzz", "openapi.json", "--app", "cellar:app", "--max-requests", "300", "--resume", *_asked())
    )
    assert {item["fingerprint"] for item in listed} >= {item["fingerprint"] for item in report["findings"]}
    assert again.code == 1, again.err
    whole = json.loads((tmp_path / "out" / "json").read_text())
    assert whole["stop"] == "all requests are sent"
    new = {item["fingerprint"] for item in whole["findings"] if item["verdict"] == "new"}
    assert new >= {item["fingerprint"] for item in listed}  # nobody was told of them before
    assert len(json.loads((tmp_path / "out" / "har").read_text())["log"]["entries"]) == whole["requests"] > 200


def test_a_campaign_with_the_document_of_an_application_goes_on_after_it_was_cut_off(tmp_path: Path) -> None:
    (tmp_path / "cups.py").write_text(
        "from fastapi import FastAPI\n\napp = FastAPI()\n\n\n"
        "@app.get('/cups')\ndef cups(n: int = 1) -> int:\n    return 1 // n\n"
    )
    arguments = ("fuzz", "--app", "cups:app", "--max-requests", "300", "--report", "json=out.json")
    first = oagen_in(tmp_path, *arguments)
    with contextlib.closing(sqlite3.connect(tmp_path / ".oagen" / "findings.sqlite")) as store, store:
        store.execute("UPDATE runs SET finished = NULL")

    again = oagen_in(tmp_path, *arguments, "--resume")

    assert (first.code, again.code) == (1, 1), again.err
    assert "this one goes on with it" in again.err
    assert {item["verdict"] for item in json.loads((tmp_path / "out.json").read_text())["findings"]} == {"new"}


def test_an_api_that_is_not_there_leaves_reports_that_call_nothing_fixed(tmp_path: Path) -> None:
    _project(tmp_path)
    arguments = ("fuzz", "openapi.json", "--max-requests", "200", *_asked())
    found = oagen_in(tmp_path, *arguments, "--app", "cellar:app")
    ended = oagen_in(tmp_path, *arguments, "--base-url", "http://127.0.0.1:9")

    assert (found.code, ended.code) == (1, 2)
    (run,) = json.loads((tmp_path / "out" / "sarif").read_text())["runs"]
    assert {result["properties"]["verdict"] for result in run["results"]} == {"not reached"}
    assert {result["baselineState"] for result in run["results"]} == {"unchanged"}
    (notice,) = run["invocations"][0]["toolExecutionNotifications"]
    assert notice["message"]["text"]
    assert len(json.loads((tmp_path / "out" / "codequality").read_text())) == len(run["results"]) > 0
    assert {item["decision"] for item in json.loads(oagen_in(tmp_path, "findings", "list", "--json").out)} == {"open"}


def test_places_are_named_from_the_root_of_the_repository(tmp_path: Path) -> None:
    """Code scanning and Code Quality look for them there."""
    folder = project(tmp_path, "", inside="services/cellar")
    _project(folder)
    arguments = ("fuzz", "openapi.json", "--app", "cellar:app", "--max-requests", "60", *_asked())

    ended = oagen_in(folder, *arguments)

    assert ended.code == 1, ended.err
    (run,) = json.loads((folder / "out" / "sarif").read_text())["runs"]
    named = {
        place["physicalLocation"]["artifactLocation"]["uri"]
        for result in run["results"]
        for place in (*result["locations"], *result["relatedLocations"])
        if "physicalLocation" in place
    }
    named |= {item["location"]["path"] for item in json.loads((folder / "out" / "codequality").read_text())}
    assert "services/cellar/openapi.json" in named
    assert all((tmp_path / name).is_file() for name in named), named


def test_har_needs_a_file(tmp_path: Path) -> None:
    _project(tmp_path)
    ended = oagen_in(tmp_path, "fuzz", "openapi.json", "--app", "cellar:app", "--report", "har=-")

    assert ended.code == 2
    assert "--report har=FILE" in ended.err
