"""The parts of learning: waiting, remembering, deleting, telling reasons, choosing, the overlay."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from oagen.learn.attempts import Attempt
from oagen.learn.choosing import chosen, is_broken_promise
from oagen.learn.cleanup import Cleanup
from oagen.learn.ledger import Ledger
from oagen.learn.memory import Memory
from oagen.learn.model import Learned, LearnedPair, Tried, Undocumented, WitnessState, digest_of
from oagen.learn.order import burden, changes_all_others
from oagen.learn.overlay import overlay_of
from oagen.learn.reasons import what_came
from oagen.learn.seen import with_seen_values
from oagen.learn.sending import CountingTarget
from oagen.report.learned_text import learned_lines
from oagen.runner.judge import Failure, FailureKind, Outcome, Verdict
from oagen.runner.run import Trace, run_scenario
from oagen.scenario.context import DesignContext
from oagen.scenario.design import design
from oagen.scenario.model import Literal
from oagen.scenario.wire import WireRequest
from oagen.target.model import Answer
from tests.learn.items import Items, context, described

POST, GET = "POST /items", "GET /items/{item_id}"


class Busy:
    """Answers 429 so many times, then 200."""

    def __init__(self, times: int) -> None:
        self.left = times

    def send(self, request: WireRequest, *, timeout: float | None = None) -> Answer:
        del request, timeout
        self.left -= 1
        return Answer(status=429, headers=(("Retry-After", "2"),)) if self.left >= 0 else Answer(status=200)

    def close(self) -> None:
        """Nothing is open."""


def test_haste_is_waited_out() -> None:
    waited: list[float] = []
    target = CountingTarget(Busy(2), wait=waited.append)
    assert target.send(WireRequest(method="GET", target="/")).status == 200
    assert waited == [2.0, 2.0]
    assert target.requests == 3


@pytest.mark.parametrize(("patient", "expected"), [(True, 4), (False, 1)])
def test_nobody_waits_for_ever_or_for_what_is_wanted(patient: bool, expected: int) -> None:
    target = CountingTarget(Busy(100), wait=lambda _seconds: None)
    target.patient = patient
    assert target.send(WireRequest(method="GET", target="/")).status == 429
    assert target.requests == expected


def success(operation: str) -> Any:
    return next(item for item in design(described()) if item.operation == operation and item.status[0] == "2")


def test_values_are_remembered_by_name_and_secrets_are_not() -> None:
    memory = Memory(described())
    answer = Answer(status=200, body=json.dumps({"a": [{"itemId": 7}], "access_token": "s3cret"}).encode())
    scenario = success(POST)
    trace = run_scenario(scenario, Fixed(answer), context())
    memory.observe(scenario, trace)
    assert memory.values("itemid") == (7,)
    assert memory.values("access_token") == ()


def test_what_others_made_is_read_and_never_changed() -> None:
    memory = Memory(described())
    scenario = success(GET)
    memory.observe(scenario, run_scenario(scenario, Fixed(Answer(status=201, body=b'{"item_id": 1}')), context()))
    assert memory.values("item_id", made=True) == (1,)  # the set-up's creation
    read = Answer(status=200, body=b'{"item_id": 2}')
    memory.observe(scenario, run_scenario(scenario, Fixed(read), context()))
    assert memory.values("item_id") == (2, 1)
    assert memory.values("item_id", made=True) == (1,)


class Fixed:
    """Answers everything alike."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def send(self, request: WireRequest, *, timeout: float | None = None) -> Answer:
        del request, timeout
        return self.answer

    def close(self) -> None:
        """Nothing is open."""


def test_seen_identifiers_stand_in_for_made_up_ones() -> None:
    document = described(post={"204": {"description": "made, but it is not said what"}})
    memory = Memory(document)
    scenario = success(POST)
    answer = Answer(status=200, body=b'{"item_id": 41}')
    memory.observe(scenario, run_scenario(scenario, Fixed(answer), context()))
    context_of_design = DesignContext(document)
    read = next(item for item in document.operations if item.key == GET)
    requests = [request for _, request in with_seen_values(context_of_design, read, memory)]
    assert Literal(41) in [request.arguments[0].value for request in requests]


def test_what_a_run_deleted_itself_is_not_deleted_again() -> None:
    items = Items()
    cleanup = Cleanup(described(), items, context())
    scenario = success("DELETE /items/{item_id}")
    cleanup.observe(scenario, run_scenario(scenario, items, context()))
    assert cleanup.left == 0
    made = success(POST)
    cleanup.observe(made, run_scenario(made, items, replace(context(), run="other")))
    assert cleanup.left == 1
    assert cleanup.run(lambda: False) == 1
    assert cleanup.run(lambda: True) == 0
    assert items.kept == {}


def failed(kind: FailureKind, message: str, pointer: str = "") -> Attempt:
    scenario = success(POST)
    trace = run_scenario(scenario, Fixed(Answer(status=201, body=b'{"token": "s3cret"}')), context())
    verdict = Verdict(outcome=Outcome.FAILED, failures=(Failure(kind=kind, message=message, pointer=pointer),))
    return Attempt(scenario=scenario, trace=trace, verdict=verdict)


@pytest.mark.parametrize(
    ("kind", "message", "pointer"),
    [
        (FailureKind.STATUS, "answered 201, not 200: {'token': 's3cret'}", ""),
        (FailureKind.EFFECT, "it can be read: GET /x: the body is {'token': 's3cret'}, not {'token': 'x'}", ""),
        (FailureKind.BODY_VALUE, "/user is {'password': 's3cret'}, not 1", "/user"),
        (FailureKind.BODY_SCHEMA, "/token: 's3cret' is too short", "/token"),
        (FailureKind.HEADER, "Set-Cookie is 's3cret'", ""),
    ],
)
def test_reasons_show_no_body_and_no_secret(kind: FailureKind, message: str, pointer: str) -> None:
    told = what_came(failed(kind, message, pointer))
    assert told
    assert "s3cret" not in told


def tried(state: WitnessState, **others: Any) -> Tried:
    plain: dict[str, Any] = {"digest": "d", "title": "422 when x", "technique": "violated-constraint", "state": state}
    return Tried(**plain | others)


@pytest.mark.parametrize(
    ("item", "broken"),
    [
        (tried(WitnessState.REFUTED, answered=201), True),
        (tried(WitnessState.REFUTED, answered=404), False),
        (tried(WitnessState.REFUTED, answered=201, technique="conflict"), False),
        (tried(WitnessState.REFUTED, answered=422, kept_status=True, technique="conflict"), True),
        (tried(WitnessState.NOT_REACHED), False),
    ],
)
def test_what_speaks_against_the_api(item: Tried, broken: bool) -> None:
    assert is_broken_promise(item) is broken


def test_without_a_witness_every_designed_scenario_stays() -> None:
    scenarios = design(described())
    pairs = {
        (scenario.operation, scenario.status): LearnedPair(
            tried=(tried(WitnessState.REFUTED, digest=digest_of(scenario), answered=500),), complete=True
        )
        for scenario in scenarios
    }
    assert chosen(scenarios, Learned(pairs=pairs)) == scenarios


def test_what_a_killed_run_left_is_tried_and_not_believed() -> None:
    witness = success(POST)
    found = tried(WitnessState.VERIFIED, digest=digest_of(witness), witness=witness)
    known = Learned(pairs={(POST, "201"): LearnedPair(tried=(found,), complete=True)})
    scenarios = [witness]

    finished, killed = (Ledger(described(), scenarios, 60.0) for _ in range(2))

    assert list(finished.reuse(known)) == []
    assert finished.is_verified((POST, "201"))
    assert list(killed.reuse(replace(known, provisional=True))) == [((POST, "201"), witness)]
    assert not killed.is_verified((POST, "201"))


def test_digests_do_not_depend_on_where_a_document_was_read_from() -> None:
    scenario = success(POST)
    assert digest_of(replace(scenario, document="elsewhere")) == digest_of(scenario)
    assert digest_of(replace(scenario, title="another")) != digest_of(scenario)


def test_what_burdens_the_target_comes_last() -> None:
    burst = replace(success(GET), repeat=50)
    sweep = replace(success(POST), when=replace(success(POST).when, path="/admin/reset"))
    ordinary = success("DELETE /items/{item_id}")
    assert sorted([burst, sweep, ordinary], key=burden) == [ordinary, sweep, burst]


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("PUT", "/mediators/{id}/default-mediator", True),
        ("PUT", "/themes/{id}/set_system_default", True),
        ("GET", "/mediators/default", False),
        ("PUT", "/defaults/{id}", False),
        ("GET", "/shutdown", True),
    ],
)
def test_what_changes_the_answers_to_all_others_is_known_by_its_path(method: str, path: str, expected: bool) -> None:
    assert changes_all_others(method, path) is expected


def test_the_overlay_documents_client_errors_and_never_faults() -> None:
    met = [
        Undocumented(operation=POST, status=415, during="201 for a valid item"),
        Undocumented(operation=POST, status=413, during="413 x"),
        Undocumented(operation=GET, status=500, during="200 x"),
        Undocumented(operation="GET /gone", status=404, during="x"),
    ]
    overlay = overlay_of(described(), met)
    assert overlay is not None
    (action,) = overlay["actions"]
    assert action["target"] == "$.paths['/items'].post.responses"
    assert list(action["update"]) == ["415", "413"]
    assert action["update"]["415"]["description"].startswith("Unsupported Media Type")
    assert overlay_of(described(), met[2:]) is None  # an overlay without actions is none


def test_answers_that_are_all_404_ask_for_the_base_path() -> None:
    pair = LearnedPair(tried=tuple(tried(WitnessState.REFUTED, answered=404) for _ in range(10)))
    lines = list(learned_lines(Learned(pairs={(POST, "422"): pair}), limit=5))
    assert any("base path" in line for line in lines)


def test_a_trace_without_answers_teaches_nothing() -> None:
    memory = Memory(described())
    memory.observe(success(POST), Trace(reached=False))
    assert memory.undocumented == ()
