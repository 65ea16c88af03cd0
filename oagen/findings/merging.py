"""Stores of jobs that ran side by side, or of copies that went apart, made one."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from oagen.findings.model import Decision, Finding
from oagen.findings.rows import SELECTED, kept_of
from oagen.findings.store import Store

_MET = "('new', 'known', 'regressed')"
_RUN = ("uid", "started", "finished", "seed", "source", "stop", "requests", "seconds", "headers", "coverage")
_FROM_LATEST = ("kind", "status", "message", "exception", "frame", "traceback", "exact")
_FROM_PLAINEST = ("flaky", "scenario")
_DECISION = ("state", "reason", "until", "decided")


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What a store has got from another one.

    Attributes:
        runs: That it did not know.
        added: Findings that it did not have.
        joined: Findings that both had.
    """

    runs: int
    added: int
    joined: int


def merge(into: Store, other: Store) -> Merged:
    """Put what another store knows into a store, all of it or nothing.

    A run that both know counts once. A finding of both gets the dates, operations and meetings of both, what was seen
    of it last, and the plainest scenario that shows it. What the user decided holds over what nobody decided. It is
    fixed only where no run that the other store has to itself met it.

    Raises:
        StoreError: One of them can't be read or written.
    """
    with other.explained():
        theirs = _Contents(other.database)
    with into.writing() as database:
        mine = _Contents(database)
        numbers, new = _runs(database, mine, theirs)
        added = 0
        for name, row in theirs.findings.items():
            before = mine.findings.get(name)
            row |= {"first_run": numbers[row["first_run"]], "last_run": numbers[row["last_run"]]}
            if before is None:
                _insert(database, "findings", row)
                added += 1
            else:
                _join(database, before, row, mine=mine, theirs=theirs)
        database.executemany(
            "INSERT INTO sightings (run, fingerprint, verdict, count) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (run, fingerprint) DO UPDATE SET count = max(count, excluded.count)",
            [(numbers[run], *rest) for run, *rest in theirs.sightings if run in numbers],
        )
        database.execute(
            "UPDATE findings SET count = coalesce((SELECT sum(count) FROM sightings AS seen"
            " WHERE seen.fingerprint = findings.fingerprint), count)"
        )
        database.executemany(
            "INSERT OR IGNORE INTO corpus (digest, operation, request, run) VALUES (?, ?, ?, ?)",
            [(*rest, numbers.get(run, 0)) for *rest, run in theirs.corpus],
        )
    return Merged(runs=new, added=added, joined=len(theirs.findings) - added)


class _Contents:
    """Everything in a store."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self.runs = {row["id"]: row for row in _rows(database, "SELECT * FROM runs ORDER BY id")}
        self.uids = {row["uid"] for row in self.runs.values()}
        self.findings = {row["fingerprint"]: row for row in _rows(database, "SELECT * FROM findings ORDER BY rowid")}
        self.plain: Mapping[str, Finding] = {
            kept.finding.fingerprint: kept.finding for kept in map(kept_of, database.execute(SELECTED).fetchall())
        }
        self.sightings = database.execute("SELECT run, fingerprint, verdict, count FROM sightings").fetchall()
        self.corpus = database.execute("SELECT digest, operation, request, run FROM corpus ORDER BY rowid").fetchall()

    def met_in(self, fingerprint: str) -> set[str]:
        """Return the names of the runs that met a finding."""
        return {
            self.runs[run]["uid"]
            for run, name, verdict, _ in self.sightings
            if name == fingerprint and verdict in _MET and run in self.runs
        }


def _runs(database: sqlite3.Connection, mine: _Contents, theirs: _Contents) -> tuple[dict[int, int], int]:
    """Add the runs that are not known; return the number here of each run there, and how many were added."""
    known = {row["uid"]: number for number, row in mine.runs.items()}
    numbers, new = {}, 0
    for number, row in theirs.runs.items():
        uid = row["uid"]
        if uid in known:
            numbers[number] = known[uid]
            continue
        numbers[number] = _insert(database, "runs", {name: row[name] for name in _RUN})
        mine.runs[numbers[number]] = row
        new += 1
    return numbers, new


def _join(
    database: sqlite3.Connection, before: dict[str, Any], row: dict[str, Any], *, mine: _Contents, theirs: _Contents
) -> None:
    name = row["fingerprint"]

    def started(number: int) -> str:
        return str(mine.runs[number]["started"])

    latest = row if started(row["last_run"]) > started(before["last_run"]) else before
    ours, other = mine.plain[name], theirs.plain[name]
    plainest = row if (other.flaky, other.requests) < (ours.flaky, ours.requests) else before
    decision = _decided(before, row, mine=mine, theirs=theirs)
    joined = {
        **{key: latest[key] for key in _FROM_LATEST},
        **{key: plainest[key] for key in _FROM_PLAINEST},
        **{key: decision[key] for key in _DECISION},
        "operations": json.dumps(list(dict.fromkeys((*ours.operations, *other.operations)))),
        "first_run": min(before["first_run"], row["first_run"], key=started),
        "last_run": max(before["last_run"], row["last_run"], key=started),
    }
    assignments = ", ".join(f"{key} = ?" for key in joined)
    database.execute(
        f"UPDATE findings SET {assignments} WHERE fingerprint = ?",  # noqa: S608 - columns named above
        (*joined.values(), name),
    )


def _decided(before: dict[str, Any], row: dict[str, Any], *, mine: _Contents, theirs: _Contents) -> dict[str, Any]:
    """Return the row whose decision holds."""
    name = row["fingerprint"]
    fixed, open_ = Decision.FIXED.value, Decision.OPEN.value
    for one, another, knows, contents in ((before, row, mine, theirs), (row, before, theirs, mine)):
        if one["state"] == fixed and another["state"] != fixed:
            return another if contents.met_in(name) - knows.uids else one
    if before["state"] == open_:
        return row
    if row["state"] == open_:
        return before
    return max(before, row, key=lambda item: item["decided"] or "")


def _rows(database: sqlite3.Connection, query: str) -> list[dict[str, Any]]:
    cursor = database.execute(query)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _insert(database: sqlite3.Connection, table: str, row: Mapping[str, Any]) -> int:
    names, places = ", ".join(row), ", ".join("?" * len(row))
    cursor = database.execute(
        f"INSERT INTO {table} ({names}) VALUES ({places})",  # noqa: S608 - columns of our own tables
        tuple(row.values()),
    )
    return int(cursor.lastrowid or 0)
