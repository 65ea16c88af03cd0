"""Literal values where a unit test has no earlier response to take them from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from oagen.errors import DocumentError
from oagen.scenario.model import RESPONSE, ArrayOf, Capture, Literal, ObjectOf, Request, Text, Value
from oagen.scenario.tree import map_leaves
from oagen.spec.model import Operation, Schema

_BY_FORMAT = {
    "uuid": "3f2b1c9e-8d47-4a65-9b1e-7c5d2f0a6e11",
    "date": "2026-03-14",
    "date-time": "2026-03-14T09:26:53Z",
    "email": "alice@example.com",
    "uri": "https://example.com/7",
}
_BY_TYPE: dict[str, Any] = {"integer": 7, "number": 7.5, "boolean": True, "array": [], "object": {}}
_OTHERWISE = "7"


class StandIns:
    """Values of the right type for the captures of one request."""

    def __init__(self, operation: Operation, request: Request) -> None:
        self._schemas: dict[Capture, Schema | None] = {}
        parameters = {(item.name, item.where): item.schema for item in operation.parameters}
        for argument in request.arguments:
            self._note(argument.value, parameters.get((argument.name, argument.where)))
        if request.body is not None:
            content = operation.request_body.content if operation.request_body is not None else ()
            schema = next((item.schema for item in content if item.name == request.body.media_type), None)
            self._note(request.body.value, schema)

    def __call__(self, value: Value) -> Value:
        """Return a value that can stand for a captured one; others, and what the test's own response holds, stay."""
        if not isinstance(value, Capture) or value.step == RESPONSE:
            return value
        return Literal(self._value(value))

    def _value(self, capture: Capture) -> Any:
        schema = _resolved(self._schemas.get(capture))
        if schema is None or not isinstance(schema.raw, Mapping):
            return _OTHERWISE
        raw = schema.raw
        if isinstance(raw.get("enum"), list) and raw["enum"]:
            return raw["enum"][0]
        if raw.get("format") in _BY_FORMAT:
            return _BY_FORMAT[raw["format"]]
        kind = raw.get("type")
        kind = next((item for item in kind if item != "null"), None) if isinstance(kind, list) else kind
        return _BY_TYPE.get(str(kind), _OTHERWISE)

    def _note(self, value: Value, schema: Schema | None) -> None:
        """Note which schema each capture in a value stands under."""
        match value:
            case Capture():
                self._schemas.setdefault(value, schema)
            case Text():
                for part in value.parts:
                    self._note(part, None)
            case ArrayOf():
                for item in value.items:
                    self._note(item, _below(schema, "items"))
            case ObjectOf():
                for name, item in value.members:
                    self._note(item, _below(schema, "properties", name))


def literally(request: Request, stand_ins: StandIns) -> Request:
    """Return a request with literal values instead of what earlier steps would have made."""
    body = request.body
    return replace(
        request,
        arguments=tuple(replace(one, value=map_leaves(one.value, stand_ins)) for one in request.arguments),
        body=body and replace(body, value=map_leaves(body.value, stand_ins)),
    )


def _below(schema: Schema | None, *tokens: str) -> Schema | None:
    resolved = _resolved(schema)
    try:
        return None if resolved is None else resolved.sub(*tokens)
    except (LookupError, TypeError):
        return None


def _resolved(schema: Schema | None) -> Schema | None:
    try:
        return None if schema is None else schema.resolved()
    except DocumentError:
        return None
