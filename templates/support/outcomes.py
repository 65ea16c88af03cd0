"""Keeps how each test ended in outcomes.json, for `oagen matrix`."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from .arranging import SetupError
from .current import SUITE, current, test_id

FILE = SUITE / "outcomes.json"
VERSION = 1
LOCK_SECONDS = 10.0
LONGEST_REASON = 300


class OutcomeRecorder:
    """A pytest plugin that notes outcomes.

    Each worker of pytest-xdist adds its own to the file.
    """

    def __init__(self) -> None:
        self._outcomes: dict[str, dict[str, Any]] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Iterator[None]:
        """Note the outcome of a phase: set-up, call or tear-down."""
        report: pytest.TestReport = yield  # type: ignore[assignment]
        if SUITE in item.path.parents:
            outcome = _outcome(report, call)
            if outcome is not None:
                self._outcomes[test_id(item)] = outcome
        return report  # type: ignore[return-value]

    def pytest_sessionfinish(self) -> None:
        """Write what was noted; a folder that can't be written is no fault."""
        if not self._outcomes:
            return
        with suppress(OSError), _locked(FILE.with_suffix(".lock")):
            merged = dict(sorted({**read_outcomes(), **self._outcomes}.items()))
            text = json.dumps({"version": VERSION, "outcomes": merged}, indent=1)
            new = FILE.with_suffix(f".{os.getpid()}.tmp")
            new.write_text(text + "\n", encoding="utf-8")
            new.replace(FILE)


def read_outcomes() -> dict[str, dict[str, Any]]:
    """Return the outcomes of earlier runs by test id.

    None where the file is missing, damaged or newer.
    """
    try:
        stored = json.loads(FILE.read_text(encoding="utf-8"))
        outcomes = stored["outcomes"] if stored["version"] == VERSION else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return outcomes if isinstance(outcomes, dict) else {}


def _outcome(
    report: pytest.TestReport, call: pytest.CallInfo[None]
) -> dict[str, Any] | None:
    """Return what a report says of the test as a whole.

    None for a phase that went as it should.
    """
    if report.when != "call" and report.passed:
        return None
    state, reason = report.outcome, ""
    if call.excinfo is not None:
        reason = str(call.excinfo.value).partition("\n")[0][:LONGEST_REASON]
        if report.failed and (
            report.when != "call" or isinstance(call.excinfo.value, SetupError)
        ):
            state = "error"  # type: ignore[assignment]
    outcome = {
        "outcome": state,
        "reason": reason or None,
        "seconds": round(report.duration, 4),
        "run": current.run,
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }
    if report.skipped and current.needs_state:
        outcome["needs_state"] = current.needs_state
    return outcome


@contextmanager
def _locked(lock: Path) -> Iterator[None]:
    """Hold a lock file; one older than `LOCK_SECONDS` was left behind."""
    while True:
        try:
            os.close(os.open(lock, os.O_CREAT | os.O_EXCL))
            break
        except FileExistsError:
            with suppress(OSError):
                if time.time() - lock.stat().st_mtime > LOCK_SECONDS:
                    lock.unlink()
            time.sleep(0.01)
    try:
        yield
    finally:
        with suppress(OSError):
            lock.unlink()


def passed_before() -> set[str]:
    """Return the ids of the tests whose last outcome was a pass."""
    return {
        name
        for name, outcome in read_outcomes().items()
        if outcome.get("outcome") == "passed"
    }
