"""Secrets that are sent, answered, configured or written into URLs are in nothing that oagen writes or prints."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.cli.leaking import DOCUMENT, LOGIN_TOKEN, REFRESH, leaky
from tests.cli.running import oagen_in
from tests.forked import Ended
from tests.suite.running import run

pytestmark = [pytest.mark.timeout(300), pytest.mark.slow]

PASSWORD = 'p4ssw0rd/of "alice" & co'
HEADER = "h34der-k3y-Xw2"
IN_URL = "ur1-p4ss-Lm5"
IN_DOCUMENT_URL = "d0cument-k3y-Pq8"
IN_FILE = "inf1le-s3cret-Rt6"
CANARIES = (PASSWORD, HEADER, IN_URL, IN_DOCUMENT_URL, IN_FILE, LOGIN_TOKEN, REFRESH)
_CONFIGURATION = f"""
[identities.alice]
headers = {{ X-Tenant-Key = "{IN_FILE}" }}

[identities.alice.login]
path = "/session"
json = {{ name = "alice", password = "${{ALICE_PASSWORD}}" }}
token = "/access_token"
"""


class _Project:
    """A project whose configuration has secrets, and all that oagen printed there."""

    def __init__(self, folder: Path, port: int, log: Path) -> None:
        self.folder = folder
        self.printed: list[str] = []
        (folder / "oagen.toml").write_text(_CONFIGURATION)
        self.api = (
            *("--base-url", f"http://user:{IN_URL}@127.0.0.1:{port}"),
            *("--header", f"X-Api-Key: {HEADER}", "--log-file", str(log)),
        )
        self.document = f"http://user:{IN_URL}@127.0.0.1:{port}/openapi.json?api_key={IN_DOCUMENT_URL}"
        self.environment = {"ALICE_PASSWORD": PASSWORD}

    def oagen(self, *arguments: str) -> Ended:
        ended = oagen_in(self.folder, *arguments, environment=self.environment)
        self.printed += [ended.out, ended.err]
        return ended


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Project]:
    folder = tmp_path_factory.mktemp("secrets")
    log = tmp_path_factory.mktemp("server") / "server.log"
    log.touch()
    with leaky(log) as port:
        project = _Project(folder, port, log)
        reports = [
            item
            for form in ("json", "junit", "sarif", "markdown", "codequality", "har")
            for item in ("--report", f"{form}=out/{form}")
        ]
        fuzzed = project.oagen(
            *("fuzz", project.document, *project.api, "--max-requests", "700", *reports, "--emit-tests", "tests")
        )
        assert fuzzed.code == 1, fuzzed.err
        together = project.oagen(
            *("fuzz", project.document, *project.api, "--max-requests", "400", "--workers", "2", "--seed", "2"),
            *("--store", "together.sqlite", *(item.replace("out/", "out/together-") for item in reports)),
        )
        assert together.code == 1, together.err
        yield project


def _leaks(where: str, data: bytes) -> list[str]:
    found = []
    for canary in CANARIES:
        forms = {
            canary,
            quote(canary, safe=""),
            json.dumps(canary)[1:-1],
            base64.b64encode(canary.encode()).decode(),
            base64.b64encode(f"user:{canary}".encode()).decode(),
        }
        found += [f"{form!r} in {where}: {_around(data, form)!r}" for form in forms if form.encode() in data]
    return found


def _around(data: bytes, form: str) -> bytes:
    place = data.index(form.encode())
    return data[max(0, place - 120) : place + 60]


def _everywhere(project: _Project) -> list[str]:
    files = [path for path in project.folder.rglob("*") if path.is_file() and path.name != "oagen.toml"]
    assert {"findings.sqlite", "sarif", "har", "conftest.py"} <= {path.name for path in files}
    found = [leak for path in files for leak in _leaks(str(path), path.read_bytes())]
    return found + [leak for text in project.printed for leak in _leaks("what was printed", text.encode())]


def test_the_api_did_tell_them(project: _Project) -> None:
    entries = json.loads((project.folder / "out" / "har").read_text())["log"]["entries"]
    findings = json.loads((project.folder / "out" / "json").read_text())["findings"]

    assert sum(entry["response"]["status"] == 500 for entry in entries) >= 3
    assert sum(entry["response"]["status"] < 300 for entry in entries) >= 30
    assert "[redacted]" in (project.folder / "out" / "har").read_text()
    assert len([item for item in findings if item["kind"] == "undocumented-5xx"]) >= 2


def test_nothing_that_is_written_or_printed_has_them(project: _Project) -> None:
    assert _everywhere(project) == []


def test_nothing_that_is_shown_later_has_them(project: _Project) -> None:
    listed = json.loads(project.oagen("findings", "list", "--json").out)
    for item in listed:
        project.oagen("findings", "show", item["fingerprint"])
    for arguments in (("report",), ("report", "--markdown"), ("report", "--json"), ("findings", "list")):
        assert project.oagen(*arguments).code == 0
    exported = project.oagen("findings", "export", "--document", project.document, "--out", "exported")

    assert exported.code == 0, exported.err
    assert "X_API_KEY" in exported.err
    assert _everywhere(project) == []


def test_replay_puts_the_credentials_in_again(project: _Project) -> None:
    replayed = project.oagen("replay", "--document", project.document, *project.api, "--json")
    outcomes = {item["fingerprint"]: item["outcome"] for item in json.loads(replayed.out)}

    assert replayed.code == 1
    assert list(outcomes.values()).count("still there") >= 2, replayed.out
    assert "fixed" not in outcomes.values()
    assert _everywhere(project) == []


def test_what_cannot_be_reached_is_told_without_them(project: _Project) -> None:
    for arguments in (
        ("fuzz", project.document, "--base-url", f"http://user:{IN_URL}@127.0.0.1:1"),
        ("fuzz", f"http://user:{IN_URL}@127.0.0.1:1/x?api_key={IN_DOCUMENT_URL}", "--base-url", "http://127.0.0.1:1"),
        ("fuzz", project.document, "--base-url", f"http://user:{IN_URL}@192.0.2.1"),
        ("fuzz", project.document, "--base-url", f"ftp://user:{IN_URL}@127.0.0.1"),
        ("fuzz", project.document, *project.api, "--proxy", f"http://me:{IN_URL}@127.0.0.1:1"),
        ("replay", "--document", project.document, "--base-url", f"http://user:{IN_URL}@127.0.0.1:1"),
    ):
        ended = project.oagen(
            *arguments, "--store", "other.sqlite" if arguments[0] == "fuzz" else ".oagen/findings.sqlite"
        )
        assert ended.code == 2, (arguments, ended.err)

    assert _everywhere(project) == []


def test_the_emitted_tests_take_them_from_the_environment(project: _Project) -> None:
    url = project.api[1].replace(f"user:{IN_URL}@", "")
    (project.folder / "tests" / "oagen.toml").write_text(_CONFIGURATION)
    try:
        without = run(project.folder / "tests", "--api-base-url", url, "-rA", ALICE_PASSWORD=PASSWORD)
        ran = run(project.folder / "tests", "--api-base-url", url, "-rA", X_API_KEY=HEADER, ALICE_PASSWORD=PASSWORD)
    finally:
        (project.folder / "tests" / "oagen.toml").unlink()

    assert "needs the header X-Api-Key" in without.output
    assert " xfailed" in ran.output, ran.output
    assert _everywhere(project) == []


def test_a_password_that_is_a_word_of_the_document_leaves_it_readable(tmp_path: Path) -> None:
    (tmp_path / "openapi.json").write_text(json.dumps(DOCUMENT))
    (tmp_path / "oagen.toml").write_text(_CONFIGURATION)
    ended = oagen_in(tmp_path, "inspect", "openapi.json", environment={"ALICE_PASSWORD": "items"})

    assert "POST /items" in ended.out
