"""Which part of the document an invalid body breaks: the innermost schema that is to blame, references followed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from oagen.errors import DocumentError
from oagen.runner.pointers import at_pointer, same_json
from oagen.scenario.values.checking import SchemaError
from oagen.spec.model import Example, Location, Schema
from oagen.spec.pointers import split

_ONE_ITEM = frozenset({"items", "additionalProperties", "unevaluatedItems", "unevaluatedProperties", "contains"})
_NAMED_ITEM = frozenset({"properties", "prefixItems"})
_NAMED_PART = frozenset({"allOf", "anyOf", "oneOf", "dependentSchemas", "$defs", "definitions"})
_OTHER_KIND = frozenset({"type", "const", "enum", "false"})
_LONGEST = 120
_MOST_REFERENCES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Blame:
    """One thing that is wrong with a body.

    Attributes:
        keyword: The keyword that is broken.
        place: Where that keyword stands, as `#/components/schemas/Order/properties/total/minimum`.
        pointer: Where in the body.
        detail: Tells two faults of one keyword apart: the name that `required` misses.
        message: For a person.
        documented: The document is at odds with itself: it gives this value as an example or a default, or it has a
            `oneOf` whose branches overlap.
    """

    keyword: str
    place: Location
    pointer: str
    detail: str
    message: str
    documented: bool


def blame(schema: Schema, error: SchemaError, body: Any, examples: Sequence[Example] = ()) -> Iterator[Blame]:
    """Yield what an error comes to.

    An error of `anyOf` or `oneOf` is that of the branch that was meant, where only one of them is of the value's kind.

    Args:
        schema: What the body was checked against.
        error: What the check said.
        body: The whole of it.
        examples: Those of the media type.
    """
    meant = _meant(error)
    if meant:
        for part in meant:
            yield from blame(schema, part, body, examples)
        return
    tokens = split(error.location.pointer[len(schema.location.pointer) :])
    place, passed = _walk(schema, tokens, split(error.pointer))
    shown = _shown(error.message)
    yield Blame(
        keyword=error.keyword,
        place=place,
        pointer=error.pointer,
        detail=error.message if error.keyword == "required" else "",
        message=f"{error.pointer or 'the body'}: {shown}",
        documented=_is_overlap(error) or _is_documented(error.pointer, body, passed, examples),
    )


def _shown(message: str) -> str:
    """Return a message, a long one without its middle: the value comes first in it, and what is wrong with it last."""
    if len(message) <= _LONGEST:
        return message
    return f"{message[: _LONGEST // 2]}…{message[1 - _LONGEST // 2 :]}"


def _meant(error: SchemaError) -> tuple[SchemaError, ...]:
    """Return the errors of the only branch whose kind of value is there; nothing where that is not certain."""
    if error.keyword not in ("anyOf", "oneOf"):
        return ()
    branches: dict[str, list[SchemaError]] = {}
    depth = len(split(error.location.pointer))
    for part in error.parts:
        branches.setdefault(split(part.location.pointer)[depth], []).append(part)
    able = [
        parts
        for parts in branches.values()
        if not any(part.pointer == error.pointer and part.keyword in _OTHER_KIND for part in parts)
    ]
    return tuple(able[0]) if len(able) == 1 and len(branches) > 1 else ()


def _is_overlap(error: SchemaError) -> bool:
    """Whether more than one branch of `oneOf` is satisfied, so that none has anything against the value."""
    return error.keyword == "oneOf" and not error.parts


def _walk(schema: Schema, tokens: Sequence[str], instance: Sequence[str]) -> tuple[Location, list[tuple[Schema, str]]]:
    """Return the place that the tokens lead to, and the schemas on the way, each with its place in the body."""
    passed = [(schema, "")]
    depth = 0
    rest = list(tokens)
    try:
        while rest:
            schema = _holding(schema, rest[0])
            token = rest.pop(0)
            if token in _ONE_ITEM and rest:
                schema, depth = schema.sub(token), depth + 1
            elif token in (*_NAMED_ITEM, "patternProperties") and rest:
                schema, depth = schema.sub(token, _key(schema, token, rest.pop(0))), depth + 1
            elif token in _NAMED_PART and rest:
                schema = schema.sub(token, _key(schema, token, rest.pop(0)))
            elif token in ("not", "if", "then", "else") and rest:
                schema = schema.sub(token)
            else:
                return schema.location.child(token), passed
            passed.append((schema, "".join(Location("", "").child(*instance[:depth]).pointer)))
    except (LookupError, TypeError, DocumentError):
        return schema.location, passed
    return schema.location, passed


def _holding(schema: Schema, keyword: str) -> Schema:
    """Return the schema that has a keyword: this one, or the one that it refers to, which paths pass in silence."""
    for _ in range(_MOST_REFERENCES):
        raw = schema.raw
        if isinstance(raw, bool) or keyword in raw:
            break
        reference = raw.get("$ref") or raw.get("$dynamicRef")
        if not isinstance(reference, str):
            break
        value, location = schema.resolver.resolve(reference, schema.location)
        schema = Schema(value, location, schema.resolver)
    return schema


def _key(schema: Schema, keyword: str, token: str) -> str | int:
    inside = schema.raw[keyword] if not isinstance(schema.raw, bool) else {}
    return int(token) if isinstance(inside, list) else token


def _is_documented(pointer: str, body: Any, passed: Sequence[tuple[Schema, str]], examples: Sequence[Example]) -> bool:
    """Whether the value at the pointer, or one around it, is word for word what the document shows there."""
    for example in examples:
        if _same_at(pointer, body, "", example.value):
            return True
    for schema, place in passed:
        raw = schema.raw
        if isinstance(raw, bool):
            continue
        listed = raw.get("examples")
        shown = [
            *(listed if isinstance(listed, list) else ()),
            *(raw[key] for key in ("example", "default") if key in raw),
        ]
        if any(_same_at(pointer, body, place, value) for value in shown):
            return True
    return False


def _same_at(pointer: str, body: Any, place: str, shown: Any) -> bool:
    """Whether the body has at the pointer what a value shown for `place` has there."""
    if not pointer.startswith(place):
        return False
    try:
        return same_json(at_pointer(body, pointer), at_pointer(shown, pointer[len(place) :]))
    except LookupError:
        return False
