from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from oagen.scenario.values.checking import Direction, SchemaChecker
from oagen.spec.model import Location, Schema
from tests.scenario.values.conftest import MemoryResolver

MakeSchema = Callable[..., Schema]


@pytest.mark.parametrize(
    ("raw", "value", "keyword", "pointer"),
    [
        ({"type": "integer"}, "1", "type", ""),
        ({"properties": {"a/b": {"minimum": 3}}}, {"a/b": 2}, "minimum", "/a~1b"),
        ({"format": "int32"}, 2**31, "format", ""),
        ({"format": "date"}, "2024-02-30", "format", ""),
        ({"format": "date-time"}, "2024-02-03 10:00:00", "format", ""),
        ({"format": "uuid"}, "3fa85f64", "format", ""),
        ({"format": "email"}, "alice@", "format", ""),
        ({"format": "uri"}, "/relative", "format", ""),
        ({"format": "ipv4"}, "256.1.1.1", "format", ""),
        ({"pattern": r"^\d+$"}, "٣", "pattern", ""),
        ({"pattern": r"^a$"}, "a\n", "pattern", ""),
        ({"multipleOf": 0.1}, 0.35, "multipleOf", ""),
        ({"items": {"$ref": "#/components/schemas/Tag"}}, ["ok", "far too long"], "maxLength", "/1"),
        ({"additionalProperties": False}, {"x": 1}, "additionalProperties", ""),
        ({"properties": {"x": False}}, {"x": 1}, "false", ""),
    ],
)
def test_errors_name_the_keyword_and_the_place(
    schema_of: MakeSchema, raw: Any, value: Any, keyword: str, pointer: str
) -> None:
    schema = schema_of(raw, Tag={"maxLength": 4})
    checker = SchemaChecker(schema.resolver)

    assert [(error.keyword, error.pointer) for error in checker.errors(schema, value)] == [(keyword, pointer)]
    assert not checker.is_valid(schema, value)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ({"multipleOf": 0.01}, 1.13),
        ({"format": "a-format-of-their-own"}, "x"),
        ({"format": "date-time"}, "2024-05-17T09:30:00.123+02:00"),
        ({"pattern": r"^(?P<a>x)\Z"}, "x"),
        ({"unevaluatedProperties": False, "allOf": [{"$ref": "#/components/schemas/Tag"}]}, {"a": 1}),
    ],
)
def test_valid_values_pass(schema_of: MakeSchema, raw: Any, value: Any) -> None:
    schema = schema_of(raw, Tag={"properties": {"a": {}}})

    assert SchemaChecker(schema.resolver).errors(schema, value) == []


@pytest.mark.parametrize(
    "raw",
    [
        {"$ref": "#/nowhere"},
        {"type": "strin"},
        {"minimum": "3"},
        {"required": True},
        {"allOf": [{"$ref": "#/components/schemas/Loop"}]},
    ],
)
def test_what_is_broken_is_listed_and_the_rest_still_checked(schema_of: MakeSchema, raw: Any) -> None:
    schema = schema_of({"properties": {"a": raw, "b": {"maximum": 1}}}, Loop={"$ref": "#/components/schemas/Loop"})
    checker = SchemaChecker(schema.resolver)
    value = {"a": {"x": 1} if "required" in raw else 1, "b": 2}

    assert [error.keyword for error in checker.errors(schema, value)] == ["maximum"]
    assert checker.unchecked


def test_a_schema_that_is_itself_without_end_is_listed(schema_of: MakeSchema) -> None:
    schema = schema_of({"$ref": "#/components/schemas/A"}, A={"allOf": [{"$ref": "#/components/schemas/A"}]})
    checker = SchemaChecker(schema.resolver)

    assert checker.is_valid(schema, 1)
    assert checker.errors(schema, 1) == []
    assert "without end" in checker.unchecked[0].reason


def test_direction_decides_which_properties_are_required(schema_of: MakeSchema) -> None:
    schema = schema_of(
        {
            "required": ["id", "password", "name"],
            "allOf": [{"properties": {"id": {"$ref": "#/components/schemas/Id"}}}],
            "properties": {"password": {"writeOnly": True}, "name": {}},
        },
        Id={"readOnly": True},
    )

    request = SchemaChecker(schema.resolver, Direction.REQUEST).errors(schema, {})
    response = SchemaChecker(schema.resolver, Direction.RESPONSE).errors(schema, {})

    assert [error.message.split()[0] for error in request] == ["'password'", "'name'"]
    assert [error.message.split()[0] for error in response] == ["'id'", "'name'"]


def test_a_catastrophic_pattern_ends(schema_of: MakeSchema) -> None:
    schema = schema_of({"pattern": r"^(?=a)(a+)+$"})

    assert not SchemaChecker(schema.resolver).is_valid(schema, "a" * 60 + "!")


def test_references_between_documents_are_followed_from_where_they_stand() -> None:
    root = {"properties": {"tag": {"$ref": "parts.yaml#/Tag"}, "name": {"$ref": "#/Name"}}}
    documents = {
        "api.yaml": {"root": root, "Name": {}},
        "parts.yaml": {"Tag": {"allOf": [{"$ref": "#/Name"}]}, "Name": {"maxLength": 3}},
    }
    schema = Schema(root, Location("api.yaml", "/root"), MemoryResolver(documents))

    errors = SchemaChecker(schema.resolver).errors(schema, {"tag": "too long", "name": "too long"})

    assert [(error.pointer, error.keyword) for error in errors] == [("/tag", "maxLength")]


def test_what_is_not_a_schema_checks_nothing(schema_of: MakeSchema) -> None:
    assert SchemaChecker(schema_of({}).resolver).is_valid(schema_of(["not", "a", "schema"]), 1)


def test_the_validator_is_not_imported_before_it_is_needed() -> None:
    code = "import sys, oagen.scenario.values.violations; print([name in sys.modules for name in sys.argv[1:]])"

    command = [sys.executable, "-c", code, "jsonschema", "jsonschema_rs"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[False, False]"
