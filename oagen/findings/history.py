"""What the store knows of campaigns that have been: one after the other."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from oagen.errors import UsageError
from oagen.findings.model import StoredVerdict
from oagen.findings.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One campaign.

    Attributes:
        number: In its store.
        stop: Why it ended; None where it was cut off.
        verdicts: What it told of findings, by fingerprint.
        operations: Those that it was about; empty where it was cut off.
        never_seen: Documented responses of theirs (operation, status) that no request drew.
    """

    number: int
    started: dt.datetime
    stop: str | None
    requests: int
    seconds: float
    verdicts: Mapping[str, StoredVerdict] = field(default_factory=dict)
    operations: frozenset[str] = frozenset()
    never_seen: tuple[tuple[str, str], ...] = ()

    def counts(self) -> Counter[StoredVerdict]:
        """Return how many findings it told each verdict of."""
        return Counter(self.verdicts.values())


def history(store: Store) -> tuple[RunRecord, ...]:
    """Return every campaign, oldest first.

    Raises:
        StoreError: The store can't be read.
    """
    with store.explained():
        rows = store.database.execute(
            "SELECT id, started, stop, requests, seconds, coverage FROM runs ORDER BY started, id"
        ).fetchall()
        verdicts: dict[int, dict[str, StoredVerdict]] = {}
        for run, fingerprint, verdict in store.database.execute("SELECT run, fingerprint, verdict FROM sightings"):
            verdicts.setdefault(run, {})[fingerprint] = StoredVerdict(verdict)
        found = []
        for run, started, stop, requests, seconds, text in rows:
            coverage = json.loads(text) if text else {}
            found.append(
                RunRecord(
                    number=run,
                    started=dt.datetime.fromisoformat(started),
                    stop=stop,
                    requests=requests,
                    seconds=seconds,
                    verdicts=verdicts.get(run, {}),
                    operations=frozenset(coverage.get("operations", ())),
                    never_seen=tuple((operation, status) for operation, status in coverage.get("never_seen", ())),
                )
            )
        return tuple(found)


def since(runs: tuple[RunRecord, ...], text: str) -> tuple[RunRecord, ...]:
    """Return the campaigns from a day on (`2030-01-31`, in UTC), or from one of them on (its number).

    Raises:
        UsageError: The text is neither.
    """
    if text.isascii() and text.isdecimal():
        first = next((index for index, run in enumerate(runs) if run.number == int(text)), None)
        if first is None:
            raise UsageError(f"there is no run {text}", hint="oagen report lists them with their numbers")
        return runs[first:]
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is no day and no run", hint="--since 2030-01-31, or --since 12") from None
    return tuple(run for run in runs if run.started.date() >= day)
