"""Findings that need what their request does not name get the steps that make it, or are said to be uncertain."""

from __future__ import annotations

from pathlib import Path

import pytest

from oagen.findings.model import Finding
from oagen.fuzz.campaign import Campaign
from oagen.fuzz.events import CampaignOptions, Finished
from oagen.fuzz.restoring import Recovery
from oagen.runner.run import RunContext, run_scenario
from tests.fuzz.apps import described
from tests.fuzz.library import DOCUMENT, Library

pytestmark = pytest.mark.timeout(120)


def _found(tmp_path: Path, library: Library, recovery: Recovery, seed: int = 1) -> dict[str, Finding]:
    options = CampaignOptions(seed=seed, max_seconds=None, max_requests=4000)
    *_, finished = Campaign(described(tmp_path, DOCUMENT), library, options, recovery=recovery).run()
    assert isinstance(finished, Finished)
    return {finding.operation: finding for finding in finished.findings if finding.status == 500}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_writes_that_a_finding_needs_become_its_steps(tmp_path: Path, seed: int) -> None:
    library = Library()

    found = _found(tmp_path, library, Recovery(afresh=library.forget), seed)

    assert {
        operation: [step.request.operation for step in item.scenario.steps] for operation, item in found.items()
    } == {
        "GET /version": [],
        "GET /books": ["POST /books"],
        "POST /tags": ["POST /tags"],
        "GET /loans": ["POST /books", "POST /loans", "DELETE /books/{book_id}"],
    }
    assert not any(finding.flaky for finding in found.values())
    for finding in found.values():
        library.forget()
        trace = run_scenario(finding.scenario, library, RunContext(run="again"))
        assert trace.decisive is not None
        assert trace.decisive.answer is not None
        assert trace.decisive.answer.status == 500
    assert library.starts < 60


def test_without_a_fresh_start_it_is_said_that_they_may_need_more(tmp_path: Path) -> None:
    found = _found(tmp_path, Library(), Recovery())

    assert {operation for operation, finding in found.items() if not finding.flaky} == {"GET /version"}
    assert set(found) == {"GET /version", "GET /books", "POST /tags", "GET /loans"}


def test_nothing_is_started_for_which_the_time_does_not_reach(tmp_path: Path) -> None:
    library = Library()
    restart = f"touch {tmp_path / 'restarted'}"
    options = CampaignOptions(seed=1, max_seconds=4)

    campaign = Campaign(
        described(tmp_path, DOCUMENT), library, options, recovery=Recovery(restart_command=restart, folder=tmp_path)
    )
    *_, finished = campaign.run()

    assert isinstance(finished, Finished)
    assert not (tmp_path / "restarted").exists()
    assert {finding.operation for finding in finished.findings if finding.flaky} >= {"GET /books"}
    assert finished.seconds < 6
