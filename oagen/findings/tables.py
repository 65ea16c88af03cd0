"""The tables of the store, and how those of an older oagen become these."""

from __future__ import annotations

import hashlib
import json
import sqlite3

VERSION = 2
"""Version of the tables, in SQLite's `user_version`."""

RUNS = """
CREATE TABLE runs (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, started TEXT NOT NULL, finished TEXT, seed INTEGER NOT NULL,
    source TEXT NOT NULL, stop TEXT, requests INTEGER NOT NULL DEFAULT 0, seconds REAL NOT NULL DEFAULT 0,
    headers TEXT NOT NULL DEFAULT '[]', coverage TEXT
);
"""
FINDINGS = """
CREATE TABLE findings (
    fingerprint TEXT PRIMARY KEY, kind TEXT NOT NULL, operation TEXT NOT NULL, status INTEGER, message TEXT NOT NULL,
    exception TEXT, frame TEXT, traceback TEXT, exact INTEGER NOT NULL, flaky INTEGER NOT NULL, count INTEGER NOT NULL,
    operations TEXT NOT NULL, scenario TEXT NOT NULL, first_run INTEGER NOT NULL, last_run INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'open', reason TEXT, until TEXT, decided TEXT
);
"""
SIGHTINGS = """
CREATE TABLE sightings (
    run INTEGER NOT NULL, fingerprint TEXT NOT NULL, verdict TEXT NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (run, fingerprint)
) WITHOUT ROWID;
"""
"""What a campaign knew of a finding: how it met it (`new`, `known`, `regressed`), or that it did not."""
CORPUS = """
CREATE TABLE corpus (
    digest BLOB PRIMARY KEY, operation TEXT NOT NULL, request TEXT NOT NULL, run INTEGER NOT NULL
);
"""


def make_tables(database: sqlite3.Connection) -> None:
    """Make the tables of a new store, in the transaction that is open."""
    for statement in (RUNS, FINDINGS, SIGHTINGS, CORPUS):
        database.execute(statement)
    database.execute(f"PRAGMA user_version = {VERSION}")


def migrate(database: sqlite3.Connection, version: int) -> None:
    """Make the tables of an older version those of this one, in the transaction that is open; nothing is lost."""
    if version == 1:
        _from_1(database)
    database.execute(f"PRAGMA user_version = {VERSION}")


def _from_1(database: sqlite3.Connection) -> None:
    """Give runs a name of their own, and findings a history: what is known of it is their first and last run."""
    database.execute("ALTER TABLE runs RENAME TO old_runs")
    database.execute(RUNS)
    rows = database.execute(
        "SELECT id, started, finished, seed, source, stop, requests, seconds FROM old_runs"
    ).fetchall()
    database.executemany(
        "INSERT INTO runs (id, started, finished, seed, source, stop, requests, seconds, uid)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(*row, _uid_of(row)) for row in rows],
    )
    database.execute("DROP TABLE old_runs")
    database.execute("ALTER TABLE findings ADD COLUMN decided TEXT")
    database.execute(SIGHTINGS)
    database.execute("INSERT INTO sightings SELECT first_run, fingerprint, 'new', 0 FROM findings")
    database.execute(
        "INSERT INTO sightings SELECT last_run, fingerprint, 'known', count FROM findings WHERE true"
        " ON CONFLICT (run, fingerprint) DO UPDATE SET count = excluded.count"
    )


def _uid_of(row: tuple[object, ...]) -> str:
    """Return the same name for the same run in every copy of a store."""
    number, started, _, seed, source, *_ = row
    return hashlib.blake2b(json.dumps([number, started, seed, source]).encode(), digest_size=16).hexdigest()
