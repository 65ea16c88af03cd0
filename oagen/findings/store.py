"""Findings, corpus and runs, kept in SQLite between runs; every write survives kill -9."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from oagen.errors import StoreError, UsageError
from oagen.findings.model import Decision, Finding, FindingKind, KeptFinding, StoredVerdict
from oagen.findings.redaction import Redaction
from oagen.scenario import codec
from oagen.scenario.model import Request

VERSION = 1
"""Version of the tables, in SQLite's `user_version`."""

_TABLES = """
CREATE TABLE runs (
    id INTEGER PRIMARY KEY, started TEXT NOT NULL, finished TEXT, seed INTEGER NOT NULL, source TEXT NOT NULL,
    stop TEXT, requests INTEGER NOT NULL DEFAULT 0, seconds REAL NOT NULL DEFAULT 0
);
CREATE TABLE findings (
    fingerprint TEXT PRIMARY KEY, kind TEXT NOT NULL, operation TEXT NOT NULL, status INTEGER, message TEXT NOT NULL,
    exception TEXT, frame TEXT, traceback TEXT, exact INTEGER NOT NULL, flaky INTEGER NOT NULL, count INTEGER NOT NULL,
    operations TEXT NOT NULL, scenario TEXT NOT NULL, first_run INTEGER NOT NULL, last_run INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'open', reason TEXT, until TEXT
);
CREATE TABLE corpus (
    digest BLOB PRIMARY KEY, operation TEXT NOT NULL, request TEXT NOT NULL, run INTEGER NOT NULL
);
"""
_HINT = "Move the file away (its findings are lost then), or name another one with --store."


class Store:
    """The store of one project.

    Args:
        path: The SQLite file; made, with its folder, where it is not there.
        redaction: Takes secrets out of whatever is kept.

    Raises:
        StoreError: It is damaged, was written by a newer oagen, or can't be written. So do all methods.
    """

    def __init__(self, path: Path, redaction: Redaction | None = None) -> None:
        self.path = path
        self._redaction = redaction or Redaction()
        with self._explained():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(path, timeout=10, isolation_level=None)
            try:
                self._prepare()
            except BaseException:
                self._database.close()
                raise

    def _prepare(self) -> None:
        (version,) = self._database.execute("PRAGMA user_version").fetchone()
        if version > VERSION:
            raise StoreError(
                f"{self.path} was written by a newer oagen (form {version}, this one reads {VERSION})",
                hint="Upgrade oagen, or name another store with --store.",
            )
        if version == 0 and self._database.execute("SELECT count(*) FROM sqlite_master").fetchone() != (0,):
            raise StoreError(f"{self.path} is a database of something else", hint=_HINT)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        if version == 0:
            self._database.executescript(f"BEGIN IMMEDIATE; {_TABLES} PRAGMA user_version = {VERSION}; COMMIT;")

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    # -- runs ---------------------------------------------------------------------------------------------------------

    def begin_run(self, *, seed: int, source: str) -> int:
        """Note that a campaign starts, and return its number."""
        with self._explained():
            cursor = self._database.execute(
                "INSERT INTO runs (started, seed, source) VALUES (?, ?, ?)",
                (_now(), seed, self._redaction.text(source)),
            )
            return int(cursor.lastrowid or 0)

    def finish_run(self, run: int, *, stop: str, requests: int, seconds: float) -> None:
        """Note how a campaign ended."""
        with self._explained():
            self._database.execute(
                "UPDATE runs SET finished = ?, stop = ?, requests = ?, seconds = ? WHERE id = ?",
                (_now(), stop, requests, seconds, run),
            )

    def unfinished_run(self) -> int | None:
        """Return the number of the last run when it was cut off, else None."""
        with self._explained():
            row = self._database.execute("SELECT id, finished FROM runs ORDER BY id DESC LIMIT 1").fetchone()
            return int(row[0]) if row is not None and row[1] is None else None

    # -- findings -----------------------------------------------------------------------------------------------------

    def record(self, finding: Finding, run: int) -> StoredVerdict:
        """Keep a finding of this run, and return whether it is new, known, or back after it was fixed.

        Called again for the same finding, it updates what is kept; the verdict stays that of its first meeting.
        """
        with self._explained():
            self._database.execute("BEGIN IMMEDIATE")
            try:
                verdict = self._record(finding, run)
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")
            return verdict

    def _record(self, met: Finding, run: int) -> StoredVerdict:
        finding = self._redaction.finding(met)
        row = self._database.execute(
            "SELECT first_run, state FROM findings WHERE fingerprint = ?", (finding.fingerprint,)
        ).fetchone()
        if row is None:
            verdict, first_run, state = StoredVerdict.NEW, run, "open"
        else:
            first_run, state = row
            verdict = StoredVerdict.NEW if first_run == run else StoredVerdict.KNOWN
            if state == "fixed":
                verdict, state = StoredVerdict.REGRESSED, "open"
        self._database.execute(
            "INSERT INTO findings (fingerprint, kind, operation, status, message, exception, frame, traceback, exact,"
            " flaky, count, operations, scenario, first_run, last_run, state)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (fingerprint) DO UPDATE SET kind = excluded.kind, status = excluded.status,"
            " message = excluded.message, traceback = excluded.traceback, frame = excluded.frame,"
            " flaky = excluded.flaky, count = excluded.count, operations = excluded.operations,"
            " scenario = excluded.scenario, last_run = excluded.last_run, state = excluded.state",
            (
                finding.fingerprint,
                finding.kind.value,
                finding.operation,
                finding.status,
                finding.message,
                finding.exception,
                finding.frame,
                finding.traceback,
                finding.exact,
                finding.flaky,
                finding.count,
                json.dumps(finding.operations),
                codec.dumps(finding.scenario),
                first_run,
                run,
                state,
            ),
        )
        return verdict

    def findings(self) -> tuple[Finding, ...]:
        """Return every finding that was ever kept, oldest first; `verdict` says whether it counts as fixed."""
        return tuple(kept.finding for kept in self.kept())

    def kept(self) -> tuple[KeptFinding, ...]:
        """Return every finding that was ever kept, with its dates and what was decided about it, oldest first."""
        with self._explained():
            rows = self._database.execute(
                "SELECT fingerprint, kind, operation, status, message, exception, frame, traceback, exact, flaky,"
                " count, operations, scenario, state, reason, until, first.started, last.started FROM findings"
                " LEFT JOIN runs AS first ON first.id = first_run LEFT JOIN runs AS last ON last.id = last_run"
                " ORDER BY first_run, findings.rowid"
            ).fetchall()
            return tuple(_kept(row) for row in rows)

    def matching(self, prefix: str) -> KeptFinding:
        """Return the one finding whose fingerprint begins so.

        Raises:
            UsageError: There is none, or more than one.
        """
        found = [kept for kept in self.kept() if kept.finding.fingerprint.startswith(prefix)]
        exact = [kept for kept in found if kept.finding.fingerprint == prefix]
        if not found:
            raise UsageError(f"there is no finding {prefix!r} in {self.path}", hint="oagen findings list shows them")
        if len(found) > 1 and not exact:
            names = ", ".join(kept.finding.fingerprint for kept in found[:5])
            raise UsageError(f"{prefix!r} begins {len(found)} fingerprints: {names}", hint="give more of it")
        return (exact or found)[0]

    def accepted(self, today: dt.date) -> frozenset[str]:
        """Return the fingerprints that the user accepted, or waived until a day that has not passed."""
        with self._explained():
            rows = self._database.execute(
                "SELECT fingerprint FROM findings WHERE state = 'accepted' OR (state = 'waived' AND until >= ?)",
                (today.isoformat(),),
            )
            return frozenset(fingerprint for (fingerprint,) in rows)

    def mark(
        self, fingerprint: str, state: Decision, *, reason: str | None = None, until: dt.date | None = None
    ) -> bool:
        """Note what was decided about a finding; False where there is no such finding."""
        with self._explained():
            cursor = self._database.execute(
                "UPDATE findings SET state = ?, reason = ?, until = ? WHERE fingerprint = ?",
                (state.value, reason, until.isoformat() if until else None, fingerprint),
            )
            return cursor.rowcount == 1

    def forget(self, fingerprint: str) -> bool:
        """Remove a finding; False where there is no such finding."""
        with self._explained():
            return self._database.execute("DELETE FROM findings WHERE fingerprint = ?", (fingerprint,)).rowcount == 1

    # -- corpus -------------------------------------------------------------------------------------------------------

    def keep(self, digest: bytes, request: Request, run: int) -> None:
        """Keep a request that showed something new, for campaigns to come."""
        with self._explained():
            self._database.execute(
                "INSERT OR IGNORE INTO corpus (digest, operation, request, run) VALUES (?, ?, ?, ?)",
                (digest, request.operation, json.dumps(codec.dump_request(self._redaction.request(request))), run),
            )

    def corpus(self) -> Iterator[Request]:
        """Yield the requests kept so far, oldest first."""
        with self._explained():
            rows = self._database.execute("SELECT request FROM corpus ORDER BY rowid").fetchall()
            for (text,) in rows:
                yield codec.load_request(json.loads(text))

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError, ValueError) as error:
            raise StoreError(f"the store {self.path} can't be used: {error}", hint=_HINT) from error


def _kept(row: tuple[Any, ...]) -> KeptFinding:
    finding = Finding(
        fingerprint=row[0],
        kind=FindingKind(row[1]),
        operation=row[2],
        status=row[3],
        message=row[4],
        exception=row[5],
        frame=row[6],
        traceback=row[7],
        exact=bool(row[8]),
        flaky=bool(row[9]),
        count=row[10],
        operations=tuple(json.loads(row[11])),
        scenario=codec.loads(row[12]),
        verdict=StoredVerdict.FIXED if row[13] == "fixed" else StoredVerdict.KNOWN,
    )
    return KeptFinding(
        finding=finding,
        decision=Decision(row[13]),
        reason=row[14],
        until=dt.date.fromisoformat(row[15]) if row[15] else None,
        first_seen=dt.datetime.fromisoformat(row[16]) if row[16] else None,
        last_seen=dt.datetime.fromisoformat(row[17]) if row[17] else None,
    )


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
