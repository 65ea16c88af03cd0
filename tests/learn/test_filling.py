"""Lists are read with something in them, too."""

from __future__ import annotations

from typing import Any

from oagen.learn.filling import filled_list
from oagen.learn.model import WitnessState
from oagen.learn.witnesses import learn
from oagen.scenario.context import DesignContext
from oagen.scenario.design import design
from oagen.scenario.wire import WireRequest
from oagen.target.model import Answer
from tests.learn.items import Routed, answer, context, describing

NUMBER = {"type": "integer"}
ITEM: dict[str, Any] = {"type": "object", "required": ["id"], "properties": {"id": NUMBER}}


def shown(schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": "fine", "content": {"application/json": {"schema": schema}}}


SHELF: dict[str, Any] = {
    "/things": {
        "get": {"responses": {"200": shown({"type": "array", "items": ITEM})}},
        "post": {"responses": {"201": shown(ITEM)}},
    },
    "/things/{id}": {
        "get": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": NUMBER}],
            "responses": {"200": shown(ITEM)},
        }
    },
}


def test_a_list_that_was_empty_is_read_again_with_something_in_it() -> None:
    made: list[dict[str, Any]] = []

    def things(request: WireRequest) -> Answer:
        if request.method == "POST":
            made.append({"id": len(made) + 1, "name": 7})
            return answer(201, made[-1])
        return answer(200, made if request.target == "/things" else made[0])

    description = describing(SHELF)
    learned = learn(description, design(description), Routed(things), context(), budget=20, campaign=False)
    tried = {item.title: item for item in learned.pairs["GET /things", "200"].tried}
    filled = tried["200 with a fresh thing in it"]
    assert filled.state is WitnessState.VERIFIED
    assert filled.witness is not None
    assert [step.request.operation for step in filled.witness.steps] == ["POST /things"]


def test_only_collections_are_filled() -> None:
    context = DesignContext(describing(SHELF))
    found = {
        operation.key: filled_list(context, operation, (operation.key, "200"))
        for operation in context.description.operations
        if operation.method == "GET"
    }
    assert found["GET /things/{id}"] is None
    assert found["GET /things"] is not None
