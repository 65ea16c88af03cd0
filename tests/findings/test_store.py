"""The store keeps what a campaign found, and says plainly what is wrong with it."""

from __future__ import annotations

import datetime as dt
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from oagen.errors import StoreError
from oagen.findings.model import Decision, Finding, FindingKind, StoredVerdict
from oagen.findings.store import Store
from oagen.findings.tables import VERSION
from oagen.scenario.model import Body, Expectation, Literal, Request, Scenario

_REQUEST = Request(method="POST", path="/x", body=Body(media_type="text/plain", value=Literal(b"\xff"), raw=True))
_FINDING = Finding(
    fingerprint="abc",
    kind=FindingKind.UNDOCUMENTED_5XX,
    operation="POST /x",
    status=500,
    message="boom",
    exception="KeyError",
    frame="a.py:1",
    exact=True,
    count=3,
    operations=("POST /x", "GET /x"),
    scenario=Scenario(
        operation="POST /x",
        status="default",
        technique="fuzz",
        title="no 500",
        pointer="",
        when=_REQUEST,
        then=Expectation(status="default"),
    ),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "store.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    opened = Store(path)
    yield opened
    opened.close()


def test_findings_come_back_as_they_were(store: Store) -> None:
    run = store.begin_run(seed=1, source="api.yaml")
    store.record(_FINDING, run)

    assert store.findings() == (replace(_FINDING, verdict=StoredVerdict.KNOWN),)


def test_verdicts_between_runs(store: Store) -> None:
    verdicts = []
    for state in (None, None, Decision.FIXED, None):
        run = store.begin_run(seed=1, source="api.yaml")
        if state is not None:
            assert store.mark("abc", state)
        verdicts += [store.record(_FINDING, run), store.record(replace(_FINDING, count=9), run)]

    new, known, regressed = StoredVerdict.NEW, StoredVerdict.KNOWN, StoredVerdict.REGRESSED
    assert verdicts == [new, new, known, known, regressed, regressed, known, known]
    assert store.findings()[0].count == 4 * 9  # nine times in each campaign


def _another(operation: str) -> Finding:
    scenario = replace(_FINDING.scenario, operation=operation, when=replace(_REQUEST, method="PUT"))
    return replace(_FINDING, operation=operation, operations=(operation,), scenario=scenario)


def test_what_is_not_proven_takes_nothing_from_what_is_known(store: Store) -> None:
    store.record(_FINDING, store.begin_run(seed=1, source="api.yaml"))
    run = store.begin_run(seed=2, source="api.yaml")
    other = _another("PUT /y")

    store.record(other, run)
    (kept,) = store.findings()
    assert (kept.operation, kept.scenario, kept.flaky) == ("POST /x", _FINDING.scenario, False)
    assert kept.operations == ("POST /x", "GET /x", "PUT /y")

    store.record(replace(other, flaky=True), run)
    (kept,) = store.findings()
    assert (kept.scenario, kept.flaky) == (_FINDING.scenario, True)

    store.record(replace(other, proven=True), run)
    store.record(other, run)
    (kept,) = store.findings()
    assert (kept.operation, kept.scenario, kept.flaky) == ("PUT /y", other.scenario, False)


def test_what_shows_a_fault_that_was_fixed_is_kept(store: Store) -> None:
    store.record(_FINDING, store.begin_run(seed=1, source="api.yaml"))
    store.mark("abc", Decision.FIXED)
    other = _another("PUT /y")

    assert store.record(other, store.begin_run(seed=2, source="api.yaml")) is StoredVerdict.REGRESSED
    assert store.findings()[0].scenario == other.scenario


def test_a_fault_that_the_document_excused_is_new_where_it_does_not(store: Store) -> None:
    excused = replace(_FINDING, kind=FindingKind.DOCUMENTED_5XX)
    store.record(excused, store.begin_run(seed=1, source="api.yaml"))

    run = store.begin_run(seed=2, source="api.yaml")
    verdicts = [store.record(finding, run) for finding in (excused, _FINDING, excused)]
    assert verdicts == [StoredVerdict.KNOWN, StoredVerdict.NEW, StoredVerdict.NEW]
    assert store.findings()[0].kind is FindingKind.UNDOCUMENTED_5XX

    run = store.begin_run(seed=3, source="api.yaml")
    verdicts = [store.record(finding, run) for finding in (excused, _FINDING)]
    assert verdicts == [StoredVerdict.KNOWN, StoredVerdict.KNOWN]

    store.conclude({}, operations=(), never_seen=(), excused=["abc"])
    assert store.findings()[0].kind is FindingKind.DOCUMENTED_5XX


def test_accepting_waiving_and_forgetting(store: Store) -> None:
    run = store.begin_run(seed=1, source="api.yaml")
    today = dt.date(2026, 1, 10)
    store.record(_FINDING, run)
    assert store.accepted(today) == frozenset()

    store.mark("abc", Decision.WAIVED, reason="later", until=dt.date(2026, 1, 10))
    assert store.accepted(today) == {"abc"}
    assert store.accepted(dt.date(2026, 1, 11)) == frozenset()
    store.mark("abc", Decision.ACCEPTED)
    store.record(_FINDING, run)
    assert store.accepted(today) == {"abc"}
    assert (store.forget("abc"), store.forget("abc"), store.mark("abc", Decision.OPEN)) == (True, False, False)
    assert store.findings() == ()


def test_the_corpus_survives_and_holds_nothing_twice(store: Store, path: Path) -> None:
    run = store.begin_run(seed=1, source="api.yaml")
    for digest in (b"1", b"1", b"2"):
        store.keep(digest, _REQUEST, run)
    other = Store(path)

    assert list(other.corpus()) == [_REQUEST, _REQUEST]
    other.close()


def test_a_run_that_was_cut_off_is_known(store: Store) -> None:
    assert store.resume_run(source="api.yaml") is None
    run = store.begin_run(seed=1, source="api.yaml")
    store.record(_FINDING, run)
    assert store.resume_run(source="another.yaml") is None
    assert store.resume_run(source="api.yaml") == run
    assert store.met(run) == (replace(_FINDING, verdict=StoredVerdict.NEW),)
    store.finish_run(run, stop="budget", requests=10, seconds=1.5)
    assert store.resume_run(source="api.yaml") is None


def test_kill_9_loses_nothing_that_was_recorded(path: Path) -> None:
    program = (
        "import pathlib, sys, time; from oagen.findings.store import Store; from tests.findings import test_store;"
        f"store = Store(pathlib.Path({str(path)!r})); run = store.begin_run(seed=1, source='x');"
        "store.record(test_store._FINDING, run); print('done', flush=True); time.sleep(60)"
    )
    root = Path(__file__).parents[2]
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, cwd=root) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"done\n"
        os.kill(process.pid, signal.SIGKILL)
    store = Store(path)

    assert [finding.fingerprint for finding in store.findings()] == ["abc"]
    assert store.resume_run(source="x") == 1
    store.close()


def _write_text(path: Path) -> None:
    path.write_bytes(b"not a database at all" * 100)


def _write_newer(path: Path) -> None:
    database = sqlite3.connect(path)
    database.execute(f"PRAGMA user_version = {VERSION + 1}")
    database.close()


def _write_other(path: Path) -> None:
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE mine (a)")
    database.close()


@pytest.mark.parametrize(
    ("write", "message"), [(_write_text, "not a database"), (_write_newer, "newer"), (_write_other, "something else")]
)
def test_files_that_are_no_store(tmp_path: Path, write: object, message: str) -> None:
    path = tmp_path / "store.sqlite"
    assert callable(write)
    write(path)
    before = path.read_bytes()

    with pytest.raises(StoreError, match=message) as caught:
        Store(path)

    assert caught.value.hint
    assert path.read_bytes() == before


def test_a_folder_that_can_not_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(StoreError, match="can't be used"):
        Store(tmp_path / "file" / "store.sqlite")


def test_a_damaged_scenario_in_the_store_is_named(store: Store, path: Path) -> None:
    store.record(_FINDING, store.begin_run(seed=1, source="x"))
    database = sqlite3.connect(path)
    database.execute("UPDATE findings SET scenario = '{'")
    database.commit()
    database.close()

    with pytest.raises(StoreError, match="damaged"):
        store.findings()
