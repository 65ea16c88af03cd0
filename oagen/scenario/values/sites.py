"""The places of a value where a constraint may be broken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from oagen.scenario.values.examples import ExampleMaker
from oagen.scenario.values.shapes import FittingChoices, Shape, shape_of
from oagen.spec.model import Location, Schema

_DEEPEST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One node of a valid value, and what it must be.

    Attributes:
        path: Keys and indexes from the root.
        name: Of the property or parameter.
        label: As a phrase calls it, `items[0].quantity`.
        value: The valid JSON value that stands there, or would.
        present: Whether it stands there; an optional property that is absent does not.
        textual: Whether the value is sent as text, so that types can hardly be told apart.
    """

    path: tuple[str | int, ...]
    name: str
    label: str
    shape: Shape
    value: Any
    present: bool
    textual: bool

    @property
    def pointer(self) -> str:
        """The path as RFC 6901 has it."""
        return Location("", "").child(*self.path).pointer


@dataclass(frozen=True, slots=True)
class SiteFinder:
    """Walks a valid value along its schema.

    Attributes:
        maker: Makes the values of optional properties that are absent.
        textual: See `Site`.
    """

    maker: ExampleMaker
    textual: bool

    def sites(
        self,
        schemas: tuple[Schema, ...],
        value: Any,
        *,
        name: str,
        label: str,
        path: tuple[str | int, ...] = (),
        present: bool = True,
    ) -> Iterator[Site]:
        """Yield the node itself, then those below; of an array the first item alone."""
        shape = shape_of(schemas, FittingChoices(value, self.maker.checker.is_valid))
        yield Site(path=path, name=name, label=label, shape=shape, value=value, present=present, textual=self.textual)
        if not present or len(path) >= _DEEPEST:
            return
        if isinstance(value, dict):
            yield from self._members(shape, value, label, path)
        elif isinstance(value, list) and value:
            parts = shape.prefix[0] if shape.prefix else shape.items
            if parts:
                yield from self.sites(tuple(parts), value[0], name=name, label=f"{label or 'body'}[0]", path=(*path, 0))

    def _members(self, shape: Shape, value: dict[str, Any], label: str, path: tuple[str | int, ...]) -> Iterator[Site]:
        left_out = self.maker.checker.direction.value
        for key, parts in shape.properties.items():
            called = f"{label}.{key}" if label else key
            schemas = tuple(parts)
            if key in value:
                yield from self.sites(schemas, value[key], name=key, label=called, path=(*path, key))
            elif not any(isinstance(part.raw, dict) and part.raw.get(left_out) is True for part in parts):
                made = self.maker.plain(parts[0], key)
                if isinstance(made, str | int | float):
                    yield from self.sites(schemas, made, name=key, label=called, path=(*path, key), present=False)
