"""What the document says of single values: those it names, and where in a body which types may stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from oagen.errors import DocumentError
from oagen.fuzz.slots import fit_for_argument
from oagen.scenario.model import Argument, Literal
from oagen.scenario.wire.media_types import is_json
from oagen.spec.model import Operation, Parameter, Schema

_MOST_VALUES = 8
_MOST_PLACES = 60
_DEEPEST = 5
_UUID = "00000000-0000-4000-8000-000000000000"
_TEXTS = {"date": "2024-01-01", "date-time": "2024-01-01T00:00:00Z", "uuid": _UUID, "uri": "http://a", "email": "a@b.c"}
_RESTRICTING = frozenset({"enum", "const", "pattern", "format"})
_COMPOSING = frozenset({"$ref", "allOf", "anyOf", "oneOf", "not", "if"})
_ANY = ["string", "number", "array", "object"]
_PLAIN: dict[str, Any] = {"integer": 1, "number": 1.5, "boolean": True, "array": [], "object": {}, "null": None}

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a body that the document describes.

    Attributes:
        named: Values that the document itself names.
        plain: One value of each type that may stand there.
        free: Whether any text may stand there, as far as the document tells.
    """

    path: Path
    named: tuple[Any, ...]
    plain: tuple[Any, ...]
    free: bool = False


def documented_values(parameter: Parameter) -> tuple[Any, ...]:
    """Return the values of an enumeration, the default, the examples and the bounds, as far as there are any."""
    examples = tuple(example.value for example in parameter.examples)
    if parameter.schema is None:
        return examples[:_MOST_VALUES]
    values = [value for branch in _branches(parameter.schema) for value in _named(branch)]
    return (*values, *examples)[:_MOST_VALUES]


def plain_value(parameter: Parameter) -> Any:
    """Return a value of the parameter's type: not necessarily a valid one, but something to start from."""
    if parameter.schema is None:
        return "a"
    values = [value for branch in _branches(parameter.schema) for value in _plain(branch) if value is not None]
    return values[0] if values else "a"


def argument_for(parameter: Parameter, value: Any) -> Argument:
    """Return the argument that gives a parameter a value."""
    return Argument(
        name=parameter.name,
        where=parameter.where,
        value=Literal(fit_for_argument(value)),
        style=parameter.style,
        explode=parameter.explode,
        media_type=parameter.media_type,
    )


def parameter_of(operation: Operation, argument: Argument) -> Parameter | None:
    """Return the parameter that an argument is for; None for one that the document does not have."""
    for parameter in operation.parameters:
        if parameter.name == argument.name and parameter.where is argument.where:
            return parameter
    return None


def body_places(operation: Operation) -> tuple[Place, ...]:
    """Return the places of the operation's JSON or form body, shallow ones first; optional ones included."""
    for media_type in operation.request_body.content if operation.request_body else ():
        if media_type.schema is not None and (is_json(media_type.name) or "form" in media_type.name):
            found: dict[Path, Place] = {}
            for place in _places(media_type.schema, (), frozenset()):
                known = found.get(place.path)
                if known is not None:
                    place = Place(  # noqa: PLW2901
                        place.path, (*known.named, *place.named), (*known.plain, *place.plain), known.free or place.free
                    )
                found[place.path] = place
                if len(found) >= _MOST_PLACES:
                    break
            return tuple(sorted(found.values(), key=lambda place: len(place.path)))
    return ()


def _places(schema: Schema, path: Path, above: frozenset[str]) -> Iterator[Place]:
    if len(path) > _DEEPEST:
        return
    for branch in _branches(schema):
        raw = branch.raw
        if not isinstance(raw, dict) or str(branch.location) in above:
            continue
        if path:
            free = "a" in _plain(branch) and not _RESTRICTING.intersection(raw)
            yield Place(path, _named(branch), _plain(branch), free)
        inside = above | {str(branch.location)}
        properties = raw.get("properties")
        for name in properties if isinstance(properties, dict) else ():
            yield from _places(branch.sub("properties", name), (*path, name), inside)
        if isinstance(raw.get("items"), dict):
            yield from _places(branch.sub("items"), (*path, 0), inside)


def _branches(schema: Schema, depth: int = 0) -> Iterator[Schema]:
    """Yield a schema and those that it is put together from, references followed."""
    try:
        resolved = schema.resolved()
    except DocumentError:
        return
    yield resolved
    if not isinstance(resolved.raw, dict) or depth > _DEEPEST:
        return
    for keyword in ("allOf", "anyOf", "oneOf"):
        parts = resolved.raw.get(keyword)
        for index in range(len(parts) if isinstance(parts, list) else 0):
            yield from _branches(resolved.sub(keyword, index), depth + 1)


def _named(schema: Schema) -> tuple[Any, ...]:
    raw = schema.raw
    if not isinstance(raw, dict):
        return ()
    values = [*_list(raw.get("enum")), *_list(raw.get("examples"))]
    values += [raw[name] for name in ("const", "default", "example", "minimum", "maximum") if name in raw]
    return tuple(values[:_MOST_VALUES])


def _plain(schema: Schema) -> tuple[Any, ...]:
    raw = schema.raw
    if not isinstance(raw, dict):
        return ()
    kinds = [raw["type"]] if isinstance(raw.get("type"), str) else _list(raw.get("type"))
    if not kinds and _RESTRICTING.union(_COMPOSING).isdisjoint(raw):
        kinds = ["array"] if "items" in raw else ["object"] if "properties" in raw else _ANY
    form = str(raw.get("format"))
    return tuple(_TEXTS.get(form, "a") if kind == "string" else _PLAIN.get(str(kind)) for kind in kinds)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
