"""`oagen findings` from the outside."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from oagen.findings.model import Decision
from oagen.findings.store import Store
from tests.cli.running import oagen_in
from tests.findings import faulty
from tests.suite.running import run

STORE = ".oagen/findings.sqlite"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    with closing(Store(tmp_path / STORE)) as store:
        number = store.begin_run(seed=1, source="openapi.json")
        for finding in faulty.FINDINGS:
            store.record(finding, number)
    faulty.description(tmp_path)
    return tmp_path


@pytest.fixture
def store(project: Path) -> Iterator[Store]:
    with closing(Store(project / STORE)) as opened:
        yield opened


def test_list_has_each_finding_on_a_line(project: Path) -> None:
    ended = oagen_in(project, "findings", "list")

    assert (ended.code, ended.err) == (0, "")
    first, second = ended.out.splitlines()
    assert first.startswith("aaaa11112222  POST /bottles answers an undocumented 500 (JSONDecodeError at cellar.py:27)")
    assert first.endswith("[open, 7 times]")
    assert second.startswith("bbbb33334444")


def test_list_as_json_has_what_the_report_has_and_more(project: Path) -> None:
    ended = oagen_in(project, "findings", "list", "--json")

    first, second = json.loads(ended.out)
    assert (first["fingerprint"], first["count"], first["decision"], first["steps"]) == ("aaaa11112222", 7, "open", 1)
    assert second["steps"] == 2
    assert "/share" in second["curl"]
    assert first["first_seen"]


def test_show_takes_the_beginning_of_a_fingerprint(project: Path) -> None:
    ended = oagen_in(project, "findings", "show", "aa")

    assert ended.code == 0
    assert "met 7 times, first on 20" in ended.out
    assert "printf '\\000{\\377' | curl -sS -X POST" in ended.out
    assert "| json.decoder.JSONDecodeError" in ended.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["show", "nope"], "there is no finding 'nope'"),
        (["show", ""], "begins 2 fingerprints: aaaa11112222, bbbb33334444"),
        (["accept"], "name one finding, or all of them"),
        (["accept", "aa", "--all"], "name one finding, or all of them"),
        (["waive", "aa", "--reason", "r", "--until", "2001-01-01"], "2001-01-01 has passed"),
        (["waive", "aa", "--reason", "r", "--until", "soon"], "'soon' is not a day such as 2030-01-31"),
        (["waive", "aa", "--until", "2090-01-01"], "--reason"),
        (["list", "--store", "other.sqlite"], "there is no store of findings at other.sqlite"),
    ],
)
def test_bad_input_is_told_in_a_sentence(project: Path, arguments: list[str], message: str) -> None:
    ended = oagen_in(project, "findings", *arguments)

    assert ended.code == 2
    assert message in " ".join(ended.err.replace("│", " ").split())
    assert "Traceback" not in ended.err
    assert not (project / "other.sqlite").exists()


def test_accepting_all_leaves_decided_ones_alone(project: Path, store: Store) -> None:
    assert oagen_in(project, "findings", "waive", "aa", "--reason", "2.4", "--until", "2090-01-31").code == 0
    ended = oagen_in(project, "findings", "accept", "--all", "--reason", "old")

    assert (ended.code, ended.out.splitlines()[1:]) == (0, ["1 finding is accepted"])
    waived, accepted = store.kept()
    assert (waived.decision, waived.reason, str(waived.until)) == (Decision.WAIVED, "2.4", "2090-01-31")
    assert (accepted.decision, accepted.reason) == (Decision.ACCEPTED, "old")
    assert "waived until 2090-01-31" in oagen_in(project, "findings", "list").out
    assert oagen_in(project, "findings", "list", "--open").out == ""


def test_forgetting(project: Path, store: Store) -> None:
    ended = oagen_in(project, "findings", "forget", "aaaa", "--json")

    assert [item["fingerprint"] for item in json.loads(ended.out)] == ["aaaa11112222"]
    assert [finding.fingerprint for finding in store.findings()] == ["bbbb33334444"]


def test_no_secret_and_no_escape_is_shown(project: Path, store: Store) -> None:
    hostile = replace(
        faulty.BROKEN,
        fingerprint="cccc",
        message="token s3cr3t-v4lue \x1b[31m",
        traceback='Traceback\n  "Bearer s3cr3t-v4lue"\x1b]0;x\x07',
        scenario=faulty.scenario("POST /bottles", when=replace(faulty.BROKEN.scenario.when, identity="alice")),
    )
    store.record(hostile, 1)
    (project / "oagen.toml").write_text('[identities.alice]\nheaders = { Authorization = "Bearer ${CELLAR_TOKEN}" }\n')
    for extra in ([], ["--json"]):
        ended = oagen_in(project, "findings", "show", "cccc", *extra, environment={"CELLAR_TOKEN": "s3cr3t-v4lue"})

        assert ended.code == 0
        assert "s3cr3t" not in ended.out
        assert "\x1b" not in ended.out
        assert "Bearer ${CELLAR_TOKEN}" in ended.out


def test_exported_tests_run(project: Path) -> None:
    (project / "cellar.py").write_text(faulty.APP)
    ended = oagen_in(project, "findings", "export", "--out", "found", "--json")

    assert ended.code == 0, ended.err
    assert json.loads(ended.out)["tests"] == 2
    assert "2 xfailed" in run(project / "found", "--api-app", "cellar:app").output
    again = oagen_in(project, "findings", "export", "bbbb", "--out", "found")
    assert "aaaa11112222" in again.err
    assert "1 tests, 1 files written" in again.out or "1 tests, 0 files written" in again.out


def test_accepting_all_says_how_many(project: Path) -> None:
    ended = oagen_in(project, "findings", "accept", "--all", "--reason", "an old API")
    again = oagen_in(project, "findings", "accept", "--all")

    assert ended.out.splitlines()[-1] == "2 findings are accepted"
    assert (again.code, again.out, again.err) == (0, "", "no finding is open\n")


def test_stores_of_two_jobs_become_one(project: Path) -> None:
    (project / "b").mkdir()
    with closing(Store(project / "b" / "job.sqlite")) as other:
        other.record(replace(faulty.BROKEN, count=3), other.begin_run(seed=2, source="openapi.json"))

    ended = oagen_in(project, "findings", "merge", STORE, "b/job.sqlite", "--store", "all.sqlite", "--json")
    listed = json.loads(oagen_in(project, "findings", "list", "--store", "all.sqlite", "--json").out)
    missing = oagen_in(project, "findings", "merge", "none.sqlite", "--store", "new.sqlite")

    assert json.loads(ended.out) == {
        "store": "all.sqlite",
        "findings": 2,
        "merged": [
            {"store": STORE, "runs": 1, "added": 2, "joined": 0},
            {"store": "b/job.sqlite", "runs": 1, "added": 0, "joined": 1},
        ],
    }
    assert {item["fingerprint"]: item["count"] for item in listed} == {"aaaa11112222": 10, "bbbb33334444": 1}
    assert (missing.code, (project / "new.sqlite").exists()) == (2, False)


def test_the_trend_in_three_forms(project: Path) -> None:
    plain, text, values = (
        oagen_in(project, "report", "--since", "1", *form) for form in ((), ("--markdown",), ("--json",))
    )
    wrong = oagen_in(project, "report", "--since", "tomorrow")

    assert "aaaa11112222" in plain.out
    assert "new: 2" in plain.out
    assert "## New: 2" in text.out
    assert [run["new"] for run in json.loads(values.out)["runs"]] == [2]
    assert (wrong.code, "--since 2030-01-31" in wrong.err) == (2, True)


@pytest.mark.parametrize("command", [("findings", "list"), ("report",), ("findings", "accept", "--all"), ("replay",)])
def test_a_store_that_cannot_be_used_is_refused_and_stays(project: Path, command: tuple[str, ...]) -> None:
    for content, said in ((b"not a database at all" * 100, "not a database"), (_newer(), "written by a newer oagen")):
        (project / STORE).write_bytes(content)
        ended = oagen_in(project, *command)

        assert (ended.code, len(ended.err.splitlines())) == (2, 2), ended.err
        assert said in ended.err
        assert "Traceback" not in ended.err
        assert (project / STORE).read_bytes() == content


def test_a_store_that_cannot_be_written_can_be_read(project: Path) -> None:
    (project / STORE).chmod(0o444)
    (project / ".oagen").chmod(0o555)
    try:
        ended = oagen_in(project, "findings", "list")
        trend = oagen_in(project, "report")
    finally:
        (project / ".oagen").chmod(0o755)

    assert (ended.code, len(ended.out.splitlines())) == (0, 2), ended.err
    assert (trend.code, "new: 2" in trend.out) == (0, True)


def _newer() -> bytes:
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE findings (a)")
    database.execute("PRAGMA user_version = 99")
    content = database.serialize()
    database.close()
    return content
