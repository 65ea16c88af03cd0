"""Promises that are broken are reported, each once; where they are kept, nothing is."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from oagen.findings.model import Finding
from oagen.target.agent.client import AgentTarget
from oagen.target.agent.options import AgentOptions
from tests.quality.hunting import HERE, Hunt, described, hunt
from tests.quality.promised.faults import FAULTS, Fault

pytestmark = pytest.mark.timeout(280)

REQUESTS = 1500


def _hunt(folder: Path, *, kept: bool) -> Hunt:
    options = AgentOptions(cwd=HERE, environment={"PROMISES_KEPT": "1" if kept else "0"})
    with closing(AgentTarget("promised.app:app", options)) as target:
        return hunt(target, described(target, folder), seed=1, requests=REQUESTS)


def _named(finding: Finding) -> Fault | None:
    return next((fault for fault in FAULTS if fault.names(finding)), None)


def test_each_broken_promise_is_reported_once(tmp_path: Path) -> None:
    findings = _hunt(tmp_path, kept=False).finished.findings
    reported = Counter(_named(finding) for finding in findings)

    assert [finding.sentence for finding in findings if _named(finding) is None] == []
    assert [fault for fault in FAULTS if fault not in reported] == []
    assert [fault for fault, count in reported.items() if count > 1] == []
    by_chance = {"GET /boats/{boat_id}/owner"}  # it depends on the identifier: each other boat shows it
    assert {finding.operation for finding in findings if finding.flaky} <= by_chance


def test_one_schema_is_one_finding_of_all_operations_that_show_it(tmp_path: Path) -> None:
    findings = _hunt(tmp_path, kept=False).finished.findings
    (built,) = [finding for finding in findings if "/built" in finding.message]

    assert len(built.operations) > 1
    assert built.scenario.pointer == "/components/schemas/Boat/allOf/0/properties/built/type"


def test_nothing_is_reported_where_promises_are_kept(tmp_path: Path) -> None:
    found = _hunt(tmp_path, kept=True)

    assert [finding.sentence for finding in found.finished.findings] == []
    assert found.finished.requests >= REQUESTS
