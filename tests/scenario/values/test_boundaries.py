from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from oagen.scenario.model import Literal
from oagen.scenario.values.boundaries import boundaries
from oagen.scenario.values.checking import SchemaChecker
from oagen.scenario.values.examples import ExampleMaker
from oagen.spec.model import Schema

MakeSchema = Callable[..., Schema]


def edges(schema: Schema, name: str = "") -> dict[str, Any]:
    """Values by phrase, each proved by a checker of its own."""
    maker, checker = ExampleMaker(SchemaChecker(schema.resolver)), SchemaChecker(schema.resolver)
    made = {}
    for boundary in boundaries(maker, schema, name=name):
        assert isinstance(boundary.value, Literal)
        assert not checker.errors(schema, boundary.value.value), boundary
        made[boundary.phrase] = boundary.value.value
    return made


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({"type": "integer", "minimum": 3, "maximum": 9}, {"x is at its minimum": 3, "x is next to its maximum": 8}),
        ({"type": "number", "exclusiveMinimum": 0}, {"x is just inside its minimum": 0.001, "x is 0.1": 0.1}),
        ({"type": "integer", "format": "int32"}, {"x is at its maximum": 2**31 - 1}),
        ({"enum": ["a", "b", None]}, {"x is b": "b", "x is None": None}),
        ({"type": ["string", "null"]}, {"x is null": None, "x is as short as allowed": ""}),
        ({"type": "string", "pattern": "^[a-z]+$", "maxLength": 4}, {"x is as long as allowed": "xxxx"}),
        ({"type": "array", "items": {"type": "integer"}, "maxItems": 2}, {"x has as many items as allowed": [1, 2]}),
        ({"oneOf": [{"type": "integer"}, {"const": "auto"}]}, {"x takes its branch 2": "auto"}),
        ({"type": "boolean"}, {"x is false": False}),
    ],
)
def test_edges_are_found(schema_of: MakeSchema, raw: Any, expected: dict[str, Any]) -> None:
    made = edges(schema_of(raw), "x")

    assert made | expected == made


def test_edges_of_members_keep_the_rest(schema_of: MakeSchema) -> None:
    raw = {
        "type": "object",
        "required": ["name"],
        "properties": {"name": {"type": "string", "maxLength": 5}, "pages": {"type": "integer", "minimum": 1}},
    }

    made = edges(schema_of(raw))

    assert made["pages is at its minimum"] == {"name": "Alice", "pages": 1}
    assert made["the body has only what is required"] == {"name": "Alice"}
    assert len(made["name has letters of another alphabet"]["name"]) == 5


def test_the_longest_text_is_bounded(schema_of: MakeSchema) -> None:
    assert len(edges(schema_of({"type": "string"}), "x")["x is as long as allowed"]) == 10_000
