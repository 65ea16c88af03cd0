"""A rendered test and the runner do the same: the same requests, byte for byte, and the same verdicts."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from oagen.runner.judge import FailureKind, Judge, Outcome, Verdict
from oagen.runner.run import RunContext, run_scenario
from oagen.scenario.design import design
from oagen.scenario.identities import IdentityInfo
from oagen.scenario.model import Scenario
from oagen.spec.loading import load_description
from oagen.spec.model import ApiDescription
from oagen.suite.build import build_suite
from oagen.suite.model import Level, SuiteSettings, TestCase
from oagen.target.agent.options import AgentOptions
from oagen.target.open import open_target
from tests.suite.running import Ran, run, write

ROOT = Path(__file__).resolve().parents[2]
RUN = "agreement"
IDENTITIES = {name: {"Authorization": f"Bearer {name}-demo-token"} for name in ("alice", "bob", "root")}
CONFIGURATION = "\n".join(
    f'[identities.{name}]\nrole = "{role}"\nheaders = {{ Authorization = "Bearer {name}-demo-token" }}\n'
    for name, role in (("alice", "user"), ("bob", "user"), ("root", "admin"))
)
RECORDER = '''
"""The bookshop behind a recorder of what it is asked."""

import json
import os
import sys

from oagen.demo.bookshop.main import app as bookshop

CLIENTS = {b"host", b"user-agent", b"accept-encoding", b"connection", b"content-length"}


def test():
    module = sys.modules.get("api_tests.support.current")
    return module.current.test if module else ""


async def app(scope, receive, send):
    if scope["type"] != "http":
        await bookshop(scope, receive, send)
        return
    message = await receive()
    headers = [(n.decode("latin-1"), v.decode("latin-1")) for n, v in scope["headers"] if n not in CLIENTS]
    query = b"?" + scope["query_string"] if scope["query_string"] else b""
    record = {
        "test": test(),
        "method": scope["method"],
        "target": (scope["raw_path"] + query).decode("latin-1"),
        "headers": sorted(headers),
        "body": message.get("body", b"").decode("latin-1"),
    }
    with open(os.environ["RECORD"], "a") as file:
        file.write(json.dumps(record) + "\\n")
    first = [message]

    async def again():
        return first.pop() if first else await receive()

    await bookshop(scope, again, send)
'''


@dataclass(frozen=True, slots=True, kw_only=True)
class Both:
    """What the suite and the runner made of the same scenarios, by test."""

    ran: Ran
    sent_by_suite: dict[str, list[Any]]
    sent_by_runner: dict[str, list[Any]]
    verdicts: dict[str, Verdict]


def _scenarios_by_test(description: ApiDescription) -> tuple[dict[str, Scenario], tuple[Scenario, ...]]:
    people = (IdentityInfo("alice", "user"), IdentityInfo("bob", "user"), IdentityInfo("root", "admin"))
    scenarios = design(description, identities=people)
    suite = build_suite(description, scenarios, SuiteSettings())
    by_promise = {(one.operation, one.status, one.title): one for one in scenarios}

    def scenario_of(test: TestCase) -> Scenario:
        return by_promise[test.operation, test.status, test.title]

    return {test.id: scenario_of(test) for test in suite.tests if test.level is Level.INTEGRATION}, scenarios


def _recorded(file: Path, start: int = 0) -> list[Any]:
    lines = file.read_text().splitlines() if file.exists() else []
    return [json.loads(line) for line in lines[start:]]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Both:
    root = tmp_path_factory.mktemp("agreement")
    description = load_description(str(ROOT / "sample_specs" / "bookshop.yaml"))
    by_test, scenarios = _scenarios_by_test(description)
    write(build_suite(description, scenarios, SuiteSettings()), root / "api_tests")
    (root / "recorder.py").write_text(RECORDER)
    (root / "oagen.toml").write_text(CONFIGURATION)
    record = root / "suite.jsonl"
    ran = run(
        root / "api_tests",
        *("-m", "integration", "--api-app", "recorder:app", "--tb=line"),
        OAGEN_RUN=RUN,
        RECORD=str(record),
        BOOKSHOP_DATABASE=str(root / "suite.sqlite3"),
        PYTHONPATH=str(ROOT),
    )
    sent_by_suite: dict[str, list[Any]] = {}
    for request in _recorded(record):
        sent_by_suite.setdefault(request.pop("test"), []).append(request)

    sent_by_runner: dict[str, list[Any]] = {}
    verdicts: dict[str, Verdict] = {}
    record = root / "runner.jsonl"
    options = AgentOptions(
        python=sys.executable,
        cwd=root,
        coverage=False,
        environment={
            "RECORD": str(record),
            "BOOKSHOP_DATABASE": str(root / "runner.sqlite3"),
            "PYTHONPATH": str(ROOT),
        },
    )
    judge = Judge(description)
    with open_target(app="recorder:app", agent=options) as target:
        for test in sent_by_suite:  # in the order in which the suite ran them, so that identifiers are the same
            before = len(_recorded(record))
            context = RunContext(identities=IDENTITIES, run=RUN, test=test)
            verdicts[test] = judge(by_test[test], run_scenario(by_test[test], target, context))
            sent_by_runner[test] = _recorded(record, before)
            for request in sent_by_runner[test]:
                del request["test"]
    return Both(ran=ran, sent_by_suite=sent_by_suite, sent_by_runner=sent_by_runner, verdicts=verdicts)


def test_the_same_is_sent(both: Both) -> None:
    assert len(both.sent_by_suite) > 150
    different = [test for test, sent in both.sent_by_suite.items() if sent != both.sent_by_runner[test]]

    for test in different[:3]:
        assert both.sent_by_suite[test] == both.sent_by_runner[test], test


def test_the_verdicts_are_the_same(both: Both) -> None:
    failed = set(both.ran.ended("failed")) | set(both.ran.ended("error"))
    assert failed, "the bookshop has planted faults"
    for test, verdict in both.verdicts.items():
        seen_by_suite = [item for item in verdict.failures if item.kind is not FailureKind.BODY_SCHEMA]
        refused = verdict.outcome is not Outcome.PASSED and (seen_by_suite or verdict.outcome is Outcome.NOT_REACHED)
        assert bool(refused) == (test in failed), (test, verdict, both.ran.outcomes[test])
