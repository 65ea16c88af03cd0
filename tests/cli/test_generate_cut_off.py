"""`oagen generate` cut off by Ctrl-C: what it knows by then is written, and used next time."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from oagen.cli.learning_journal import LearningJournal
from oagen.learn.model import Learned
from tests.cli.running import ROOT, oagen_in

APP = """
import pathlib, time


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        return
    if scope["path"] == "/slow" and not pathlib.Path("quick").exists():
        pathlib.Path("asked").touch()
        time.sleep(8)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})
"""
INTERRUPTED_LATER = """
import runpy, sys
from oagen.cli import unit_outcomes

def interrupted(*arguments, **options):
    raise KeyboardInterrupt

unit_outcomes.outcomes_of_application = interrupted
sys.argv[0] = "oagen"
runpy.run_module("oagen", run_name="__main__")
"""
OK = {"get": {"responses": {"200": {"description": "fine"}}}}
DOCUMENT = {"openapi": "3.1.0", "info": {"title": "Slow", "version": "1"}, "paths": {"/ok": OK, "/slow": OK}}
OPTIONS = ("generate", "openapi.json", "--app", "shop:app", "--budget", "60")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "openapi.json").write_text(json.dumps(DOCUMENT), encoding="utf-8")
    (tmp_path / "shop.py").write_text(APP, encoding="utf-8")
    return tmp_path


def _started(folder: Path, *command: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *command, *OPTIONS],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _integration(folder: Path) -> dict[str, Any]:
    manifest = json.loads((folder / "api_tests" / "manifest.json").read_text(encoding="utf-8"))
    return {cell["operation"]: cell["state"] for cell in manifest["cells"] if cell["level"] == "integration"}


def test_ctrl_c_while_learning_keeps_what_was_learned(project: Path) -> None:
    process = _started(project, "-m", "oagen")
    until = time.monotonic() + 60
    while not (project / "asked").exists() and time.monotonic() < until:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=100)

    assert process.returncode == 130, err
    assert "it ended early, since it was interrupted; run again to go on" in err
    assert "Traceback" not in err
    assert _integration(project) == {"GET /ok": "verified", "GET /slow": "planned"}

    (project / "quick").touch()
    again = oagen_in(project, *OPTIONS)
    assert again.code == 0, again.err
    assert _integration(project) == {"GET /ok": "verified", "GET /slow": "verified"}


def test_ctrl_c_while_unit_tests_are_sought_keeps_what_was_learned(project: Path) -> None:
    (project / "quick").touch()
    process = _started(project, "-c", INTERRUPTED_LATER)
    _, err = process.communicate(timeout=100)

    assert process.returncode == 130, err
    assert "the search for unit tests was interrupted" in err
    assert set(_integration(project).values()) == {"verified"}


def test_what_was_learned_outlives_a_process_that_is_killed(project: Path) -> None:
    process = _started(project, "-m", "oagen")
    until = time.monotonic() + 90
    while not (kept := list((project / ".oagen").glob("learning-*.json"))) and time.monotonic() < until:
        time.sleep(0.05)
    process.kill()
    process.communicate(timeout=60)

    assert len(kept) == 1
    assert not (project / "api_tests").exists()
    assert "GET /ok" in kept[0].read_text(encoding="utf-8")

    (project / "quick").touch()
    again = oagen_in(project, *OPTIONS)
    assert again.code == 0, again.err
    assert "an earlier run ended while it learned" in again.err
    assert _integration(project) == {"GET /ok": "verified", "GET /slow": "verified"}
    assert not kept[0].exists()


def test_a_journal_that_can_not_be_read_is_left_alone(project: Path) -> None:
    (project / "quick").touch()
    journal = LearningJournal(project, project / "api_tests")
    journal.keep(Learned())
    (file,) = (project / ".oagen").glob("learning-*.json")
    file.write_text('{"version": 1, "pairs": [7]}', encoding="utf-8")

    ended = oagen_in(project, *OPTIONS)

    assert ended.code == 0, ended.err
    assert "an earlier run" not in ended.err
    assert set(_integration(project).values()) == {"verified"}
