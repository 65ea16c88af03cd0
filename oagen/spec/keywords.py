"""What a JSON Schema keyword may hold, so that what can't be used is found while reading."""

from __future__ import annotations

import enum
import math
from typing import Any


class Shape(enum.Enum):
    """What stands below a keyword."""

    SCHEMA = enum.auto()
    SCHEMA_LIST = enum.auto()
    SCHEMA_MAP = enum.auto()
    COUNT = enum.auto()  # a number of things, 0 or more
    NUMBER = enum.auto()
    STEP = enum.auto()  # a number above 0
    LIST = enum.auto()
    NAMES = enum.auto()
    NAMES_MAP = enum.auto()
    FLAG = enum.auto()
    TEXT = enum.auto()
    SPECIAL = enum.auto()  # has a rule of its own


SHAPES: dict[str, Shape] = {
    **dict.fromkeys(
        ("not", "if", "then", "else", "additionalProperties", "contains", "propertyNames", "unevaluatedItems",
         "unevaluatedProperties", "contentSchema", "additionalItems"), Shape.SCHEMA),
    **dict.fromkeys(("allOf", "anyOf", "oneOf", "prefixItems"), Shape.SCHEMA_LIST),
    **dict.fromkeys(
        ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas"), Shape.SCHEMA_MAP),
    **dict.fromkeys(
        ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "minContains",
         "maxContains"), Shape.COUNT),
    **dict.fromkeys(("minimum", "maximum"), Shape.NUMBER),
    "multipleOf": Shape.STEP,
    "enum": Shape.LIST,
    "dependentRequired": Shape.NAMES_MAP,
    "required": Shape.NAMES,
    **dict.fromkeys(("uniqueItems", "readOnly", "writeOnly", "deprecated"), Shape.FLAG),
    **dict.fromkeys(("format", "$id", "$anchor", "$dynamicAnchor", "$dynamicRef"), Shape.TEXT),
    **dict.fromkeys(
        ("type", "pattern", "items", "exclusiveMinimum", "exclusiveMaximum", "nullable", "x-nullable", "example",
         "examples", "discriminator"), Shape.SPECIAL),
}  # fmt: skip

TYPES = frozenset(("null", "boolean", "object", "array", "number", "string", "integer"))


def is_number(value: Any) -> bool:
    """Tell whether a value is a number as JSON has them; booleans and infinity are not."""
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool)


def fits(shape: Shape, value: Any) -> bool:
    """Tell whether a keyword of this shape may have this value."""
    match shape:
        case Shape.COUNT:
            return is_number(value) and value >= 0 and value % 1 == 0
        case Shape.NUMBER:
            return is_number(value)
        case Shape.STEP:
            return is_number(value) and value > 0
        case Shape.NAMES_MAP:
            return isinstance(value, dict) and all(fits(Shape.NAMES, names) for names in value.values())
        case Shape.LIST:
            return isinstance(value, list)
        case Shape.NAMES:
            return isinstance(value, list) and all(isinstance(name, str) for name in value)
        case Shape.FLAG:
            return isinstance(value, bool)
        case Shape.TEXT:
            return isinstance(value, str)
        case Shape.SCHEMA_LIST:
            return isinstance(value, list)
        case Shape.SCHEMA_MAP:
            return isinstance(value, dict)
        case Shape.SCHEMA | Shape.SPECIAL:
            return True
