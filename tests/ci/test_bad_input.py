"""What keeps a job from testing is one clear line in its summary, and 2."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.ci.projects import commit, project
from tests.cli.running import ROOT, oagen_in
from tests.findings.test_migration import STORES
from tests.forked import Ended

DOCUMENT = """\
openapi: 3.1.0
info: {title: Notes, version: "1"}
paths:
  /notes:
    get:
      operationId: listNotes
      responses:
        "200": {description: The notes}
"""
APP = """\
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

class Notes(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(503 if self.path == "/down" else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass

HTTPServer(("127.0.0.1", int(sys.argv[1])), Notes).serve_forever()
"""


def free_port() -> int:
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def notes(folder: Path, *, start: str | None = None, more: str = "") -> Path:
    """Return a project whose API is up once its start command has run."""
    port = free_port()
    command = start if start is not None else f"exec {sys.executable} app.py {port}"
    configuration = f"""\
[api]
document = "openapi.yaml"
base_url = "http://127.0.0.1:{port}"

[ci]
start = "{command}"
wait = 5
budget = 2
{more}"""
    place = project(folder, configuration)
    (place / "openapi.yaml").write_text(DOCUMENT)
    (place / "app.py").write_text(APP)
    return place


def fuzzed(place: Path, *arguments: str, environment: dict[str, str] | None = None) -> tuple[Ended, str]:
    """Run the job of a night, and return it with its summary."""
    summary = place.parent / f"{place.name}-summary.md"
    more = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)} | (environment or {})
    ended = oagen_in(place, "ci", "fuzz", *arguments, environment=more)
    return ended, summary.read_text() if summary.exists() else ""


def test_a_night_without_findings_ends_with_0(tmp_path: Path) -> None:
    ended, summary = fuzzed(notes(tmp_path / "p"))

    assert ended.code == 0, ended.err
    assert "## oagen: no findings" in summary


def test_a_night_without_the_store_of_earlier_ones_says_so(tmp_path: Path) -> None:
    place = notes(tmp_path / "p")
    _, first = fuzzed(place)
    (tmp_path / "p-summary.md").unlink()

    _, second = fuzzed(place)

    assert "No store of earlier nights was found, so that everything counts as new" in first
    assert "No store" not in second


def test_an_api_that_ends_at_once(tmp_path: Path) -> None:
    place = notes(tmp_path / "p", start="echo no database; exit 7")

    ended, summary = fuzzed(place)

    assert ended.code == 2
    assert "**the API's start command ended with 7; its last words&#58; no database**" in summary
    assert "Traceback" not in ended.err


def test_a_command_that_is_not_there(tmp_path: Path) -> None:
    ended, summary = fuzzed(notes(tmp_path / "p", start="no-such-server"))

    assert ended.code == 2
    assert "ended with 127" in summary


def test_a_health_check_that_never_answers(tmp_path: Path) -> None:
    place = notes(tmp_path / "p", start="echo starting; exec sleep 600", more="")
    (place / "oagen.toml").write_text((place / "oagen.toml").read_text().replace("wait = 5", "wait = 1"))

    started = time.monotonic()
    ended, summary = fuzzed(place)

    assert ended.code == 2
    assert "the API was not healthy within 1 s" in summary
    assert time.monotonic() - started < 20
    assert not _is_running("sleep 600"), "what was started is stopped"


def test_a_health_check_that_answers_503(tmp_path: Path) -> None:
    place = notes(tmp_path / "p", more='health = "/down"\n')
    text = (place / "oagen.toml").read_text()
    (place / "oagen.toml").write_text(text.replace("wait = 5", "wait = 1"))

    ended, summary = fuzzed(place)

    assert ended.code == 2
    assert "not healthy within 1 s" in summary
    assert "it answers 503" in summary


def test_something_else_answers_there(tmp_path: Path) -> None:
    place = notes(tmp_path / "p")
    port = (place / "oagen.toml").read_text().partition("127.0.0.1:")[2].partition('"')[0]
    with subprocess.Popen([sys.executable, "app.py", port], cwd=place) as stranger:
        time.sleep(1)
        ended, summary = fuzzed(place)
        stranger.kill()

    assert ended.code == 2
    assert "before the API was started" in summary


def test_start_without_a_base_url(tmp_path: Path) -> None:
    place = project(tmp_path / "p", '[ci]\nstart = "true"\n')

    ended, summary = fuzzed(place)

    assert ended.code == 2
    assert "nothing says where the API answers" in summary


def test_a_mistake_in_the_configuration(tmp_path: Path) -> None:
    place = project(tmp_path / "p", '[ci]\nstrat = "x"\n')

    ended, summary = fuzzed(place)

    assert ended.code == 2
    assert "ci\\.strat&#58; is not a known key" in summary
    assert "did you mean 'start'?" in summary


def test_a_damaged_store(tmp_path: Path) -> None:
    place = notes(tmp_path / "p")
    (place / ".oagen").mkdir()
    (place / ".oagen" / "findings.sqlite").write_bytes(b"SQLite format 3\x00" + b"x" * 5000)

    ended, summary = fuzzed(place)

    assert ended.code == 2
    assert "the store \\.oagen/findings\\.sqlite can't be used" in summary


def test_a_store_of_a_newer_oagen(tmp_path: Path) -> None:
    place = notes(tmp_path / "p")
    (place / ".oagen").mkdir()
    database = sqlite3.connect(place / ".oagen" / "findings.sqlite")
    database.execute("CREATE TABLE runs (id INTEGER)")
    database.execute("PRAGMA user_version = 99")
    database.close()

    ended, summary = fuzzed(place)

    assert ended.code == 2
    assert "was written by a newer oagen" in summary


@pytest.mark.parametrize("start", [None, "exit 1"], ids=["with an API", "without one"])
def test_a_cache_of_an_older_version_is_brought_up_to_date(tmp_path: Path, start: str | None) -> None:
    place = notes(tmp_path / "p", start=start)
    (place / ".oagen").mkdir()
    with closing(sqlite3.connect(place / ".oagen" / "findings.sqlite")) as database:
        database.executescript((STORES / "version_1.sql").read_text(encoding="utf-8"))

    ended, summary = fuzzed(place)

    assert ended.code == (0 if start is None else 2), ended.err
    if start is not None:
        assert "nothing was tested, 2 known findings were not reached" in summary
        assert "aaaa11112222" in summary


def test_a_ledger_that_is_damaged_is_begun_anew(tmp_path: Path) -> None:
    place = notes(tmp_path / "p")
    (place / ".oagen").mkdir()
    (place / ".oagen" / "nights.jsonl").write_bytes(b'{"day": 1}\n\xff\xfe\n[]\n')

    ended, summary = fuzzed(place)

    assert ended.code == 0, ended.err
    assert "### The last nights" in summary


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_checkout_by_its_permissions(tmp_path: Path) -> None:
    place = notes(tmp_path / "p")
    place.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        ended, summary = fuzzed(place)
    finally:
        place.chmod(0o755)

    assert ended.code == 2
    assert "reports can't be written" in summary


def test_a_checkout_where_nothing_can_be_written(tmp_path: Path) -> None:
    place = notes(tmp_path / "p")
    (place / ".oagen").write_text("a file where the folder is to be")

    ended, summary = fuzzed(place)

    assert ended.code == 2
    assert "reports can't be written to \\.oagen/reports" in summary


def test_reports_and_store_may_lie_elsewhere(tmp_path: Path) -> None:
    place = notes(tmp_path / "p")
    (place / ".oagen").write_text("a file where the folder is to be")
    elsewhere = tmp_path / "elsewhere"

    ended, _ = fuzzed(place, "--out", str(elsewhere), "--store", str(elsewhere / "findings.sqlite"))

    assert ended.code == 0, ended.err
    assert (elsewhere / "findings.sarif").is_file()


@pytest.mark.parametrize("has_repository", [False, True], ids=["no repository", "a commit that is not there"])
def test_no_history_to_compare_with(tmp_path: Path, has_repository: bool) -> None:
    place = notes(tmp_path / "p")
    if has_repository:
        commit(place)
    else:
        import shutil

        shutil.rmtree(place / ".git")

    ended, summary = fuzzed(place, "--since", "HEAD^1", environment={"GIT_CEILING_DIRECTORIES": str(tmp_path)})

    assert ended.code == 2
    assert ("can't be compared with" if has_repository else "git history is needed") in summary
    assert "fetch" in ended.err if has_repository else "clone" in ended.err


@pytest.mark.slow
def test_a_job_that_is_cancelled_stops_the_api_and_ends_with_130(tmp_path: Path) -> None:
    place = notes(tmp_path / "p")
    text = (place / "oagen.toml").read_text()
    (place / "oagen.toml").write_text(text.replace("budget = 2", "budget = 60"))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OAGEN_")}
    with subprocess.Popen(
        [sys.executable, "-m", "oagen", "ci", "fuzz"],
        cwd=place,
        env=environment | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as job:
        time.sleep(6)
        job.terminate()
        said, _ = job.communicate(timeout=60)

    assert job.returncode == 130, said
    assert "## oagen: interrupted" in said
    assert (place / ".oagen" / "reports" / "findings.sarif").is_file()
    port = text.partition("127.0.0.1:")[2].partition('"')[0]
    assert not _is_running(f"app.py {port}")


def test_an_old_report_is_not_taken_for_that_of_tonight(tmp_path: Path) -> None:
    place = notes(tmp_path / "p", start="exit 1")
    reports = place / ".oagen" / "reports"
    reports.mkdir(parents=True)
    (reports / "findings.sarif").write_text("{}")

    ended, _ = fuzzed(place)

    assert ended.code == 2
    assert not (reports / "findings.sarif").exists()


def test_no_secret_is_in_what_an_api_says_when_it_does_not_start(tmp_path: Path) -> None:
    place = notes(tmp_path / "p", start="echo using $DATABASE_URL; exit 1", more='secrets = ["DATABASE_URL"]\n')

    ended, summary = fuzzed(place, environment={"DATABASE_URL": "postgres://canary-77af"})

    assert ended.code == 2
    assert "using" in summary
    assert "canary-77af" not in summary + ended.err + ended.out


def _is_running(command: str) -> bool:
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    return any(command in line and "ps -eo" not in line for line in listed.splitlines())
