from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.spec.documents import document, messages, read


def normalised(folder: Path, schema: Any, *, version: str = "3.0.3") -> tuple[Any, str]:
    """Return what a schema of this dialect becomes, and the diagnostics."""
    description = read(folder, document({}, version=version, components={"schemas": {"S": schema}}))
    return description.resolver.documents["openapi.json"]["components"]["schemas"]["S"], messages(description)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"type": "string", "nullable": True}, {"type": ["string", "null"]}),
        ({"type": "string", "nullable": False}, {"type": "string"}),
        ({"type": "string", "nullable": True, "enum": ["a"]}, {"type": ["string", "null"], "enum": ["a", None]}),
        (
            {"nullable": True, "allOf": [{"type": "integer"}]},
            {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        ),
        (
            {"nullable": True, "oneOf": [{"type": "integer"}]},
            {"oneOf": [{"type": "integer"}, {"type": "null"}]},
        ),
        (
            {"nullable": True, "oneOf": [{"type": "integer", "nullable": True}]},
            {"oneOf": [{"type": ["integer", "null"]}]},
        ),
        ({"minimum": 1, "exclusiveMinimum": True}, {"exclusiveMinimum": 1}),
        ({"maximum": 1, "exclusiveMaximum": False}, {"maximum": 1}),
        ({"exclusiveMaximum": True}, {}),
        ({"exclusiveMinimum": 3}, {"exclusiveMinimum": 3}),
        ({"example": None}, {"example": None, "examples": [None]}),
        ({"items": [{"type": "integer", "nullable": True}]}, {"prefixItems": [{"type": ["integer", "null"]}]}),
    ],
)
def test_the_dialect_of_3_0_becomes_2020_12(tmp_path: Path, before: Any, after: Any) -> None:
    assert normalised(tmp_path, before) == (after, "")


def test_siblings_of_a_reference_are_ignored_in_3_0(tmp_path: Path) -> None:
    schema = {"$ref": "#/components/schemas/T", "nullable": True, "description": "ignored"}
    description = read(tmp_path, document({}, components={"schemas": {"S": schema, "T": {"type": "integer"}}}))

    kept = description.resolver.documents["openapi.json"]["components"]["schemas"]["S"]
    assert kept == {"$ref": "#/components/schemas/T"}


def test_data_that_looks_like_a_schema_stays_as_it_is(tmp_path: Path) -> None:
    data = {"type": "string", "nullable": True, "exclusiveMinimum": True, "$ref": 7}
    schema = {
        "type": "object",
        "properties": {name: {"type": "string"} for name in ("nullable", "$ref", "type", "example", "items", "enum")},
        "enum": [data],
        "default": data,
        "example": data,
        "x-extension": data,
    }
    value, found = normalised(tmp_path, schema)

    assert value == {**schema, "examples": [data]}
    assert found == ""


def test_3_1_keeps_siblings_of_a_reference_and_drops_nullable(tmp_path: Path) -> None:
    schema = {
        "$ref": "#/components/schemas/S/$defs/t",
        "minimum": 1,
        "$defs": {"t": {"type": "integer", "nullable": True}},
    }
    description = read(tmp_path, document({}, version="3.1.0", components={"schemas": {"S": schema}}))

    kept = description.resolver.documents["openapi.json"]["components"]["schemas"]["S"]
    assert kept["minimum"] == 1
    assert kept["$defs"] == {"t": {"type": "integer"}}
    assert "'nullable' means nothing since OpenAPI 3.1" in messages(description)


@pytest.mark.parametrize(
    ("schema", "pointer", "message"),
    [
        ({"type": "user"}, "/type", "there is no type 'user'"),
        ({"type": ["string", "text"]}, "/type", "there is no type"),
        ({"pattern": "["}, "/pattern", "does not compile"),
        ({"pattern": 7}, "/pattern", "can't be 7"),
        ({"minLength": "3"}, "/minLength", "can't be '3'"),
        ({"minLength": -1}, "/minLength", "can't be -1"),
        ({"multipleOf": True}, "/multipleOf", "can't be true"),
        ({"multipleOf": 0}, "/multipleOf", "can't be 0"),
        ({"dependentRequired": {"a": "b"}}, "/dependentRequired", "can't be"),
        ({"patternProperties": {"(": {}}}, "/patternProperties/(", "does not compile"),
        ({"required": True}, "/required", "can't be true"),
        ({"properties": None}, "/properties", "can't be null"),
        ({"properties": {"a": None}}, "/properties/a", "not a schema but null"),
        ({"items": "string"}, "/items", "not a schema"),
        ({"not": []}, "/not", "not a schema"),
        ({"allOf": {"type": "string"}}, "/allOf", "can't be"),
        ({"allOf": ["x"]}, "/allOf/0", "not a schema"),
        ({"enum": "a"}, "/enum", "can't be 'a'"),
        ({"$ref": 0}, "/$ref", "can't be 0"),
        ({"$ref": "http://["}, "/$ref", "not a URI"),
        ({"discriminator": {}}, "/discriminator", "can't be"),
        ({"discriminator": {"propertyName": "a", "mapping": {"x": "#/none"}}}, "/discriminator/mapping/x", "nowhere"),
        ({"minimum": 10, "maximum": 1}, "/minimum", "no value is right"),
        ({"default": {"$ref": "a.yaml"}}, "/default", "not followed"),
        (
            {"type": "object", "required": ["s"], "properties": {"s": {"$ref": "#/components/schemas/S"}}},
            "",
            "requires itself",
        ),
    ],
)
def test_what_can_not_be_used_is_a_warning_at_its_place(
    tmp_path: Path, schema: Any, pointer: str, message: str
) -> None:
    _, found = normalised(tmp_path, schema)

    assert f"#/components/schemas/S{pointer} " in found
    assert message in found
    assert len(found.splitlines()) == 1


@pytest.mark.parametrize(
    "pattern",
    [
        r"^\p{L}+$", r"^(?<year>\d{4})-\k<year>$", r"^\/a\/b$", r"\u{1F600}", "[^]", r"(?<!a+)b", r"\cA", r"^[\w.-]+$",
        r"[[a]]", r"\_x", "^(?!x)", r"\d{2,}?",
    ],
)  # fmt: skip
def test_patterns_of_ecma_262_are_left_alone(tmp_path: Path, pattern: str) -> None:
    assert normalised(tmp_path, {"pattern": pattern}) == ({"pattern": pattern}, "")


def test_an_object_that_may_end_is_no_fault(tmp_path: Path) -> None:
    this = {"$ref": "#/components/schemas/S"}
    properties = {"a": {"type": "array", "items": this}, "b": this, "c": {"anyOf": [this, {"type": "string"}]}}
    _, found = normalised(tmp_path, {"type": "object", "required": ["a", "c"], "properties": properties})

    assert found == ""
