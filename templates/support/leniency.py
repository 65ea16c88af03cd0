"""Tests that may fail without failing the run: in quarantine, or waived."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest

from .current import SUITE, promise, test_id

QUARANTINE = SUITE / "quarantine.txt"


def apply_leniency(
    item: pytest.Item, quarantined: set[str], waivers: Mapping[tuple[str, str], str]
) -> None:
    """Let a test fail where it is in quarantine, or where its response is waived."""
    if test_id(item).partition("[")[0] in quarantined:
        item.add_marker(pytest.mark.xfail(reason="in quarantine", strict=False))
    elif (reason := waivers.get(promise(item))) is not None:
        item.add_marker(pytest.mark.xfail(reason=f"waived: {reason}", strict=False))


def read_quarantine() -> set[str]:
    """Return the ids of the tests in quarantine.txt."""
    try:
        lines = QUARANTINE.read_text(encoding="utf-8").splitlines()
    except OSError:
        return set()
    return {line.partition("#")[0].strip() for line in lines} - {""}


def read_waivers(table: object, today: date) -> dict[tuple[str, str], str]:
    """Return the reasons of the waivers that hold today, by operation and status.

    Args:
        table: `[[waivers]]` of oagen.toml.
    """
    waivers = {}
    for waiver in table if isinstance(table, list) else ():
        until = waiver.get("until")
        if isinstance(until, date) and until >= today:
            key = str(waiver.get("operation")), str(waiver.get("status")).upper()
            waivers[key] = str(waiver.get("reason", ""))
    return waivers
