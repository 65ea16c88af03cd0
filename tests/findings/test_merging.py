"""Stores of parallel jobs become one: nothing counts twice, nothing is called fixed that a job met."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from oagen.errors import StoreError
from oagen.findings.history import history
from oagen.findings.merging import Merged, merge
from oagen.findings.model import Decision, Finding, KeptFinding, StoredVerdict
from oagen.findings.store import Store
from tests.findings import faulty


@contextmanager
def _store(path: Path) -> Iterator[Store]:
    with closing(Store(path)) as store:
        yield store


def _night(path: Path, *findings: Finding, fixed: str | None = None) -> None:
    with _store(path) as store:
        run = store.begin_run(seed=1, source="api.yaml")
        for finding in findings:
            store.record(finding, run)
        if fixed is not None:
            store.mark(fixed, Decision.FIXED)
        store.conclude({fixed: StoredVerdict.FIXED} if fixed else {}, operations=[faulty.CREATE], never_seen=[])
        store.finish_run(run, stop="time is up", requests=100, seconds=1.0)


def _merged(folder: Path, *names: str) -> tuple[list[Merged], dict[str, KeptFinding]]:
    with _store(folder / "out.sqlite") as into:
        done = []
        for name in names:
            with closing(Store(folder / name, copied=True)) as other:
                done.append(merge(into, other))
        return done, {kept.finding.fingerprint: kept for kept in into.kept()}


def test_parallel_jobs_add_up(tmp_path: Path) -> None:
    _night(tmp_path / "a", replace(faulty.BROKEN, count=3), faulty.DIVIDED)
    _night(tmp_path / "b", replace(faulty.BROKEN, count=5, operations=("PUT /x", faulty.CREATE)))

    done, found = _merged(tmp_path, "a", "b")

    assert done == [Merged(runs=1, added=2, joined=0), Merged(runs=1, added=0, joined=1)]
    assert found["aaaa11112222"].finding.count == 8
    assert found["aaaa11112222"].finding.operations == (faulty.CREATE, "PUT /x")
    assert found["bbbb33334444"].finding == replace(faulty.DIVIDED, verdict=StoredVerdict.KNOWN)
    with _store(tmp_path / "out.sqlite") as store:
        assert [run.counts() for run in history(store)] == [{StoredVerdict.NEW: 2}, {StoredVerdict.NEW: 1}]


def test_a_night_that_both_know_counts_once(tmp_path: Path) -> None:
    _night(tmp_path / "a", replace(faulty.BROKEN, count=3))
    shutil.copy(tmp_path / "a", tmp_path / "b")
    _night(tmp_path / "a", replace(faulty.BROKEN, count=2))
    _night(tmp_path / "b", replace(faulty.BROKEN, count=1))

    done, found = _merged(tmp_path, "a", "b", "a", "b")

    assert [item.runs for item in done] == [2, 1, 0, 0]
    assert found["aaaa11112222"].finding.count == 6


def test_the_dates_are_those_of_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, day in (("a", 3), ("b", 1), ("b", 5)):
        moment = f"2026-02-0{day}T01:00:00+00:00"
        monkeypatch.setattr("oagen.findings.store._now", lambda moment=moment: moment)
        _night(tmp_path / name, replace(faulty.BROKEN, message=f"of day {day}"))

    _, found = _merged(tmp_path, "a", "b")

    kept = found["aaaa11112222"]
    assert (kept.first_seen, kept.last_seen) == (
        dt.datetime(2026, 2, 1, 1, tzinfo=dt.UTC),
        dt.datetime(2026, 2, 5, 1, tzinfo=dt.UTC),
    )
    assert kept.finding.message == "of day 5"


def test_the_plainest_scenario_stays(tmp_path: Path) -> None:
    longer = replace(faulty.BROKEN, scenario=faulty.DIVIDED.scenario)
    _night(tmp_path / "a", longer)
    _night(tmp_path / "b", faulty.BROKEN)
    _night(tmp_path / "c", replace(faulty.BROKEN, flaky=True, scenario=replace(faulty.BROKEN.scenario, title="flaky")))

    _, found = _merged(tmp_path, "c", "a", "b")

    assert found["aaaa11112222"].finding.scenario == faulty.BROKEN.scenario
    assert not found["aaaa11112222"].finding.flaky


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_what_a_job_met_is_not_fixed_by_another(tmp_path: Path, order: tuple[str, str]) -> None:
    _night(tmp_path / "a", faulty.BROKEN)
    shutil.copy(tmp_path / "a", tmp_path / "b")
    _night(tmp_path / "a", fixed="aaaa11112222")
    _night(tmp_path / "b", faulty.BROKEN)

    _, found = _merged(tmp_path, *order)

    assert found["aaaa11112222"].decision is Decision.OPEN


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_what_a_job_did_not_reach_is_fixed_by_another(tmp_path: Path, order: tuple[str, str]) -> None:
    _night(tmp_path / "a", faulty.BROKEN)
    shutil.copy(tmp_path / "a", tmp_path / "b")
    _night(tmp_path / "a", fixed="aaaa11112222")
    _night(tmp_path / "b")

    _, found = _merged(tmp_path, *order)

    assert found["aaaa11112222"].decision is Decision.FIXED


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_what_the_user_decided_holds(tmp_path: Path, order: tuple[str, str]) -> None:
    for name in ("a", "b"):
        _night(tmp_path / name, faulty.BROKEN)
    with _store(tmp_path / "b") as store:
        store.mark("aaaa11112222", Decision.WAIVED, reason="till spring", until=dt.date(2030, 3, 1))

    _, found = _merged(tmp_path, *order)

    kept = found["aaaa11112222"]
    assert (kept.decision, kept.reason, kept.until) == (Decision.WAIVED, "till spring", dt.date(2030, 3, 1))


def test_the_corpus_of_all_is_kept_and_the_sources_stay(tmp_path: Path) -> None:
    for name, digest in (("a", b"1"), ("b", b"2")):
        _night(tmp_path / name, faulty.BROKEN)
        with _store(tmp_path / name) as store:
            store.keep(digest, faulty.BROKEN.scenario.when, 1)
    before = {name: (tmp_path / name).read_bytes() for name in ("a", "b")}

    _merged(tmp_path, "a", "b")

    with _store(tmp_path / "out.sqlite") as store:
        assert len(list(store.corpus())) == 2
    assert {name: (tmp_path / name).read_bytes() for name in ("a", "b")} == before


def test_a_damaged_store_changes_nothing(tmp_path: Path) -> None:
    _night(tmp_path / "out.sqlite", faulty.BROKEN)
    _night(tmp_path / "a", faulty.DIVIDED)
    with _store(tmp_path / "a") as store:
        store.database.execute("UPDATE findings SET scenario = '{'")

    with pytest.raises(StoreError, match="can't be used"):
        _merged(tmp_path, "a")
    with _store(tmp_path / "out.sqlite") as store:
        assert [item.fingerprint for item in store.findings()] == ["aaaa11112222"]
