"""`oagen findings` from the outside."""

from __future__ import annotations

import json
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

    assert (ended.code, len(ended.out.splitlines())) == (0, 1)
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
