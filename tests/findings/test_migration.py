"""Stores of older versions are brought up to date with all they hold; what can't be read is left as it is."""

from __future__ import annotations

import datetime as dt
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from oagen.errors import StoreError
from oagen.findings.history import history
from oagen.findings.merging import merge
from oagen.findings.model import Decision, StoredVerdict
from oagen.findings.redaction import Redaction
from oagen.findings.store import Store
from oagen.findings.tables import VERSION
from tests.findings import faulty

STORES = Path(__file__).parent / "stores"


def older(path: Path, version: int = 1) -> Path:
    """Write the store that an older version left."""
    with closing(sqlite3.connect(path)) as database:
        database.executescript((STORES / f"version_{version}.sql").read_text(encoding="utf-8"))
        assert database.execute("PRAGMA user_version").fetchone() == (version,)
    return path


def test_every_older_version_has_a_store_to_try() -> None:
    assert [path.stem for path in sorted(STORES.iterdir())] == [f"version_{number}" for number in range(1, VERSION)]


def test_a_store_of_version_1_keeps_everything(tmp_path: Path) -> None:
    path = older(tmp_path / "old.sqlite")
    with closing(Store(path)) as store:
        broken, divided, other = store.kept()
        assert broken.finding.scenario == faulty.BROKEN.scenario
        assert (broken.decision, broken.reason, broken.finding.count) == (Decision.ACCEPTED, "till 2.4", 4)
        assert (broken.first_seen, broken.last_seen) == (
            dt.datetime(2026, 1, 1, 2, tzinfo=dt.UTC),
            dt.datetime(2026, 1, 2, 2, tzinfo=dt.UTC),
        )
        assert divided.finding.scenario == faulty.DIVIDED.scenario
        assert other.decision is Decision.FIXED
        assert [run.verdicts.get("aaaa11112222") for run in history(store)] == [
            StoredVerdict.NEW,
            StoredVerdict.KNOWN,
            None,
        ]
        assert [run.stop for run in history(store)] == ["time is up", "all requests are sent", None]
        assert list(store.corpus()) == [faulty.BROKEN.scenario.when]
        assert store.record(faulty.BROKEN, store.begin_run(seed=1, source="x")) is StoredVerdict.KNOWN
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (VERSION,)


def test_secrets_leave_an_older_store(tmp_path: Path) -> None:
    path = older(tmp_path / "old.sqlite")
    assert b"s3cr3t-v4lue" in path.read_bytes()
    with closing(Store(path, Redaction(["s3cr3t-v4lue"]))) as store:
        assert store.kept()[2].finding.message == "token [redacted]"
        store.database.execute("VACUUM")

    assert b"s3cr3t-v4lue" not in path.read_bytes()


def test_two_copies_brought_up_to_date_know_the_same_runs(tmp_path: Path) -> None:
    with closing(Store(older(tmp_path / "a"))) as one, closing(Store(older(tmp_path / "b"))) as other:
        assert merge(one, other).runs == 0
        assert one.kept() == other.kept()


def test_reading_an_older_store_leaves_it_alone(tmp_path: Path) -> None:
    path = older(tmp_path / "old.sqlite")
    before = path.read_bytes()
    with closing(Store(path, copied=True)) as store:
        assert len(store.kept()) == 3

    assert path.read_bytes() == before
    assert [item.name for item in tmp_path.iterdir()] == ["old.sqlite"]


def test_a_migration_that_fails_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = older(tmp_path / "old.sqlite")
    monkeypatch.setattr("oagen.findings.tables.SIGHTINGS", "CREATE TABLE nonsense (")
    with pytest.raises(StoreError, match="can't be used"):
        Store(path)
    monkeypatch.undo()

    with closing(Store(path)) as store:
        assert len(store.kept()) == 3


def _problem(path: Path) -> StoreError | None:
    """Return what reading the whole store says of it; None where it can be read."""
    try:
        with closing(Store(path)) as store:
            store.kept()
            list(store.corpus())
            history(store)
    except StoreError as error:
        return error
    return None


def test_damage_anywhere_is_one_message_and_the_file_stays(tmp_path: Path) -> None:
    path = older(tmp_path / "old.sqlite")
    with closing(Store(path)) as store:
        for number in range(40):
            store.record(faulty.BROKEN, store.begin_run(seed=number, source="x"))
    whole = path.read_bytes()
    chance = random.Random(5)
    refused = 0
    for _ in range(60):
        broken = bytearray(whole)
        begin = chance.randrange(len(whole))
        broken[begin : begin + 200] = chance.randbytes(min(200, len(whole) - begin))
        path.write_bytes(bytes(broken)[: chance.choice([len(whole), len(whole), begin + 200])])
        left = path.read_bytes()
        problem = _problem(path)
        if problem is not None:
            refused += 1
            assert str(path) in problem.message
            assert problem.hint
            assert path.read_bytes() == left
        for name in ("-wal", "-shm"):
            Path(f"{path}{name}").unlink(missing_ok=True)

    assert refused >= 20
