"""What a schema says about the shape of a value: members, type, items; references followed, parts merged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from oagen.errors import DocumentError
from oagen.spec.model import Location, MediaType, Operation, Response, Schema

_DEPTH = 6
"""How many references, parts and branches are followed before the rest is taken as unknown."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The outline of a schema.

    Attributes:
        types: JSON types it allows, without `null`; empty where it does not say.
        members: Schemas of an object's properties, those of `allOf` parts and of a first branch included.
        items: Schema of an array's items.
        place: Where the schema itself stands, references followed: two schemas with one place are one resource.
    """

    types: frozenset[str]
    members: Mapping[str, Schema]
    required: frozenset[str]
    items: Schema | None
    keywords: Mapping[str, Any]
    place: Location

    @property
    def is_scalar(self) -> bool:
        """Whether it is text, a number or a boolean, and nothing else."""
        return bool(self.types) and not self.types & {"object", "array"}


class Shapes:
    """Outlines of schemas, each worked out once."""

    def __init__(self) -> None:
        self._known: dict[Location, Shape] = {}

    def of(self, schema: Schema) -> Shape:
        """Return the outline of a schema; what can't be followed is left out."""
        known = self._known.get(schema.location)
        if known is None:
            known = self._known[schema.location] = _outline(schema)
        return known


def _outline(schema: Schema) -> Shape:
    types: set[str] = set()
    members: dict[str, Schema] = {}
    required: set[str] = set()
    keywords: dict[str, Any] = {}
    items: Schema | None = None
    place = _named(schema)
    pending: list[tuple[Schema, int]] = [(schema, 0)]
    seen: set[Location] = set()
    while pending:
        part, depth = pending.pop(0)
        if part.location in seen or depth > _DEPTH or not isinstance(part.raw, Mapping):
            continue
        seen.add(part.location)
        raw = part.raw
        if "$ref" in raw:
            followed = _resolved(part)
            if followed.location != part.location:
                pending.insert(0, (followed, depth + 1))
        types |= _types(raw)
        for name, value in raw.items():
            if name not in {"$ref", "allOf", "anyOf", "oneOf", "properties"}:
                keywords.setdefault(name, value)
        if isinstance(properties := raw.get("properties"), Mapping):
            for name in properties:
                members.setdefault(name, part.sub("properties", name))
        if isinstance(names := raw.get("required"), list):
            required.update(name for name in names if isinstance(name, str))
        if items is None and isinstance(raw.get("items"), Mapping):
            items = part.sub("items")
        pending.extend((branch, depth + 1) for branch in _parts(part))
    if not types and members:
        types.add("object")
    return Shape(frozenset(types), members, frozenset(required), items, keywords, place.location)


def _named(schema: Schema) -> Schema:
    """Follow references, and a choice between one schema and null, to the schema that has the members."""
    for _ in range(_DEPTH):
        schema = _resolved(schema)
        if not isinstance(schema.raw, Mapping) or "properties" in schema.raw:
            return schema
        branches = [
            schema.sub(keyword, index)
            for keyword in ("allOf", "oneOf", "anyOf")
            if isinstance(schema.raw.get(keyword), list)
            for index in _present(schema.raw[keyword])
        ]
        if len(branches) != 1:
            return schema
        schema = branches[0]
    return schema


def _parts(schema: Schema) -> Iterable[Schema]:
    raw = schema.raw
    assert isinstance(raw, Mapping)
    if isinstance(parts := raw.get("allOf"), list):
        yield from (schema.sub("allOf", index) for index in range(len(parts)))
    for keyword in ("oneOf", "anyOf"):
        if isinstance(branches := raw.get(keyword), list):
            yield from (schema.sub(keyword, index) for index in _present(branches)[:1])


def _present(branches: list[Any]) -> list[int]:
    """Return the indices of the branches that are schemas of something else than null."""
    return [
        index for index, branch in enumerate(branches) if isinstance(branch, Mapping) and branch.get("type") != "null"
    ]


def _types(raw: Mapping[str, Any]) -> set[str]:
    declared = raw.get("type")
    names = [declared] if isinstance(declared, str) else declared if isinstance(declared, list) else []
    return {name for name in names if isinstance(name, str) and name != "null"}


def _resolved(schema: Schema) -> Schema:
    try:
        return schema.resolved()
    except DocumentError:
        return schema


def is_json(media_type: str) -> bool:
    """Tell whether a media type is JSON, structured suffixes (RFC 6839, section 3.1) and wildcards included."""
    essence = media_type.partition(";")[0].strip().lower()
    return essence in {"application/json", "*/*", "application/*"} or essence.endswith("+json")


def json_content(content: Iterable[MediaType]) -> MediaType | None:
    """Return the JSON one of several media types, or None."""
    return next((media_type for media_type in content if is_json(media_type.name)), None)


def answer_schema(operation: Operation, status: str = "2XX") -> Schema | None:
    """Return the schema of an operation's first JSON answer of a status or range, or None."""
    for response in responses_of(operation, status):
        media_type = json_content(response.content)
        if media_type is not None and media_type.schema is not None:
            return media_type.schema
    return None


def responses_of(operation: Operation, status: str) -> tuple[Response, ...]:
    """Return the documented responses that fall into a status or range; `default` is in none."""
    head = status[0] if status.endswith("XX") else status
    return tuple(
        response
        for response in operation.responses
        if response.status != "default" and response.status.startswith(head)
    )
