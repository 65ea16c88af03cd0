"""`oagen replay` from the outside, on an application in process."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from oagen.findings.model import Decision, StoredVerdict
from oagen.findings.store import Store
from tests.cli.running import oagen_in
from tests.findings import faulty
from tests.forked import Ended

STORE = ".oagen/findings.sqlite"

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    faulty.description(tmp_path)
    (tmp_path / "cellar.py").write_text(faulty.APP)
    with closing(Store(tmp_path / STORE)) as store:
        number = store.begin_run(seed=1, source="openapi.json")
        for finding in faulty.FINDINGS:
            store.record(replace(finding, exact=False), number)
    return tmp_path


def _replay(project: Path, *arguments: str) -> Ended:
    return oagen_in(project, "replay", *arguments, "--document", "openapi.json", "--app", "cellar:app")


def _decisions(project: Path) -> list[Decision]:
    with closing(Store(project / STORE)) as store:
        return [kept.decision for kept in store.kept()]


def test_what_is_there_stays_and_what_is_fixed_is_noted(project: Path) -> None:
    there = _replay(project)
    (project / "cellar.py").write_text(faulty.FIXED)
    fixed = _replay(project, "--json")

    assert there.code == 1, there.err
    assert [line[:25] for line in there.out.splitlines()[::2]] == [
        "aaaa11112222  still there",
        "bbbb33334444  still there",
    ]
    assert "answers 500 (ZeroDivisionError at " in there.out
    assert fixed.code == 0, fixed.err
    assert [(item["outcome"], item["verdict"], item["detail"]) for item in json.loads(fixed.out)] == [
        ("fixed", "fixed", "answers 422"),
        ("fixed", "fixed", "answers 422"),
    ]
    assert _decisions(project) == [Decision.FIXED, Decision.FIXED]


def test_a_fault_that_is_back_is_told(project: Path) -> None:
    with closing(Store(project / STORE)) as store:
        store.mark("bbbb33334444", Decision.FIXED)
    ended = _replay(project, "bbbb")

    assert ended.code == 1
    assert "[regressed]" in ended.out
    assert _decisions(project) == [Decision.OPEN, Decision.OPEN]


def test_set_up_that_fails_proves_nothing(project: Path) -> None:
    (project / "cellar.py").write_text(faulty.FIXED.replace("return 201,", "return 503,"))
    ended = _replay(project, "bbbb")

    assert ended.code == 1
    assert "bbbb33334444  not reached" in ended.out
    assert "step 'bottle' answered 503 instead of 201" in ended.out
    assert _decisions(project) == [Decision.OPEN, Decision.OPEN]


def test_another_server_error_is_another_answer(project: Path) -> None:
    (project / "cellar.py").write_text(
        faulty.APP.replace('json.loads(body)["people"]', 'json.loads(body)["no such key"]')
    )
    with closing(Store(project / STORE)) as store:
        number = store.begin_run(seed=2, source="openapi.json")
        store.forget("bbbb33334444")
        store.record(faulty.DIVIDED, number)
    ended = _replay(project, "bbbb")

    assert ended.code == 1
    assert "another answer" in ended.out
    assert "KeyError" in ended.out
    assert _decisions(project)[1] is Decision.OPEN


def test_what_was_accepted_does_not_count(project: Path) -> None:
    assert oagen_in(project, "findings", "accept", "--all").code == 0
    ended = _replay(project)

    assert ended.code == 0
    assert ended.out.count("[accepted]") == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nope", "--app", "cellar:app"), "there is no finding 'nope'"),
        ((), "name the API to test"),
        (("--base-url", "http://127.0.0.1:1"), "no connection"),
        (("--base-url", "http://192.0.2.1"), "--allow-host"),
        (("--app", "cellar:app", "--log-file", "no.log"), "no.log"),
        (("--app", "cellar:app", "--store", "openapi.json"), "openapi.json can't be used"),
        (("--app", "cellar:app", "--header", "x"), "Name: value"),
    ],
)
def test_bad_input_is_told_in_a_sentence(project: Path, arguments: tuple[str, ...], message: str) -> None:
    ended = oagen_in(project, "replay", *arguments, "--document", "openapi.json")

    assert ended.code == 2, ended.out
    assert message in ended.err
    assert "Traceback" not in ended.err


def test_a_flaky_finding_is_tried_again(project: Path) -> None:
    (project / "cellar.py").write_text(
        faulty.FIXED.replace(
            "            if not people:",
            '            BOTTLES["n"] = BOTTLES.get("n", 0) + 1\n            if BOTTLES["n"] == 3:\n'
            '                raise ValueError("now and then")\n            if not people:',
        )
        .replace("BOTTLES[len(BOTTLES) + 1] = bottle", "BOTTLES[1] = bottle")
        .replace('{"id": len(BOTTLES)', '{"id": 1')
    )
    with closing(Store(project / STORE)) as store:
        number = store.begin_run(seed=2, source="openapi.json")
        assert store.record(replace(faulty.DIVIDED, exact=False, flaky=True), number) is StoredVerdict.KNOWN
    ended = _replay(project, "bbbb")

    assert "bbbb33334444  still there" in ended.out, ended.out
