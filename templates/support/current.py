"""The test that runs at this moment, and the run it belongs to."""

from __future__ import annotations

import os
import re
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import pytest

SUITE = Path(__file__).resolve().parent.parent
"""The folder of this suite."""


@dataclass
class Current:
    """The test that runs, by its id relative to the suite's folder.

    Attributes:
        run: Names this run of the suite; the same in all workers of pytest-xdist.
        attempt: Counts the runs of one test within the run, from 1 (a rerun needs
            values of its own).
        operation: The operation that the test is about, as its class says it.
        status: The documented status that the test is about, as its name says it.
        needs_state: The provider state that it was skipped for, empty where it was not.
        attempts: How often each test has begun in this run.
        passed: The tests that have passed before this run.
    """

    run: str = field(
        default_factory=lambda: os.environ.get("OAGEN_RUN") or uuid.uuid4().hex
    )
    test: str = ""
    attempt: int = 1
    operation: str = ""
    status: str = ""
    needs_state: str = ""
    attempts: dict[str, int] = field(default_factory=dict)
    passed: set[str] = field(default_factory=set)

    @property
    def passed_before(self) -> bool:
        """Whether this test has passed in an earlier run."""
        return self.test in self.passed

    def begin(self, item: pytest.Item) -> None:
        """Take note of the test that begins."""
        self.test = test_id(item)
        self.attempt = self.attempts[self.test] = self.attempts.get(self.test, 0) + 1
        self.operation, self.status = promise(item)
        self.needs_state = ""

    def join(self, config: pytest.Config) -> None:
        """Take the run's name from pytest-xdist, where this is one of its workers."""
        worker = getattr(config, "workerinput", None)
        if worker is not None and not os.environ.get("OAGEN_RUN"):
            self.run = str(worker["testrunuid"])


def end_run(message: str) -> NoReturn:
    """End the run with one sentence; in a worker of pytest-xdist, fail the test."""
    if os.environ.get("PYTEST_XDIST_WORKER"):
        pytest.fail(message, pytrace=False)
    pytest.exit(message, returncode=4)


def test_id(item: pytest.Item) -> str:
    """Return the id of a test relative to the suite's folder."""
    inner = item.nodeid.partition("::")[2]
    try:
        return f"{item.path.relative_to(SUITE).as_posix()}::{inner}"
    except ValueError:
        return item.nodeid


def promise(item: pytest.Item) -> tuple[str, str]:
    """Return the operation and the status that a test is about, or empty texts."""
    holder = getattr(item, "cls", None)
    operation = ((getattr(holder, "__doc__", None) or "").splitlines() or [""])[0]
    status = re.match(r"test_(\d{3}|[1-5]xx|default)_", item.name)
    if status is None:
        return operation, ""
    return operation, status[1] if status[1] == "default" else status[1].upper()


current = Current()
