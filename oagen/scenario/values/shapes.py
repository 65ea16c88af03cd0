"""One schema out of many: references, `allOf` and one choice of every branch, merged into what a value must be."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from oagen.errors import OagenError
from oagen.scenario.values.discriminators import chosen, discriminator_of, value_for
from oagen.spec.model import Location, Schema

_LARGEST_COMPOSITION = 200
"""Most schemas that are merged into one shape; a schema composed of more is read as far as that."""


@dataclass(slots=True)
class Choices:
    """Which branch to take wherever there is a choice: the n-th combination, the first choice varying fastest."""

    number: int
    combinations: int = 1

    def pick(self, count: int) -> int:
        """Return which of `count` branches this combination takes."""
        self.combinations *= count
        self.number, taken = divmod(self.number, count)
        return taken

    def branch(self, _raw: Mapping[str, Any], branches: Sequence[Schema]) -> Schema:
        """Return the branch of a `oneOf` or `anyOf` to take; those that only allow null come last."""
        ordered = sorted(branches, key=lambda branch: _is_null(branch.raw))
        return ordered[self.pick(len(ordered))]

    def holds(self, _condition: Schema) -> bool:
        """Return whether an `if` is taken to be satisfied."""
        return self.pick(2) == 0


@dataclass(slots=True)
class FittingChoices:
    """The branches that a given value takes.

    Attributes:
        value: The value.
        fits: Whether it is valid against a schema.
    """

    value: Any
    fits: Callable[[Schema, Any], bool]

    def branch(self, raw: Mapping[str, Any], branches: Sequence[Schema]) -> Schema:
        """Return the branch that the value's discriminator names, else the first one it satisfies, else the first."""
        named = chosen(raw, [branch.raw for branch in branches], self.value)
        if named is not None:
            return branches[named]
        return next((branch for branch in branches if self.fits(branch, self.value)), branches[0])

    def holds(self, condition: Schema) -> bool:
        """Return whether the value satisfies an `if`."""
        return self.fits(condition, self.value)


@dataclass(slots=True)
class Shape:
    """What a value must be, once references are followed and branches chosen.

    Attributes:
        types: Allowed JSON types, in the document's order; None: any.
        bounds: Bounds by keyword, the tightest of all schemas merged (`minLength`, `maximum`, ...).
        examples: Documented values, in order of preference, with the keyword that each stands under.
        hard: Whether something was met that merging does not satisfy by construction (`not`, `oneOf`, ...).
        tags: Values of discriminators by property.
        failed: Whether a reference led nowhere or the composition has no end.
    """

    types: tuple[str, ...] | None = None
    bounds: dict[str, Any] = field(default_factory=dict)
    formats: list[str] = field(default_factory=list)
    patterns: list[str] = field(default_factory=list)
    multiples: list[Any] = field(default_factory=list)
    examples: list[tuple[str, Any]] = field(default_factory=list)
    properties: dict[str, list[Schema]] = field(default_factory=dict)
    required: list[str] = field(default_factory=list)
    left_out: set[str] = field(default_factory=set)
    dependent: dict[str, list[str]] = field(default_factory=dict)
    pattern_properties: list[tuple[str, Schema]] = field(default_factory=list)
    additional: list[Schema] = field(default_factory=list)
    names: list[Schema] = field(default_factory=list)
    closed: bool = False
    items: list[Schema] = field(default_factory=list)
    prefix: list[list[Schema]] = field(default_factory=list)
    contains: list[Schema] = field(default_factory=list)
    unique_items: bool = False
    tags: dict[str, str] = field(default_factory=dict)
    hard: bool = False
    failed: bool = False
    places: list[Location] = field(default_factory=list)

    def at_least(self, keyword: str, value: Any) -> None:
        """Raise a lower bound."""
        if _is_number(value):
            self.bounds[keyword] = max(self.bounds.get(keyword, value), value)

    def at_most(self, keyword: str, value: Any) -> None:
        """Lower an upper bound."""
        if _is_number(value):
            self.bounds[keyword] = min(self.bounds.get(keyword, value), value)

    def allow(self, types: tuple[str, ...]) -> None:
        """Narrow the allowed types."""
        if self.types is None:
            self.types = types
            return
        narrowed = tuple(kind for kind in self.types if kind in types)
        if "integer" in types and "number" in self.types and "integer" not in narrowed:
            narrowed = tuple(
                "integer" if kind == "number" else kind for kind in self.types if kind in {*types, "number"}
            )
        elif "number" in types and "integer" in self.types and "integer" not in narrowed:
            narrowed = (*narrowed, "integer")
        self.types = narrowed


_LEAST = ("minLength", "minimum", "exclusiveMinimum", "minItems", "minProperties", "minContains")
_MOST = ("maxLength", "maximum", "exclusiveMaximum", "maxItems", "maxProperties", "maxContains")
_MOST_HEIRS = 64
"""Heirs of one schema that are looked at; Graph has some with more than a thousand."""

_CHECKED_LATER = ("not", "unevaluatedProperties", "unevaluatedItems", "propertyNames", "dependentSchemas", "contains")


def shape_of(schemas: tuple[Schema, ...], choices: Choices | FittingChoices) -> Shape:
    """Return what a value that satisfies all these schemas must be, with branches taken as `choices` says."""
    shape = Shape()
    pending = list(reversed(schemas))
    seen: set[Location] = set()
    while pending and len(shape.places) < _LARGEST_COMPOSITION:
        schema = pending.pop()
        if schema.location in seen:
            continue
        seen.add(schema.location)
        shape.places.append(schema.location)
        if schema.raw is False:
            shape.failed = True
        if isinstance(schema.raw, Mapping):
            _merge(shape, schema, schema.raw)
            pending.extend(reversed(list(_composed(shape, schema, schema.raw, choices))))
    return shape


def _composed(
    shape: Shape, schema: Schema, raw: Mapping[str, Any], choices: Choices | FittingChoices
) -> Iterator[Schema]:
    if isinstance(raw.get("$ref"), str):
        try:
            yield schema.resolved()
        except OagenError:
            shape.failed = True
    for index in range(len(_list(raw, "allOf"))):
        yield schema.sub("allOf", index)
    found = discriminator_of(raw)
    if found and not raw.get("oneOf") and not raw.get("anyOf"):
        yield from _inheriting(shape, schema, found, choices)
    for keyword in ("oneOf", "anyOf"):
        branches = _list(raw, keyword)
        if branches:
            shape.hard = True
            branch = choices.branch(raw, [schema.sub(keyword, index) for index in range(len(branches))])
            tag = found and value_for(found[1], branch.raw)
            if found and tag:
                shape.tags.setdefault(found[0], tag)
            yield branch
    if "if" in raw:
        shape.hard = True
        if choices.holds(schema.sub("if")):
            yield schema.sub("if")
            if "then" in raw:
                yield schema.sub("then")
        elif "else" in raw:
            yield schema.sub("else")


def _inheriting(
    shape: Shape, schema: Schema, found: tuple[str, Mapping[str, str]], choices: Choices | FittingChoices
) -> Iterator[Schema]:
    """Yield a schema that inherits from this one by `allOf`, unless it is such a one that is being read."""
    name, mapping = found
    around = [place.pointer for place in shape.places if _is_named(place)]
    if not mapping and around:
        shape.tags.setdefault(name, around[0].rpartition("/")[2])
    if not mapping:
        return
    own = {f"#{pointer}" for pointer in around} | {pointer.rpartition("/")[2] for pointer in around}
    for tag, target in mapping.items():
        if target in own or ("#" in target and f"#{target.partition('#')[2]}" in own):
            shape.tags.setdefault(name, tag)
            return
    place = schema.location.child("discriminator")
    heirs = {
        tag: Schema(
            {"$ref": target if "/" in target else f"#/components/schemas/{target}"}, place.child(tag), schema.resolver
        )
        for tag, target in islice(mapping.items(), _MOST_HEIRS)
    }
    shape.hard = True
    heir = choices.branch({"discriminator": {"propertyName": name, "mapping": mapping}}, list(heirs.values()))
    shape.tags.setdefault(name, next(tag for tag, each in heirs.items() if each is heir))
    yield heir


def _is_named(place: Location) -> bool:
    """Return whether a place is a schema of `components` (or of Swagger's `definitions`)."""
    return place.pointer.rpartition("/")[0] in {"/components/schemas", "/definitions"}


def _merge(shape: Shape, schema: Schema, raw: Mapping[str, Any]) -> None:
    kinds = raw.get("type")
    if isinstance(kinds, str):
        shape.allow((kinds,))
    elif isinstance(kinds, list) and kinds:
        shape.allow(tuple(kind for kind in kinds if isinstance(kind, str)))
    for keyword in _LEAST:
        shape.at_least(keyword, raw.get(keyword))
    for keyword in _MOST:
        shape.at_most(keyword, raw.get(keyword))
    if isinstance(raw.get("format"), str):
        shape.formats.append(raw["format"])
    elif raw.get("contentMediaType") == "application/octet-stream" and "contentEncoding" not in raw:
        shape.formats.append("binary")  # OpenAPI 3.1 for what 3.0 calls so
    if isinstance(raw.get("pattern"), str):
        shape.patterns.append(raw["pattern"])
    if _is_number(raw.get("multipleOf")) and raw["multipleOf"] > 0:
        shape.multiples.append(raw["multipleOf"])
    shape.unique_items = shape.unique_items or raw.get("uniqueItems") is True
    shape.hard = shape.hard or any(keyword in raw for keyword in _CHECKED_LATER)
    _merge_examples(shape, raw)
    _merge_object(shape, schema, raw)
    _merge_array(shape, schema, raw)


def _merge_examples(shape: Shape, raw: Mapping[str, Any]) -> None:
    if "example" in raw:
        shape.examples.append(("example", raw["example"]))
    shape.examples.extend(("examples", value) for value in _list(raw, "examples"))
    if raw.get("default") not in (None, "", [], {}):  # an empty default says what is assumed, not what is sent
        shape.examples.append(("default", raw["default"]))
    if "const" in raw:
        shape.examples.append(("const", raw["const"]))
    members = _list(raw, "enum")
    shape.examples.extend(("enum", value) for value in members if value is not None)
    shape.examples.extend(("enum", value) for value in members if value is None)


def _merge_object(shape: Shape, schema: Schema, raw: Mapping[str, Any]) -> None:
    for name in _mapping(raw, "properties"):
        shape.properties.setdefault(name, []).append(schema.sub("properties", name))
    shape.required.extend(name for name in _list(raw, "required") if isinstance(name, str))
    for name, others in _mapping(raw, "dependentRequired").items():
        if isinstance(others, list):
            shape.dependent.setdefault(name, []).extend(other for other in others if isinstance(other, str))
    for pattern in _mapping(raw, "patternProperties"):
        shape.pattern_properties.append((pattern, schema.sub("patternProperties", pattern)))
    if raw.get("additionalProperties") is False or raw.get("unevaluatedProperties") is False:
        shape.closed = True
    elif isinstance(raw.get("additionalProperties"), Mapping):
        shape.additional.append(schema.sub("additionalProperties"))
    if isinstance(raw.get("propertyNames"), Mapping):
        shape.names.append(schema.sub("propertyNames"))


def _merge_array(shape: Shape, schema: Schema, raw: Mapping[str, Any]) -> None:
    for index in range(len(_list(raw, "prefixItems"))):
        while len(shape.prefix) <= index:
            shape.prefix.append([])
        shape.prefix[index].append(schema.sub("prefixItems", index))
    if isinstance(raw.get("items"), Mapping | bool):
        shape.items.append(schema.sub("items"))
    if isinstance(raw.get("contains"), Mapping):
        shape.contains.append(schema.sub("contains"))


def _is_null(branch: Any) -> bool:
    return isinstance(branch, Mapping) and branch.get("type") == "null"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _list(raw: Mapping[str, Any], keyword: str) -> list[Any]:
    value = raw.get(keyword)
    return value if isinstance(value, list) else []


def _mapping(raw: Mapping[str, Any], keyword: str) -> Mapping[str, Any]:
    value = raw.get(keyword)
    return value if isinstance(value, Mapping) else {}
