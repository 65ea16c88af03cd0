from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from oagen.spec.model import ParameterLocation, Style
from tests.spec.documents import OK, document, errors, messages, operation, read


def test_3_2_has_query_additional_operations_item_schemas_and_query_strings(tmp_path: Path) -> None:
    stream = {"application/jsonl": {"itemSchema": {"type": "object"}}}
    whole = {"name": "q", "in": "querystring", "content": {"application/json": {"schema": {"type": "object"}}}}
    paths = {
        "/a": {
            "query": {"responses": {"200": {"description": "", "content": stream}}, "parameters": [whole]},
            "additionalOperations": {"COPY": OK, "Purge": OK},
        }
    }
    description = read(tmp_path, document(paths, version="3.2.0"))

    assert [item.method for item in description.operations] == ["QUERY", "COPY", "Purge"]
    query = description.operations[0]
    assert query.parameters[0].where is ParameterLocation.QUERYSTRING
    assert query.parameters[0].media_type == "application/json"
    media = query.responses[0].content[0]
    assert media.schema is None
    assert media.item_schema is not None
    assert media.item_schema.raw == {"type": "object"}
    assert description.diagnostics == ()


def test_query_is_no_method_before_3_2(tmp_path: Path) -> None:
    description = read(tmp_path, document({"/a": {"query": OK, "get": OK}}, version="3.1.0"))

    assert [item.key for item in description.operations] == ["GET /a"]
    assert "'query' means nothing in a path item" in messages(description)


def test_styles_and_their_defaults(tmp_path: Path) -> None:
    parameters = [
        {"name": "a", "in": "query", "schema": {}},
        {"name": "b", "in": "query", "style": "deepObject", "schema": {}},
        {"name": "c", "in": "query", "explode": False, "allowReserved": True, "schema": {}},
        {"name": "d", "in": "header", "schema": {}},
        {"name": "e", "in": "cookie", "schema": {}},
        {"name": "f", "in": "query", "style": "matrix", "schema": {}},
        {"name": "g", "in": "query", "content": {"application/json": {"schema": {"type": "array"}, "example": [1]}}},
        {"name": "Authorization", "in": "header", "schema": {}},
    ]
    description = read(tmp_path, document({"/a": {"get": {**OK, "parameters": parameters}}}))

    found = {item.name: item for item in description.operations[0].parameters}
    assert {name: (item.style, item.explode) for name, item in found.items()} == {
        "a": (Style.FORM, True),
        "b": (Style.DEEP_OBJECT, False),
        "c": (Style.FORM, False),
        "d": (Style.SIMPLE, False),
        "e": (Style.FORM, True),
        "f": (Style.FORM, True),
        "g": (Style.FORM, False),
    }
    assert found["c"].allow_reserved
    assert found["g"].media_type == "application/json"
    assert [example.value for example in found["g"].examples] == [[1]]
    assert "can't have the style 'matrix'" in messages(description)


def test_bodies_with_encodings_and_examples(tmp_path: Path) -> None:
    media = {
        "schema": {"type": "object"},
        "examples": {"one": {"value": {"a": 1}}, "far": {"externalValue": "x"}},
        "encoding": {
            "file": {"contentType": "image/png, image/gif"},
            "list": {"style": "pipeDelimited", "explode": True},
        },
    }
    body = {"required": True, "content": {"multipart/form-data": media, "text/plain": None}}
    request = read(tmp_path, document({"/a": {"post": {**OK, "requestBody": body}}})).operations[0].request_body

    assert request is not None
    first, second = request.content
    assert [(example.name, example.value) for example in first.examples] == [("one", {"a": 1})]
    file, items = first.encodings
    assert file.content_types == ("image/png", "image/gif")
    assert (items.style, items.explode) == (Style.PIPE_DELIMITED, True)
    assert (second.name, second.schema) == ("text/plain", None)


def test_links_lead_to_operations(tmp_path: Path) -> None:
    links = {
        "by_id": {"operationId": "two", "parameters": {"path.id": "$response.body#/id"}},
        "by_place": {"operationRef": "#/paths/~1b~1{id}/get", "requestBody": {"a": 1}},
        "dead": {"operationId": "three"},
        "foreign": {"operationRef": "https://example.com/other.yaml#/paths/~1a/get"},
    }
    identifier = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    paths = {
        "/a": {"get": {"responses": {"200": {"description": "", "links": links}}}},
        "/b/{id}": {"get": {**OK, "operationId": "two", "parameters": [identifier]}},
    }
    description = read(tmp_path, document(paths))

    found = {link.name: link for link in operation(description, "GET /a").responses[0].links}
    assert {name: link.target for name, link in found.items()} == {
        "by_id": "GET /b/{id}",
        "by_place": "GET /b/{id}",
        "dead": None,
        "foreign": None,
    }
    assert found["by_id"].parameters == (("path.id", "$response.body#/id"),)
    assert found["by_place"].request_body == {"a": 1}


def test_servers_of_operation_path_and_root(tmp_path: Path) -> None:
    paths = {
        "/a": {"servers": [{"url": "https://path"}], "get": {**OK, "servers": [{"url": "https://own"}]}, "put": OK},
        "/b": {"get": OK},
    }
    description = read(tmp_path, document(paths, servers=[{"url": "https://root/v1"}]))

    assert [item.servers[0].url for item in description.operations] == [
        "https://own",
        "https://path",
        "https://root/v1",
    ]
    assert description.base_path == "/v1"


def test_names_may_begin_as_extensions_do(tmp_path: Path) -> None:
    response = {"description": "", "headers": {"x-rate-limit": {"schema": {"type": "integer"}}}}
    schemes = {"x-key": {"type": "apiKey", "in": "header", "name": "x-key"}}
    paths = {"x-paths": {"get": OK}, "/a": {"x-a": {}, "get": {"responses": {"200": response, "x-b": {}}}}}
    description = read(tmp_path, document(paths, components={"securitySchemes": schemes}, security=[{"x-key": []}]))

    (get,) = description.operations
    assert [header.name for header in get.responses[0].headers] == ["x-rate-limit"]
    assert [scheme.name for scheme in description.security_schemes] == ["x-key"]
    assert get.needs_identity
    assert description.diagnostics == ()


def test_callbacks_and_webhooks_are_listed(tmp_path: Path) -> None:
    own = {**OK, "callbacks": {"onEvent": {"{$request.body#/url}": {"post": OK}}}}
    description = read(tmp_path, document({"/a": {"post": own}}, version="3.1.0", webhooks={"news": {"post": OK}}))

    assert description.operations[0].callbacks == ("onEvent",)
    assert description.webhooks == ("news",)


def test_a_path_item_may_say_more_beside_its_reference(tmp_path: Path) -> None:
    shared: dict[str, Any] = {"get": {**OK, "summary": "theirs"}, "put": OK}
    own = {"$ref": "#/components/pathItems/shared", "get": {**OK, "summary": "ours"}}
    description = read(tmp_path, document({"/a": own}, version="3.1.0", components={"pathItems": {"shared": shared}}))

    assert {item.key: item.summary for item in description.operations} == {"GET /a": "ours", "PUT /a": ""}


@pytest.mark.parametrize(
    ("paths", "message"),
    [
        ({"/a": {"get": {**OK, "operationId": "x"}, "put": {**OK, "operationId": "x"}}}, "is that of 'GET /a' already"),
        ({"/a/{x}": {"get": OK}, "/a/{y}": {"get": OK}}, "is the same as 'GET /a/{x}' but for names"),
        ({"a": {"get": OK}}, "does not begin with a slash"),
        ({"/a": {"GET": OK}}, "'GET' means nothing in a path item"),
        ({"/a": {"get": {}}}, "no response is documented"),
        ({"/a": {"get": {**OK, "security": [{"none": []}]}}}, "'none' is not declared"),
        ({"/a": {"get": {**OK, "tags": "one"}}}, ""),
        ({"/a": {"get": {"responses": []}}}, "should be a map of responses"),
        ({"/a": {"get": {"responses": {"200": {"$ref": "#/none"}}}}}, "this response is left out"),
        ({"/a": {"get": {**OK, "parameters": [{"in": "query"}]}}}, "a parameter needs a name"),
    ],
)
def test_what_is_doubtful_is_a_warning(tmp_path: Path, paths: Any, message: str) -> None:
    description = read(tmp_path, document(paths))

    assert errors(description) == []
    assert message in messages(description)


@pytest.mark.parametrize(
    "bad",
    [
        None,
        "text",
        {**OK, "parameters": [{"name": "a", "in": "body"}]},
        {**OK, "parameters": ["a"]},
        {**OK, "requestBody": {"$ref": "#/none"}},
    ],
)
def test_what_no_request_can_be_made_for_is_an_error(tmp_path: Path, bad: Any) -> None:
    description = read(tmp_path, document({"/a": {"get": bad, "put": OK}}))

    assert [item.key for item in description.operations] == ["PUT /a"]
    assert [item.location.pointer[:10] for item in errors(description)] == ["/paths/~1a"]


def test_hostile_names_stay_on_one_line(tmp_path: Path) -> None:
    path = "/a\n\x1b[31m{x\n}"
    description = read(tmp_path, document({path: {"get": {**OK, "parameters": [{"$ref": "b\n.yaml"}]}}}))

    assert errors(description)
    assert all(item.message.isprintable() for item in description.diagnostics)
