"""What is done to a store now and then: secrets taken out, and what nobody needs any more."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING

from oagen.findings.redaction import Redaction
from oagen.findings.rows import SELECTED, kept_of
from oagen.scenario import codec

if TYPE_CHECKING:
    from oagen.findings.store import Store

REQUESTS_KEPT = 200
"""Requests of each operation that stay in the corpus."""

RUNS_KEPT = 1_000
"""Runs that stay in the history."""


def compact(store: Store, *, requests: int = REQUESTS_KEPT, runs: int = RUNS_KEPT) -> bool:
    """Let go of what no campaign to come needs, and return whether that was anything.

    Of each operation the newest requests stay, and of the history the newest runs and those that met a finding first
    or last; findings all stay, and so does how often each was met.

    Raises:
        StoreError: The store can't be written.
    """
    with store.writing() as database:
        gone = database.execute(
            "DELETE FROM corpus WHERE digest IN (SELECT digest FROM (SELECT digest, row_number() OVER"
            " (PARTITION BY operation ORDER BY rowid DESC) AS place FROM corpus) WHERE place > ?)",
            (requests,),
        ).rowcount
        old = database.execute(
            "SELECT id FROM (SELECT id FROM runs ORDER BY started DESC, id DESC LIMIT -1 OFFSET ?)"
            " WHERE id NOT IN (SELECT first_run FROM findings UNION SELECT last_run FROM findings)",
            (runs,),
        ).fetchall()
        for (run,) in old:
            database.execute(
                "UPDATE sightings SET count = sightings.count + gone.count FROM sightings AS gone, findings"
                " WHERE gone.run = ? AND gone.fingerprint = sightings.fingerprint"
                " AND findings.fingerprint = sightings.fingerprint AND sightings.run = findings.first_run",
                (run,),
            )
            database.execute("DELETE FROM sightings WHERE run = ?", (run,))
            database.execute("DELETE FROM runs WHERE id = ?", (run,))
    if gone or old:
        with store.explained():
            store.database.execute("VACUUM")
    return bool(gone or old)


def redact(database: sqlite3.Connection, redaction: Redaction) -> None:
    """Take the secrets that are known now out of what an older oagen kept, in the transaction that is open."""
    for row in database.execute(SELECTED).fetchall():
        kept = kept_of(row).finding
        finding = redaction.finding(kept)
        if finding != kept:
            database.execute(
                "UPDATE findings SET message = ?, traceback = ?, scenario = ? WHERE fingerprint = ?",
                (finding.message, finding.traceback, codec.dumps(finding.scenario), finding.fingerprint),
            )
    for digest, text in database.execute("SELECT digest, request FROM corpus").fetchall():
        request = codec.load_request(json.loads(text))
        if redaction.request(request) != request:
            database.execute("DELETE FROM corpus WHERE digest = ?", (digest,))
    for run, source in database.execute("SELECT id, source FROM runs").fetchall():
        database.execute("UPDATE runs SET source = ? WHERE id = ?", (redaction.text(source), run))
