"""JSON values made from schemas: branches tried in order, recursion cut, each result proved."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from oagen.scenario.values.checking import SchemaChecker
from oagen.scenario.values.distinct import others
from oagen.scenario.values.pattern_text import texts_for
from oagen.scenario.values.patterns import matches
from oagen.scenario.values.scalars import numbers, texts
from oagen.scenario.values.shapes import Choices, FittingChoices, Shape, shape_of
from oagen.scenario.values.traits import heads, is_left_out, is_plain, likely_types, plainest
from oagen.spec.model import Location, Schema

_MOST_COMBINATIONS = 40
"""Combinations of `oneOf` and `anyOf` branches that are tried for one schema."""
_MOST_OF_KIND = 4
"""Values of one JSON type that are tried for one combination."""
_MOST_CANDIDATES = 24
"""Values that are tried for one combination."""
_MOST_OPTIONAL = 6
"""Optional properties in an object."""
_DEEPEST = 24
"""Places around a value, references and their targets counted apart."""
_MOST_ITEMS = 1000


@dataclass(frozen=True, slots=True)
class Outcome:
    """A value, and whether it is valid; `cut` when a recursion was left out on the way."""

    value: Any
    valid: bool
    cut: bool = False


class _Impossible(Exception):  # noqa: N818 - control flow inside this module
    """A part that must be there can't be made here (a recursion without end, `false`)."""


@dataclass(slots=True)
class _Work:
    """Where in a value the maker is.

    Attributes:
        stack: The places of the schemas around.
        careful: Whether each part is proved by itself; else only those with branches are.
        cut: Set when a recursion was left out.
        room: Most items that an array may have here, so that arrays of arrays stay small.
    """

    stack: tuple[Location, ...] = ()
    careful: bool = False
    cut: bool = False
    room: int = _MOST_ITEMS


class Maker:
    """Makes JSON values for schemas; see `ExampleMaker`, which adds documented examples and uniques."""

    def __init__(self, checker: SchemaChecker) -> None:
        self._checker = checker
        self._kept: dict[tuple[tuple[Location, ...], str, bool, int], Outcome] = {}

    def make(self, schemas: tuple[Schema, ...], name: str) -> Outcome:
        """Return a value that satisfies all schemas, or the best that could be made."""
        outcome = Outcome(plainest(shape_of(schemas, Choices(0))), valid=False)
        for careful in (False, True):
            try:
                outcome = self._made(schemas, name, _Work(careful=careful), proved=True)
            except (_Impossible, RecursionError):
                continue
            if outcome.valid:
                break
        return outcome

    def branches(self, schemas: tuple[Schema, ...], name: str) -> Iterator[Any]:
        """Yield a value for each combination of branches at the top that can be satisfied, where there are branches."""
        number, combinations = 0, 1
        while number < min(combinations, _MOST_COMBINATIONS):
            choices = Choices(number)
            shape = shape_of(schemas, choices)
            combinations = choices.combinations
            number += 1
            if combinations == 1:
                return
            candidates = itertools.islice(self._candidates(schemas, shape, name, _Work()), _MOST_CANDIDATES)
            yield from itertools.islice((value for value, _ in candidates if self._satisfies(schemas, value)), 1)

    def without_left_out(self, schemas: tuple[Schema, ...], value: Any, depth: int = 8) -> Any:
        """Return a value without the properties that do not travel in the checker's direction."""
        if not depth or not isinstance(value, dict | list):
            return value
        shape = shape_of(schemas, FittingChoices(value, self._checker.is_valid))
        if isinstance(value, list):
            items = tuple(shape.items)
            return [self.without_left_out(items, item, depth - 1) for item in value] if items else value
        return {
            name: self.without_left_out(tuple(shape.properties[name]), member, depth - 1)
            if name in shape.properties
            else member
            for name, member in value.items()
            if name not in shape.properties or not is_left_out(shape.properties[name], self._checker.direction)
        }

    def _made(self, schemas: tuple[Schema, ...], name: str, work: _Work, *, proved: bool = False) -> Outcome:
        key = (tuple(schema.location for schema in schemas), name, work.careful, work.room)
        outcome = self._kept.get(key)
        if outcome is None:
            inner = _Work(work.stack, careful=work.careful, room=work.room)
            outcome = self._first_valid(schemas, name, inner, proved=proved)
            if not inner.cut:
                self._kept[key] = outcome
            work.cut = work.cut or inner.cut
        return outcome

    def _first_valid(self, schemas: tuple[Schema, ...], name: str, work: _Work, *, proved: bool) -> Outcome:
        best: list[Any] = []
        number, combinations = 0, 1
        while number < min(combinations, _MOST_COMBINATIONS):
            choices = Choices(number)
            shape = shape_of(schemas, choices)
            combinations = choices.combinations
            number += 1
            must_prove = proved or work.careful or shape.hard
            for value, documented in itertools.islice(self._candidates(schemas, shape, name, work), _MOST_CANDIDATES):
                if not (must_prove or documented) or self._satisfies(schemas, value):
                    return Outcome(value, valid=True, cut=work.cut)
                best.append(value)
        if not best:
            raise _Impossible
        return Outcome(best[0], valid=False, cut=work.cut)

    def _satisfies(self, schemas: Iterable[Schema], value: Any) -> bool:
        return all(self._checker.is_valid(schema, value) for schema in schemas)

    def _candidates(
        self, schemas: tuple[Schema, ...], shape: Shape, name: str, work: _Work
    ) -> Iterator[tuple[Any, bool]]:
        closed_set = False
        for keyword, documented in shape.examples:
            closed_set = closed_set or keyword in {"enum", "const"}
            value = self.without_left_out(schemas, documented)
            if closed_set or self._satisfies(schemas, value):
                yield value, True
        if closed_set or shape.failed:
            return
        deep = len(work.stack) > _DEEPEST or any(place in work.stack for place in shape.places)
        inner = _Work((*work.stack, *heads(schemas)), careful=work.careful, room=work.room)
        try:
            for kind in sorted(shape.types or likely_types(shape), key=lambda kind: kind == "null"):
                for value in itertools.islice(self._of_kind(kind, shape, name, inner, deep=deep), _MOST_OF_KIND):
                    yield value, False
        finally:
            work.cut = work.cut or inner.cut or deep

    def _of_kind(self, kind: str, shape: Shape, name: str, work: _Work, *, deep: bool) -> Iterator[Any]:
        match kind:
            case "string":
                yield from texts(shape, name)
            case "integer" | "number":
                yield from numbers(shape, name, integer=kind == "integer")
            case "boolean":
                yield from (True, False)
            case "null":
                yield None
            case "array" if not deep or not shape.bounds.get("minItems"):
                yield from self._arrays(shape, name, work, deep=deep)
            case "object" if not deep:
                yield from self._objects(shape, work)
            case _:
                return

    # -- objects ----------------------------------------------------------------------------------------------------

    def _objects(self, shape: Shape, work: _Work) -> Iterator[Any]:
        properties = {
            name: parts for name, parts in shape.properties.items() if not is_left_out(parts, self._checker.direction)
        }
        left_out = shape.properties.keys() - properties.keys()
        required = [name for name in dict.fromkeys((*shape.required, *shape.tags)) if name not in left_out]
        optional = [name for name in properties if name not in required and is_plain(name, properties[name])]
        rest = [name for name in properties if name not in required and name not in optional]
        for chosen in (optional[:_MOST_OPTIONAL], [], optional[:_MOST_OPTIONAL] + rest):
            try:
                yield self._object(
                    shape, work, properties=properties, required=required, chosen=chosen, spare=[*optional, *rest]
                )
            except _Impossible:
                continue

    def _object(
        self,
        shape: Shape,
        work: _Work,
        *,
        properties: Mapping[str, list[Schema]],
        required: list[str],
        chosen: list[str],
        spare: list[str],
    ) -> dict[str, Any]:
        wanted = [name for name in properties if name in required or name in chosen]
        wanted += [name for name in required if name not in properties]
        wanted = self._with_dependents(shape, wanted)
        most = shape.bounds.get("maxProperties")
        while most is not None and len(wanted) > most and any(name not in required for name in wanted):
            wanted.remove([name for name in wanted if name not in required][-1])
        made: dict[str, Any] = {}
        for name in wanted:
            parts = self._member_schemas(shape, name)
            if name in shape.tags and self._satisfies(parts, shape.tags[name]):
                made[name] = shape.tags[name]
                continue
            try:
                outcome = self._made(parts, name, work)
            except _Impossible:
                if name in required:
                    raise
                continue
            if outcome.valid or name in required:
                made[name] = outcome.value
        least = int(min(shape.bounds.get("minProperties", 0), _MOST_ITEMS))
        for name in itertools.chain(spare, self._spare_names(shape, least)):
            if len(made) >= least:
                break
            if name not in made:
                made[name] = self._made(self._member_schemas(shape, name), name, work).value
        return made

    def _with_dependents(self, shape: Shape, names: list[str]) -> list[str]:
        wanted = list(names)
        for name in wanted:  # grows while it is walked
            wanted.extend(other for other in shape.dependent.get(name, ()) if other not in wanted)
        return wanted

    def _member_schemas(self, shape: Shape, name: str) -> tuple[Schema, ...]:
        matching = [schema for pattern, schema in shape.pattern_properties if matches(pattern, name)]
        parts = [*shape.properties.get(name, ()), *matching]
        return tuple(parts or shape.additional)

    def _spare_names(self, shape: Shape, count: int) -> Iterator[str]:
        for pattern, _schema in shape.pattern_properties:
            yield from texts_for(pattern)
        if shape.names:
            named = self.make(tuple(shape.names), "key")
            if isinstance(named.value, str):
                yield named.value
                yield from (other for other in others(named.value, count) if self._satisfies(shape.names, other))
        elif not shape.closed:
            yield from (f"key_{number}" for number in range(1, count + 1))

    # -- arrays -----------------------------------------------------------------------------------------------------

    def _arrays(self, shape: Shape, name: str, work: _Work, *, deep: bool) -> Iterator[Any]:
        least = int(shape.bounds.get("minItems", 0))
        most = shape.bounds.get("maxItems")
        has_items = bool(shape.items or shape.prefix or shape.contains)
        usual = max(least, 1 if has_items else 0)
        for count in dict.fromkeys((usual if most is None else min(usual, int(most)), least)):
            if count > work.room or (deep and count):
                continue
            inner = _Work(work.stack, careful=work.careful, room=work.room // max(count, 1))
            try:
                yield self._array(shape, name, count, inner)
            except _Impossible:
                continue
            finally:
                work.cut = work.cut or inner.cut

    def _array(self, shape: Shape, name: str, count: int, work: _Work) -> list[Any]:
        singular = name[:-1] if name.endswith("s") and not name.endswith("ss") else name
        made: list[Any] = []
        contained = int(shape.bounds.get("minContains", 1)) if shape.contains else 0
        if contained > work.room:
            raise _Impossible
        for index in range(max(count, contained)):
            parts = tuple(shape.prefix[index]) if index < len(shape.prefix) else tuple(shape.items)
            if index < contained:
                parts = (*shape.contains, *parts)
            value = self._made(parts, singular, work).value if parts else singular or "text"
            if shape.unique_items and value in made:
                value = self._another(parts, value, made)
            made.append(value)
        return made

    def _another(self, parts: tuple[Schema, ...], value: Any, taken: list[Any]) -> Any:
        members = [member for keyword, member in shape_of(parts, Choices(0)).examples if keyword == "enum"]
        for other in (*members, *others(value, len(taken) + 5)):
            if other not in taken and self._satisfies(parts, other):
                return other
        raise _Impossible
