"""Who makes a resource, and where its identifier is found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from oagen.scenario import tree
from oagen.scenario.model import Capture, Literal, Unique
from oagen.scenario.producers import Producer, Producers
from tests.scenario.shop import answers, argument, describe, designed, path_parameter, takes

TEXT = {"type": "string"}


def thing(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def producer(folder: Path, key: str, paths: Any, schemas: Any) -> Producer | None:
    return Producers(describe(folder, paths, schemas)).find(key)


def item(name: str, kind: str = "string") -> dict[str, Any]:
    return {"parameters": [path_parameter(name, kind)], "get": {"responses": answers("200", schema="Thing")}}


@pytest.mark.parametrize(
    ("parameter", "schema", "pointer"),
    [
        ("id", thing(id=TEXT), "/id"),
        ("thing_id", thing(thingId=TEXT, id=TEXT), "/thingId"),
        ("thingId", thing(name=TEXT, uuid=TEXT), "/uuid"),
        ("pk", thing(id={"type": "integer"}), "/id"),
        ("slug", thing(id=TEXT, slug=TEXT), "/slug"),
        ("id_or_name", thing(name=TEXT, id=TEXT), "/id"),
        ("id", thing(data=thing(id=TEXT)), "/data/id"),
        ("id", thing(thing=thing(id=TEXT)), "/thing/id"),
        ("id", {"allOf": [thing(name=TEXT), thing(id=TEXT)]}, "/id"),
        ("id", {"type": "array", "items": thing(id=TEXT)}, "/0/id"),
    ],
)
def test_the_answer_of_the_collections_post_shows_it(tmp_path: Path, parameter: str, schema: Any, pointer: str) -> None:
    paths = {"/v1/things": {"post": {"responses": answers("201", schema="Thing")}}}
    paths[f"/v1/things/{{{parameter}}}"] = item(parameter)
    found = producer(tmp_path, "/v1/things/{}", paths, {"Thing": schema})
    assert found is not None
    assert (found.operation.key, found.pointer, found.makes) == ("POST /v1/things", pointer, True)


def test_a_declared_link_comes_first(tmp_path: Path) -> None:
    made = answers("201", schema="Thing")
    made["201"]["links"] = {"it": {"operationId": "getThing", "parameters": {"id": "$response.body#/name"}}}
    paths = {"/things": {"post": {"responses": made}}, "/things/{id}": item("id")}
    paths["/things/{id}"]["get"]["operationId"] = "getThing"
    found = producer(tmp_path, "/things/{}", paths, {"Thing": thing(id=TEXT, name=TEXT)})
    assert found is not None
    assert found.pointer == "/name"


@pytest.mark.parametrize("path", ["/things/create", "/new-thing", "/shops/things"])
def test_a_post_elsewhere_is_found_by_its_name(tmp_path: Path, path: str) -> None:
    paths = {path: {"post": {"responses": answers("200", schema="Thing")}}, "/things/{id}": item("id")}
    found = producer(tmp_path, "/things/{}", paths, {"Thing": thing(id=TEXT)})
    assert found is not None
    assert found.operation.path == path


def test_a_registration_makes_a_user(tmp_path: Path) -> None:
    paths = {"/auth/register": {"post": {"responses": answers("201", schema="Thing")}}, "/users/{id}": item("id")}
    found = producer(tmp_path, "/users/{}", paths, {"Thing": thing(id=TEXT)})
    assert found is not None
    assert found.operation.key == "POST /auth/register"


def test_the_name_that_the_client_sent_identifies_what_it_made(tmp_path: Path) -> None:
    body = thing(username=TEXT)
    paths = {
        "/users": {"post": {"requestBody": takes("Draft"), "responses": answers("201")}},
        "/users/{username}": item("username"),
    }
    description = describe(tmp_path, paths, {"Draft": body, "Thing": thing(age={"type": "integer"})})
    (scenario,) = designed(description, "GET /users/{username}", "200")
    sent = argument(scenario.when, "username").value
    assert isinstance(sent, Unique)
    assert scenario.steps[0].request.body is not None
    assert sent in [value for _, value in getattr(scenario.steps[0].request.body.value, "members", ())]


def test_where_nothing_makes_it_a_list_may_show_one(tmp_path: Path) -> None:
    paths = {
        "/things": {"get": {"responses": answers("200", schema="Page")}},
        "/things/{id}": item("id"),
    }
    page = thing(total={"type": "integer"}, items={"type": "array", "items": {"$ref": "#/components/schemas/Thing"}})
    found = producer(tmp_path, "/things/{}", paths, {"Page": page, "Thing": thing(id=TEXT)})
    assert found is not None
    assert (found.pointer, found.makes) == ("/items/0/id", False)


def test_a_creation_that_answers_nothing_is_followed_by_the_list(tmp_path: Path) -> None:
    paths = {
        "/things": {
            "get": {"responses": answers("200", schema="Page")},
            "post": {"requestBody": takes("Thing"), "responses": answers("201")},
        },
        "/things/{thing_id}": item("thing_id"),
    }
    paths["/things"]["post"]["responses"]["201"].pop("content", None)
    page = {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}}
    schemas = {"Page": page, "Thing": thing(thingNo=TEXT, thingId={**TEXT, "readOnly": True})}
    description = describe(tmp_path, paths, schemas)
    (scenario,) = designed(description, "GET /things/{thing_id}", "200")
    assert [(step.name, step.request.method) for step in scenario.steps] == [("thing", "POST"), ("thing_list", "GET")]
    assert argument(scenario.when, "thing_id").value == Capture("thing_list", pointer="/0/thingId")


def test_parents_come_before_children_and_are_shared(tmp_path: Path) -> None:
    paths = {
        "/a": {"post": {"responses": answers("201", schema="Thing")}},
        "/a/{a_id}/b": {
            "parameters": [path_parameter("a_id", "string")],
            "post": {"responses": answers("201", schema="Thing")},
        },
        "/a/{a_id}/b/{b_id}": {
            "parameters": [path_parameter("a_id", "string"), path_parameter("b_id", "string")],
            "get": {"responses": answers("200", schema="Thing")},
        },
    }
    (scenario,) = designed(describe(tmp_path, paths, {"Thing": thing(id=TEXT)}), "GET /a/{a_id}/b/{b_id}", "200")
    assert [step.name for step in scenario.steps] == ["a", "b"]
    assert argument(scenario.when, "a_id").value == argument(scenario.steps[1].request, "a_id").value


def test_what_needs_itself_ends(tmp_path: Path) -> None:
    draft = {"type": "object", "required": ["thing_id"], "properties": {"thing_id": TEXT}}
    paths = {
        "/things": {"post": {"requestBody": takes("Draft"), "responses": answers("201", schema="Thing")}},
        "/things/{thing_id}": item("thing_id"),
    }
    description = describe(tmp_path, paths, {"Draft": draft, "Thing": thing(thing_id=TEXT)})
    (scenario,) = designed(description, "GET /things/{thing_id}", "200")
    assert [step.name for step in scenario.steps] == ["thing"]


def pets(**number: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the paths and schemas of pets whose number the client sends, and no answer shows."""
    paths = {
        "/pets": {"post": {"requestBody": takes("Pet"), "responses": answers("201", "422")}},
        "/pets/{petId}": {"parameters": [path_parameter("petId")], "get": {"responses": answers("200", schema="Pet")}},
    }
    pet = {"required": ["id", "name"], **thing(id={"type": "integer", **number}, name=TEXT)}
    return paths, {"Pet": pet}


def test_a_number_that_the_client_chooses_is_its_own_in_every_test(tmp_path: Path) -> None:
    description = describe(tmp_path, *pets())
    (made,) = designed(description, "POST /pets", "201", people=())
    (shown,) = designed(description, "GET /pets/{petId}", "200", people=())
    number = Unique("1########", "id", integer=True)
    assert made.when.body is not None
    assert tree.at(made.when.body.value, ("id",)) == number
    (step,) = shown.steps
    assert step.request.body is not None
    assert tree.at(step.request.body.value, ("id",)) == number
    assert argument(shown.when, "petId").value == number


@pytest.mark.parametrize(
    ("bounds", "template"),
    [
        ({"maximum": 150_000_000}, "1######"),
        ({"maximum": 32_767}, "1####"),
        ({"minimum": 10_000, "exclusiveMaximum": 20_000}, "1####"),
        ({"example": 10}, "1########"),
    ],
)
def test_the_number_stays_within_its_bounds(tmp_path: Path, bounds: dict[str, Any], template: str) -> None:
    (made,) = designed(describe(tmp_path, *pets(**bounds)), "POST /pets", "201", people=())
    assert made.when.body is not None
    assert tree.at(made.when.body.value, ("id",)) == Unique(template, "id", integer=True)


@pytest.mark.parametrize("bounds", [{"maximum": 99}, {"multipleOf": 7}, {"enum": [1, 2]}])
def test_a_number_without_room_stays_as_it_is(tmp_path: Path, bounds: dict[str, Any]) -> None:
    (made,) = designed(describe(tmp_path, *pets(**bounds)), "POST /pets", "201", people=())
    assert made.when.body is not None
    assert isinstance(tree.at(made.when.body.value, ("id",)), Literal)
