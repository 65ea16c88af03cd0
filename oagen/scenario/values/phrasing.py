"""What is wrong with a value, in words that read after "when"."""

from __future__ import annotations

import re
from typing import Any

from oagen.scenario.values.checking import SchemaError
from oagen.scenario.values.formats import FORMATS

TYPES = {
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "a boolean",
    "array": "an array",
    "object": "an object",
    "null": "null",
}
"""The types of JSON Schema, with their articles."""

_PHRASES = {
    "enum": "is not one of the allowed values",
    "discriminator": "is not one of the allowed values",
    "const": "is not the expected value",
    "minimum": "is below its minimum",
    "maximum": "is above its maximum",
    "exclusiveMinimum": "is not above its lower bound",
    "exclusiveMaximum": "is not below its upper bound",
    "minLength": "is too short",
    "maxLength": "is too long",
    "pattern": "does not match its pattern",
    "minItems": "has too few items",
    "maxItems": "has too many items",
    "uniqueItems": "has the same item twice",
    "additionalProperties": "has a property that is not allowed",
    "unevaluatedProperties": "has a property that is not allowed",
    "propertyNames": "has a property whose name is not allowed",
    "minProperties": "has too few properties",
    "maxProperties": "has too many properties",
    "contains": "lacks an item that it must hold",
    "not": "is what it must not be",
    "false": "is not allowed",
    "oneOf": "fits no alternative, or several",
    "anyOf": "fits no alternative",
}
_QUOTED = re.compile(r"'([^']*)'")
_LONGEST = 60


def phrases_of(error: SchemaError, value: Any, name: str = "") -> tuple[str, ...]:
    """Return what is wrong with a value: `items[0].quantity is below its minimum`.

    Of alternatives, those count that are of the value's type; where there are none, or several, it fits none.

    Args:
        error: One way in which the value breaks its schema.
        value: All of it.
        name: What it is called; empty for a body.
    """
    if error.parts:
        near = {part for part in error.parts if part.keyword != "type" or part.pointer != error.pointer}
        if len({_branch(error, part) for part in near}) == 1:
            ordered = [part for part in error.parts if part in near]
            return tuple(phrase for part in ordered for phrase in phrases_of(part, value, name))
        if not near:
            return (f"{_label(error.pointer, value, name)[0]} is of a wrong type",)
    label, found = _label(error.pointer, value, name)
    if error.keyword in ("required", "dependentRequired") and (missing := _QUOTED.match(error.message)):
        return (f"{missing[1][:_LONGEST]} is missing" if label == "the body" else f"{label}.{missing[1]} is missing",)
    return (f"{label} {_phrase(error, found)}",)


def _branch(error: SchemaError, part: SchemaError) -> str:
    """Return which alternative a part is of."""
    return part.location.pointer.removeprefix(f"{error.location.pointer}/").partition("/")[0]


def _phrase(error: SchemaError, found: Any) -> str:
    match error.keyword:
        case "type":
            kinds = _QUOTED.findall(error.message.rpartition(" is not of type ")[2])
            if found is None:
                return "is null"
            return f"is not {TYPES.get(kinds[0], 'of the right type')}" if len(kinds) == 1 else "is of a wrong type"
        case "format":
            kinds = _QUOTED.findall(error.message.rpartition(" is not a ")[2])
            known = FORMATS.get(kinds[0]) if kinds else None
            return f"is not {known.phrase}" if known is not None else "is not of its format"
        case "multipleOf":
            return f"is {error.message[error.message.rfind('not a multiple of') :][:_LONGEST]}"
        case "minLength" | "minItems" if not found:
            return "is empty"
    return _PHRASES.get(error.keyword, f"breaks its {error.keyword}")


def _label(pointer: str, value: Any, name: str) -> tuple[str, Any]:
    """Return what the place of a pointer is called, and the value there."""
    label = name
    for segment in pointer.split("/")[1:]:
        key = segment.replace("~1", "/").replace("~0", "~")
        if isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            label, value = f"{label or 'the body'}[{key}]", value[int(key)]
        elif isinstance(value, dict) and key in value:
            label, value = f"{label}.{key[:_LONGEST]}" if label else key[:_LONGEST], value[key]
    return label or "the body", value
