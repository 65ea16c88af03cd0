"""The valid request of an operation, with the places marked where another resource's identifier belongs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from oagen.scenario import tree
from oagen.scenario.identities import is_credential
from oagen.scenario.model import Argument, ArrayOf, Body, Literal, PartEncoding, Request, Unique, Value
from oagen.scenario.nouns import is_opaque, is_plural_identifier
from oagen.scenario.producers import Producers
from oagen.scenario.resources import placeholders
from oagen.scenario.shapes import is_json, json_content
from oagen.scenario.wire.media_types import essence
from oagen.spec.model import (
    MediaType,
    Operation,
    Parameter,
    ParameterLocation,
    RequestBody,
    Schema,
    Style,
)

_IGNORED_HEADERS = frozenset({"accept", "content-type", "authorization"})  # OpenAPI 3.2, Parameter Object: `name`
_ONCE_ONLY = re.compile(r"idempoten|request-?id|correlation|nonce", re.IGNORECASE)
_PRECONDITIONS = frozenset({"if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "range"})
_UNIQUE_ID = Unique("^^^^^^^^-^^^^-4^^^-8^^^-^^^^^^^^^^^^", name="idempotency")
_BODILESS = frozenset({"GET", "HEAD", "DELETE", "OPTIONS", "TRACE"})


class Examples(Protocol):
    """Makes values that satisfy a schema; see `oagen.scenario.values`."""

    def example(self, schema: Schema | None, *, name: str = "", unique: bool = False) -> Value:
        """Return a value that the schema allows."""

    def example_for_parameter(self, parameter: Parameter) -> Value:
        """Return a value for a parameter, the documented example first."""

    def example_for_body(self, media_type: MediaType, *, unique: bool = False) -> Value:
        """Return a body of a media type, the documented example first."""

    def own_number(self, schema: Schema, *, name: str) -> Value | None:
        """Return a number that no other test uses, within what the schema allows; None where it leaves no room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hole:
    """A place of a request that wants the identifier of a resource.

    Attributes:
        key: Key of the resource, `/orders/{}`.
        argument: Index of the argument; None where it is in the body.
        path: Place in the body.
    """

    key: str
    argument: int | None = None
    path: tree.Path = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A valid request whose identifiers are still examples, and the holes to put real ones in."""

    request: Request
    holes: tuple[Hole, ...]


class Requests:
    """The templates of a description's operations, each made once."""

    def __init__(self, producers: Producers, examples: Examples) -> None:
        self._producers = producers
        self._examples = examples
        self._known: dict[str, Template] = {}

    def template(self, operation: Operation) -> Template:
        """Return the valid request of an operation: all that is required, and the body as its example shows it."""
        known = self._known.get(operation.key)
        if known is None:
            known = self._known[operation.key] = self._make(operation)
        return known

    def forget(self) -> None:
        """Make every template anew when it is next asked for: who produces what has changed."""
        self._known.clear()

    def argument(self, parameter: Parameter, value: Value | None = None) -> Argument:
        """Return a parameter with a value to send, its example if none is given."""
        return Argument(
            name=parameter.name,
            where=parameter.where,
            value=self._examples.example_for_parameter(parameter) if value is None else value,
            style=parameter.style,
            explode=parameter.explode,
            media_type=parameter.media_type,
            allow_reserved=parameter.allow_reserved,
        )

    def unique(self, parameter: Parameter) -> Value:
        """Return a value for a parameter that no other test uses, within what its schema allows."""
        if parameter.schema is None:
            return Unique("????????", name=parameter.name)
        return self._examples.example(parameter.schema, name=parameter.name, unique=True)

    def _make(self, operation: Operation) -> Template:
        keys = {place.name: place.key for place in placeholders(operation.path)}
        arguments: list[Argument] = []
        holes: list[Hole] = []
        for parameter in operation.parameters:
            in_path = parameter.where is ParameterLocation.PATH
            if in_path and parameter.name not in keys:
                continue
            if not in_path and (not parameter.required or is_set_apart(parameter)):
                continue
            key = (
                keys.pop(parameter.name)
                if in_path
                else self._producers.reference(parameter.name, parameter.schema, operation)
            )
            once = parameter.where is ParameterLocation.HEADER and _ONCE_ONLY.search(parameter.name)
            if key is not None:
                holes.append(Hole(key=key, argument=len(arguments)))
            arguments.append(self.argument(parameter, _UNIQUE_ID if once else None))
        for name, key in keys.items():  # a placeholder that the document forgot to declare
            holes.append(Hole(key=key, argument=len(arguments)))
            arguments.append(
                Argument(name=name, where=ParameterLocation.PATH, value=Literal("1"), style=Style.SIMPLE, explode=False)
            )
        body, inner = self._body(operation)
        request = Request(method=operation.method, path=operation.path, arguments=tuple(arguments), body=body)
        return Template(request=request, holes=(*holes, *inner))

    def _body(self, operation: Operation) -> tuple[Body | None, tuple[Hole, ...]]:
        media_type = chosen_content(operation.request_body)
        if media_type is None or operation.request_body is None:
            return None, ()
        if operation.method in _BODILESS and not operation.request_body.required:
            return None, ()
        value = self._examples.example_for_body(media_type, unique=True)
        files = self._files(media_type)
        encodings = tuple(
            PartEncoding(
                name=encoding.name,
                content_type=encoding.content_types[0] if encoding.content_types else files.get(encoding.name),
                style=encoding.style,
                explode=encoding.explode,
            )
            for encoding in media_type.encodings
        )
        files = {name: kind for name, kind in files.items() if name not in {each.name for each in encodings}}
        encodings += tuple(PartEncoding(name=name, content_type=kind) for name, kind in files.items())
        holes: list[Hole] = []
        if media_type.schema is not None:
            value = self._with_own_number(operation, media_type.schema, value)
            for change in self._references(media_type.schema, value, (), operation, 4):
                if isinstance(change, Hole):
                    holes.append(change)
                else:
                    value = tree.drop(value, change)
        name = "application/json" if "*" in media_type.name else media_type.name
        return Body(media_type=name, value=value, encodings=encodings), tuple(holes)

    def _files(self, media_type: MediaType) -> dict[str, str]:
        """Return the members of a multipart body that are files, with their content types.

        OpenAPI 3.0, Encoding Object: `format: binary`; 3.1: `contentMediaType`, without a `contentEncoding`.
        """
        if media_type.schema is None or essence(media_type.name) != "multipart/form-data":
            return {}
        found = {}
        for name, schema in self._producers.shapes.of(media_type.schema).members.items():
            shape = self._producers.shapes.of(schema)
            if shape.items is not None:
                shape = self._producers.shapes.of(shape.items)
            kind = shape.keywords.get("contentMediaType")
            if isinstance(kind, str) and "contentEncoding" not in shape.keywords:
                found[name] = kind
            elif shape.keywords.get("format") == "binary":
                found[name] = "application/octet-stream"
        return found

    def _with_own_number(self, operation: Operation, schema: Schema, body: Value) -> Value:
        """Return a creation's body with a number of its own where the client chooses the resource's identifier."""
        place = self._producers.chosen_in_body(operation, schema) if operation.method == "POST" else None
        shown = tree.at(body, place) if place is not None else None
        if place is None or not isinstance(shown, Literal) or type(shown.value) is not int:
            return body
        inner: Schema | None = schema
        for token in place:
            inner = self._producers.shapes.of(inner).members.get(str(token)) if inner is not None else None
        number = self._examples.own_number(inner, name=str(place[-1])) if inner is not None else None
        return body if number is None else tree.put(body, place, number)

    def _references(
        self, schema: Schema, value: Value, path: tree.Path, operation: Operation, depth: int
    ) -> Iterator[Hole | tree.Path]:
        """Yield the holes of a body, and the places of optional identifiers that nobody can provide."""
        shape = self._producers.shapes.of(schema)
        for name, member in tree.members(value):
            inner = shape.members.get(name)
            if inner is None:
                continue
            place = (*path, name)
            key = self._producers.reference(name, inner, operation)
            elements = tree.items(member)
            listed = isinstance(member, ArrayOf) or (isinstance(member, Literal) and isinstance(member.value, list))
            if key is not None and name not in shape.required and not self._producers.makes(key):
                yield place  # an optional identifier of what may not be there
                continue
            if key is not None and listed and elements and not tree.members(elements[0]):
                yield Hole(key=key, path=(*place, 0))
                continue
            if key is not None and not listed and not tree.members(member):
                yield Hole(key=key, path=place)
                continue
            unknown = is_opaque(name) and (name.lower() != "id" or not path) and name not in shape.required
            if unknown and not tree.members(member) and not (listed and not is_plural_identifier(name)):
                yield place
                continue
            if depth > 0 and tree.members(member):
                yield from self._references(inner, member, place, operation, depth - 1)
            elif depth > 0 and (items := self._producers.shapes.of(inner).items) is not None:
                for index, element in enumerate(elements):
                    yield from self._references(items, element, (*place, index), operation, depth - 1)


def chosen_content(body: RequestBody | None) -> MediaType | None:
    """Return the media type that requests are sent in: JSON where it is documented, else a form, else the first."""
    if body is None or not body.content:
        return None
    plain = json_content(body.content)
    if plain is not None:
        return plain
    forms = (item for item in body.content if "form" in item.name)
    return next(forms, body.content[0])


def is_set_apart(parameter: Parameter) -> bool:
    """Tell whether a parameter is not an ordinary argument: a credential, negotiation, or a precondition."""
    if parameter.where is not ParameterLocation.HEADER:
        return False
    name = parameter.name.lower()
    return name in _IGNORED_HEADERS or name in _PRECONDITIONS or is_credential(parameter)


def precondition(operation: Operation, name: str) -> Parameter | None:
    """Return the header parameter of a precondition (RFC 9110, section 13) that the operation documents, or None."""
    return next(
        (
            parameter
            for parameter in operation.parameters
            if parameter.where is ParameterLocation.HEADER and parameter.name.lower() == name.lower()
        ),
        None,
    )


def with_header(request: Request, name: str, value: Value) -> tuple[Argument, ...]:
    """Return a request's arguments with a header set, in the place of one of that name."""
    kept = tuple(
        argument
        for argument in request.arguments
        if argument.where is not ParameterLocation.HEADER or argument.name.lower() != name.lower()
    )
    header = Argument(name=name, where=ParameterLocation.HEADER, value=value, style=Style.SIMPLE, explode=False)
    return (*kept, header)


def sends_json(request: Request) -> bool:
    """Tell whether a request has a JSON body that is written from a value."""
    body = request.body
    return body is not None and not body.raw and body.media_type is not None and is_json(body.media_type)
