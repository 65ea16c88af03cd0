"""The wider search: other producers, values out of descriptions, one change at a time."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from oagen.config.settings import Settings, SuiteSettings
from oagen.learn.codec import dump_learned, load_learned
from oagen.learn.makers import Makers
from oagen.learn.mentions import mentioned
from oagen.learn.model import Learned, Pair, WitnessState
from oagen.learn.obstacles import Obstacles
from oagen.learn.order import may_harm
from oagen.learn.witnesses import learn
from oagen.report.learned_text import learned_lines
from oagen.runner.run import Exchange, Trace
from oagen.scenario import tree
from oagen.scenario.context import DesignContext
from oagen.scenario.design import design
from oagen.scenario.model import Body, Literal, Request, Scenario, Unique
from oagen.scenario.resources import placeholders
from oagen.scenario.wire import WireRequest
from oagen.spec.loading import load_description
from oagen.spec.model import ApiDescription
from oagen.suite.generating import generate_suite
from oagen.suite.matrix import CellState, planned_matrix
from oagen.suite.model import Level, TestCase
from oagen.target.model import Answer
from tests.learn.items import Items, Routed, answer, context, described

OK: dict[str, Any] = {"description": "fine"}
ID: list[dict[str, Any]] = [{"name": "conn_id", "in": "path", "required": True, "schema": {"type": "string"}}]


@pytest.fixture
def of_paths(tmp_path: Path) -> Callable[[dict[str, Any]], ApiDescription]:
    def load(paths: dict[str, Any]) -> ApiDescription:
        file = tmp_path / "openapi.json"
        document = {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": paths}
        file.write_text(json.dumps(document), encoding="utf-8")
        return load_description(str(file))

    return load


def learned_from(description: ApiDescription, target: Routed | Items) -> Learned:
    return learn(description, design(description), target, context(), budget=20, campaign=False)


def verified(learned: Learned) -> set[Pair]:
    return {pair for pair, known in learned.pairs.items() if known.state is WitnessState.VERIFIED}


CONNECTIONS: dict[str, Any] = {
    "/connections": {"post": {"responses": {"201": {"description": "made"}}}},
    "/invitations/create": {"post": {"responses": {"200": OK}}},
    "/connections/{conn_id}": {"get": {"parameters": ID, "responses": {"200": OK, "404": OK}}},
    "/connections/{conn_id}/ping": {"post": {"parameters": ID, "responses": {"200": OK}}},
}


class Connections:
    """Connections that only an invitation makes: the creation that the document names is out of order."""

    def __init__(self) -> None:
        self._made = itertools.count(1)
        self._there: set[str] = set()

    def __call__(self, request: WireRequest) -> Answer:
        if request.target == "/connections":
            return answer(500, {})
        if request.target == "/invitations/create":
            name = f"c-{next(self._made)}"
            self._there.add(name)
            return answer(200, {"connection_id": name, "invitation": {"@id": "x"}})
        return answer(200 if request.target.split("/")[2] in self._there else 404, {})


def test_what_was_seen_to_make_a_resource_takes_the_place_of_a_producer_that_fails(
    of_paths: Callable[[dict[str, Any]], ApiDescription],
) -> None:
    learned = learned_from(of_paths(CONNECTIONS), Routed(Connections()))
    wanted = ("GET /connections/{conn_id}", "200")
    assert {wanted, ("GET /connections/{conn_id}", "404"), ("POST /connections/{conn_id}/ping", "200")} <= verified(
        learned
    )
    witness = next(item.witness for item in learned.pairs[wanted].tried if item.witness is not None)
    assert [step.request.operation for step in witness.steps] == ["POST /invitations/create"]


def test_a_step_that_always_fails_is_not_sent_again_and_again(
    of_paths: Callable[[dict[str, Any]], ApiDescription],
) -> None:
    paths = {path: item for path, item in CONNECTIONS.items() if path != "/invitations/create"}
    many = {f"/connections/{{conn_id}}/x{number}": paths["/connections/{conn_id}/ping"] for number in range(20)}
    target = Routed(Connections())
    description = of_paths(paths | many)
    learn(
        description, [item for item in design(description) if item.steps], target, context(), budget=20, campaign=False
    )
    assert 0 < target.sent.count("POST /connections") < 20


def scenario_with_step(described_by: ApiDescription) -> Scenario:
    return next(item for item in design(described_by) if item.operation == "GET /items/{item_id}" and item.steps)


def test_an_obstacle_is_gone_once_the_step_succeeds() -> None:
    scenario = scenario_with_step(described())
    step = scenario.steps[0].request
    failed = Exchange(step="item", request=step, answer=answer(500))
    obstacles = Obstacles()
    assert obstacles.before(scenario) is None
    for _ in range(2):
        obstacles.observe(scenario, Trace(reached=False, reason="step 'item' answered 500", given=(failed,)))
    assert obstacles.before(scenario) == "step 'item' answered 500"
    assert obstacles.operations == {"POST /items"}
    done = Exchange(step="item", request=step, answer=answer(201))
    obstacles.observe(scenario, Trace(reached=True, given=(done,)))
    assert obstacles.before(scenario) is None
    assert obstacles.operations == frozenset()


def test_a_state_that_nobody_arranges_costs_no_request(
    of_paths: Callable[[dict[str, Any]], ApiDescription],
) -> None:
    description = of_paths({"/x": {"get": {"responses": {"503": OK}}}})
    assert all(item.states for item in design(description))
    target = Routed(lambda _: answer(200))
    learn(description, design(description), target, context(), budget=0.001, campaign=False)
    assert target.sent == []


@pytest.mark.parametrize(
    ("member", "path", "of", "found"),
    [
        ("connection_id", "/connections/{conn_id}", "POST /invite", True),
        ("conn_id", "/links/{conn_id}", "POST /invite", True),
        ("cred_ex_id", "/records/{credential_exchange_id}", "POST /invite", True),
        ("id", "/orders/{order_id}", "POST /orders", True),
        ("id", "/orders/{order_id}", "POST /books", False),
        ("user_id", "/orders/{order_id}", "POST /orders", False),
    ],
)
def test_members_of_answers_are_known_by_their_names(
    of_paths: Callable[[dict[str, Any]], ApiDescription], member: str, path: str, of: str, found: bool
) -> None:
    post = of.partition(" ")[2]
    makers = Makers(of_paths({post: {"post": {"responses": {"200": OK}}}}))
    scenario = scenario_with_step(described())
    exchange = Exchange(
        step="x", request=Request(method="POST", path=post), answer=answer(200, {"result": {member: "fresh-one"}})
    )
    makers.observe(scenario, Trace(reached=True, given=(exchange,)))
    producer = makers.of(placeholders(path)[0])
    assert (producer is not None) is found
    if producer is not None:
        assert (producer.operation.key, producer.pointer) == (of, f"/result/{member}")


def test_an_identifier_that_was_there_before_is_nobodys_creation(
    of_paths: Callable[[dict[str, Any]], ApiDescription],
) -> None:
    makers = Makers(of_paths({"/orders": {"post": {"responses": {"200": OK}}, "get": {"responses": {"200": OK}}}}))
    scenario = scenario_with_step(described())
    for method in ("GET", "POST"):
        request = Request(method=method, path="/orders")
        exchange = Exchange(step="x", request=request, answer=answer(200, {"id": 7}))
        makers.observe(scenario, Trace(reached=True, given=(exchange,)))
    assert makers.of(placeholders("/orders/{order_id}")[0]) is None


def test_words_that_a_description_quotes_are_tried(of_paths: Callable[[dict[str, Any]], ApiDescription]) -> None:
    mode = {"name": "mode", "in": "query", "schema": {"type": "string"}, "description": "Either `quick` or `deep`."}
    paths = {"/search": {"get": {"parameters": [mode], "responses": {"200": OK, "202": OK}}}}
    target = Routed(lambda request: answer(202 if request.target.endswith("mode=deep") else 200, {}))
    learned = learned_from(of_paths(paths), target)
    assert ("GET /search", "202") in verified(learned)
    (tried,) = [item for item in learned.pairs["GET /search", "202"].tried if item.state is WitnessState.VERIFIED]
    assert tried.title == "202 with mode deep"


def test_two_changes_are_tried_together(of_paths: Callable[[dict[str, Any]], ApiDescription]) -> None:
    flags = [{"name": name, "in": "query", "schema": {"enum": ["on"]}} for name in ("a", "b")]
    paths = {"/search": {"get": {"parameters": flags, "responses": {"200": OK, "204": OK}}}}

    def route(request: WireRequest) -> Answer:
        both = "a=on" in request.target and "b=on" in request.target
        return Answer(status=204) if both else answer(200, {})

    assert ("GET /search", "204") in verified(learned_from(of_paths(paths), Routed(route)))


def test_a_body_against_its_schema_is_the_contract_levels() -> None:
    wrong: dict[str, Any] = {
        "description": "made",
        "content": {"application/json": {"schema": {"properties": {"id": {"type": "string"}}}}},
    }
    description = described(post={"201": wrong})
    learned = load_learned(dump_learned(learned_from(description, Items())))
    known = learned.pairs["POST /items", "201"]
    assert known.state is WitnessState.VERIFIED
    assert "/id: 1 is not of type 'string'" in (known.contract or "")
    title = known.tried[0].title
    tests = [
        TestCase(id=level.value, operation="POST /items", status="201", level=level, technique="t", title=title)
        for level in (Level.INTEGRATION, Level.CONTRACT)
    ]
    cells = {
        cell.level: cell.state
        for cell in planned_matrix(description, tests, has_app=False, learned=learned).cells
        if (cell.operation, cell.status) == ("POST /items", "201")
    }
    assert (cells[Level.INTEGRATION], cells[Level.CONTRACT]) == (CellState.VERIFIED, CellState.REFUTED)
    assert any("the contract level" in line for line in learned_lines(learned, limit=5))


@pytest.mark.parametrize(
    ("method", "path", "harm"),
    [
        ("GET", "/shutdown", True),
        ("POST", "/reset", True),
        ("DELETE", "/items", True),
        ("DELETE", "/items/{id}", False),
        ("GET", "/reset", False),
        ("POST", "/items", False),
    ],
)
def test_what_may_harm_the_target_is_not_changed_at_random(method: str, path: str, harm: bool) -> None:
    assert may_harm(method, path) is harm


class Marks:
    """Marks that are issued for requests without a seed alone, and looked up."""

    def __init__(self) -> None:
        self._issued: list[str] = []

    def __call__(self, request: WireRequest) -> Answer:
        if request.target == "/marks":
            if request.body != b"{}":
                return answer(400, {"detail": "Seeds are switched off"})
            self._issued.append(f"mark-number-{len(self._issued)}")
            return answer(200, {"result": {"mark": self._issued[-1]}})
        return answer(200 if request.target.rpartition("=")[2] in self._issued else 404, {})


def test_what_succeeds_only_when_varied_is_what_others_build_on(
    of_paths: Callable[[dict[str, Any]], ApiDescription],
) -> None:
    seed = {"type": "object", "properties": {"seed": {"type": "string"}}}
    body = {"content": {"application/json": {"schema": seed}}}
    mark = {"name": "mark", "in": "query", "required": True, "schema": {"type": "string"}}
    paths = {
        "/marks": {"post": {"requestBody": body, "responses": {"200": OK}}},
        "/lookup": {"get": {"parameters": [mark], "responses": {"200": OK}}},
    }
    learned = learned_from(of_paths(paths), Routed(Marks()))
    assert verified(learned) == {("POST /marks", "200"), ("GET /lookup", "200")}
    witness = next(item.witness for item in learned.pairs["GET /lookup", "200"].tried if item.witness is not None)
    assert [step.request.operation for step in witness.steps] == ["POST /marks"]


MEMBERS: dict[str, Any] = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string"},
        "roles": {"type": "array", "items": {"type": "integer"}},
        "groups": {"type": "array", "items": {"type": "integer"}},
        "extra_json": {"type": "string"},
    },
}


@pytest.mark.parametrize(
    ("sent", "refusal", "changed"),
    [
        ({"name": "a"}, {"message": {"_schema": ["At least one of 'roles' or 'groups' must be provided."]}}, ["roles"]),
        ({"name": "a"}, {"error": "(x) NOT NULL constraint failed: user.groups"}, ["groups"]),
        ({"name": "a", "roles": [1], "groups": [1]}, {"e": "('roles', 'groups'): Fields are incompatible"}, ["groups"]),
        ({"name": "a", "extra_json": "text"}, {"message": ["JSON not valid"]}, ["extra_json"]),
        ({"name": "a"}, {"message": "Forbidden"}, []),
        ({"name": "a"}, "requires nothing that is known", []),
    ],
)
def test_refusals_that_name_members_are_read(
    of_paths: Callable[[dict[str, Any]], ApiDescription], sent: dict[str, Any], refusal: Any, changed: list[str]
) -> None:
    body = {"required": True, "content": {"application/json": {"schema": MEMBERS}}}
    description = of_paths({"/users": {"post": {"requestBody": body, "responses": {"201": OK}}}})
    (operation,) = description.operations
    request = Request(method="POST", path="/users", body=Body(media_type="application/json", value=Literal(sent)))
    places = list(mentioned(DesignContext(description), operation, request, refusal))
    assert [path[-1] for path, _ in places] == changed


def test_another_content_type_is_refused_by_the_contract_level_alone(
    of_paths: Callable[[dict[str, Any]], ApiDescription],
) -> None:
    promised = {"description": "", "content": {"application/json": {"schema": {"type": "object"}}}}
    description = of_paths({"/search": {"get": {"responses": {"200": promised}}}})
    plain = Answer(status=200, headers=(("Content-Type", "text/plain"),), body=b"found")
    known = learned_from(description, Routed(lambda _request: plain)).pairs["GET /search", "200"]
    assert known.state is WitnessState.VERIFIED
    assert "is 'text/plain', but the document has application/json" in (known.contract or "")


@pytest.mark.parametrize("right", ["limit=0", "limit=not-an-integer"])
def test_the_contract_is_tested_where_it_was_seen_to_be_kept(
    of_paths: Callable[[dict[str, Any]], ApiDescription], tmp_path: Path, right: str
) -> None:
    limit = {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1}}
    schema = {"type": "object", "required": ["detail"]}
    refused = {"description": "", "content": {"application/json": {"schema": schema}}}
    description = of_paths({"/search": {"get": {"parameters": [limit], "responses": {"200": OK, "422": refused}}}})

    def route(request: WireRequest) -> Answer:
        if not request.target.endswith(("limit=0", "limit=not-an-integer")):
            return answer(200, {})
        return answer(422, {"detail": ""} if request.target.endswith(right) else {})

    learned = learned_from(description, Routed(route))
    settings = Settings(suite=SuiteSettings(out=tmp_path / "api_tests"))
    suite = generate_suite(description, settings, scenarios=design(description), learned=learned)
    refusal = suite.files["contract/test_search.py"].partition("test_422")[2]
    assert right.partition("=")[2] in refusal
    (cell,) = [cell for cell in suite.matrix.cells if (cell.status, cell.level) == ("422", Level.CONTRACT)]
    assert cell.state is CellState.VERIFIED


def test_default_is_no_promise_that_can_be_refuted(of_paths: Callable[[dict[str, Any]], ApiDescription]) -> None:
    description = of_paths({"/search": {"get": {"responses": {"200": OK, "default": OK}}}})
    learned = learned_from(description, Routed(lambda _request: answer(200, {})))
    assert learned.state_of(("GET /search", "default")) is not WitnessState.REFUTED


@pytest.mark.parametrize(
    "refusal",
    [
        (400, {"insurance_number": ["patient with this insurance number already exists."]}),
        (409, {"message": "The insurance number is taken."}),
        (422, {"detail": [{"loc": ["body", "insurance_number"], "msg": "must be unique"}]}),
        (409, {"title": "Conflict", "detail": "A duplicate was found."}),
    ],
    ids=["django", "sentence", "pydantic", "nothing named"],
)
def test_what_must_not_be_there_twice_becomes_unique(
    of_paths: Callable[[dict[str, Any]], ApiDescription], refusal: tuple[int, Any]
) -> None:
    properties = {"insurance_number": {"type": "string", "maxLength": 12}, "age": {"type": "integer"}}
    schema = {"type": "object", "required": list(properties), "properties": properties}
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    there: set[str] = set()

    def route(request: WireRequest) -> Answer:
        number = json.loads(request.body or b"{}").get("insurance_number")
        if number in there:
            return answer(*refusal)
        there.add(number)
        return answer(201, json.loads(request.body or b"{}"))

    made = {"description": "", "content": {"application/json": {"schema": schema}}}
    description = of_paths({"/patients": {"post": {"requestBody": body, "responses": {"201": made}}}})
    (tried,) = learned_from(description, Routed(route)).pairs["POST /patients", "201"].tried
    assert tried.state is WitnessState.VERIFIED
    assert tried.witness is not None
    assert isinstance(tried.witness.when.body, Body)
    assert isinstance(tree.at(tried.witness.when.body.value, ("insurance_number",)), Unique)
    assert tree.at(tried.witness.when.body.value, ("age",)) == Literal(30)


def test_what_the_document_calls_text_is_sent_as_a_file_where_the_api_wants_one(
    of_paths: Callable[[dict[str, Any]], ApiDescription],
) -> None:
    schema = {"type": "object", "required": ["photo"], "properties": {"photo": {"type": "string", "format": "uri"}}}
    body = {"required": True, "content": {"multipart/form-data": {"schema": schema}}}
    description = of_paths({"/photos": {"post": {"requestBody": body, "responses": {"201": OK}}}})

    def route(request: WireRequest) -> Answer:
        if b'filename="photo"' in (request.body or b""):
            return answer(201, {})
        return answer(400, {"photo": ["The submitted data was not a file. Check the encoding type on the form."]})

    assert ("POST /photos", "201") in verified(learned_from(description, Routed(route)))


def test_too_many_requests_refute_nothing(of_paths: Callable[[dict[str, Any]], ApiDescription]) -> None:
    description = of_paths(
        {"/search": {"get": {"responses": {"200": OK}}}, "/others": {"get": {"responses": {"200": OK}}}}
    )
    learned = learned_from(description, Routed(lambda request: answer(429 if "search" in request.target else 404, {})))
    known = learned.pairs["GET /search", "200"]
    assert known.state is WitnessState.NOT_REACHED
    assert known.reason == "answered 429, not 200"
    assert learned.state_of(("GET /others", "200")) is WitnessState.REFUTED
