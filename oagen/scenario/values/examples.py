"""Readable example values that are valid against their schema."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from oagen.errors import OagenError
from oagen.scenario.model import Literal, Value
from oagen.scenario.values.checking import SchemaChecker, SchemaError
from oagen.scenario.values.making import Maker
from oagen.scenario.values.names import text_for, words
from oagen.scenario.values.traits import says_nothing
from oagen.scenario.values.uniques import unique_number, unique_text, with_uniques
from oagen.spec.model import Example, MediaType, Parameter, Schema


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """An example value, and whether it satisfies its schema; if not it is the best that could be made."""

    value: Value
    valid: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedExample:
    """A documented example that breaks its own schema, and so is not used."""

    example: Example
    errors: tuple[SchemaError, ...]


class ExampleMaker:
    """Makes readable values: a documented example first, else by name, format, constraints and pattern.

    The same schema and name always give the same value. Results are kept by the schema's place.

    Args:
        checker: Proves the values; its direction decides whether `readOnly` properties are left out.
    """

    def __init__(self, checker: SchemaChecker) -> None:
        self.checker = checker
        self._maker = Maker(checker)

    def example(self, schema: Schema | None, *, name: str = "", unique: bool = False) -> Value:
        """Return a value for a schema; see `made`."""
        return self.made(schema, name=name, unique=unique).value

    def made(self, schema: Schema | None, *, name: str = "", unique: bool = False) -> Made:
        """Return a value for a schema, and whether it is valid.

        Args:
            schema: None where the document has none: any text will do.
            name: Of the property or parameter, in any spelling.
            unique: Whether properties that identify a thing (`email`, `sku`, ...) become `Unique`.
        """
        if schema is None:
            return Made(value=Literal(text_for(name) or " ".join(words(name)) or "text"), valid=True)
        outcome = self._maker.make((schema,), name)
        return self._finished(schema, outcome.value, name=name, valid=outcome.valid, unique=unique)

    def own_number(self, schema: Schema, *, name: str) -> Value | None:
        """Return an integer that no other test uses, within what the schema allows; None where it leaves no room."""
        return unique_number(self.checker, schema, name)

    def own(self, schema: Schema, *, name: str) -> Value | None:
        """Return a text or a number that no other request uses, whatever its name says; None where there is no room."""
        shown = self._maker.make((schema,), name).value
        if isinstance(shown, str):
            return unique_text(self.checker, (schema,), shown, name)
        return self.own_number(schema, name=name) if isinstance(shown, int) else None

    def plain(self, schema: Schema, name: str = "") -> Any:
        """Return the JSON value of an example without uniques."""
        return self._maker.make((schema,), name).value

    def branches(self, schema: Schema, name: str = "") -> Iterator[Any]:
        """Yield a valid JSON value for each combination of `oneOf` and `anyOf` branches that can be satisfied."""
        yield from self._maker.branches((schema,), name)

    def example_for_parameter(self, parameter: Parameter) -> Value:
        """Return a value for a parameter: its first documented example that is valid, else one for its schema."""
        for value in self._documented(parameter.schema, parameter.examples):
            return Literal(value)
        return self.example(parameter.schema, name=parameter.name)

    def example_for_body(self, media_type: MediaType, *, unique: bool = False) -> Value:
        """Return a value for a body: its first documented example that is valid, else one for its schema.

        Args:
            media_type: Of the request body. JSON gets `{}` where neither schema nor examples say what it is.
            unique: See `made`.
        """
        schema = media_type.schema or media_type.item_schema
        for value in self._documented(schema, media_type.examples):
            stripped = value if schema is None else self._maker.without_left_out((schema,), value)
            if schema is None:
                return Literal(stripped)
            return self._finished(schema, stripped, name="", valid=True, unique=unique).value
        structured = "json" in media_type.name or "form" in media_type.name
        if schema is None:
            return Literal({} if structured else "text")
        if structured and says_nothing(schema) and self.checker.is_valid(schema, {}):
            return Literal({})
        return self.example(schema, unique=unique)

    def refused_examples(self, item: Parameter | MediaType) -> Iterator[RefusedExample]:
        """Yield the documented examples, and the schema's own, that break their schema, for a warning."""
        if item.schema is None:
            return
        for example in (*item.examples, *_own_examples(item.schema)):
            errors = self.checker.errors(item.schema, self._maker.without_left_out((item.schema,), example.value))
            if errors:
                yield RefusedExample(example=example, errors=tuple(errors))

    def _documented(self, schema: Schema | None, examples: tuple[Example, ...]) -> Iterator[Any]:
        for example in examples:
            if schema is None or self.checker.is_valid(schema, self._maker.without_left_out((schema,), example.value)):
                yield example.value

    def _finished(self, schema: Schema, value: Any, *, name: str, valid: bool, unique: bool) -> Made:
        if unique:
            return Made(value=with_uniques(self.checker, schema, value, name), valid=valid)
        return Made(value=Literal(value), valid=valid)


def _own_examples(schema: Schema) -> Iterator[Example]:
    with contextlib.suppress(OagenError):
        schema = schema.resolved()
    if not isinstance(schema.raw, Mapping):
        return
    for keyword in ("example", "default"):
        if keyword in schema.raw:
            yield Example(value=schema.raw[keyword], location=schema.location.child(keyword))
    listed = schema.raw.get("examples")
    for index, value in enumerate(listed if isinstance(listed, list) else ()):
        yield Example(value=value, location=schema.location.child("examples", index))
