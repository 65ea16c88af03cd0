from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from jsonschema_path import SchemaPath
from openapi_core import Config, OpenAPI
from openapi_spec_validator import OpenAPIV31SpecValidator

from oagen.spec.bundle import bundle
from oagen.spec.loading import load_description
from tests.spec.documents import OK, document, operation, read, shared

SAMPLES = Path(__file__).parents[2] / "sample_specs"


def references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [found for child in value.values() for found in references(child)]
    return [found for child in value for found in references(child)] if isinstance(value, list) else []


def content(schema: Any) -> dict[str, Any]:
    return {"200": {"description": "", "content": {"application/json": {"schema": schema}}}}


@pytest.mark.parametrize(
    "name",
    [
        "bookshop.yaml", "fleet-3.1.yaml", "library-2.0.yaml", "streaming-3.2.yaml", "tickets-3.0.yaml",
        "many-files/openapi.yaml", "hostile-names.yaml",
    ],
)  # fmt: skip
def test_a_bundle_is_one_valid_document_that_the_libraries_read(name: str) -> None:
    description = load_description(str(SAMPLES / name))
    bundled = bundle(description)

    assert json.loads(json.dumps(bundled)) == bundled
    assert {reference.partition("/")[0] for reference in references(bundled)} <= {"#"}
    # The validator takes braces in path keys for format strings.
    if name != "hostile-names.yaml":
        assert [error.message for error in OpenAPIV31SpecValidator(bundled).iter_errors()] == []
    config = Config(spec_validator_cls=None)  # type: ignore[arg-type]
    assert OpenAPI(SchemaPath.from_dict(bundled), config=config).spec
    known = [item for item in description.operations if item.method.lower() in bundled["paths"].get(item.path, {})]
    assert len(list(schemathesis.openapi.from_dict(bundled).get_all_operations())) == len(known)
    assert bundle(load_description(str(SAMPLES / name))) == bundled


def test_a_bundle_read_again_promises_the_same() -> None:
    description = load_description(str(SAMPLES / "library-2.0.yaml"))
    again = _read_again(bundle(description))

    assert [item.key for item in again.operations] == [item.key for item in description.operations]
    assert [(item.key, response.status) for item, response in again.documented()] == [
        (item.key, response.status) for item, response in description.documented()
    ]
    for before, after in zip(description.operations, again.operations, strict=True):
        assert [(p.name, p.where, p.style, p.explode, p.required) for p in after.parameters] == [
            (p.name, p.where, p.style, p.explode, p.required) for p in before.parameters
        ]
        assert after.security == before.security
    assert again.diagnostics == ()


def _read_again(bundled: dict[str, Any]) -> Any:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        return read(Path(folder), bundled)


def test_loops_stay_references_and_names_are_kept_or_told_apart(tmp_path: Path) -> None:
    (tmp_path / "Pet.json").write_text('{"type": "object", "properties": {"friend": {"$ref": "#"}}}')
    schemas = {"Pet": {"type": "integer"}, "Äpfel/1": {"type": "string"}}
    paths = {
        "/a": {"get": {"responses": content({"$ref": "Pet.json"})}},
        "/b": {"get": {"responses": content({"$ref": "#/components/schemas/Pet"})}},
        "/c": {"get": {"responses": content({"$ref": "#/components/schemas/Äpfel~11"})}},
    }
    bundled = bundle(read(tmp_path, document(paths, components={"schemas": schemas})))

    assert bundled["components"]["schemas"] == {
        "Pet": {"type": "integer"},
        "Pet_2": {"type": "object", "properties": {"friend": {"$ref": "#/components/schemas/Pet_2"}}},
        "pfel_1": {"type": "string"},
    }


def test_identifiers_are_taken_out_and_siblings_of_references_stay(tmp_path: Path) -> None:
    schemas = {
        "A": {
            "$id": "https://example.com/a",
            "$defs": {"x": {"$anchor": "x", "type": "integer"}},
            "items": {"$ref": "#x"},
        },
        "B": {"$ref": "#/components/schemas/A", "maxItems": 3},
    }
    paths = {"/a": {"get": {"responses": content({"$ref": "#/components/schemas/B", "minItems": 1})}}}
    bundled = bundle(read(tmp_path, document(paths, version="3.1.0", components={"schemas": schemas})))

    assert bundled["components"]["schemas"] == {
        "A": {"items": {"$ref": "#/components/schemas/x"}},
        "B": {"$ref": "#/components/schemas/A", "maxItems": 3},
        "x": {"type": "integer"},
    }
    schema = bundled["paths"]["/a"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/B", "minItems": 1}


def test_examples_and_enums_are_data(tmp_path: Path) -> None:
    data = {"$ref": "#/none", "$id": "x", "properties": {"$ref": "y"}}
    schema = {"enum": [data], "const": data, "default": [data], "properties": {"$id": {"type": "string"}}}
    description = read(tmp_path, document({"/a": {"get": {"responses": content(schema)}}}, version="3.1.0"))

    response = bundle(description)["paths"]["/a"]["get"]["responses"]["200"]
    assert response["content"]["application/json"]["schema"] == schema


def test_discriminator_mappings_lead_into_the_bundle(tmp_path: Path) -> None:
    (tmp_path / "dog.json").write_text('{"type": "object", "title": "dog"}')
    mapping = {"dog": "dog.json", "cat": "#/components/schemas/Cat", "cow": "Cow"}
    pet = {"discriminator": {"propertyName": "kind", "mapping": mapping}}
    schemas = {"Pet": pet, "Cat": {"title": "cat"}, "Cow": {"title": "cow"}}
    paths = {"/a": {"get": {"responses": content({"$ref": "#/components/schemas/Pet"})}}}
    components = bundle(read(tmp_path, document(paths, components={"schemas": schemas})))["components"]["schemas"]

    leads_to = components["Pet"]["discriminator"]["mapping"]
    assert {name: components[target.rpartition("/")[2]]["title"] for name, target in leads_to.items()} == {
        "dog": "dog", "cat": "cat", "cow": "cow",
    }  # fmt: skip


def test_some_operations_bring_only_what_they_need(tmp_path: Path) -> None:
    paths = {
        "/a": {"get": {"operationId": "same", "responses": content({"$ref": "#/components/schemas/A"})}},
        "/b": {"get": {"operationId": "same", "responses": content({"$ref": "#/components/schemas/B"})}},
    }
    description = read(tmp_path, document(paths, components={"schemas": {"A": {}, "B": {}}}))
    one = bundle(description, [operation(description, "GET /b")])

    assert (list(one["paths"]), list(one["components"]["schemas"])) == (["/b"], ["B"])
    assert one["paths"]["/b"]["get"]["operationId"] == "same"
    both = bundle(description)
    assert "operationId" not in both["paths"]["/b"]["get"], "an id is unique"


def test_what_is_shared_is_written_once(tmp_path: Path) -> None:
    components = {"responses": {"Error": {"description": "no", "content": {"application/json": {"schema": {}}}}}}
    shared_response = {"responses": {"404": {"$ref": "#/components/responses/Error"}}}
    description = read(tmp_path, document({f"/{n}": {"get": shared_response} for n in range(3)}, components=components))
    bundled = bundle(description)

    assert list(bundled["components"]["responses"]) == ["Error"]
    assert references(bundled) == ["#/components/responses/Error"] * 3


def test_an_undeclared_scheme_is_not_asked_for(tmp_path: Path) -> None:
    schemes = {"key": {"type": "apiKey", "in": "header", "name": "K"}}
    paths = {"/a": {"get": {**OK, "security": [{"none": []}, {"key": []}]}}}
    bundled = bundle(read(tmp_path, document(paths, components={"securitySchemes": schemes})))

    assert bundled["paths"]["/a"]["get"]["security"] == [{"key": []}]
    assert bundled["components"]["securitySchemes"] == schemes


@pytest.mark.parametrize("name", ["real/docker-engine.yaml", "real/kratos-30.json", "real/twilio-verify-v2.yaml"])
def test_real_documents_are_valid_when_bundled(name: str) -> None:
    bundled = bundle(load_description(str(shared(name))))

    assert [error.message for error in OpenAPIV31SpecValidator(bundled).iter_errors()] == []
