from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from oagen.spec.model import ApiDescription, ParameterLocation, SchemeKind, Style
from tests.spec.documents import messages, operation, read


def swagger(folder: Path, parameters: list[Any], *, get: dict[str, Any] | None = None, **root: Any) -> ApiDescription:
    own = {"responses": {"200": {"description": "fine"}}, **(get or {}), "parameters": parameters}
    return read(
        folder, {"swagger": "2.0", "info": {"title": "T", "version": "1"}, "paths": {"/a": {"post": own}}, **root}
    )


def test_parameters_are_their_own_schema(tmp_path: Path) -> None:
    limit = {
        "name": "limit", "in": "query", "type": "integer", "format": "int32", "minimum": 1, "exclusiveMinimum": True,
        "default": 7, "required": True, "description": "how many", "x-example": 3, "x-nullable": True,
    }  # fmt: skip
    description = swagger(tmp_path, [limit])

    (parameter,) = description.operations[0].parameters
    assert parameter.schema is not None
    assert parameter.schema.raw == {"type": ["integer", "null"], "format": "int32", "exclusiveMinimum": 1, "default": 7}
    assert parameter.schema.location == parameter.location
    assert (parameter.required, parameter.description) == (True, "how many")
    assert [example.value for example in parameter.examples] == [3]
    assert description.diagnostics == ()


@pytest.mark.parametrize(
    ("where", "written", "style", "explode"),
    [
        ("query", None, Style.FORM, False),
        ("query", "csv", Style.FORM, False),
        ("query", "multi", Style.FORM, True),
        ("query", "ssv", Style.SPACE_DELIMITED, False),
        ("query", "pipes", Style.PIPE_DELIMITED, False),
        ("header", "csv", Style.SIMPLE, False),
    ],
)
def test_collection_formats(tmp_path: Path, where: str, written: str | None, style: Style, explode: bool) -> None:
    format_ = {"collectionFormat": written} if written else {}
    tags = {"name": "tags", "in": where, "type": "array", "items": {"type": "string"}, **format_}
    description = swagger(tmp_path, [tags])

    (parameter,) = description.operations[0].parameters
    assert (parameter.style, parameter.explode) == (style, explode)


def test_a_body_takes_the_media_types_of_consumes(tmp_path: Path) -> None:
    body = {"name": "pet", "in": "body", "required": True, "schema": {"$ref": "#/definitions/Pet"}}
    definitions = {"Pet": {"type": "object", "discriminator": "kind"}}
    description = swagger(tmp_path, [body], consumes=["application/json", "application/xml"], definitions=definitions)

    request = description.operations[0].request_body
    assert request is not None
    assert request.required
    assert [media.name for media in request.content] == ["application/json", "application/xml"]
    schema = request.content[0].schema
    assert schema is not None
    assert schema.resolved().raw == {"type": "object", "discriminator": {"propertyName": "kind"}}


def test_form_data_becomes_an_object(tmp_path: Path) -> None:
    name = {"name": "name", "in": "formData", "type": "string", "required": True}
    tags = {"name": "tags", "in": "formData", "type": "array", "items": {"type": "string"}, "collectionFormat": "multi"}
    request = swagger(tmp_path, [name, tags]).operations[0].request_body

    assert request is not None
    (media,) = request.content
    assert media.name == "application/x-www-form-urlencoded"
    assert media.schema is not None
    properties = {"name": {"type": "string"}, "tags": {"type": "array", "items": {"type": "string"}}}
    assert media.schema.raw == {"type": "object", "properties": properties, "required": ["name"]}
    assert [(item.name, item.style, item.explode) for item in media.encodings] == [("tags", Style.FORM, True)]


def test_a_file_is_sent_as_multipart(tmp_path: Path) -> None:
    file = {"name": "file", "in": "formData", "type": "file"}
    request = swagger(tmp_path, [file], consumes=["application/json"]).operations[0].request_body

    assert request is not None
    assert [media.name for media in request.content] == ["multipart/form-data"]
    assert media_schema(request) == {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}


def media_schema(request: Any) -> Any:
    return request.content[0].schema.raw


def test_responses_take_the_media_types_of_produces(tmp_path: Path) -> None:
    responses = {
        "200": {
            "description": "fine",
            "schema": {"type": "string"},
            "examples": {"text/csv": "a;b"},
            "headers": {"X-Rate": {"type": "integer"}},
        },
        "204": {"description": "nothing"},
        "201": {"description": "file", "schema": {"type": "file"}},
    }
    description = swagger(tmp_path, [], get={"responses": responses, "produces": ["application/json", "text/csv"]})

    first, second, third = description.operations[0].responses
    assert [(media.name, [example.value for example in media.examples]) for media in first.content] == [
        ("application/json", []),
        ("text/csv", ["a;b"]),
    ]
    assert first.headers[0].schema is not None
    assert first.headers[0].schema.raw == {"type": "integer"}
    assert second.content == ()
    assert third.content[0].schema is not None
    assert third.content[0].schema.raw == {"type": "string", "format": "binary"}


def test_servers_and_security(tmp_path: Path) -> None:
    definitions = {
        "basic": {"type": "basic"},
        "key": {"type": "apiKey", "in": "query", "name": "k"},
        "oauth": {"type": "oauth2", "flow": "implicit", "scopes": {"read": "", "write": ""}},
    }
    description = swagger(
        tmp_path, [], host="example.com", basePath="/v2/", schemes=["http", "https"], securityDefinitions=definitions,
        security=[{"basic": [], "oauth": ["read"]}, {"key": []}],
    )  # fmt: skip

    assert [server.url for server in description.servers] == ["http://example.com/v2/", "https://example.com/v2/"]
    assert description.base_path == "/v2"
    basic, key, oauth = description.security_schemes
    assert (basic.kind, basic.http_scheme) == (SchemeKind.HTTP, "basic")
    assert (key.where, key.parameter) == (ParameterLocation.QUERY, "k")
    assert oauth.scopes == ("read", "write")
    requirements = operation(description, "POST /a").security
    assert [requirement.schemes for requirement in requirements] == [
        (("basic", ()), ("oauth", ("read",))),
        (("key", ()),),
    ]


def test_a_base_path_without_a_host(tmp_path: Path) -> None:
    assert swagger(tmp_path, [], basePath="api").base_path == "/api"


@pytest.mark.parametrize(
    ("parameter", "message"),
    [
        ({"name": "a", "in": "cookie", "type": "string"}, "can't be in 'cookie'"),
        ({"name": "a", "in": "query"}, "no 'type' here"),
        ({"name": "a", "in": "query", "type": "array"}, "needs 'items'"),
        ({"name": "a", "in": "query", "type": "array", "items": {}, "collectionFormat": "tsv"}, "sent as 'csv'"),
        ({"name": "", "in": "query", "type": "string"}, "needs a name"),
        ({"name": "a", "in": "body"}, "body without a schema"),
    ],
)
def test_what_does_not_fit_is_told(tmp_path: Path, parameter: Any, message: str) -> None:
    assert message in messages(swagger(tmp_path, [parameter]))
