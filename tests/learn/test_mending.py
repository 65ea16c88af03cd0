"""Requests that the document calls valid, and that the API refuses until it is given what it says it wants."""

from __future__ import annotations

import json

from oagen.learn.model import WitnessState
from oagen.learn.witnesses import learn
from oagen.scenario.design import design
from oagen.scenario.wire import WireRequest
from oagen.target.model import Answer
from tests.learn.items import Items, Routed, answer, context, described, describing

POST, GET = "POST /items", "GET /items/{item_id}"


def test_a_refusal_that_says_what_it_wants_is_obeyed() -> None:
    description = described()
    learned = learn(description, design(description), Items(picky=("colour", ("red", "blue"))), context())
    (created,) = learned.pairs[POST, "201"].tried
    assert created.state is WitnessState.VERIFIED
    assert created.witness is not None
    assert created.witness.when.body is not None
    assert '"colour"' in json.dumps(str(created.witness.when.body.value)).replace("'", '"').replace('\\"', '"')


def test_what_was_learned_of_a_creation_serves_what_builds_on_it() -> None:
    description = described()
    learned = learn(description, design(description), Items(picky=("colour", ("red", "blue"))), context())
    assert learned.state_of((GET, "200")) is WitnessState.VERIFIED
    assert learned.state_of((POST, "409")) is WitnessState.VERIFIED


def test_a_violation_stays_a_violation() -> None:
    description = described()
    learned = learn(description, design(description), Items(picky=("colour", ("red", "blue"))), context())
    known = learned.pairs[POST, "422"]
    assert known.state is WitnessState.VERIFIED
    assert all(item.answered != 201 for item in known.tried)


def test_what_is_no_object_gets_no_members() -> None:
    description = described()
    learned = learn(description, design(description), Items(picky=("colour", ("red", "blue"))), context())
    (tried,) = (item for item in learned.pairs[POST, "422"].tried if item.title == "422 when the body is not an object")
    assert tried.state is WitnessState.VERIFIED
    assert tried.witness is None  # it was sent as it was designed


def test_a_place_that_the_body_lacks_is_made_with_what_is_around_it() -> None:
    moment = {"type": "object", "properties": {"after_": {"type": "string", "format": "date-time"}}}
    runs = {"type": "object", "properties": {"start_time": moment, "operator": {"type": "string", "default": "and_"}}}
    body = {"type": "object", "required": ["runs"], "properties": {"runs": runs}}
    post = {
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {"200": {"description": "fine"}, "422": {"description": "refused"}},
    }

    def count(request: WireRequest) -> Answer:
        try:
            sent = json.loads(request.body or b"")["runs"]["start_time"]["after_"]
        except (ValueError, KeyError, TypeError):
            sent = None
        return answer(200 if isinstance(sent, str) else 422, {"detail": "runs.start_time.after_ is required"})

    description = describing({"/counts": {"post": post}})
    learned = learn(description, design(description), Routed(count), context(), budget=20, campaign=False)
    assert learned.state_of(("POST /counts", "200")) is WitnessState.VERIFIED
    assert learned.state_of(("POST /counts", "422")) is WitnessState.VERIFIED
