"""Ways to what no designed scenario reaches: what parameters point at, what others hand on, what is not there."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from oagen.learn.handed import handed_on, made_otherwise
from oagen.learn.makers import Makers
from oagen.learn.mentions import mentioned
from oagen.learn.model import Learned, Pair, WitnessState
from oagen.learn.pointing import with_listed_identifiers, with_member_names
from oagen.learn.resourceless import refused_without_resources, without_resources
from oagen.learn.witnesses import learn
from oagen.runner.run import Exchange, Trace
from oagen.scenario.context import DesignContext
from oagen.scenario.design import design
from oagen.scenario.identities import IdentityInfo
from oagen.scenario.model import Body, Literal, Request
from oagen.scenario.resources import placeholders
from oagen.scenario.wire import WireRequest
from oagen.target.model import Answer
from tests.learn.items import Routed, answer, context, describing

OK: dict[str, Any] = {"description": "fine"}
TEXT = {"type": "string"}
PK = {"name": "pk", "in": "path", "required": True, "schema": {"type": "integer"}}


def of_json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


def obj(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def learned_from(paths: dict[str, Any], route: Callable[[WireRequest], Answer]) -> Learned:
    description = describing(paths)
    return learn(description, design(description), Routed(route), context(), budget=20, campaign=False)


def verified(learned: Learned) -> set[Pair]:
    return {pair for pair, known in learned.pairs.items() if known.state is WitnessState.VERIFIED}


SHOWN = obj(id={"type": "integer"}, title=TEXT, owner=obj(name=TEXT))
BOOKS: dict[str, Any] = {
    "/books": {
        "get": {"responses": {"200": OK | of_json(obj(result={"type": "array", "items": SHOWN}))}},
        "post": {
            "requestBody": {"required": True, **of_json(obj(title=TEXT))},
            "responses": {"201": OK | of_json(obj(id={"type": "integer"}))},
        },
        "delete": {
            "parameters": [
                {"name": "q", "in": "query", **of_json({"type": "array", "items": {"type": "integer"}})},
            ],
            "responses": {"200": OK, "400": OK, "404": OK},
        },
    },
    "/books/{pk}": {"get": {"parameters": [PK], "responses": {"200": OK, "404": OK}}},
    "/books/related/{column_name}": {
        "get": {
            "parameters": [{"name": "column_name", "in": "path", "required": True, "schema": TEXT}],
            "responses": {"200": OK, "404": OK},
        }
    },
}


class Books:
    """Books that are deleted by a list of identifiers, and tell what is related to them by the name of a member."""

    def __init__(self) -> None:
        self._numbers = itertools.count(7)
        self._there: set[int] = set()

    def __call__(self, request: WireRequest) -> Answer:
        parts = urlsplit(request.target)
        if request.method == "POST":
            self._there.add(number := next(self._numbers))
            return answer(201, {"id": number})
        if request.method == "DELETE":
            return self._delete(parse_qs(parts.query).get("q", ["{}"])[0])
        if parts.path == "/books":
            return answer(200, {"result": []})
        name = unquote(parts.path.rpartition("/")[2])
        found = name == "owner" if "/related/" in parts.path else name.isdecimal() and int(name) in self._there
        return answer(200 if found else 404, {})

    def _delete(self, text: str) -> Answer:
        named = json.loads(text)
        if not isinstance(named, list) or not all(isinstance(item, int) for item in named):
            return answer(400, {"message": "q is not of type 'array'"})
        found = self._there.intersection(named)
        self._there -= found
        return answer(200 if found else 404, {})


def test_a_list_of_identifiers_is_filled_with_what_was_just_made() -> None:
    learned = learned_from(BOOKS, Books())
    assert {("DELETE /books", "200"), ("DELETE /books", "400"), ("DELETE /books", "404")} <= verified(learned)


def test_the_name_of_a_member_is_found_among_those_of_the_collection() -> None:
    learned = learned_from(BOOKS, Books())
    related = "GET /books/related/{column_name}"
    assert {(related, "200"), (related, "404")} <= verified(learned)


def test_only_lists_of_identifiers_and_names_of_members_are_filled() -> None:
    context = DesignContext(describing(BOOKS))
    filled = {
        operation.key: [
            *(phrase for phrase, _, _ in with_listed_identifiers(context, operation)),
            *(phrase for phrase, _ in with_member_names(context, operation)),
        ]
        for operation in context.description.operations
    }
    assert filled.pop("DELETE /books") == ["with the book's identifier in q"]
    assert filled.pop("GET /books/related/{column_name}")[0] == "with column_name owner"
    assert not any(filled.values())


LOCKED: dict[str, Any] = {
    "/safes": {
        "post": {
            "requestBody": {"required": True, **of_json(obj(combination=TEXT))},
            "responses": {"201": OK | of_json(obj(id={"type": "integer"}))},
        },
    },
    "/safes/{pk}": {
        "put": {
            "parameters": [PK],
            "requestBody": {"required": True, **of_json(obj(combination=TEXT))},
            "responses": {"200": OK, "400": OK, "401": OK, "404": OK},
            "security": [{"token": []}],
        },
    },
}
OF_TOKEN = {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}}


def safes(request: WireRequest) -> Answer:
    """Nothing can be made here."""
    if request.method == "POST":
        return answer(422, {"message": "no more safes"})
    if not any(name.lower() == "authorization" for name, _ in request.headers):
        return answer(401, {})
    try:
        body = json.loads(request.body or b"")
    except ValueError:
        return answer(400, {})
    return answer(404 if isinstance(body, dict) and "combination" in body else 400, {})


def test_what_is_refused_before_anything_is_looked_up_needs_nothing_to_be_there() -> None:
    description = describing(LOCKED, components=OF_TOKEN)
    owner = (IdentityInfo(name="owner", role="user"),)
    learned = learn(
        description,
        design(description, identities=owner),
        Routed(safes),
        context(owner={"Authorization": "Bearer x"}),
        budget=20,
        identities=owner,
        campaign=False,
    )
    put = "PUT /safes/{pk}"
    assert {(put, "400"), (put, "401")} <= verified(learned)
    assert (put, "404") not in verified(learned)  # no live identifier was seen to be answered otherwise


def test_requests_about_nothing_name_nothing_that_was_made() -> None:
    design_context = DesignContext(describing(LOCKED, components=OF_TOKEN))
    post, put = design_context.description.operations
    assert not list(refused_without_resources(design_context, post))
    phrases = [phrase for phrase, _ in refused_without_resources(design_context, put)]
    assert phrases[0] == "the body is no JSON text"
    assert "combination is missing" in phrases
    assert without_resources(design_context, put).arguments[0].value == Literal(2**31 - 1)


LINES: dict[str, Any] = {
    "/lines/create-static": {
        "post": {
            "requestBody": {"required": True, **of_json(obj(my_seed=TEXT))},
            "responses": {"200": OK | of_json(obj(line_id=TEXT))},
        }
    },
    "/lines/create": {"post": {"responses": {"200": OK | of_json(obj(line_id=TEXT, offer=obj(code=TEXT, to=TEXT)))}}},
    "/lines/{line_id}/ring": {
        "post": {
            "parameters": [{"name": "line_id", "in": "path", "required": True, "schema": TEXT}],
            "responses": {"200": OK},
        }
    },
    "/jwt/sign": {"post": {"responses": {"200": OK | of_json(TEXT)}}},
    "/jwt/verify": {
        "post": {"requestBody": {"required": True, **of_json(obj(jwt=TEXT))}, "responses": {"200": OK, "400": OK}}
    },
}


class Lines:
    """Lines that ring only if they are static, which takes a seed of eight characters; and texts that are signed."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._static: set[str] = set()

    def __call__(self, request: WireRequest) -> Answer:
        try:
            body = json.loads(request.body) if request.body else {}
        except ValueError:
            body = {}
        body = body if isinstance(body, dict) else {}
        name = f"line-{next(self._numbers)}"
        match request.target:
            case "/lines/create-static" if len(str(body.get("my_seed"))) != 8:
                return answer(400, "Seed value must be 8 bytes in length.")
            case "/lines/create-static":
                self._static.add(name)
                return answer(200, {"line_id": name})
            case "/lines/create":
                return answer(200, {"line_id": name, "offer": {"code": "c", "to": "t"}})
            case "/jwt/sign":
                return answer(200, f"eyJhbGciOiJub25lIn0.{name}")
            case "/jwt/verify":
                return answer(200 if str(body.get("jwt")).startswith("eyJ") else 400, {})
        return answer(200 if request.target.split("/")[2] in self._static else 403, {"message": "the line is dead"})


def test_what_another_creation_makes_is_tried_where_the_usual_one_does_not_do() -> None:
    learned = learned_from(LINES, Lines())
    assert ("POST /lines/create-static", "200") in verified(learned)  # its seed has the length that was asked for
    assert ("POST /lines/{line_id}/ring", "200") in verified(learned)


def test_a_text_that_is_all_of_an_answer_is_called_after_its_path() -> None:
    assert ("POST /jwt/verify", "200") in verified(learned_from(LINES, Lines()))


def test_a_text_gets_the_length_that_a_refusal_asks_for() -> None:
    design_context = DesignContext(describing(LINES))
    create = design_context.description.operations[0]
    request = Request(
        method="POST", path=create.path, body=Body(media_type="application/json", value=Literal({"my_seed": "ab c"}))
    )
    said = "400: Seed value must be 8 bytes in length."
    assert list(mentioned(design_context, create, request, said)) == [(("my_seed",), Literal("abcabcab"))]


def test_an_object_of_the_same_schema_is_handed_on_as_it_is() -> None:
    offer = {"$ref": "#/components/schemas/Offer"}
    paths = {
        "/offers/create": {"post": {"responses": {"200": OK | of_json(obj(offer=offer))}}},
        "/offers/take": {"post": {"requestBody": {"required": True, **of_json(offer)}, "responses": {"200": OK}}},
    }
    description = describing(paths, components={"schemas": {"Offer": obj(code=TEXT)}})
    design_context = DesignContext(description)
    _, take = description.operations
    ((phrase, given, request),) = list(handed_on(design_context, take, Makers(description)))
    assert phrase == "the offer of create"
    assert [step.request.path for step in given if hasattr(step, "request")] == ["/offers/create"]
    assert request.body is not None
    assert getattr(request.body.value, "pointer", None) == "/offer"
    assert not list(made_otherwise(design_context, take, Makers(description)))


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("400: Invitation must include handshake protocols, request attachments, or both.", "handshake_protocols"),
        ("Updates cannot be empty.", "updates"),
        ("attachments are required", "attachments"),
    ],
)
def test_a_member_is_known_by_how_a_sentence_says_it(said: str, name: str) -> None:
    texts = {"type": "array", "items": TEXT}
    members = {"type": "object", "properties": dict.fromkeys(("attachments", "handshake_protocols", "updates"), texts)}
    paths = {"/letters": {"post": {"requestBody": of_json(members), "responses": {"200": OK}}}}
    design_context = DesignContext(describing(paths))
    (create,) = design_context.description.operations
    request = Request(method="POST", path=create.path, body=Body(media_type="application/json", value=Literal({})))
    ((path, _),) = list(mentioned(design_context, create, request, said))
    assert path == (name,)


def test_what_is_kept_once_for_all_gets_a_content_of_its_own() -> None:
    free = {"type": "object", "additionalProperties": True}
    body = {"type": "object", "properties": {"fields": free, "version": TEXT}}
    kept: set[str] = set()

    def schemas(request: WireRequest) -> Answer:
        try:
            fields = json.dumps(json.loads(request.body or b"").get("fields"))
        except (ValueError, AttributeError):
            return answer(422, {})
        status = 200 if fields in kept else 201
        kept.add(fields)
        return answer(status, {})

    responses = {"200": OK, "201": OK}
    learned = learned_from({"/schemas": {"post": {"requestBody": of_json(body), "responses": responses}}}, schemas)
    assert {("POST /schemas", "200"), ("POST /schemas", "201")} <= verified(learned)


def test_who_shows_an_identifier_under_its_very_name_and_near_it_comes_first() -> None:
    record = {"name": "pres_ex_id", "in": "path", "required": True, "schema": TEXT}
    made = {"post": {"responses": {"200": OK}}}
    paths = {
        "/proof/create": made,
        "/other/create-that-is-long": made,
        "/proof-2.0/records/create": made,
        "/proof-2.0/records/{pres_ex_id}": {"get": {"parameters": [record], "responses": {"200": OK}}},
    }
    description = describing(paths)
    makers = Makers(description)
    for number, (path, name) in enumerate(
        (
            ("/proof/create", "presentation_exchange_id"),
            ("/other/create-that-is-long", "pres_ex_id"),
            ("/proof-2.0/records/create", "pres_ex_id"),
        )
    ):
        exchange = Exchange(
            step="made", request=Request(method="POST", path=path), answer=answer(200, {name: f"made-{number}"})
        )
        scenario = design(description)[0]
        makers.observe(scenario, Trace(reached=True, given=(exchange,)))
    (place,) = placeholders("/proof-2.0/records/{pres_ex_id}")
    found = [producer.operation.path for producer in makers.others(place, but="")]
    assert found == ["/proof-2.0/records/create", "/other/create-that-is-long", "/proof/create"]
    nearest = makers.of(place, without=frozenset({"POST /proof-2.0/records/create"}))
    assert nearest is not None
    assert nearest.operation.path == "/other/create-that-is-long"
