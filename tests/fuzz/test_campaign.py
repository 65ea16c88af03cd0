"""Whole campaigns against small APIs."""

from __future__ import annotations

import json
import threading
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from oagen.findings.logs import LogTail
from oagen.findings.model import FindingKind, StoredVerdict
from oagen.findings.store import Store
from oagen.fuzz.campaign import Campaign
from oagen.fuzz.events import CampaignOptions, Finished, Found, Noticed, Started, Stop
from oagen.fuzz.oracles import Fault, Oracle, Oracles
from oagen.fuzz.restoring import Recovery
from oagen.runner.run import RunContext, run_scenario
from oagen.scenario.model import Argument, Body, Capture, Expectation, Literal, Request, Scenario, Step
from oagen.scenario.wire import WireRequest
from oagen.spec.model import ParameterLocation
from oagen.target.model import Answer, FailureKind, SendFailure
from tests.fuzz.apps import DOCUMENT, Answering, OrdersApi, described

pytestmark = pytest.mark.timeout(120)


def _run(tmp_path: Path, target: Any, requests: int = 3000, seed: int = 1, **more: Any) -> list[Any]:
    options = CampaignOptions(seed=seed, max_seconds=100, max_requests=requests, **more.pop("options", {}))
    return list(Campaign(described(tmp_path), target, options, **more).run())


def _finished(events: list[Any]) -> Finished:
    assert isinstance(events[0], Started)
    assert isinstance(events[-1], Finished)
    return events[-1]


@pytest.mark.parametrize("seed", [1, 2])
def test_every_planted_fault_is_found_and_reported_once(tmp_path: Path, seed: int) -> None:
    api = OrdersApi()

    finished = _finished(_run(tmp_path, api, requests=5000, seed=seed))

    assert set(api.faults) == {"limit", "nul", "not-object", "stateful"}
    assert Counter(finding.operation for finding in finished.findings) == {
        "POST /orders": 2,
        "GET /orders": 1,
        "GET /orders/{order_id}": 1,
    }
    assert {finding.kind for finding in finished.findings} == {FindingKind.UNDOCUMENTED_5XX}
    assert sum(finding.count for finding in finished.findings) <= len(api.faults)


def test_each_finding_is_the_smallest_scenario_that_shows_it_again(tmp_path: Path) -> None:
    api = OrdersApi()
    findings = _finished(_run(tmp_path, api, requests=5000)).findings

    for finding in findings:
        fresh = OrdersApi() if finding.scenario.given else api
        trace = run_scenario(finding.scenario, fresh, RunContext(run="again"))
        assert trace.decisive is not None, trace.reason
        assert trace.decisive.answer is not None
        assert trace.decisive.answer.status == 500, finding
        assert not finding.flaky
    listing = next(finding for finding in findings if finding.operation == "GET /orders")
    assert [argument.name for argument in listing.scenario.when.arguments] == ["limit"]
    reading = next(finding for finding in findings if finding.operation == "GET /orders/{order_id}")
    assert [step.request.operation for step in reading.scenario.steps] == ["POST /orders"]


def test_a_fault_met_while_another_one_is_made_smaller_is_a_finding_too(tmp_path: Path) -> None:
    api, budget = OrdersApi(), 1500

    def respond(request: WireRequest) -> Answer:
        if len(api.sent) >= 0.5 * budget and request.target == "/orders" and request.method == "GET":
            return Answer(status=500, body=b"a list without a limit")
        return api.send(request)

    events = _run(tmp_path, Answering(respond), requests=budget)

    assert "limit" in api.faults
    assert len([item for item in _finished(events).findings if "without a limit" in item.message]) == 1


def test_an_api_without_faults_has_no_findings(tmp_path: Path) -> None:
    api = OrdersApi(broken=False)

    finished = _finished(_run(tmp_path, api))

    assert finished.findings == ()
    assert finished.requests == len(api.sent) > 1000


def test_the_same_seed_sends_the_same_requests(tmp_path: Path) -> None:
    first, second, other = OrdersApi(), OrdersApi(), OrdersApi()
    for api, seed in ((first, 7), (second, 7), (other, 8)):
        _run(tmp_path, api, requests=400, seed=seed)

    assert first.sent == second.sent
    assert first.sent != other.sent


def test_nothing_equal_is_sent_twice_unless_a_write_succeeded(tmp_path: Path) -> None:
    target = Answering(lambda _request: Answer(status=404))

    _run(tmp_path, target, requests=1500, options={"oracles": (Oracle.UNDOCUMENTED_5XX,)})

    assert max(Counter(target.sent).values()) == 1


def test_the_answers_are_counted_by_operation(tmp_path: Path) -> None:
    finished = _finished(_run(tmp_path, OrdersApi(), requests=500))

    assert sum(sum(counts.values()) for counts in finished.responses.values()) == finished.requests
    assert finished.responses["POST /orders"]["201"] > 0
    assert finished.stop is Stop.REQUESTS


def test_read_only_sends_nothing_that_changes(tmp_path: Path) -> None:
    api = OrdersApi()
    _run(tmp_path, api, requests=500, options={"read_only": True})

    methods = {request.method for request in api.sent}
    assert "GET" in methods
    assert not methods & {"POST", "PUT", "PATCH", "DELETE"}


def test_documented_server_errors_are_told_apart(tmp_path: Path) -> None:
    target = Answering(lambda request: Answer(status=503 if request.method == "DELETE" else 404))

    options = {"other_methods": False, "oracles": (Oracle.UNDOCUMENTED_5XX, Oracle.DOCUMENTED_5XX)}

    findings = _finished(_run(tmp_path, target, requests=300, options=options)).findings

    assert [(finding.operation, finding.kind) for finding in findings] == [
        ("DELETE /orders/{order_id}", FindingKind.DOCUMENTED_5XX)
    ]


def test_designed_scenarios_come_first_with_their_captures(tmp_path: Path) -> None:
    body = Body(media_type="application/json", value=Literal({"quantity": 3, "note": "designed"}))
    path = Argument(name="order_id", where=ParameterLocation.PATH, value=Capture("order", pointer="/id"))
    scenario = Scenario(
        operation="GET /orders/{order_id}",
        status="200",
        technique="valid",
        title="200",
        pointer="",
        given=(Step(name="order", request=Request(method="POST", path="/orders", body=body)),),
        when=Request(method="GET", path="/orders/{order_id}", arguments=(path,)),
        then=Expectation(status="200"),
    )
    api = OrdersApi()

    _run(tmp_path, api, requests=50, scenarios=(scenario,))

    assert [(request.method, request.target) for request in api.sent[1:4]] == [
        ("GET", "/orders"),  # before anything is written
        ("POST", "/orders"),
        ("GET", "/orders/ord-3e8"),
    ]


def test_findings_and_corpus_outlive_the_campaign(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.sqlite")
    first = _finished(_run(tmp_path, OrdersApi(), store=store))
    again = [event for event in _run(tmp_path, OrdersApi(), store=store) if isinstance(event, Found)]

    assert {finding.fingerprint for finding in store.findings()} == {item.fingerprint for item in first.findings}
    assert {finding.verdict for finding in first.findings} == {StoredVerdict.NEW}
    assert {event.finding.verdict for event in again} == {StoredVerdict.KNOWN}
    assert len(list(store.corpus())) > 5
    assert store.resume_run(source=described(tmp_path).source) is None
    store.close()


def test_a_resumed_campaign_begins_with_what_the_last_one_kept(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.sqlite")
    _run(tmp_path, OrdersApi(), requests=800, store=store)
    kept = list(store.corpus())
    foreign = Request(method="DELETE", path="/users")
    api = OrdersApi()

    _run(tmp_path, api, requests=2 * len(kept), resumed=(foreign, *kept), options={"other_methods": False})

    assert kept
    assert len(set(api.faults)) >= 2
    assert not [request for request in api.sent if request.target.startswith("/users")]
    store.close()


def test_a_campaign_that_was_cut_off_goes_on(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.sqlite")
    description = described(tmp_path)
    events = Campaign(description, OrdersApi(), CampaignOptions(max_requests=3000), store=store).run()
    cut = next(event.finding for event in events if isinstance(event, Found))
    events.close()

    run = store.resume_run(source=description.source)
    assert run is not None
    rest = _finished(_run(tmp_path, OrdersApi(broken=False), requests=300, store=store, run=run))

    (finding,) = rest.findings
    assert (finding.fingerprint, finding.verdict, finding.flaky) == (cut.fingerprint, StoredVerdict.NEW, True)
    assert store.resume_run(source=description.source) is None
    store.close()


def test_two_writes_that_collide_are_kept_as_they_were_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oagen.fuzz.planning._BEFORE_COLLISIONS", 0.0)
    monkeypatch.setattr("oagen.fuzz.planning._COLLIDING", 0.2)
    api, guard = OrdersApi(broken=False), threading.Lock()
    waiting = threading.Event()

    def respond(request: WireRequest) -> Answer:
        if request.method != "POST":
            return api.send(request)
        if not guard.acquire(blocking=False):
            waiting.set()
            return Answer(status=500, body=b"two at once")
        try:
            if threading.current_thread() is not threading.main_thread():
                waiting.wait(0.2)
                waiting.clear()
            return api.send(request)
        finally:
            guard.release()

    finished = _finished(_run(tmp_path, Answering(respond), requests=600))

    (finding,) = [item for item in finished.findings if item.status == 500]
    assert finding.scenario.alongside == (finding.scenario.when,)


# -- targets that suffer ----------------------------------------------------------------------------------------------


def test_a_request_that_hangs_is_a_finding_and_the_operation_rests(tmp_path: Path) -> None:
    api = OrdersApi(broken=False)

    def respond(request: WireRequest) -> Answer | FailureKind:
        hangs = b"\0" in (request.body or b"") or b"\\u0000" in (request.body or b"")
        return FailureKind.TIMEOUT if hangs else api.send(request)

    events = _run(tmp_path, Answering(respond))

    assert [(item.operation, item.kind) for item in _finished(events).findings] == [
        ("POST /orders", FindingKind.TIMEOUT)
    ]
    assert _finished(events).responses["POST /orders"]["none"] < 20
    assert not [event for event in events if isinstance(event, Noticed)]


def test_a_server_that_hangs_up_on_a_long_head_is_no_fault(tmp_path: Path) -> None:
    oracles = Oracles(described(tmp_path))
    dropped = SendFailure(FailureKind.DROPPED, "the connection was closed without an answer")

    def faults(text: str) -> int:
        argument = Argument(name="limit", where=ParameterLocation.QUERY, value=Literal(text))
        return len(oracles.faults_without_answer(Request(method="GET", path="/orders", arguments=(argument,)), dropped))

    assert faults("x" * 7000) == 1
    assert faults("x" * 9000) == 0
    assert faults("\u03a9" * 1500) == 0  # six characters each, percent-encoded


def test_a_dropped_connection_is_named_by_the_traceback_in_the_log(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    log.touch()
    oracles = Oracles(described(tmp_path), LogTail(log))
    dropped = SendFailure(FailureKind.DROPPED, "the connection was closed in the middle of the body of a 200")
    request = Request(method="GET", path="/orders")
    faults: list[Fault] = []
    for line in (3, 9, None):
        oracles.before()
        if line is not None:
            frame = f'  File "/srv/shop/orders.py", line {line}, in rows\n    row = rows[{line}]\n'
            log.write_text(f"{log.read_text()}Traceback (most recent call last):\n{frame}KeyError: 1\n")
        faults += oracles.faults_without_answer(request, dropped)

    assert {fault.kind for fault in faults} == {FindingKind.DROPPED}
    assert [fault.fingerprint.exception for fault in faults] == ["KeyError", "KeyError", None]
    assert len({fault.fingerprint.identity for fault in faults}) == 3


def test_an_error_that_was_logged_on_the_way_to_another_one_is_a_finding_of_its_own(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    log.touch()
    api = OrdersApi()

    def respond(request: WireRequest) -> Answer:
        answer = api.send(request)
        if answer.status == 500 and request.method == "GET":
            for line, exception in ((3, "KeyError: 'limit'"), (9, "AttributeError: no logger"), (9, "AttributeError")):
                frame = f'  File "/srv/shop/orders.py", line {line}, in rows\n    row{line}()\n'
                log.write_text(f"{log.read_text()}Traceback (most recent call last):\n{frame}{exception}\n")
        return answer

    found = _finished(_run(tmp_path, Answering(respond), requests=800, log=LogTail(log, patience=0.01))).findings

    both = [finding for finding in found if finding.operation == "GET /orders"]
    assert [(finding.exception, finding.frame) for finding in both] == [
        ("AttributeError", "srv/shop/orders.py:9"),
        ("KeyError", "srv/shop/orders.py:3"),
    ]
    assert not any(finding.flaky for finding in both)


def test_a_target_that_dies_ends_the_campaign_with_what_was_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("oagen.fuzz.watching._WAIT_FOR_TARGET", 0.5)
    api, dead = OrdersApi(broken=False), False

    def respond(request: WireRequest) -> Answer | FailureKind:
        nonlocal dead
        if dead:
            return FailureKind.REFUSED
        if request.body == b"null":
            dead = True
            return FailureKind.DROPPED
        return api.send(request)

    events = _run(tmp_path, Answering(respond))

    assert _finished(events).stop is Stop.DEAD
    assert [item.kind for item in _finished(events).findings] == [FindingKind.DROPPED]
    assert any("POST /orders" in event.message for event in events if isinstance(event, Noticed))


def _locking(api: OrdersApi, state: dict[str, bool]) -> Answering:
    """Answer 503 to everything once an order with a note `a` too long was created."""

    def respond(request: WireRequest) -> Answer:
        if state["locked"]:
            return Answer(status=503, body=b"maintenance")
        answer = api.send(request)
        if answer.status == 204:
            state["locked"] = True
        return answer

    return Answering(respond)


def test_a_lock_out_is_said_and_its_consequences_are_no_findings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("oagen.fuzz.watching._WAIT_FOR_TARGET", 0.5)
    events = _run(tmp_path, _locking(OrdersApi(broken=False), {"locked": False}))

    finished = _finished(events)
    assert finished.stop is Stop.LOCKED_OUT
    assert finished.requests < 1500
    assert [item for item in finished.findings if item.status == 503] == []
    said = [event.message for event in events if isinstance(event, Noticed)]
    assert any("503" in message and "DELETE /orders/ord-" in message for message in said)


def test_a_target_that_refuses_for_haste_for_ever_is_a_lock_out_that_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("oagen.fuzz.watching._WAIT_FOR_ADMISSION", 3.5)
    monkeypatch.setattr("oagen.fuzz.pacing._PATIENCE", (0.001, 0.001))
    api = OrdersApi()

    def respond(request: WireRequest) -> Answer:
        if len(api.sent) >= 200:
            return Answer(status=429, headers=(("Retry-After", "900"),))
        return api.send(request)

    target = Answering(respond)
    events = _run(tmp_path, target)

    assert _finished(events).stop is Stop.LOCKED_OUT
    assert len(target.sent) < 260
    assert [event.message for event in events if isinstance(event, Noticed)] == [
        "every request is answered 429, and asks to wait 900 s: --rate-limit sends fewer"
    ]


def test_one_operation_that_refuses_for_haste_rests_while_the_others_go_on(tmp_path: Path) -> None:
    api = OrdersApi(broken=False)

    def respond(request: WireRequest) -> Answer:
        if request.method == "DELETE":
            return Answer(status=429, headers=(("Retry-After", "60"),))
        return api.send(request)

    events = _run(tmp_path, Answering(respond), requests=800)

    finished = _finished(events)
    assert finished.stop is Stop.REQUESTS
    assert finished.responses["DELETE /orders/{order_id}"]["429"] < 20
    assert not [event for event in events if isinstance(event, Noticed)]


def test_the_budget_of_requests_holds_with_shrinking_in_it(tmp_path: Path) -> None:
    for requests in (60, 400, 1500):
        api = OrdersApi()
        finished = _finished(_run(tmp_path, api, requests=requests))

        assert 0.9 * requests - 1 <= finished.requests == len(api.sent) <= requests
        assert finished.stop is Stop.REQUESTS


def test_after_a_lock_out_the_target_is_restored_and_the_cause_set_aside(tmp_path: Path) -> None:
    state = {"locked": False}
    restored = []

    def restore() -> None:
        restored.append(True)
        state["locked"] = False

    events = _run(tmp_path, _locking(OrdersApi(), state), recovery=Recovery(afresh=restore))

    assert _finished(events).stop is Stop.REQUESTS
    assert 1 <= len(restored) < 20  # at last it is started afresh for what was found
    assert {item.status for item in _finished(events).findings} == {500}


def test_what_a_spoilt_state_hides_is_shown_again_once_that_is_restored(tmp_path: Path) -> None:
    api = OrdersApi()
    restored: list[bool] = []

    def respond(request: WireRequest) -> Answer:
        if campaign._news.phase == "shrinking" and not restored:
            return Answer(status=422)
        return api.send(request)

    options = CampaignOptions(seed=1, max_seconds=100, max_requests=1500)
    recovery = Recovery(afresh=lambda: restored.append(True))
    campaign = Campaign(described(tmp_path), Answering(respond), options, recovery=recovery)
    finished = _finished(list(campaign.run()))

    assert restored
    errors = [finding for finding in finished.findings if finding.status == 500]
    assert len(errors) >= 3
    assert not any(finding.flaky for finding in errors)
    assert all(finding.flaky for finding in finished.findings if finding.status == 422)  # the spoilt state alone


def test_a_switch_that_stops_all_writes_is_turned_back_and_left_alone(tmp_path: Path) -> None:
    orders, locked = OrdersApi(), False
    switch = {
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "required": ["enabled"],
                        "properties": {"enabled": {"type": "boolean"}},
                        "example": {"enabled": True},
                    }
                }
            },
        },
        "responses": {"200": {"description": "fine"}},
    }
    more = {f"/more{index}": {"post": DOCUMENT["paths"]["/orders"]["post"]} for index in range(4)}
    document = {**DOCUMENT, "paths": {**DOCUMENT["paths"], **more, "/mode": {"post": switch}}}
    turns: list[bool] = []

    def respond(request: WireRequest) -> Answer:
        nonlocal locked
        if request.target == "/mode" and request.method == "POST":
            try:
                enabled = json.loads(request.body or b"")["enabled"]
            except (ValueError, TypeError, KeyError, RecursionError):
                return Answer(status=422)
            if not isinstance(enabled, bool):
                return Answer(status=422)
            turns.append(enabled)
            locked = enabled
            return Answer(status=200)
        if locked and request.method != "GET":
            return Answer(status=503, body=b"maintenance")
        target = "/orders" if request.target.startswith("/more") else request.target
        return orders.send(replace(request, target=target))

    options = CampaignOptions(seed=1, max_seconds=100, max_requests=3000)
    events = list(Campaign(described(tmp_path, document), Answering(respond), options).run())

    finished = _finished(events)
    assert finished.stop is Stop.REQUESTS
    assert not locked
    assert turns[-1] is False
    assert [item for item in finished.findings if item.status == 503] == []
    refused = sum(counts.get("503", 0) for counts in finished.responses.values())
    assert refused < 0.2 * finished.requests
    assert any("POST /mode" in event.message for event in events if isinstance(event, Noticed))
