"""The seeded application is what its table says: each fault shows itself, and not in the corrected version."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from oagen.scenario.wire import WireRequest
from oagen.target.agent.client import AgentTarget
from oagen.target.agent.options import AgentOptions
from oagen.target.model import Answer
from tests.quality.seeded.faults import FAULTS, Fault, Kind, Sent

HERE = Path(__file__).parent
_unique = itertools.count(1)


def _started(corrected: str) -> Iterator[AgentTarget]:
    options = AgentOptions(cwd=HERE, environment={"SEEDED_CORRECTED": corrected})
    with AgentTarget("seeded.app:app", options) as target:
        yield target


@pytest.fixture(scope="module")
def faulty() -> Iterator[AgentTarget]:
    yield from _started("0")


@pytest.fixture(scope="module")
def corrected() -> Iterator[AgentTarget]:
    yield from _started("1")


def _request(sent: Sent, identifiers: list[int], unique: int) -> WireRequest:
    def filled(text: str) -> str:
        text = text.replace("$u", str(unique))
        return re.sub(r"\$(\d)", lambda found: str(identifiers[int(found[1])]), text)

    body = filled(sent.body).encode() if isinstance(sent.body, str) else sent.body
    return WireRequest(method=sent.method, target=filled(sent.target), headers=sent.headers, body=body)


def _answers(target: AgentTarget, fault: Fault) -> tuple[list[Answer], list[Answer]]:
    """Return the answers of the steps before the last, and those of the last."""
    unique = next(_unique)
    identifiers: list[int] = []
    before = []
    for sent in fault.steps[:-1]:
        answer = target.send(_request(sent, identifiers, unique))
        value = answer.json() if answer.body else None
        identifiers.append(value.get("id", 0) if isinstance(value, dict) else 0)
        before.append(answer)
    last = _request(fault.steps[-1], identifiers, unique)
    outcomes = target.send_together([last] * fault.together)
    return before, [outcome for outcome in outcomes if isinstance(outcome, Answer)]


def _name(fault: Fault) -> str:
    return f"{fault.exception}-{fault.function}"


@pytest.mark.parametrize("fault", FAULTS, ids=_name)
def test_fault_shows_itself(faulty: AgentTarget, fault: Fault) -> None:
    before, last = _answers(faulty, fault)
    assert all(answer.status < 300 for answer in before), [answer.body for answer in before]
    failed = [answer for answer in last if answer.status == 500]
    assert failed, [answer.body for answer in last]
    caught = failed[0].exception
    assert caught is not None
    assert caught.innermost is not None
    assert (caught.type, caught.innermost.function) == (fault.exception, fault.function)


@pytest.mark.parametrize("fault", FAULTS, ids=_name)
def test_corrected_version_answers_what_it_documents(corrected: AgentTarget, fault: Fault) -> None:
    before, last = _answers(corrected, fault)
    document = corrected.document()
    assert document is not None
    path = fault.operation.partition(" ")[2]
    documented = json.loads(document)["paths"][path][fault.operation.partition(" ")[0].lower()]
    assert all(answer.status < 300 for answer in before)
    for answer in last:
        assert str(answer.status) in documented["responses"], answer.body
        assert answer.exception is None


def test_faults_are_told_apart_and_of_every_kind() -> None:
    assert len({(fault.exception, fault.function) for fault in FAULTS}) == len(FAULTS) >= 25
    assert {fault.kind for fault in FAULTS} == set(Kind)
