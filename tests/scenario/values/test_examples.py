from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from oagen.scenario.model import Literal, ObjectOf, Unique
from oagen.scenario.values.checking import SchemaChecker
from oagen.scenario.values.examples import ExampleMaker, Made
from oagen.scenario.values.trees import to_json
from oagen.spec.model import Example, Location, MediaType, Parameter, ParameterLocation, Schema, Style

MakeSchema = Callable[..., Schema]
ExampleOf = Callable[..., Any]
STRING = {"type": "string"}


def an_object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


@pytest.mark.parametrize(
    ("name", "raw", "expected"),
    [
        ("firstName", STRING, "Alice"),
        ("billing-zip-code", STRING, "10115"),
        ("title", STRING, "Dune"),
        ("quantity", {"type": "integer"}, 2),
        ("price", {"type": "number"}, 9.99),
        ("contact", {"type": "string", "format": "email"}, "alice@example.com"),
        ("created_at", {"type": "string", "format": "date-time"}, "2024-05-17T09:30:00Z"),
        ("currency", {"type": "string", "minLength": 3, "maxLength": 3}, "EUR"),
        ("warehouseLabel", {"enum": ["north", "south"]}, "north"),
        ("level", {"type": "string", "default": "high"}, "high"),
        ("colour", {"type": ["null", "string"], "examples": ["red"]}, "red"),
        ("sku", {"type": "string", "pattern": r"^[A-Z]{3}-\d{4}$"}, "ABC-1234"),
        ("isbn", {"type": "string", "pattern": r"^\d{13}$"}, "9780441172719"),
    ],
)
def test_values_are_readable(schema_of: MakeSchema, example_of: ExampleOf, name: str, raw: Any, expected: Any) -> None:
    assert example_of(schema_of(raw), name) == Literal(expected)


@pytest.mark.parametrize(
    "raw",
    [
        {"type": "number", "multipleOf": 0.01, "minimum": 0.5, "maximum": 0.6},
        {"type": "integer", "exclusiveMinimum": 3, "exclusiveMaximum": 5},
        {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
        {"type": "string", "minLength": 40, "format": "email"},
        {"type": "string", "maxLength": 6, "format": "email"},
        {"type": "string", "pattern": r"^\p{Lu}\p{L}+$"},
        {"type": "string", "pattern": r"^(?=.*[A-Z])(?=.*\d)(?=.*[!@#]).{9,}$"},
        {"type": "string", "pattern": r"^(?<year>\d{4})-\k<year>$"},
        {"type": "string", "pattern": r"^[a-z]+$", "minLength": 17, "maxLength": 17},
        {"type": "array", "items": {"type": "string"}, "minItems": 4, "uniqueItems": True},
        {"type": "array", "contains": {"type": "integer", "minimum": 7}, "minContains": 2},
        {"type": "array", "prefixItems": [{"const": 1}, {"type": "boolean"}], "minItems": 2, "items": False},
        {"type": "object", "minProperties": 3, "additionalProperties": {"type": "integer"}},
        {"type": "object", "minProperties": 1, "propertyNames": {"pattern": "^x[0-9]$"}},
        {"type": "object", "patternProperties": {"^s_": STRING}, "additionalProperties": False, "minProperties": 1},
        {"allOf": [an_object(a=STRING), {"required": ["b"], "properties": {"b": {"type": "integer", "minimum": 9}}}]},
        {"oneOf": [an_object(a=STRING), an_object(b=STRING)], "type": "object"},
        {"anyOf": [{"type": "string", "pattern": "(?=x)y"}, {"type": "integer"}]},
        {
            **an_object(kind={"enum": ["a", "b"]}),
            "if": {"properties": {"kind": {"const": "a"}}},
            "then": {"required": ["z"]},
        },
        {"not": {"type": "string"}},
        {"type": "object", "properties": {"a": STRING, "b": STRING}, "dependentRequired": {"a": ["b", "c"]}},
        {"type": "object", "required": ["zip"], "maxProperties": 1, "properties": {"a": STRING, "zip": STRING}},
        {},
        True,
    ],
)
def test_values_are_valid(schema_of: MakeSchema, example_of: ExampleOf, raw: Any) -> None:
    example_of(schema_of(raw))  # asserts validity


def test_optional_properties_are_few_plain_and_point_at_nothing(schema_of: MakeSchema, example_of: ExampleOf) -> None:
    properties = {f"note_{number}": STRING for number in range(9)}
    raw = {
        "type": "object",
        "required": ["name"],
        "properties": {"name": STRING, "author_id": {"type": "integer"}, "box": an_object(a=STRING), **properties},
    }

    made = example_of(schema_of(raw)).value

    assert list(made) == ["name", *[f"note_{number}" for number in range(6)]]


def test_read_only_properties_stay_out_of_requests(schema_of: MakeSchema, example_of: ExampleOf) -> None:
    raw = {
        "type": "object",
        "required": ["id", "name"],
        "properties": {"id": {"type": "integer", "readOnly": True}, "name": STRING},
        "example": {"id": 4, "name": "Bob"},
    }

    assert example_of(schema_of(raw)) == Literal({"name": "Bob"})


def test_recursion_is_cut_where_it_may_end(schema_of: MakeSchema, example_of: ExampleOf) -> None:
    node = {"$ref": "#/components/schemas/Node"}
    raw = an_object(
        value={"type": "integer"}, children={"type": "array", "items": node}, next={"anyOf": [node, {"type": "null"}]}
    )

    made = to_json(example_of(schema_of(node, Node=raw)))

    assert made["children"] == []


def test_what_can_not_be_satisfied_is_said_so(schema_of: MakeSchema) -> None:
    schema = schema_of(
        {"$ref": "#/components/schemas/Node"}, Node=an_object(next={"$ref": "#/components/schemas/Node"})
    )

    made = ExampleMaker(SchemaChecker(schema.resolver)).made(schema)

    assert made == Made(value=Literal({}), valid=False)


def test_a_documented_example_that_breaks_its_schema_is_reported_and_not_used(schema_of: MakeSchema) -> None:
    schema = schema_of({"type": "integer", "minimum": 1})
    place = Location("api.yaml", "/parameter")
    parameter = Parameter(
        name="page",
        where=ParameterLocation.QUERY,
        required=False,
        schema=schema,
        style=Style.FORM,
        explode=True,
        examples=(Example(value="one", location=place), Example(value=7, location=place)),
        location=place,
    )
    maker = ExampleMaker(SchemaChecker(schema.resolver))

    assert maker.example_for_parameter(parameter) == Literal(7)
    refused = list(maker.refused_examples(parameter))
    assert [(item.example.value, [error.keyword for error in item.errors]) for item in refused] == [("one", ["type"])]


def test_what_identifies_a_thing_is_unique_within_its_schema(schema_of: MakeSchema) -> None:
    raw = an_object(
        title=STRING,
        first_name=STRING,
        email={"type": "string", "format": "email", "maxLength": 40},
        isbn={"type": "string", "pattern": r"^\d{13}$"},
        sku={"type": "string", "pattern": r"^[A-Z]{3}-\d{4}$"},
        code={"type": "string", "maxLength": 2},
        key={"type": "string", "pattern": "^[A-Z]{2,8}$"},
        author_name=STRING,
        price={"type": "number"},
    )
    schema = schema_of(raw)
    media_type = MediaType(
        name="application/json",
        schema=schema,
        examples=(Example(value={**dict.fromkeys(raw["properties"], "x"), "price": "no"}, location=schema.location),),
        location=schema.location,
    )
    checker = SchemaChecker(schema.resolver)

    made = ExampleMaker(checker).example_for_body(media_type, unique=True)

    assert isinstance(made, ObjectOf)
    templates = {name: value.template for name, value in made.members if isinstance(value, Unique)}
    assert templates == {
        "title": "Dune ??????",
        "email": "alice-????????@example.com",
        "isbn": "978##########",
        "sku": "~~~-####",
        "key": "~~~~~~~~",
    }
    assert not checker.errors(schema, to_json(made, "any seed"))


PET = {"discriminator": {"propertyName": "kind", "mapping": {"cat": "#/components/schemas/Cat"}}} | an_object(
    kind=STRING
)
CAT = {"allOf": [{"$ref": "#/components/schemas/Pet"}, an_object(lives={"type": "integer"})]}
DOG = {"allOf": [{"$ref": "#/components/schemas/Pet"}, {"properties": {"barks": {"type": "boolean"}}}]}


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({"$ref": "#/components/schemas/Pet"}, {"kind": "cat", "lives": 1}),
        ({"$ref": "#/components/schemas/Cat"}, {"kind": "cat", "lives": 1}),
        (
            {
                "oneOf": [{"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/B"}],
                "discriminator": {"propertyName": "kind", "mapping": {"bee": "B"}},
            },
            {"kind": "A"},
        ),
    ],
)
def test_a_discriminator_names_its_branch(
    schema_of: MakeSchema, example_of: ExampleOf, raw: Any, expected: Any
) -> None:
    free = an_object(kind=STRING)

    assert example_of(schema_of(raw, Pet=PET, Cat=CAT, Dog=DOG, A=free, B=free)) == Literal(expected)


def test_an_example_inside_the_schema_is_reported_too(schema_of: MakeSchema) -> None:
    schema = schema_of({"$ref": "#/components/schemas/Page"}, Page={"type": "integer", "example": "one", "default": 1})
    media_type = MediaType(name="application/json", schema=schema, location=schema.location)

    refused = list(ExampleMaker(SchemaChecker(schema.resolver)).refused_examples(media_type))

    assert [item.example.location.pointer for item in refused] == ["/components/schemas/Page/example"]


def test_uniques_are_named_by_their_path(schema_of: MakeSchema, example_of: ExampleOf) -> None:
    person = an_object(email={"type": "string", "format": "email"})
    raw = an_object(email=STRING, owner=person, members={"type": "array", "items": person})

    made = example_of(schema_of(raw), unique=True)

    filled = to_json(made, "seed")
    assert [name for name in ("email", "owner.email", "members.0.email") if f"name='{name}'" in repr(made)] == [
        "email",
        "owner.email",
        "members.0.email",
    ]
    assert len({filled["email"], filled["owner"]["email"], filled["members"][0]["email"]}) == 3


def test_an_empty_default_is_not_an_example(schema_of: MakeSchema, example_of: ExampleOf) -> None:
    raw = {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None}

    assert example_of(schema_of(raw), "first_name") == Literal("Alice")


@pytest.mark.parametrize(
    ("name", "raw", "expected"),
    [
        ("application/json", {"description": "Anything."}, {}),
        ("application/json", {"minLength": 2}, "text"),
        ("application/json", {"not": {"type": "object"}}, "text"),
        ("text/plain", {}, "text"),
        ("application/json", None, {}),
        ("text/plain", None, "text"),
    ],
)
def test_a_body_that_may_be_anything_is_plain(schema_of: MakeSchema, name: str, raw: Any, expected: Any) -> None:
    schema = schema_of(raw or {})
    media_type = MediaType(name=name, schema=None if raw is None else schema, location=schema.location)

    assert ExampleMaker(SchemaChecker(schema.resolver)).example_for_body(media_type) == Literal(expected)
