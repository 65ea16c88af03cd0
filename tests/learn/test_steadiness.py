"""What came only since others had been sent is not believed."""

from __future__ import annotations

from typing import Any

from oagen.learn.model import WitnessState
from oagen.learn.steadiness import Steadiness
from oagen.learn.witnesses import learn
from oagen.runner.run import Exchange, Trace
from oagen.scenario.design import design
from oagen.scenario.model import Argument, Expectation, Literal, Request, Scenario, Step
from oagen.scenario.wire import WireRequest
from oagen.spec.model import ParameterLocation, Style
from oagen.target.model import Answer
from tests.learn.items import Routed, answer, context, describing


def asking(name: str, method: str = "GET") -> Request:
    argument = Argument(
        name="name", where=ParameterLocation.PATH, value=Literal(name), style=Style.SIMPLE, explode=False
    )
    return Request(method=method, path="/keys/{name}", arguments=(argument,))


def scenario(status: str, when: Request, *steps: Step) -> Scenario:
    return Scenario(
        operation=when.operation,
        status=status,
        technique="valid-request",
        title=status,
        pointer="",
        document="",
        given=steps,
        when=when,
        then=Expectation(status=status),
    )


def seen(notes: Steadiness, of: Scenario, status: int, body: str = "") -> None:
    given = tuple(
        Exchange(step=step.name, request=step.request, answer=Answer(status=200, body=b"")) for step in of.steps
    )
    exchange = Exchange(step="response", request=of.when, answer=Answer(status=status, body=body.encode()))
    notes.observe(of, Trace(reached=True, given=given, when=(exchange,), decisive=exchange))


def test_the_same_request_that_was_refused_before_owes_its_success_to_others() -> None:
    notes = Steadiness()
    found = scenario("200", asking("example"))
    seen(notes, found, 404)
    seen(notes, found, 200)
    assert notes.doubt(found) == "reached, but the same request had drawn 404 before others were sent"


def test_what_was_said_to_be_missing_has_to_be_made_by_the_test_itself() -> None:
    notes = Steadiness()
    seen(notes, scenario("200", asking("example")), 404, "no such key: example")
    found = scenario("200", asking("example"), Step(name="other", request=asking("another", "PUT")))
    assert notes.doubt(found) == "reached, but only since others had made 'example'"
    made = Step(name="key", request=asking("example", "PUT"))
    assert notes.doubt(scenario("200", asking("example"), made)) is None
    assert notes.doubt(scenario("201", asking("example", "PUT"))) is None  # what makes it isn't owed to others
    assert notes.doubt(scenario("404", asking("example"))) is None


def test_its_own_steps_may_make_the_difference() -> None:
    notes = Steadiness()
    made = Step(name="key", request=Request(method="POST", path="/keys"))
    seen(notes, scenario("200", asking("example")), 404)
    after = scenario("200", asking("example"), made)
    seen(notes, after, 200)
    assert notes.doubt(after) is None


def test_faults_and_haste_say_nothing_of_what_is_there() -> None:
    notes = Steadiness()
    found = scenario("200", asking("example"))
    for status in (500, 503, 429, 408):
        seen(notes, found, status)
    assert notes.doubt(found) is None


OK: dict[str, Any] = {"description": "fine"}
NAME = {"name": "did", "in": "query", "required": True, "schema": {"type": "string", "example": "did-of-nobody"}}
WALLET: dict[str, Any] = {
    "/public": {"post": {"parameters": [NAME], "responses": {"200": OK}}},
    "/store": {"post": {"parameters": [NAME], "responses": {"200": OK}}},
    "/use": {"put": {"parameters": [NAME], "responses": {"200": OK}}},
}


def test_what_a_document_shows_and_another_test_stores_for_good_is_no_witness() -> None:
    stored: set[str] = set()

    def wallet(request: WireRequest) -> Answer:
        path, _, name = request.target.partition("?")
        if path == "/store":
            stored.add(name)
            return answer(200)
        return answer(200) if name in stored else answer(404, "Unknown did: did-of-nobody")

    description = describing(WALLET)
    learned = learn(description, design(description), Routed(wallet), context(), budget=20, campaign=False)
    states = {pair[0]: known.state for pair, known in learned.pairs.items()}
    assert states["POST /store"] is WitnessState.VERIFIED
    assert states["POST /public"] is not WitnessState.VERIFIED
