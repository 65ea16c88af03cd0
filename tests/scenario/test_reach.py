"""The scenarios of the bundled bookshop, designed from its document alone, draw what it promises when they are sent."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path

import pytest

from oagen.demo.bookshop.main import create_app
from oagen.demo.serving import serve_bookshop
from oagen.runner.judge import Outcome, judge
from oagen.runner.run import RunContext, run_scenario
from oagen.scenario.design import design
from oagen.scenario.identities import IdentityInfo
from oagen.target.http import HttpTarget
from tests.spec.documents import read

PEOPLE = (IdentityInfo("alice", "customer"), IdentityInfo("bob", "customer"), IdentityInfo("root", "admin"))

SHOWN_FAULTS = {
    ("POST /books/{book_id}/reviews", "409"),
    ("POST /orders/{order_id}/cancellation", "200"),
    ("DELETE /books/{book_id}/reviews/{review_id}", "404"),
    ("PUT /books/{book_id}", "409"),
}
"""Promises that FAULTS.md says are broken on purpose."""


@pytest.mark.slow
def test_all_but_the_planted_faults_is_drawn(tmp_path: Path) -> None:
    description = read(tmp_path, json.dumps(create_app().openapi()))
    scenarios = design(description, identities=PEOPLE)
    headers = {who.name: {"Authorization": f"Bearer {who.name}-demo-token"} for who in PEOPLE}
    context = RunContext(identities=headers, run="reach")
    with serve_bookshop() as shop, ExitStack() as resources:
        target = HttpTarget(shop.base_url)
        resources.callback(target.close)
        missed = {
            (scenario.operation, scenario.status)
            for scenario in scenarios
            if judge(scenario, run_scenario(scenario, target, context), description).outcome is not Outcome.PASSED
        }
    assert missed == SHOWN_FAULTS
