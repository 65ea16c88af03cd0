"""Running a scenario: steps in order, captures, identities, bursts, requests at the same moment."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from oagen.runner.run import RunContext, run_scenario
from oagen.scenario.model import (
    RESPONSE,
    Argument,
    Body,
    BodyCheck,
    Capture,
    Credential,
    Effect,
    Expectation,
    Given,
    Literal,
    ObjectOf,
    ProviderState,
    Request,
    Scenario,
    Step,
    Text,
    Unique,
    Value,
)
from oagen.scenario.wire import WireRequest
from oagen.spec.model import ParameterLocation
from oagen.target.model import Answer, FailureKind, SendFailure
from tests.runner.described import Scripted, json_answer


def _get(value: Value | None = None, **more: Any) -> Request:
    if value is None:
        return Request(method="GET", path="/orders", **more)
    argument = Argument(name="id", where=ParameterLocation.PATH, value=value)
    return Request(method="GET", path="/orders/{id}", arguments=(argument,), **more)


def _post(value: Value, **more: Any) -> Request:
    return Request(method="POST", path="/orders", body=Body(media_type="application/json", value=value), **more)


def _scenario(when: Request, *given: Given, then: Expectation | None = None, **more: Any) -> Scenario:
    return Scenario(
        operation=when.operation,
        status="200",
        technique="test",
        title="200",
        pointer="",
        given=given,
        when=when,
        then=then or Expectation(status="200"),
        **more,
    )


def _shop(request: WireRequest) -> Answer:
    if request.method == "POST":
        return json_answer({"id": 7, "tags": ["a"]}, 201, Location="/orders/7", ETag='"e"')
    return json_answer({"id": 7})


def test_captures_and_the_base_path_reach_the_request() -> None:
    target = Scripted(_shop)
    step = Step(name="order", request=_post(Literal({})), status="201")
    when = Request(
        method="GET",
        path="/orders/{id}",
        arguments=(
            Argument(name="id", where=ParameterLocation.PATH, value=Capture("order", pointer="/id")),
            Argument(name="If-None-Match", where=ParameterLocation.HEADER, value=Capture("order", header="etag")),
            Argument(name="q", where=ParameterLocation.QUERY, value=Text((Literal("t-"), Capture("order", "/tags/0")))),
        ),
    )

    trace = run_scenario(_scenario(when, step), target, RunContext(base_path="/v1"))

    assert trace.reached
    assert [request.target for request in target.sent] == ["/v1/orders", "/v1/orders/7?q=t-a"]
    assert target.sent[1].headers == (("If-None-Match", '"e"'),)
    assert trace.decisive is not None
    assert trace.decisive.answer is not None
    assert trace.decisive.answer.status == 200


def test_uniques_are_the_same_within_a_run_and_differ_between_runs() -> None:
    def sent(run: str, test: str | None = None) -> list[bytes | None]:
        target = Scripted(_shop)
        value = ObjectOf((("a", Unique("a-######")), ("n", Unique("1#####", integer=True))))
        scenario = _scenario(_post(value), Step(name="order", request=_post(value)))
        run_scenario(scenario, target, RunContext(run=run, test=test))
        return [request.body for request in target.sent]

    first = sent("1")
    assert first[0] == first[1]
    assert b'"n":1' in (first[0] or b"")
    assert first == sent("1")
    assert len({first[0], sent("2")[0], sent("1", "other")[0]}) == 3


def test_an_identity_sends_its_headers_and_its_secret_is_not_kept() -> None:
    target = Scripted(_shop)
    broken = Argument(
        name="authorization", where=ParameterLocation.HEADER, value=Text((Credential("alice"), Literal("x")))
    )
    context = RunContext(identities={"alice": {"Authorization": "Bearer s3cret", "X-Org": "1"}})

    trace = run_scenario(_scenario(_get(identity="alice")), target, context)
    run_scenario(_scenario(Request(method="GET", path="/", arguments=(broken,), identity="alice")), target, context)

    assert target.sent[0].headers == (("Authorization", "Bearer s3cret"), ("X-Org", "1"))
    assert target.sent[1].headers == (("X-Org", "1"), ("authorization", "Bearer s3cretx"))
    assert "s3cret" not in repr(trace) + repr(context)


@pytest.mark.parametrize(
    ("given", "when", "reason"),
    [
        (Step(name="order", request=_get()), _get(identity="bob"), "identity 'bob'"),
        (Step(name="order", request=_get()), _get(Credential("bob")), "identity 'bob'"),
        (Step(name="order", request=_get()), _get(Capture("order", "/no/such")), "nothing at /no/such"),
        (Step(name="order", request=_get()), _get(Capture("order", header="ETag")), "no header ETag"),
        (Step(name="order", request=_get()), _get(Capture("other", "/id")), "step 'other' is not there"),
        (Step(name="order", request=_get(), status="201"), _get(), "step 'order' answered 200 instead of 201"),
        (Step(name="order", request=_get(identity="bob")), _get(), "step 'order' can't be sent"),
        (ProviderState(name="the shop is closed"), _get(), "needs state 'the shop is closed'"),
    ],
)
def test_why_a_scenario_is_not_reached(given: Given, when: Request, reason: str) -> None:
    trace = run_scenario(_scenario(when, given), Scripted(_shop), RunContext())

    assert not trace.reached
    assert reason in (trace.reason or "")
    assert trace.decisive is None


def test_a_given_step_may_answer_within_a_range() -> None:
    step = Step(name="order", request=_post(Literal({})))

    assert run_scenario(_scenario(_get(), step), Scripted(_shop), RunContext()).reached


def test_a_burst_ends_with_the_expected_status() -> None:
    count = 0

    def respond(_request: WireRequest) -> Answer:
        nonlocal count
        count += 1
        return Answer(status=429 if count == 4 else 200)

    target = Scripted(respond)
    trace = run_scenario(_scenario(_get(), repeat=10, then=Expectation(status="429")), target, RunContext())

    assert len(target.sent) == len(trace.when) == 4
    assert trace.decisive == trace.when[3]


def test_requests_alongside_are_under_way_at_the_same_moment() -> None:
    together = threading.Barrier(3, timeout=5)

    def respond(request: WireRequest) -> Answer:
        together.wait()
        return Answer(status=409 if request.target == "/orders/2" else 200)

    scenario = _scenario(
        _get(Literal(1)), alongside=(_get(Literal(2)), _get(Literal(3))), then=Expectation(status="409")
    )
    trace = run_scenario(scenario, Scripted(respond), RunContext())

    assert trace.decisive == trace.when[1]
    assert not together.broken


def test_effects_see_the_answer_and_are_asked_only_where_the_status_is_right() -> None:
    effect = Effect(
        reason="what was created can be read",
        request=_get(Capture(RESPONSE, "/id")),
        statuses=("200",),
        body=(BodyCheck(pointer="/id", value=Capture(RESPONSE, "/id")),),
    )
    expected = _scenario(_post(Literal({})), then=Expectation(status="201", effects=(effect,)))
    other = _scenario(_post(Literal({})), then=Expectation(status="400", effects=(effect,)))

    trace = run_scenario(expected, target := Scripted(_shop), RunContext())

    assert target.sent[-1].target == "/orders/7"
    assert trace.effects[0].expected == (("/id", 7),)
    assert run_scenario(other, Scripted(_shop), RunContext()).effects == ()


def test_no_answer_is_kept_as_such() -> None:
    failure = SendFailure(FailureKind.TIMEOUT, "no answer came in time")

    trace = run_scenario(_scenario(_get(), repeat=5), Scripted(lambda _request: failure), RunContext())

    assert trace.reached
    assert len(trace.when) == 1
    assert trace.decisive is not None
    assert trace.decisive.failure is failure
