"""Findings as rows of the store."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from oagen.findings.model import Decision, Finding, FindingKind, KeptFinding, StoredVerdict
from oagen.scenario import codec

SELECTED = (
    "SELECT fingerprint, kind, operation, status, message, exception, frame, traceback, exact, flaky, count,"
    " operations, scenario, state, reason, until, first.started, last.started, decided FROM findings"
    " LEFT JOIN runs AS first ON first.id = first_run LEFT JOIN runs AS last ON last.id = last_run"
)
"""Selects what `kept_of` reads."""


def kept_of(row: tuple[Any, ...]) -> KeptFinding:
    """Return the finding of a row."""
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
        decided=dt.datetime.fromisoformat(row[18]) if row[18] else None,
    )
