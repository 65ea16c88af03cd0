from __future__ import annotations

import json
import os
import socketserver
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from oagen.errors import DocumentError
from oagen.spec.loading import load_description
from oagen.spec.model import ApiDescription, Location, Schema
from tests.spec.documents import OK, document, errors, messages, operation, read


def write(folder: Path, files: dict[str, Any]) -> None:
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")


def answer_schema(description: ApiDescription, key: str = "GET /a") -> Schema:
    schema = operation(description, key).responses[0].content[0].schema
    assert schema is not None
    return schema


def answering(schema: Any) -> dict[str, Any]:
    content = {"application/json": {"schema": schema}}
    return {"/a": {"get": {"responses": {"200": {"description": "", "content": content}}}}}


def test_one_description_in_many_files(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "api/openapi.yaml": "openapi: 3.0.3\ninfo: {}\npaths: {/a: {$ref: 'paths/a%20b.yaml'}}",
            "api/paths/a b.yaml": """
                parameters: [{$ref: '../../shared/parts.json#/parameters/Limit'}]
                get:
                  requestBody: {$ref: '../../shared/parts.json#/bodies/One'}
                  responses:
                    '200': {$ref: '../../shared/parts.json#/responses/Ok'}
            """,
            "shared/parts.json": {
                "parameters": {"Limit": {"name": "limit", "in": "query", "schema": {"type": "integer"}}},
                "bodies": {"One": {"content": {"application/json": {"schema": {"$ref": "pet.yaml"}}}}},
                "responses": {
                    "Ok": {
                        "description": "fine",
                        "headers": {"X-A": {"$ref": "#/headers/A"}},
                        "content": {
                            "application/json": {
                                "schema": {"$ref": "pet.yaml#/properties/friend"},
                                "examples": {"rex": {"$ref": "#/examples/Rex"}},
                            }
                        },
                        "links": {"next": {"$ref": "#/links/Next"}},
                    }
                },
                "headers": {"A": {"schema": {"type": "string"}}},
                "examples": {"Rex": {"value": {"name": "Rex"}}},
                "links": {"Next": {"operationRef": "../api/openapi.yaml#/paths/~1a/get"}},
            },
            "shared/pet.yaml": "{type: object, nullable: true, properties: {friend: {$ref: '#'}}}",
        },
    )
    description = load_description(str(tmp_path / "api/openapi.yaml"))

    assert description.diagnostics == ()
    (get,) = description.operations
    assert [parameter.name for parameter in get.parameters] == ["limit"]
    assert get.parameters[0].location == Location("../shared/parts.json", "/parameters/Limit")
    response = get.responses[0]
    assert [header.name for header in response.headers] == ["X-A"]
    assert [example.value for example in response.content[0].examples] == [{"name": "Rex"}]
    assert [link.target for link in response.links] == ["GET /a"]
    schema = response.content[0].schema
    assert schema is not None
    assert schema.resolved().location == Location("../shared/pet.yaml", "")
    raw = schema.resolved().raw
    assert isinstance(raw, dict)
    assert raw["type"] == ["object", "null"], "a file without a version is in the root's dialect"


@pytest.mark.parametrize(
    ("key", "reference"),
    [
        ("a b", "#/components/schemas/a%20b"),
        ("a b", "#/components/schemas/a b"),
        ("a b", "#/components/schemas/a+b"),
        ("a+b", "#/components/schemas/a+b"),
        ("a+b", "#/components/schemas/a%2Bb"),
        ("a/b", "#/components/schemas/a~1b"),
        ("a~b", "#/components/schemas/a~0b"),
        ("a%b", "#/components/schemas/a%25b"),
        ("a%20b", "#/components/schemas/a%20b"),
        ("é", "#/components/schemas/%C3%A9"),
    ],
)
def test_encoded_pointers(tmp_path: Path, key: str, reference: str) -> None:
    components = {"schemas": {key: {"type": "integer"}}}
    description = read(tmp_path, document(answering({"$ref": reference}), components=components))

    assert description.diagnostics == ()
    assert answer_schema(description).resolved().raw == {"type": "integer"}


def test_a_pointer_may_pass_through_a_reference(tmp_path: Path) -> None:
    components = {"schemas": {"A": {"$ref": "#/components/schemas/B"}, "B": {"properties": {"x": {"type": "integer"}}}}}
    reference = {"$ref": "#/components/schemas/A/properties/x"}
    description = read(tmp_path, document(answering(reference), components=components))

    assert answer_schema(description).resolved().location.pointer == "/components/schemas/B/properties/x"


@pytest.mark.parametrize(
    "reference",
    ["#/components/schemas/A", "#/components/schemas/C", "#/components/schemas/A/properties/x", "#/components/nothing"],
)
def test_circles_and_dead_ends_are_warned_about_and_taken_out(tmp_path: Path, reference: str) -> None:
    circle = {name: {"$ref": f"#/components/schemas/{following}"} for name, following in ("AB", "BA", "CC")}
    description = read(tmp_path, document(answering({"$ref": reference}), components={"schemas": circle}))

    assert [item.key for item in description.operations] == ["GET /a"]
    assert "circle" in messages(description) or "points nowhere" in messages(description)
    assert answer_schema(description).resolved().raw == {}


def test_a_recursive_schema_is_no_fault(tmp_path: Path) -> None:
    tree = {
        "type": "object",
        "properties": {"below": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}}},
    }
    reference = {"$ref": "#/components/schemas/Tree"}
    description = read(tmp_path, document(answering(reference), components={"schemas": {"Tree": tree}}))

    assert description.diagnostics == ()


def test_identifiers_and_anchors(tmp_path: Path) -> None:
    schemas = {
        "A": {
            "$id": "https://example.com/schemas/a.json",
            "$defs": {"x": {"$anchor": "here", "type": "integer"}, "y": {"$dynamicAnchor": "there", "type": "string"}},
            "properties": {"p": {"$ref": "#here"}, "q": {"$ref": "#/$defs/y"}, "r": {"$ref": "b.json"}},
        },
        "B": {"$id": "https://example.com/schemas/b.json", "type": "boolean"},
        "C": {"$ref": "https://example.com/schemas/a.json#there"},
    }
    description = read(
        tmp_path,
        document(answering({"$ref": "#/components/schemas/A"}), version="3.1.0", components={"schemas": schemas}),
    )

    assert description.diagnostics == ()
    top = answer_schema(description).resolved()
    found = [top.sub("properties", name).resolved().raw for name in "pqr"]
    assert [raw["type"] for raw in found if isinstance(raw, dict)] == ["integer", "string", "boolean"]
    value, _ = description.resolver.resolve("#/components/schemas/C", Location("openapi.json", ""))
    assert value["type"] == "string"


def test_self_is_the_base_of_references_and_a_name_for_them(tmp_path: Path) -> None:
    write(tmp_path, {"parts.yaml": "$self: https://example.com/api/parts.yaml\nopenapi: 3.2.0\ncomponents: {schemas: {P: {type: integer}}}"})  # fmt: skip  # noqa: E501
    schemas = {
        "A": {"$ref": "https://example.com/api/openapi#/components/schemas/B"},
        "B": {"type": "string"},
    }
    root = document(answering({"$ref": "#/components/schemas/A"}), version="3.2.0", components={"schemas": schemas})
    description = read(tmp_path, {"$self": "https://example.com/api/openapi", **root})

    assert description.diagnostics == ()
    assert answer_schema(description).resolved().raw == {"type": "string"}


def test_a_reference_to_a_text_file_is_no_schema(tmp_path: Path) -> None:
    write(tmp_path, {"notes.md": "# Notes\n\nJust text."})
    description = read(tmp_path, document(answering({"$ref": "notes.md"})))

    assert "notes.md" in messages(description)
    assert len(description.operations) == 1


@pytest.mark.parametrize("reference", ["/dev/zero", "folder", "folder/pipe"])
def test_a_reference_to_what_is_no_file_is_not_read(tmp_path: Path, reference: str) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "folder" / "pipe")

    assert "is not a file" in messages(read(tmp_path, document(answering({"$ref": reference}))))


def test_a_missing_file_is_named_relative_to_the_root(tmp_path: Path) -> None:
    description = read(tmp_path, document({"/a": {"$ref": "paths/none.yaml"}, "/b": {"get": OK}}))

    (error,) = errors(description)
    assert error.message == "paths/none.yaml does not exist; '/a' is left out"
    assert str(tmp_path) not in messages(description)


class _Documents(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        found = self.server.documents.get(self.path.partition("?")[0])  # type: ignore[attr-defined]
        if isinstance(found, str):
            self.send_response(302)
            self.send_header("Location", found)
            self.end_headers()
            return
        self.send_response(404 if found is None else 200)
        self.end_headers()
        self.wfile.write(json.dumps(found).encode())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


@pytest.fixture
def served() -> Any:
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Documents)
    server.documents = {}  # type: ignore[attr-defined]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", server.documents  # type: ignore[attr-defined]
    server.shutdown()
    thread.join()
    server.server_close()


def test_remote_documents_and_what_they_refer_to(served: Any) -> None:
    base, documents = served
    documents["/v1/openapi.json"] = document(answering({"$ref": "schemas/a.json#/A"}), servers=[{"url": "api"}])
    documents["/v1/schemas/a.json"] = {"A": {"type": "integer"}}
    documents["/moved"] = "/v1/openapi.json"

    description = load_description(f"{base}/moved?token=secret")

    assert description.source == f"{base}/moved"
    assert answer_schema(description).resolved().location == Location(f"{base}/v1/schemas/a.json", "/A")
    assert description.base_path == "/v1/api"


@pytest.mark.parametrize("reference", ["file:///etc/passwd", "http://localhost:1/x.json", "http://169.254.169.254/x"])
def test_a_remote_document_may_not_point_into_this_machine(served: Any, reference: str) -> None:
    base, documents = served
    documents["/openapi.json"] = document(answering({"$ref": reference}))

    assert "is refused" in messages(load_description(f"{base}/openapi.json"))


def test_a_redirect_to_another_host_is_not_followed(served: Any) -> None:
    base, documents = served
    documents["/openapi.json"] = base.replace("127.0.0.1", "localhost") + "/other.json"

    with pytest.raises(DocumentError, match="redirects to another host"):
        load_description(f"{base}/openapi.json")


@pytest.mark.parametrize(("path", "message"), [("/none", "answered 404"), ("/loop", "redirects more than")])
def test_what_a_server_does_not_give(served: Any, path: str, message: str) -> None:
    base, documents = served
    documents["/loop"] = "/loop"

    with pytest.raises(DocumentError, match=message):
        load_description(base + path)


def test_an_unreachable_reference_costs_only_what_needs_it(tmp_path: Path) -> None:
    paths = {**answering({"$ref": "http://127.0.0.1:9/none.json"}), "/b": {"get": OK}}
    description = read(tmp_path, document(paths))

    assert [item.key for item in description.operations] == ["GET /a", "GET /b"]
    assert "can't be reached" in messages(description)
