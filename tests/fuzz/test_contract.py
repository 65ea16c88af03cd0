"""Which answers break the document, and which only look as if they did."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from oagen.findings.model import CONTRACT_KINDS, FindingKind
from oagen.fuzz.contract import ContractOracles
from oagen.fuzz.suspicions import Broken
from oagen.scenario.model import Argument, Body, Literal, ObjectOf, Request
from oagen.spec.model import ParameterLocation
from oagen.target.model import Answer
from tests.fuzz.apps import described

STATUS, CONTENT = FindingKind.UNDOCUMENTED_STATUS, FindingKind.CONTENT_TYPE
SCHEMA, HEADERS = FindingKind.SCHEMA, FindingKind.HEADERS
PATH, HEADER = ParameterLocation.PATH, ParameterLocation.HEADER
JSON = "application/json"


def _document(response: dict[str, Any], version: str = "3.0.3", **schemas: Any) -> dict[str, Any]:
    return {
        "openapi": version,
        "info": {"title": "Things", "version": "1"},
        "paths": {"/things": {"get": {"responses": {"200": {"description": "fine", **response}}}}},
        "components": {"schemas": schemas},
    }


def _having(schema: Any, media_type: str = JSON, version: str = "3.0.3", **schemas: Any) -> dict[str, Any]:
    return _document({"content": {media_type: {"schema": schema}}}, version, **schemas)


def _broken(
    tmp_path: Path, document: dict[str, Any], body: Any, content_type: str | None = JSON, **more: Any
) -> tuple[Broken, ...]:
    oracles = ContractOracles(described(tmp_path, document), CONTRACT_KINDS)
    sent = json.dumps(body).encode() if not isinstance(body, bytes) else body
    headers = (("Content-Type", content_type),) if content_type else ()
    headers += tuple(more.pop("headers", {}).items())
    request = Request(method=more.pop("method", "GET"), path="/things")
    return oracles.broken_by(request, Answer(**({"status": 200} | more), headers=headers, body=sent))


def _kinds(broken: tuple[Broken, ...]) -> list[FindingKind]:
    return [item.kind for item in broken]


NAMED = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
SECRET = {
    "type": "object",
    "required": ["id", "secret"],
    "properties": {"id": {"type": "integer", "readOnly": True}, "secret": {"type": "string", "writeOnly": True}},
}
CAT = {
    "type": "object",
    "required": ["kind", "lives"],
    "properties": {"kind": {"type": "string"}, "lives": {"type": "integer"}},
}
DOG = {
    "type": "object",
    "required": ["kind", "tail"],
    "properties": {"kind": {"type": "string"}, "tail": {"type": "boolean"}},
}
PETS = {
    "oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}],
    "discriminator": {"propertyName": "kind", "mapping": {"Cat": "#/components/schemas/Cat"}},
}


@pytest.mark.parametrize(
    ("document", "body"),
    [
        (_having({"type": "string", "nullable": True}), None),
        (_having({"type": "string", "nullable": True, "enum": ["a", None]}), None),
        (_having({"type": ["string", "null"]}, version="3.1.0"), None),
        (_having({"anyOf": [NAMED, {"type": "null"}]}, version="3.1.0"), None),
        (_having(SECRET), {"id": 1}),
        (_having({"type": "integer", "minimum": 0, "exclusiveMinimum": True}), 1),
        (_having({"type": "string", "format": "date-time"}), "2024-05-01T10:00:00.123+02:00"),
        (_having({"type": "string", "format": "hostname-of-ours"}), "whatever"),
        (_having({"type": "string", "format": "binary"}), "whatever"),
        (_having({"type": "number"}), 1),
        (_having({"type": "integer"}), 1.0),
        (_having(PETS, Cat=CAT, Dog=DOG), {"kind": "Cat", "lives": 9}),
        (_having(PETS, Cat=CAT, Dog=DOG), {"kind": "Dog", "tail": True}),
        (_having({"oneOf": [{"type": "number"}, {"type": "integer"}]}), 1),  # branches that overlap
        (_having({"type": "integer", "example": "one"}), "one"),  # the document's own example
        (_document({"content": {JSON: {"schema": NAMED, "example": {"title": "x"}}}}), {"title": "x"}),
        (_having({}), {"anything": True}),
        (_document({}), {"anything": True}),
        (_having({"type": "string", "pattern": "^\\p{L}+$"}), "abc"),
        (
            _having(
                {"$ref": "#/components/schemas/Tree"},
                Tree={"type": "object", "properties": {"left": {"$ref": "#/components/schemas/Tree"}}},
            ),
            {"left": {"left": {}}},
        ),
    ],
)
def test_valid_bodies_are_no_finding(tmp_path: Path, document: dict[str, Any], body: Any) -> None:
    assert _broken(tmp_path, document, body) == ()


@pytest.mark.parametrize(
    ("documented", "sent", "body"),
    [
        (JSON, "application/json; charset=UTF-8", b"{}"),
        (JSON, "APPLICATION/JSON", b"{}"),
        (JSON, "application/json; charset=iso-8859-1", '{"name": "Z\u00fcrich"}'.encode("latin-1")),
        ("application/*", "application/problem+json", b"{}"),
        ("*/*", "image/png", b"\x89PNG"),
        ("application/json; charset=utf-8", "application/json", b"{}"),
        ("text/plain", "text/plain;charset=utf-8", b"abc"),
        ("text/plain", "text/plain", b""),
    ],
)
def test_content_types_that_are_meant(tmp_path: Path, documented: str, sent: str, body: bytes) -> None:
    assert _broken(tmp_path, _having({}, documented), body, sent) == ()


@pytest.mark.parametrize(
    "more",
    [
        {"method": "HEAD"},
        {"truncated": True},
        {"headers": {"Content-Encoding": "br"}},
    ],
)
def test_bodies_that_can_not_be_judged(tmp_path: Path, more: dict[str, Any]) -> None:
    assert _broken(tmp_path, _having(NAMED), b"[1", **more) == ()


def test_what_has_no_body_by_its_status(tmp_path: Path) -> None:
    document = _having(NAMED)
    responses = document["paths"]["/things"]["get"]["responses"]
    responses["204"] = responses["304"] = responses["200"]

    assert _broken(tmp_path, document, b"", None, status=204) == ()
    assert _broken(tmp_path, document, b"", None, status=304) == ()


@pytest.mark.parametrize(
    ("document", "body", "content_type", "kind"),
    [
        (_having(NAMED), {"name": 1}, JSON, SCHEMA),
        (_having(NAMED), b"{'name': 1}", JSON, SCHEMA),
        (_having(NAMED), {"name": "a"}, "text/html", CONTENT),
        (_having(NAMED), {"name": "a"}, None, CONTENT),
        (_having(NAMED), b"", None, CONTENT),
        (_having(NAMED, "application/problem+json"), {"name": "a"}, JSON, CONTENT),
        (_having({"type": "string"}), None, JSON, SCHEMA),
        (_having({"type": "integer"}), 1.5, JSON, SCHEMA),
        (_having({"type": "string", "format": "date-time"}), "yesterday", JSON, SCHEMA),
        (_having(PETS, Cat=CAT, Dog=DOG), {"kind": "Cat", "lives": "9"}, JSON, SCHEMA),
    ],
)
def test_what_breaks_the_document(
    tmp_path: Path, document: dict[str, Any], body: Any, content_type: str | None, kind: FindingKind
) -> None:
    assert _kinds(_broken(tmp_path, document, body, content_type)) == [kind]


def test_the_schema_that_is_to_blame_is_named_through_references_and_branches(tmp_path: Path) -> None:
    page = {"type": "array", "items": {"anyOf": [{"$ref": "#/components/schemas/Thing"}, {"type": "null"}]}}
    document = _having(page, version="3.1.0", Thing=NAMED)

    (broken,) = _broken(tmp_path, document, [{"name": "a"}, {"name": 1}, None, {"name": 2}])

    assert broken.place.pointer == "/components/schemas/Thing/properties/name/type"
    assert broken.fingerprint.message == "/1/name: 1 is not of type 'string'"


def test_what_is_wrong_with_a_long_value_is_said(tmp_path: Path) -> None:
    (broken,) = _broken(tmp_path, _having(NAMED), [{"name": "a" * 500}])

    assert broken.fingerprint.message.endswith("is not of type 'object'")
    assert len(broken.fingerprint.message) < 150


def test_headers_that_are_missing_or_invalid(tmp_path: Path) -> None:
    headers = {
        "X-Count": {"required": True, "schema": {"type": "integer"}},
        "X-Note": {"schema": {"type": "integer"}},
        "Access-Control-Max-Age": {"required": True, "schema": {"type": "integer"}},
    }
    document = _document({"headers": headers})

    assert _kinds(_broken(tmp_path, document, b"", None)) == [HEADERS]
    assert _kinds(_broken(tmp_path, document, b"", None, headers={"x-count": "many"})) == [HEADERS]
    assert _kinds(_broken(tmp_path, document, b"", None, headers={"x-count": "null"})) == [HEADERS]
    assert _broken(tmp_path, document, b"", None, headers={"x-count": "3"}) == ()
    assert _broken(tmp_path, document, b"", None, headers={"x-count": "3", "x-note": "null"}) == ()


ITEM = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
ORDERS = {
    "openapi": "3.1.0",
    "info": {"title": "Orders", "version": "1"},
    "paths": {
        "/orders": {
            "post": {
                "requestBody": {"required": True, "content": {JSON: {"schema": NAMED}}},
                "responses": {"201": {"description": ""}},
            }
        },
        "/orders/{id}": {
            "parameters": [ITEM],
            "get": {"responses": {"200": {"description": ""}, "422": {"description": ""}}},
        },
        "/orders/7": {"delete": {"responses": {"204": {"description": ""}}}},
        "/open": {"get": {"security": [{"key": []}], "responses": {"200": {"description": ""}}}},
        "/any": {"get": {"responses": {"2XX": {"description": ""}, "default": {"description": ""}}}},
    },
    "components": {"securitySchemes": {"key": {"type": "http", "scheme": "basic"}}},
}


def _get(value: Any, *more: Argument) -> Request:
    return Request(
        method="GET",
        path="/orders/{id}",
        arguments=(Argument(name="id", where=PATH, value=Literal(value)), *more),
    )


def _post(value: Any, media_type: str | None = JSON, *, raw: bool = False) -> Request:
    return Request(method="POST", path="/orders", body=Body(media_type=media_type, value=value, raw=raw))


def _header(name: str, value: str) -> Argument:
    return Argument(name=name, where=HEADER, value=Literal(value))


FINE = _post(Literal({"name": "a"}))


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (_get(1), 404),
        (_get(1), 409),
        (_get(1), 202),
        (_get(1), 302),
        (_get("abc"), 400),  # 422 is what the document has for that
        (_get("abc"), 418),
        (FINE, 400),
        (FINE, 415),
        (FINE, 401),
        (_post(Literal({"name": 1})), 409),
        (_post(Literal({"name": 1})), 200),
    ],
)
def test_statuses_that_nobody_promised(tmp_path: Path, request_: Request, status: int) -> None:
    oracles = ContractOracles(described(tmp_path, ORDERS), CONTRACT_KINDS)
    oracles.broken_by(FINE, Answer(status=201))

    (broken,) = oracles.broken_by(request_, Answer(status=status))

    assert broken.kind is STATUS
    assert oracles.withheld == set()


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (_get(1), 200),
        (_get(1), 422),
        (_get("abc"), 404),
        (_get("a/b"), 400),
        (_get("..."), 301),
        (_get([]), 307),
        (_get("\0"), 400),
        (_get("9" * 5000), 400),
        (_get(7), 405),  # another path of the document
        (_get(1, _header("Accept", "x")), 406),
        (_get(1, _header("If-None-Match", "x")), 304),
        (_get(1, _header("X-Odd", "\u00e9")), 400),
        (_get(1), 413),
        (_get(1), 429),
        (_get(1), 431),
        (_get(1), 500),  # another oracle's
        (_post(Literal({"name": 1})), 422),
        (_post(Literal(b"{"), raw=True), 400),
        (_post(Literal({"name": "a"}), "text/plain"), 415),
        (_post(Literal({"name": "a"}), "application/json; charset=utf-16"), 400),
        (_post(Literal({"name": float("nan")})), 400),
        (_post(Literal({"name": "a\0b"})), 400),
        (_get(1, Argument(name="q", where=ParameterLocation.QUERY, value=Literal("\ufeff"))), 409),
        (_post(ObjectOf((("name", Literal("a")), ("name", Literal("b"))))), 400),
        (Request(method="POST", path="/orders"), 400),
        (Request(method="PATCH", path="/orders"), 405),
        (Request(method="GET", path="/open"), 401),
        (Request(method="GET", path="/any"), 418),
        (Request(method="GET", path="/any"), 204),
    ],
)
def test_statuses_that_are_no_finding(tmp_path: Path, request_: Request, status: int) -> None:
    oracles = ContractOracles(described(tmp_path, ORDERS), CONTRACT_KINDS)
    oracles.broken_by(FINE, Answer(status=201))

    assert oracles.broken_by(request_, Answer(status=status)) == ()


def test_where_nothing_was_ever_found_404_is_no_finding(tmp_path: Path) -> None:
    oracles = ContractOracles(described(tmp_path, ORDERS), CONTRACT_KINDS)

    assert oracles.broken_by(_get(1), Answer(status=404)) == ()


def test_what_one_validator_alone_refuses_is_withheld_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("oagen.fuzz.second_opinion._opinion", lambda _errors: None)
    oracles = ContractOracles(described(tmp_path, _having(NAMED)), CONTRACT_KINDS)
    answer = Answer(status=200, headers=(("Content-Type", JSON),), body=b"{}")

    assert oracles.broken_by(Request(method="GET", path="/things"), answer) == ()
    assert len(oracles.withheld) == 1


def test_a_status_that_no_operation_documents_is_one_fault_of_the_document(tmp_path: Path) -> None:
    oracles = ContractOracles(described(tmp_path, ORDERS), CONTRACT_KINDS)
    found = [oracles.broken_by(request, Answer(status=409)) for request in (FINE, _get(1))]
    apart = [oracles.broken_by(request, Answer(status=202)) for request in (FINE, _get(1))]

    assert len({broken.fingerprint.identity for (broken,) in found}) == 1
    assert len({broken.fingerprint.identity for (broken,) in apart}) == 2
