"""Collect schemas from all documents under one roof, with every reference rewritten."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Any

from oagen.errors import DocumentError
from oagen.spec.keywords import SHAPES, Shape
from oagen.spec.model import Location, ReferenceResolver, Schema
from oagen.spec.pointers import split
from oagen.spec.references import Resolver

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]+")
_PREFIX = "#/components/schemas/"
# Names have a meaning only inside of their own document, and what is defined inside is collected by reference.
_DROPPED = frozenset(("$id", "$anchor", "$dynamicAnchor", "$schema", "$vocabulary", "$defs", "definitions"))


class ComponentNames:
    """Gives each place a name that OpenAPI allows and that no other place has.

    Args:
        reserved: Names that belong to given places, whoever asks first.
    """

    def __init__(self, reserved: dict[Location, str]) -> None:
        self._names: dict[Location, str] = {}
        self._taken: set[str] = set()
        for location, name in reserved.items():
            self._names[location] = self._free(name)

    def of(self, location: Location) -> str:
        """Return the name of a place, made from the end of its pointer or from its file's name."""
        if location not in self._names:
            tokens = split(location.pointer)
            self._names[location] = self._free(tokens[-1] if tokens else PurePosixPath(location.document).stem)
        return self._names[location]

    def _free(self, wanted: str) -> str:
        plain = _NOT_IN_NAMES.sub("_", wanted).strip("_") or "Schema"
        name, number = plain, 2
        while name in self._taken:
            name, number = f"{plain}_{number}", number + 1
        self._taken.add(name)
        return name


class SchemaCollector:
    """Copies schemas, and what they refer to, into one map of components; each is copied once.

    Attributes:
        components: The collected schemas by name.
    """

    def __init__(self, resolver: ReferenceResolver, names: ComponentNames) -> None:
        # One step at a time where the resolver can: a schema on the way may say something beside its `$ref`.
        self._step = resolver.step if isinstance(resolver, Resolver) else resolver.resolve
        self._names = names
        self._copies: dict[int, tuple[Any, dict[str, Any]]] = {}
        self._pending: list[tuple[dict[str, Any], dict[str, Any], Location]] = []
        self.components: dict[str, Any] = {}

    def copy(self, schema: Schema) -> dict[str, Any]:
        """Return a schema as an object whose references lead into `components`."""
        if isinstance(schema.raw, bool):
            return {} if schema.raw else {"not": {}}
        copied: dict[str, Any] = self._copy(schema.raw, schema.location)
        while self._pending:
            source, target, location = self._pending.pop()
            self._fill(source, target, location)
        return copied

    def _copy(self, raw: Any, location: Location) -> Any:
        if not isinstance(raw, dict):
            return raw
        known = self._copies.get(id(raw))
        if known is None:
            known = self._copies[id(raw)] = (raw, {})
            self._pending.append((raw, known[1], location))
        return known[1]

    def _fill(self, source: dict[str, Any], target: dict[str, Any], location: Location) -> None:
        for key, value in source.items():
            if key in _DROPPED:
                continue
            if key in ("$ref", "$dynamicRef"):
                target["$ref"] = self._rewritten(value, location)
            elif key == "discriminator" and isinstance(value, dict) and "mapping" in value:
                target[key] = {**value, "mapping": self._mapping(value["mapping"], location)}
            else:
                target[key] = self._below(key, value, location)

    def _below(self, key: str, value: Any, location: Location) -> Any:
        shape = SHAPES.get(key)
        if shape is Shape.SCHEMA or key == "items":
            return self._copy(value, location.child(key)) if isinstance(value, dict) else value
        if shape is Shape.SCHEMA_MAP:
            place = location.child(key)
            return {name: self._copy(item, place.child(name)) for name, item in value.items()}
        if shape is Shape.SCHEMA_LIST:
            place = location.child(key)
            return [self._copy(item, place.child(index)) for index, item in enumerate(value)]
        return value

    def _rewritten(self, reference: str, location: Location) -> str:
        """Return the reference into `components`, and collect what it leads to."""
        value, place = self._step(reference, location)
        name = self._names.of(place)
        if name not in self.components:
            self.components[name] = (
                ({} if value else {"not": {}}) if isinstance(value, bool) else self._copy(value, place)
            )
        return _PREFIX + name

    def _mapping(self, mapping: Any, location: Location) -> dict[str, Any]:
        found = {}
        for value, target in mapping.items() if isinstance(mapping, dict) else ():
            candidates = [target] if "/" in target or "#" in target else [f"#/components/schemas/{target}", target]
            for candidate in candidates:
                try:
                    found[value] = self._rewritten(candidate, location)
                except DocumentError:
                    continue
                break
        return found
