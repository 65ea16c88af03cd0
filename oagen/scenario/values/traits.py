"""What schemas say at a glance: what travels, what is plain, what is meant where no type is given."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from oagen.errors import OagenError
from oagen.scenario.values.checking import Direction
from oagen.scenario.values.names import words
from oagen.scenario.values.shapes import Choices, Shape, shape_of
from oagen.spec.model import Location, Schema

_ANY = ("string", "integer", "boolean", "object", "array", "null")
_SCALARS = frozenset({"string", "integer", "number", "boolean"})


def is_left_out(parts: list[Schema], direction: Direction) -> bool:
    """Return whether a property does not travel in a direction (`readOnly`, `writeOnly`)."""
    keyword = direction.value
    for part in parts:
        if isinstance(part.raw, Mapping) and part.raw.get(keyword) is True:
            return True
        if isinstance(part.raw, Mapping) and "$ref" in part.raw:
            try:
                target = part.resolved().raw
            except OagenError:
                continue
            if isinstance(target, Mapping) and target.get(keyword) is True:
                return True
    return False


def is_plain(name: str, parts: list[Schema]) -> bool:
    """Return whether an optional property is worth having: documented by example, or a scalar."""
    shape = shape_of(tuple(parts), Choices(0))
    if any(isinstance(part.raw, Mapping) and part.raw.get("deprecated") is True for part in parts):
        return False
    if any(keyword in {"example", "examples"} for keyword, _ in shape.examples):
        return True
    refers = bool(words(name)) and words(name)[-1] in {"id", "ids"}
    scalar = shape.types is not None and set(shape.types) <= _SCALARS | {"null"} and shape.types != ("null",)
    return scalar and not refers and "binary" not in shape.formats


def heads(schemas: tuple[Schema, ...]) -> Iterator[Location]:
    """Yield the places of schemas and of what they refer to."""
    for schema in schemas:
        yield schema.location
        if isinstance(schema.raw, Mapping) and "$ref" in schema.raw:
            with contextlib.suppress(OagenError):
                yield schema.resolved().location


def likely_types(shape: Shape) -> tuple[str, ...]:
    """Return the types that a schema without `type` speaks of, by its other keywords."""
    if shape.properties or shape.required or shape.additional or shape.pattern_properties or shape.closed:
        return ("object",)
    if shape.items or shape.prefix or shape.contains or "minItems" in shape.bounds:
        return ("array",)
    if any(key in shape.bounds for key in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")):
        return ("number",)
    if shape.multiples:
        return ("number",)
    if "minProperties" in shape.bounds:
        return ("object",)
    if shape.patterns or shape.formats or "minLength" in shape.bounds or "maxLength" in shape.bounds:
        return ("string",)
    return _ANY


def says_nothing(schema: Schema) -> bool:
    """Return whether a schema gives neither types nor examples, nor keywords that speak of a type."""
    shape = shape_of((schema,), Choices(0))
    return shape.types is None and not shape.examples and likely_types(shape) == _ANY


def plainest(shape: Shape) -> Any:
    """Return a value of the right type at least, for a shape that can't be satisfied."""
    kinds = likely_types(shape) if not shape.types else shape.types
    return {"object": {}, "array": [], "string": "text", "integer": 1, "number": 1, "boolean": True}.get(kinds[0])
