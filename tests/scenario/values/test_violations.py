from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from oagen.scenario.model import Capture, Literal, ObjectOf, Unique
from oagen.scenario.values.checking import SchemaChecker
from oagen.scenario.values.examples import ExampleMaker
from oagen.scenario.values.trees import to_json
from oagen.scenario.values.violations import Violation, parameter_violations, violations
from oagen.spec.model import Location, Parameter, ParameterLocation, Schema, Style

MakeSchema = Callable[..., Schema]
STRING = {"type": "string"}


def violated(schema: Schema, valid: Any = None, *, name: str = "") -> list[Violation]:
    """All violations, each proved here once more by a checker of its own."""
    maker = ExampleMaker(SchemaChecker(schema.resolver))
    made = list(violations(maker, schema, maker.example(schema, name=name) if valid is None else valid, name=name))
    checker = SchemaChecker(schema.resolver)
    for violation in made:
        assert not checker.is_valid(schema, to_json(violation.value)), violation
    return made


def a_parameter(schema: Schema | None, where: ParameterLocation, **options: Any) -> Parameter:
    return Parameter(
        name="limit",
        where=where,
        schema=schema,
        style=Style.FORM,
        explode=True,
        location=Location("api.yaml", "/parameter"),
        **{"required": True, **options},
    )


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (
            {"type": "integer", "minimum": 1},
            {"quantity is not an integer": "not-an-integer", "quantity is below its minimum": 0},
        ),
        ({"type": "integer", "maximum": 9}, {"quantity is above its maximum": 10}),
        ({"type": "number", "exclusiveMinimum": 0}, {"quantity is not above its lower bound": 0}),
        ({"type": "integer", "multipleOf": 5}, {"quantity is not a multiple of 5": 1}),
        ({"enum": ["a", "b"]}, {"quantity is not one of the allowed values": "not-a-documented-value"}),
        ({"const": 3}, {"quantity is not the expected value": 103}),
        ({"type": "string", "minLength": 1}, {"quantity is empty": "", "quantity is null": None}),
        (
            {"type": "string", "minLength": 3, "maxLength": 4},
            {"quantity is too short": "qu", "quantity is too long": "quanq"},
        ),
        ({"type": "string", "pattern": "^[a-z]+$"}, {"quantity does not match its pattern": "!"}),
        ({"type": "string", "format": "uuid"}, {"quantity is not a UUID": "not-a-uuid"}),
        ({"type": "string", "format": "date"}, {"quantity is not a date": "not-a-date"}),
        ({"type": "boolean"}, {"quantity is not a boolean": "not-a-boolean"}),
        ({"type": "integer", "format": "int32"}, {"quantity is out of the range of int32": 2**31}),
    ],
)
def test_each_constraint_of_a_property_is_broken(
    schema_of: MakeSchema, raw: dict[str, Any], expected: dict[str, Any]
) -> None:
    made = violated(schema_of({"type": "object", "required": ["quantity"], "properties": {"quantity": raw}}))

    values = {
        violation.phrase: to_json(violation.value).get("quantity")
        for violation in made
        if violation.pointer == "/quantity"
    }
    assert values | expected == values
    assert "quantity is missing" in values


def test_arrays_and_closed_objects(schema_of: MakeSchema) -> None:
    raw = {
        "type": "object",
        "required": ["tags"],
        "additionalProperties": False,
        "properties": {"tags": {"type": "array", "items": STRING, "minItems": 1, "maxItems": 2, "uniqueItems": True}},
    }

    made = {violation.phrase: (violation.pointer, to_json(violation.value)) for violation in violated(schema_of(raw))}

    assert made["tags is empty"] == ("/tags", {"tags": []})
    assert made["tags has too many items"] == ("/tags", {"tags": ["classic", "classic-2", "classic-3"]})
    assert made["tags has the same item twice"] == ("/tags", {"tags": ["classic", "classic"]})
    assert made["the body has a property that is not allowed"] == (
        "/unexpected",
        {"tags": ["classic"], "unexpected": "value"},
    )
    assert made["the body is not an object"] == ("", "not-an-object")


def test_what_is_most_certainly_refused_comes_first(schema_of: MakeSchema) -> None:
    raw = {
        "type": "object",
        "required": ["name", "items"],
        "properties": {
            "name": {"type": "string", "minLength": 1},
            "items": {"type": "array", "items": {"type": "object", "required": ["id"], "properties": {"id": STRING}}},
            "author_id": {"type": "integer"},
        },
    }

    keywords = [(violation.keyword, violation.pointer) for violation in violated(schema_of(raw))]

    assert keywords[:2] == [("required", "/name"), ("required", "/items")]
    assert keywords.index(("minLength", "/name")) < keywords.index(("required", "/items/0/id"))
    assert keywords.index(("required", "/items/0/id")) < keywords.index(("type", "/author_id"))


def test_captures_and_uniques_stay_in_place(schema_of: MakeSchema) -> None:
    raw = {
        "type": "object",
        "required": ["title", "author_id", "pages"],
        "properties": {"title": STRING, "author_id": {"type": "integer"}, "pages": {"type": "integer", "minimum": 1}},
    }
    title, author = Unique("Dune ????", "title"), Capture("author", "/id")
    valid = ObjectOf((("title", title), ("author_id", author), ("pages", Literal(412))))

    below = next(item for item in violations_of(schema_of(raw), valid) if item.keyword == "minimum")

    assert below.value == ObjectOf((("title", title), ("author_id", author), ("pages", Literal(0))))


def violations_of(schema: Schema, valid: Any) -> list[Violation]:
    return list(violations(ExampleMaker(SchemaChecker(schema.resolver)), schema, valid))


def test_a_constraint_inside_a_branch_is_broken_there(schema_of: MakeSchema) -> None:
    cat = {
        "required": ["kind", "lives"],
        "properties": {"kind": {"const": "cat"}, "lives": {"maximum": 9, "type": "integer"}},
    }
    dog = {"required": ["kind"], "properties": {"kind": {"const": "dog"}}}

    made = violated(schema_of({"type": "object", "oneOf": [dog, cat]}), {"kind": "cat", "lives": 7})

    assert ("lives is above its maximum", {"kind": "cat", "lives": 10}) in [
        (violation.phrase, to_json(violation.value)) for violation in made
    ]


@pytest.mark.parametrize("raw", [{}, True, {"type": "object"}, {"$ref": "#/nowhere"}, {"type": ["string", "integer"]}])
def test_what_a_schema_allows_is_not_violated(schema_of: MakeSchema, raw: Any) -> None:
    violated(schema_of({"type": "object", "properties": {"a": raw}}), {"a": "x"})  # proves each


@pytest.mark.parametrize(
    ("raw", "where", "expected"),
    [
        (
            {"type": "integer", "maximum": 100},
            "query",
            ["limit is missing", "limit is not an integer", "limit is above its maximum"],
        ),
        ({"type": "string"}, "query", ["limit is missing"]),
        ({"type": "string", "minLength": 1}, "path", []),
        ({"type": "string", "format": "uuid"}, "path", ["limit is not a UUID"]),
        ({"type": "boolean"}, "header", ["limit is missing", "limit is not a boolean"]),
        ({"type": "array", "items": {"type": "integer"}}, "query", ["limit is missing", "limit[0] is not an integer"]),
        (
            {"type": "array", "minItems": 1, "items": {"enum": ["a"]}},
            "query",
            ["limit is missing", "limit[0] is not one of the allowed values"],
        ),
        ({"type": ["integer", "null"]}, "cookie", ["limit is missing", "limit is not an integer"]),
    ],
)
def test_parameters_are_violated_as_text(schema_of: MakeSchema, raw: Any, where: str, expected: list[str]) -> None:
    schema = schema_of(raw)
    maker = ExampleMaker(SchemaChecker(schema.resolver))

    made = list(parameter_violations(maker, a_parameter(schema, ParameterLocation(where))))

    assert [violation.phrase for violation in made] == expected
    assert [violation.missing for violation in made] == [phrase == "limit is missing" for phrase in expected]


def test_a_parameter_with_content_is_violated_as_json(schema_of: MakeSchema) -> None:
    schema = schema_of({"type": "object", "required": ["a"], "properties": {"a": STRING}})
    maker = ExampleMaker(SchemaChecker(schema.resolver))
    parameter = a_parameter(schema, ParameterLocation.QUERY, required=False, media_type="application/json")

    assert [item.phrase for item in parameter_violations(maker, parameter)][:3] == [
        "limit.a is missing",
        "limit is not an object",
        "limit.a is not a string",
    ]


def test_a_discriminator_outside_its_mapping_is_a_violation(schema_of: MakeSchema) -> None:
    cat = {"type": "object", "required": ["kind"], "properties": {"kind": STRING}}
    raw = {
        "oneOf": [{"$ref": "#/components/schemas/Cat"}],
        "discriminator": {"propertyName": "kind", "mapping": {"cat": "#/components/schemas/Cat"}},
    }

    made = {item.phrase: (item.keyword, to_json(item.value)) for item in violated(schema_of(raw, Cat=cat))}

    assert made["kind is not one of the allowed values"] == ("discriminator", {"kind": "not-a-documented-value"})


def test_forms_are_violated_as_text(schema_of: MakeSchema) -> None:
    raw = {"type": "object", "required": ["a"], "properties": {"a": STRING, "n": {"type": "integer"}}}
    schema = schema_of(raw)
    maker = ExampleMaker(SchemaChecker(schema.resolver))

    made = violations(maker, schema, {"a": "x", "n": 1}, textual=True)

    assert [item.phrase for item in made] == ["a is missing", "n is not an integer"]


def test_items_of_a_body_are_named(schema_of: MakeSchema) -> None:
    raw = {"type": "array", "items": {"type": "object", "required": ["a"], "properties": {"a": STRING}}}

    assert "body[0].a is missing" in [item.phrase for item in violated(schema_of(raw))]
