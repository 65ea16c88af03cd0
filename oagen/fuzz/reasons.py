"""What is peculiar about a request: how it breaks the document, or which edge of it some value stands at."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from oagen.fuzz.peculiar import LATER, peculiarities
from oagen.scenario.model import Argument, ArrayOf, Body, Literal, ObjectOf, Request, Value
from oagen.scenario.values.checking import SchemaChecker
from oagen.scenario.values.examples import ExampleMaker
from oagen.scenario.values.phrasing import phrases_of
from oagen.scenario.values.sites import SiteFinder
from oagen.scenario.values.trees import to_json
from oagen.scenario.wire.media_types import in_range, is_json
from oagen.spec.model import ApiDescription, Operation, Parameter, ParameterLocation, Schema

_MOST = 3
_SHORT = 60  # characters of a text that may be a number


class Reasons:
    """Tells what is peculiar about requests, by looking at them: whatever they were drawn for, it is true of them.

    Args:
        description: What requests should be.
    """

    def __init__(self, description: ApiDescription) -> None:
        self._operations = {operation.key: operation for operation in description.operations}
        self._paths = {operation.path for operation in description.operations}
        self._checker = SchemaChecker(description.resolver)
        self._finder = SiteFinder(ExampleMaker(self._checker), textual=False)

    def of(self, request: Request) -> str:
        """Return what is peculiar about a request, to read after "when"; empty where nothing is.

        What breaks the document comes first: `quantity is below its minimum`; else what stands at an edge of what is
        allowed (`quantity is at its minimum`), or is allowed and unusual (`note holds a NUL character`), unless that
        is so of many values.
        """
        operation = self._operations.get(request.operation)
        if operation is None:
            return "the method is not documented" if request.path in self._paths else ""
        found = [*self._broken_parameters(request, operation), *self._broken_body(request.body, operation)]
        if not found and len(found := [*dict.fromkeys(self._edges(request, operation))]) > _MOST:
            return ""  # a request that was never made smaller: none of it is peculiar
        return " and ".join(list(dict.fromkeys(found))[:_MOST])

    # -- what breaks the document -------------------------------------------------------------------------------------

    def _broken_parameters(self, request: Request, operation: Operation) -> Iterator[str]:
        for parameter in operation.parameters:
            given = _arguments(request, parameter)
            if not given and parameter.required and not _is_left_to_others(parameter):
                yield f"{parameter.name} is missing"
            if len(given) > 1 and not _is_array(parameter.schema):
                yield f"{parameter.name} is given {'twice' if len(given) == 2 else 'several times'}"  # noqa: PLR2004
            for argument in given[:1]:
                if argument.raw:
                    yield f"{parameter.name} is encoded in an unusual way"
                elif isinstance(argument.value, Literal) and parameter.schema is not None:
                    yield from self._broken_text(parameter.schema, argument.value.value, parameter.name)

    def _broken_text(self, schema: Schema, value: Any, name: str) -> Iterator[str]:
        """Yield what is wrong with a value that is sent as text, which may be read as what the schema wants."""
        if any(self._checker.is_valid(schema, reading) for reading in _readings(value)):
            return
        if value in ("", [], {}):
            yield f"{name} is empty"
            return
        best = min((self._checker.errors(schema, reading) for reading in _readings(value)), key=_wrong_types)
        for error in best:
            yield from phrases_of(error, value, name)

    def _broken_body(self, body: Body | None, operation: Operation) -> Iterator[str]:
        documented = operation.request_body
        if documented is None or body is None:
            if body is not None and operation.method not in ("POST", "PUT", "PATCH"):
                yield "a body is sent, and none is documented"
            if documented is not None and documented.required:
                yield "the body is missing"
            return
        matching = [item for item in documented.content if body.media_type and in_range(body.media_type, item.name)]
        if not matching:
            yield "the content type is not documented"
            return
        value, media_type = body.value, min(matching, key=lambda item: item.name.count("*"))
        textual = not is_json(body.media_type or "")
        if body.raw:
            if not isinstance(value, Literal) or media_type.schema is None or textual:
                return
            try:
                value = Literal(_parsed(value.value))
            except (ValueError, RecursionError):
                yield "the body is not JSON" if value.value else "the body is empty"
                return
        elif _has_doubled_key(value):
            yield "a name stands twice in the body"
        plain = _plain(value)
        if media_type.schema is None or "*" in media_type.name or isinstance(plain, bytes):
            return
        for error in self._checker.errors(media_type.schema, plain):
            if _is_later(error.pointer, plain) or (textual and error.keyword in ("type", "format")):
                continue
            yield from phrases_of(error, plain)

    # -- what is at an edge -------------------------------------------------------------------------------------------

    def _edges(self, request: Request, operation: Operation) -> Iterator[str]:
        for parameter in operation.parameters:
            for argument in _arguments(request, parameter):
                if isinstance(argument.value, Literal) and parameter.schema is not None:
                    yield from peculiarities(self._finder, parameter.schema, argument.value.value, parameter.name)
        body = request.body
        if body is None or operation.request_body is None or body.raw:
            return
        for media_type in operation.request_body.content:
            if media_type.schema is not None and body.media_type and in_range(body.media_type, media_type.name):
                yield from peculiarities(self._finder, media_type.schema, _plain(body.value))
                return


def _plain(value: Value) -> Any:
    """Return the JSON value of a body, with a text of its own for what is captured from an answer."""
    return to_json(value, unknown=lambda _value: LATER)


def _arguments(request: Request, parameter: Parameter) -> list[Argument]:
    return [item for item in request.arguments if item.name == parameter.name and item.where is parameter.where]


def _is_left_to_others(parameter: Parameter) -> bool:
    """Whether what sends the request gives a parameter its value (OpenAPI 3.2, Parameter Object, on headers)."""
    of_http = parameter.name.lower() in ("authorization", "accept", "content-type")
    return parameter.where is ParameterLocation.HEADER and of_http


def _is_array(schema: Schema | None) -> bool:
    return schema is None or not isinstance(schema.raw, Mapping) or schema.raw.get("type") in (None, "array")


def _readings(value: Any) -> Iterator[Any]:
    """Yield what the text that a value is sent as may be read as."""
    yield value
    if isinstance(value, str):
        try:
            yield json.loads(value) if len(value) < _SHORT else value
        except (ValueError, RecursionError):
            return
    elif isinstance(value, bool) or value is None:
        yield json.dumps(value)
    elif isinstance(value, int | float):
        yield repr(value) if isinstance(value, float) else hex(value) if abs(value) > 10**_SHORT else str(value)
    elif isinstance(value, list) and len(value) == 1:
        yield from _readings(value[0])
        return
    if not isinstance(value, list):
        yield [value]


def _wrong_types(errors: list[Any]) -> tuple[int, int]:
    return sum(error.keyword == "type" for error in errors), len(errors)


def _parsed(content: Any) -> Any:
    text = content.decode() if isinstance(content, bytes) else str(content)
    return json.loads(text, parse_constant=_refuse)


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _has_doubled_key(value: Value) -> bool:
    if isinstance(value, ObjectOf):
        names = [name for name, _ in value.members]
        return len(set(names)) < len(names) or any(_has_doubled_key(item) for _, item in value.members)
    return isinstance(value, ArrayOf) and any(map(_has_doubled_key, value.items))


def _is_later(pointer: str, value: Any) -> bool:
    """Whether what stands at a pointer is captured from an answer, so that nothing is known of it."""
    for segment in pointer.split("/")[1:]:
        key = segment.replace("~1", "/").replace("~0", "~")
        if isinstance(value, Mapping):
            value = value.get(key)
        else:
            value = value[int(key)] if isinstance(value, list) and key.isdecimal() and int(key) < len(value) else None
    return isinstance(value, str) and value == LATER
