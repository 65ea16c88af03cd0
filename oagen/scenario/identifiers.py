"""Where a response shows the identifier of a resource: by the property's name, its type, and the usual envelopes."""

from __future__ import annotations

from collections.abc import Iterator

from oagen.scenario.nouns import is_opaque, noun, words
from oagen.scenario.shapes import Shape, Shapes
from oagen.scenario.tree import Path
from oagen.spec.model import Schema

_OPAQUE = ("id", "uuid", "guid", "uid", "pk")
_NATURAL = ("key", "slug", "name", "code", "handle", "number")
_ENVELOPES = ("data", "result", "item", "object", "payload", "resource", "attributes", "response", "value", "entity")
_LISTS = ("items", "data", "results", "result", "value", "values", "content", "records", "entries", "objects", "rows")
_NUMERIC = frozenset({"integer", "number"})


def identifier_in(
    shapes: Shapes, schema: Schema, parameter: str, of: str, *, types: frozenset[str], depth: int = 2
) -> Path | None:
    """Return the place of a resource's identifier in an answer that shows it, or None.

    Args:
        parameter: Name of the path parameter that the identifier is for.
        of: The resource as one singular word.
        types: JSON types which that parameter allows; empty where the document does not say.
    """
    shape = shapes.of(schema)
    by_name: dict[str, str] = {}
    for member in shape.members:
        by_name.setdefault("".join(words(member)), member)
    for strict in (True, False):
        for wanted in _names(parameter, of):
            found = by_name.get(wanted)
            if found is None:
                continue
            candidate = shapes.of(shape.members[found])
            if strict and types == {"string"} and not is_opaque(parameter) and candidate.types == {"integer"}:
                continue  # `{repo}` is a name rather than a number
            if _fits(candidate, types if strict else frozenset()):
                return (found,)
    if depth == 0:
        return None
    for member in _envelopes(shapes, shape, of):
        inner = identifier_in(shapes, shape.members[member], parameter, of, types=types, depth=depth - 1)
        if inner is not None:
            return (member, *inner)
    return None


def identifier_in_list(
    shapes: Shapes, schema: Schema, parameter: str, of: str, *, types: frozenset[str], depth: int = 2
) -> Path | None:
    """Return the place of the first item's identifier in an answer that lists resources, or None."""
    shape = shapes.of(schema)
    if shape.items is not None and "array" in shape.types | {"array"} and not shape.members:
        inner = identifier_in(shapes, shape.items, parameter, of, types=types)
        return (0, *inner) if inner is not None else None
    if depth == 0:
        return None
    arrays = [name for name, member in shape.members.items() if shapes.of(member).items is not None]
    objects = [name for name in shape.members if name.lower() in _ENVELOPES and name not in arrays]
    arrays.sort(key=lambda name: (noun(name) != of, name.lower() not in _LISTS))
    for name in (*arrays, *objects):
        found = identifier_in_list(shapes, shape.members[name], parameter, of, types=types, depth=depth - 1)
        if found is not None:
            return (name, *found)
    return None


def sent_identifier(shapes: Shapes, schema: Schema, parameter: str, of: str) -> Path | None:
    """Return the place in a creation's body where the client itself chooses the identifier, or None."""
    members = shapes.of(schema).members
    by_name = {
        "".join(words(member)): member
        for member, inner in members.items()
        if not shapes.of(inner).types & {"object", "array"} and not shapes.of(inner).keywords.get("readOnly")
    }
    opaque = is_opaque(parameter) and "or" not in words(parameter)
    for wanted in _names(parameter, of):
        if opaque and wanted.endswith(_NATURAL):
            continue  # an identifier that the server makes up is not the name that the client sends
        if wanted in by_name:
            return (by_name[wanted],)
    return None


def _names(parameter: str, of: str) -> Iterator[str]:
    exact = "".join(words(parameter))
    yield exact
    if "or" in words(parameter):  # `id_or_name`
        for alternative in parameter.replace("Or", "_or_").split("_or_"):
            yield from _names(alternative.strip("_"), of)
    opaque = is_opaque(parameter) or noun(parameter) == of
    if opaque:
        stem = "".join(words(parameter)[:-1])
        for word in _OPAQUE:
            yield of + word
            yield stem + word
            yield word
    yield of + exact
    if opaque or exact in _NATURAL:
        for word in _NATURAL:
            yield word
            yield of + word
    elif exact.startswith(of) and exact != of:
        yield exact[len(of) :]


def _envelopes(shapes: Shapes, shape: Shape, of: str) -> list[str]:
    objects = [name for name, member in shape.members.items() if "object" in shapes.of(member).types]
    wrapping = [name for name in objects if name.lower() in _ENVELOPES or noun(name) == of]
    return wrapping or (objects if len(shape.members) == 1 else [])


def _fits(shape: Shape, types: frozenset[str]) -> bool:
    if shape.types & {"object", "array"}:
        return False
    if types and types <= _NUMERIC and shape.types:
        return bool(shape.types & _NUMERIC)
    return True
