"""A resolver over documents in memory, and makers over it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

import pytest

from oagen.errors import DocumentError
from oagen.scenario.values.checking import Direction, SchemaChecker
from oagen.scenario.values.examples import ExampleMaker
from oagen.spec.model import Location, Schema


class MemoryResolver:
    """Follows `name#/pointer` references among documents given as values."""

    def __init__(self, documents: Mapping[str, Any]) -> None:
        self._documents = documents

    @property
    def documents(self) -> Mapping[str, Any]:
        return self._documents

    def line_of(self, location: Location) -> int | None:
        return None

    def resolve(self, reference: str, base: Location) -> tuple[Any, Location]:
        for _ in range(20):
            name, _, fragment = reference.partition("#")
            document = name or base.document
            value, location = self._documents.get(document), Location(document, "")
            for token in unquote(fragment).split("/")[1:]:
                key = token.replace("~1", "/").replace("~0", "~")
                try:
                    value = value[int(key)] if isinstance(value, list) else value[key]  # type: ignore[index]
                except (KeyError, IndexError, TypeError) as error:
                    raise DocumentError(f"{reference} points nowhere") from error
                location = location.child(key)
            if not (isinstance(value, dict) and list(value) == ["$ref"]):
                return value, location
            reference, base = value["$ref"], location
        raise DocumentError(f"{reference} points around in a circle")


MakeSchema = Callable[..., Schema]


@pytest.fixture
def resolver() -> MemoryResolver:
    return MemoryResolver({"api.yaml": {}})


@pytest.fixture
def schema_of() -> MakeSchema:
    """Return a function that places a raw schema, and named ones beside it, in a document."""

    def make(raw: Any, /, **components: Any) -> Schema:
        documents = {"api.yaml": {"root": raw, "components": {"schemas": components}}}
        return Schema(raw, Location("api.yaml", "/root"), MemoryResolver(documents))

    return make


@pytest.fixture
def checker_for() -> Callable[..., SchemaChecker]:
    def make(schema: Schema, direction: Direction = Direction.REQUEST) -> SchemaChecker:
        return SchemaChecker(schema.resolver, direction)

    return make


@pytest.fixture
def example_of() -> Callable[..., Any]:
    """Return a function that makes the example of a schema and asserts that it is valid."""

    def make(schema: Schema, name: str = "", *, unique: bool = False) -> Any:
        made = ExampleMaker(SchemaChecker(schema.resolver)).made(schema, name=name, unique=unique)
        assert made.valid, made
        return made.value

    return make
