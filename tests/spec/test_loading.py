from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from oagen.errors import DocumentError
from oagen.spec.loading import load_description
from oagen.spec.model import Location, ParameterLocation, Severity, Style
from tests.spec.documents import OK, document, errors, messages, operation, read

YAML = """\
openapi: 3.1
info: {title: Pets, version: 1.0}
servers:
  - url: https://{host}/api/{version}/
    variables: {host: {default: example.com}, version: {default: v2}}
security: [{key: []}]
paths:
  /pets/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: integer}}
      - {name: on, in: query, schema: {type: string, default: no}}
    get:
      operationId: getPet
      parameters:
        - {name: on, in: query, schema: {type: [string, null]}}
      responses:
        200: {$ref: '#/components/responses/Pet'}
        4xx: {description: refused}
        default: {description: else}
    delete:
      security: []
      responses: {204: {description: gone}}
components:
  securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}
  responses:
    Pet:
      description: the pet
      content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}
  schemas:
    Pet: {type: object, required: [id], properties: {id: {type: integer}}}
"""


def test_reads_what_a_document_promises(tmp_path: Path) -> None:
    description = read(tmp_path, YAML, name="openapi.yaml")

    assert (description.dialect, description.title, description.version) == ("3.1", "Pets", "1.0")
    assert description.base_path == "/api/v2"
    get, delete = description.operations
    assert get.key == "GET /pets/{id}"
    assert [response.status for response in get.responses] == ["200", "4XX", "default"]
    assert [(p.name, p.where, p.style, p.explode) for p in get.parameters] == [
        ("id", ParameterLocation.PATH, Style.SIMPLE, False),
        ("on", ParameterLocation.QUERY, Style.FORM, True),
    ]
    assert get.parameters[1].schema is not None
    assert get.parameters[1].schema.raw == {"type": ["string", "null"]}
    assert get.needs_identity
    assert not delete.needs_identity
    assert delete.parameters[1].schema is not None
    assert delete.parameters[1].schema.raw == {"type": "string", "default": "no"}, "YAML 1.2: `no` is a string"
    assert {d.severity for d in description.diagnostics} == {Severity.WARNING}
    assert [d.location.pointer for d in description.diagnostics] == ["/openapi", "/info/version"], "numbers, not texts"


def test_schemas_keep_references_and_follow_them_on_demand(tmp_path: Path) -> None:
    description = read(tmp_path, YAML, name="openapi.yaml")

    schema = description.operations[0].responses[0].content[0].schema
    assert schema is not None
    assert schema.raw == {"$ref": "#/components/schemas/Pet"}
    assert schema.resolved().location == Location("openapi.yaml", "/components/schemas/Pet")
    assert schema.resolved().sub("properties", "id").raw == {"type": "integer"}
    assert (
        description.resolver.line_of(schema.resolved().location)
        == YAML[: YAML.index("    Pet: {type: object")].count("\n") + 1
    )


def test_one_bad_operation_is_left_out_and_the_rest_goes_on(tmp_path: Path) -> None:
    paths = {
        "/a": {"get": {**OK, "parameters": [{"$ref": "#/components/parameters/none"}]}, "put": OK},
        "/b": {"$ref": "#/paths/c"},
        "/c": {"get": {"responses": {"888": {"description": "?"}, "2xx": {"description": "fine"}}}},
    }
    description = read(tmp_path, document(paths))

    assert [item.key for item in description.operations] == ["PUT /a", "GET /c"]
    second, first = errors(description)
    assert first.operation == "GET /a"
    assert first.location.pointer == "/paths/~1a/get/parameters/0/$ref"
    assert first.line is not None
    assert second.location.pointer == "/paths/~1b/$ref"
    assert "'888' is not a status code" in messages(description)
    assert [response.status for response in operation(description, "GET /c").responses] == ["2XX"]


def test_strict_ends_at_the_first_error_and_names_its_place(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"openapi\.json, line \d+ \(#/paths/~1a/\$ref\)"):
        read(tmp_path, document({"/a": {"$ref": "#/nowhere"}}), strict=True)


def test_path_parameters_and_template_agree(tmp_path: Path) -> None:
    unused = {"name": "other", "in": "path", "required": True, "schema": {"type": "string"}}
    description = read(tmp_path, document({"/a/{id}": {"get": {**OK, "parameters": [unused]}}}))

    (parameter,) = description.operations[0].parameters
    assert parameter.name == "id"
    assert parameter.schema is not None
    assert parameter.schema.raw == {"type": "string"}
    assert "'id' is not declared" in messages(description)
    assert "'other' is not in the path" in messages(description)


def test_reads_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    stdin = io.TextIOWrapper(io.BytesIO(YAML.encode()))
    monkeypatch.setattr(sys, "stdin", stdin)

    description = load_description("-")

    assert description.source == "standard input"
    assert len(description.operations) == 2
