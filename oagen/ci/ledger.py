"""What each night came to, one line of JSON a night, beside the store; for the trend."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from oagen.errors import OutputError
from oagen.findings.folder import make_folder

_KEPT = 90
"""Nights that are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NightRecord:
    """One night in figures.

    Attributes:
        day: `2030-01-31 02:17`, in UTC.
        ending: `clean`, `findings`, `not tested` or `interrupted`.
        never_seen: Documented responses that no request drew.
    """

    day: str
    ending: str
    requests: int = 0
    new: int = 0
    regressed: int = 0
    known: int = 0
    fixed: int = 0
    not_reached: int = 0
    never_seen: int = 0


def ledger_beside(store: Path) -> Path:
    """Return where the nights of a store are kept."""
    return store.with_name("nights.jsonl")


def read_nights(file: Path) -> tuple[NightRecord, ...]:
    """Return the nights before, oldest first; lines that can't be read are left out."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return ()
    found = []
    for line in lines:
        with suppress(ValueError, TypeError, KeyError):
            found.append(_record(json.loads(line)))
    return tuple(found[-_KEPT:])


def add_night(file: Path, night: NightRecord) -> None:
    """Add a night.

    Raises:
        OutputError: The file can't be written.
    """
    from oagen.report.writing import write_atomically

    nights = (*read_nights(file), night)[-_KEPT:]
    try:
        make_folder(file.parent)
    except OSError as error:
        raise OutputError(f"{file.parent} can't be made a folder: {error.strerror}") from error
    write_atomically(file, "".join(json.dumps(asdict(item)) + "\n" for item in nights))


def _record(value: Mapping[str, object]) -> NightRecord:
    counts = {item.name: int(str(value.get(item.name, 0))) for item in fields(NightRecord) if item.type == "int"}
    return NightRecord(day=str(value["day"]), ending=str(value["ending"]), **counts)
