"""Findings, corpus and runs, kept in SQLite between runs; every write survives kill -9."""

from __future__ import annotations

import datetime as dt
import errno
import json
import sqlite3
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from oagen.errors import StoreError, UsageError
from oagen.findings.folder import make_folder
from oagen.findings.model import Decision, Finding, FindingKind, KeptFinding, StoredVerdict
from oagen.findings.redaction import Redaction
from oagen.findings.rows import SELECTED, kept_of
from oagen.findings.tables import VERSION, make_tables, migrate
from oagen.findings.upkeep import redact
from oagen.scenario import codec
from oagen.scenario.model import Request

_HINT = (
    "It is left as it is. Move it away to begin a new one, or name another with --store; "
    "sqlite3 FILE .recover may save what is in it."
)
_NO_ROOM = "Nothing is lost that was in it. Make room, or name a store on another disk with --store; --resume goes on."
_DAMAGE = (sqlite3.Error, OSError, ValueError, LookupError, TypeError, RecursionError)


class Store:
    """The store of one project.

    Args:
        path: The SQLite file; made, with its folder, where it is not there, brought up to date where it is older.
        redaction: Takes secrets out of whatever is kept.
        copied: Work on a copy in memory: nothing is written, the file may be on a read-only medium.

    Attributes:
        run: The number of the campaign that was begun last; 0 before.

    Raises:
        StoreError: It is damaged, was written by a newer oagen, or can't be written. So do all methods. The file is
            left as it is then.
    """

    def __init__(self, path: Path, redaction: Redaction | None = None, *, copied: bool = False) -> None:
        self.path = path
        self.run = 0
        self._redaction = redaction or Redaction()
        with self.explained():
            if not copied:
                make_folder(path.parent)
            self._database = _copy_of(path) if copied else sqlite3.connect(path, timeout=10, isolation_level=None)
            try:
                self._prepare()
            except BaseException:
                self._database.close()
                raise

    @property
    def database(self) -> sqlite3.Connection:
        """The connection, for the modules beside this one."""
        return self._database

    def _prepare(self) -> None:
        (version,) = self._database.execute("PRAGMA user_version").fetchone()
        if version > VERSION:
            raise StoreError(
                f"{self.path} was written by a newer oagen (form {version}, this one reads {VERSION})",
                hint="Upgrade oagen, or name another store with --store.",
            )
        if version == 0 and self._database.execute("SELECT count(*) FROM sqlite_master").fetchone() != (0,):
            raise StoreError(f"{self.path} is a database of something else", hint=_HINT)
        (problem,) = self._database.execute("PRAGMA quick_check(1)").fetchone()
        if problem != "ok":
            raise StoreError(f"the store {self.path} is damaged: {' '.join(problem.split())}", hint=_HINT)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        if version < VERSION:
            with self.writing():
                (version,) = self._database.execute(
                    "PRAGMA user_version"
                ).fetchone()  # another process may have done it
                if version == 0:
                    make_tables(self._database)
                elif version < VERSION:
                    migrate(self._database, version)
                    redact(self._database, self._redaction)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Do what is done in the block as a whole, or not at all; other processes wait."""
        with self.explained():
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")

    # -- runs ---------------------------------------------------------------------------------------------------------

    def begin_run(self, *, seed: int, source: str) -> int:
        """Note that a campaign starts, and return its number."""
        with self.explained():
            cursor = self._database.execute(
                "INSERT INTO runs (uid, started, seed, source) VALUES (?, ?, ?, ?)",
                (uuid.uuid4().hex, _now(), seed, self._redaction.text(source)),
            )
            self.run = int(cursor.lastrowid or 0)
            return self.run

    def join_run(self, run: int) -> int:
        """Go on with a campaign that another process has begun, and return its number."""
        self.run = run
        return run

    def met(self, run: int) -> tuple[Finding, ...]:
        """Return what a campaign has met so far, with its verdict and how often it met it."""
        with self.explained():
            rows = self._database.execute(
                "SELECT fingerprint, verdict, count FROM sightings WHERE run = ? AND count > 0", (run,)
            )
            told = {name: (StoredVerdict(verdict), count) for name, verdict, count in rows}
        return tuple(
            replace(finding, verdict=told[finding.fingerprint][0], count=told[finding.fingerprint][1])
            for finding in self.findings()
            if finding.fingerprint in told
        )

    def note_headers(self, names: Iterable[str]) -> None:
        """Note which headers go with every request of the campaign that was begun last, beside those of identities."""
        with self.explained():
            self._database.execute("UPDATE runs SET headers = ? WHERE id = ?", (json.dumps(list(names)), self.run))

    def headers(self) -> tuple[str, ...]:
        """Return the names of the headers that went with every request of the newest campaign that has met anything."""
        with self.explained():
            row = self._database.execute(
                "SELECT headers FROM runs WHERE id IN (SELECT last_run FROM findings) ORDER BY started DESC LIMIT 1"
            ).fetchone()
            return tuple(json.loads(row[0])) if row else ()

    def finish_run(self, run: int, *, stop: str, requests: int, seconds: float) -> None:
        """Note how a campaign ended."""
        with self.explained():
            self._database.execute(
                "UPDATE runs SET finished = ?, stop = ?, requests = ?, seconds = ? WHERE id = ?",
                (_now(), stop, requests, seconds, run),
            )

    def resume_run(self, *, source: str) -> int | None:
        """Go on with the last campaign, where it was cut off and about the same document, and return its number."""
        with self.explained():
            row = self._database.execute("SELECT id, finished, source FROM runs ORDER BY id DESC LIMIT 1").fetchone()
        if row is None or row[1] is not None or row[2] != self._redaction.text(source):
            return None
        return self.join_run(int(row[0]))

    # -- findings -----------------------------------------------------------------------------------------------------

    def record(self, finding: Finding, run: int) -> StoredVerdict:
        """Keep a finding of this run, and return whether it is new, known, or back after it was fixed.

        Called again for the same finding, it updates what is kept; the verdict stays that of its first meeting. A
        scenario that is kept gives way only to one that was proven, so that a campaign which is killed before it has
        made a known finding smaller takes nothing away from it.
        """
        with self.writing():
            return self._record(self._redaction.finding(finding), run)

    def _record(self, finding: Finding, run: int) -> StoredVerdict:
        name = finding.fingerprint
        row = self._database.execute(
            "SELECT state, operations, kind, first_run, flaky FROM findings WHERE fingerprint = ?", (name,)
        ).fetchone()
        state = row[0] if row is not None else Decision.OPEN.value
        operations, flaky, kind, proves = finding.operations, finding.flaky, finding.kind, finding.proven
        was_excused = row is not None and row[2] == FindingKind.DOCUMENTED_5XX.value and not finding.is_excused
        if row is not None:
            operations = tuple(dict.fromkeys((*json.loads(row[1]), *operations)))
            proves |= was_excused or state == Decision.FIXED.value or (flaky and row[3] == run)
            flaky |= bool(row[4]) and not proves
            kind = FindingKind(row[2]) if finding.is_excused else kind  # `conclude` tells where it is excused now
        verdict = StoredVerdict.NEW if row is None or was_excused else StoredVerdict.KNOWN
        if state == Decision.FIXED.value:
            verdict, state = StoredVerdict.REGRESSED, Decision.OPEN.value
        (told,) = self._database.execute(
            "INSERT INTO sightings (run, fingerprint, verdict, count) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (run, fingerprint) DO UPDATE SET count = excluded.count,"
            " verdict = CASE WHEN ? THEN excluded.verdict ELSE verdict END RETURNING verdict",
            (run, name, verdict.value, finding.count, was_excused),
        ).fetchone()
        self._database.execute(
            "INSERT INTO findings (fingerprint, kind, operation, status, message, exception, frame, traceback, exact,"
            " flaky, count, operations, scenario, first_run, last_run, state)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (fingerprint) DO UPDATE SET kind = excluded.kind, status = excluded.status,"
            " message = excluded.message, traceback = excluded.traceback, frame = excluded.frame,"
            " flaky = excluded.flaky, operations = excluded.operations,"
            " last_run = excluded.last_run, state = excluded.state",
            (
                name,
                kind.value,
                _text(finding.operation),
                finding.status,
                _text(finding.message),
                finding.exception and _text(finding.exception),
                finding.frame and _text(finding.frame),
                finding.traceback and _text(finding.traceback),
                finding.exact,
                flaky,
                finding.count,
                json.dumps(operations),
                codec.dumps(finding.scenario),
                run,
                run,
                state,
            ),
        )
        if row is not None and proves:
            self._database.execute(
                "UPDATE findings SET operation = ?, scenario = ? WHERE fingerprint = ?",
                (_text(finding.operation), codec.dumps(finding.scenario), name),
            )
        total = "(SELECT sum(count) FROM sightings WHERE fingerprint = ?)"
        self._database.execute(f"UPDATE findings SET count = {total} WHERE fingerprint = ?", (name, name))  # noqa: S608
        return StoredVerdict(told)

    def conclude(
        self,
        verdicts: Mapping[str, StoredVerdict],
        *,
        operations: Iterable[str],
        never_seen: Iterable[tuple[str, str]],
        excused: Iterable[str] = (),
    ) -> None:
        """Note what the campaign that was begun last tells of what it did not meet, and of the document.

        Args:
            verdicts: Of findings of earlier campaigns, by fingerprint.
            operations: Those that it was about.
            never_seen: Documented responses of theirs that no request drew.
            excused: Fingerprints of what it met only where the document has it.
        """
        coverage = json.dumps({"operations": list(operations), "never_seen": [list(pair) for pair in never_seen]})
        with self.writing():
            self._database.execute("UPDATE runs SET coverage = ? WHERE id = ?", (coverage, self.run))
            self._database.executemany(
                "INSERT OR IGNORE INTO sightings (run, fingerprint, verdict, count) VALUES (?, ?, ?, 0)",
                [(self.run, name, verdict.value) for name, verdict in verdicts.items()],
            )
            self._database.executemany(
                "UPDATE findings SET kind = ? WHERE fingerprint = ?",
                [(FindingKind.DOCUMENTED_5XX.value, name) for name in excused],
            )

    def findings(self) -> tuple[Finding, ...]:
        """Return every finding that was ever kept, oldest first; `verdict` says whether it counts as fixed."""
        return tuple(kept.finding for kept in self.kept())

    def kept(self) -> tuple[KeptFinding, ...]:
        """Return every finding that was ever kept, with its dates and what was decided about it, oldest first."""
        with self.explained():
            rows = self._database.execute(f"{SELECTED} ORDER BY first_run, findings.rowid").fetchall()
            return tuple(kept_of(row) for row in rows)

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
        with self.explained():
            rows = self._database.execute(
                "SELECT fingerprint FROM findings WHERE state = 'accepted' OR (state = 'waived' AND until >= ?)",
                (today.isoformat(),),
            )
            return frozenset(fingerprint for (fingerprint,) in rows)

    def mark(
        self, fingerprint: str, state: Decision, *, reason: str | None = None, until: dt.date | None = None
    ) -> bool:
        """Note what was decided about a finding; False where there is no such finding."""
        with self.explained():
            cursor = self._database.execute(
                "UPDATE findings SET state = ?, reason = ?, until = ?, decided = ? WHERE fingerprint = ?",
                (state.value, reason, until.isoformat() if until else None, _now(), fingerprint),
            )
            return cursor.rowcount == 1

    def forget(self, fingerprint: str) -> bool:
        """Remove a finding; False where there is no such finding."""
        with self.writing():
            self._database.execute("DELETE FROM sightings WHERE fingerprint = ?", (fingerprint,))
            return self._database.execute("DELETE FROM findings WHERE fingerprint = ?", (fingerprint,)).rowcount == 1

    # -- corpus -------------------------------------------------------------------------------------------------------

    def keep(self, digest: bytes, request: Request, run: int) -> None:
        """Keep a request that showed something new, for campaigns to come."""
        with self.explained():
            self._database.execute(
                "INSERT OR IGNORE INTO corpus (digest, operation, request, run) VALUES (?, ?, ?, ?)",
                (digest, request.operation, json.dumps(codec.dump_request(self._redaction.request(request))), run),
            )

    def corpus(self) -> Iterator[Request]:
        """Yield the requests kept so far, oldest first."""
        with self.explained():
            rows = self._database.execute("SELECT request FROM corpus ORDER BY rowid").fetchall()
            for (text,) in rows:
                yield codec.load_request(json.loads(text))

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Make what goes wrong in the block a StoreError."""
        try:
            yield
        except StoreError as error:
            if str(self.path) in error.message:
                raise
            raise StoreError(f"the store {self.path} can't be used: {error.message}", hint=_HINT) from error
        except _DAMAGE as error:
            if _is_without_room(error):
                raise StoreError(f"the store {self.path} can't grow: {error}", hint=_NO_ROOM) from error
            raise StoreError(f"the store {self.path} can't be used: {error}", hint=_HINT) from error


def _is_without_room(error: BaseException) -> bool:
    """Whether a disk is full, or a file may not be as large as it would have to be."""
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", None)
        return code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE)
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def _copy_of(path: Path) -> sqlite3.Connection:
    """Return a copy of a store in memory."""
    copy = sqlite3.connect(":memory:", isolation_level=None)
    try:
        _copy(path, "mode=ro", copy)
    except sqlite3.OperationalError:  # a journal that can't be written here: what is in it alone is not seen
        _copy(path, "immutable=1", copy)
    return copy


def _copy(path: Path, mode: str, into: sqlite3.Connection) -> None:
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True)) as file:
        file.backup(into)


def _text(text: str) -> str:
    """Return text as SQLite takes it: a lone surrogate, which an API may answer, as its escape."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
