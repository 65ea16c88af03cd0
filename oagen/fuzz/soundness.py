"""Whether a request is one that an API can be held to: well-formed HTTP, and valid where the document describes it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from oagen.scenario.model import Argument, ArrayOf, Literal, ObjectOf, Request, Value
from oagen.scenario.values.checking import SchemaChecker
from oagen.scenario.wire.media_types import in_range, is_json
from oagen.spec.model import ApiDescription, Operation, ParameterLocation, RequestBody

_LONGEST_VALUE = 1_000
_LARGEST_BODY = 100_000
_UNCOMMON = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_SEPARATORS = re.compile(r"[/\\%?#;]")
_CONTROLLING = frozenset(
    {
        "accept",
        "accept-charset",
        "accept-encoding",
        "authorization",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "cookie",
        "expect",
        "host",
        "http2-settings",
        "te",
        "transfer-encoding",
        "upgrade",
        "x-http-method-override",
    }
)
_CONDITIONS = frozenset({"if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range", "range"})


def is_sound(request: Request, operation: Operation) -> bool:
    """Whether nothing about a request is wrong at the level of HTTP, where servers and proxies answer for themselves.

    Not sound are headers that steer HTTP, control characters, a path value that would change which path it is, what
    is much longer than usual, and a body that is not what its Content-Type says, or of a type that is not documented.
    """
    return all(_is_plain(argument) for argument in request.arguments) and _has_sound_body(request, operation)


def is_conditional(request: Request) -> bool:
    """Whether a request asks for something only under a condition, or for a part of it (RFC 9110, 13 and 14)."""
    return any(
        argument.where is ParameterLocation.HEADER and argument.name.lower() in _CONDITIONS
        for argument in request.arguments
    )


def _is_plain(argument: Argument) -> bool:
    if argument.raw or not isinstance(argument.value, Literal):
        return not argument.raw
    if argument.where is ParameterLocation.HEADER and argument.name.lower() in _CONTROLLING:
        return False
    value = argument.value.value
    text = "".join(map(str, value)) if isinstance(value, list) else str(value)
    if len(text) > _LONGEST_VALUE or not (text + argument.name).isprintable():
        return False
    if argument.where is ParameterLocation.PATH:
        scalar = isinstance(value, str | int | float)
        return scalar and bool(text.strip()) and text.strip(".") != "" and not _SEPARATORS.search(text)
    if argument.where in (ParameterLocation.HEADER, ParameterLocation.COOKIE):
        return text.isascii()
    return True


def _has_sound_body(request: Request, operation: Operation) -> bool:
    body = request.body
    if body is None:
        return True
    if body.raw or body.media_type is None:
        return False
    if "*" in body.media_type:
        return False
    _, named, charset = body.media_type.lower().partition("charset=")
    if named and charset.strip(' "') not in ("utf-8", "utf8", "us-ascii"):
        return False
    content = operation.request_body.content if operation.request_body else ()
    if not any(in_range(body.media_type, item.name) for item in content):
        return False
    if not isinstance(body.value, Literal):
        return not _has_doubled_key(body.value)
    return len(str(body.value.value)) <= _LARGEST_BODY and _is_plain_json(body.value.value)


def _has_doubled_key(value: Value) -> bool:
    if isinstance(value, ObjectOf):
        names = [name for name, _ in value.members]
        return len(set(names)) < len(names) or any(_has_doubled_key(item) for _, item in value.members)
    return isinstance(value, ArrayOf) and any(map(_has_doubled_key, value.items))


def _is_plain_json(value: Any) -> bool:
    """Whether JSON has a text for a value (it has none for NaN), and no text in it holds what parsers stumble over."""
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, str):
        return not _UNCOMMON.search(value)
    if isinstance(value, Mapping):
        return all(_is_plain_json(name) and _is_plain_json(item) for name, item in value.items())
    return not isinstance(value, list) or all(map(_is_plain_json, value))


class RequestValidity:
    """Tells whether sound requests are valid against the description.

    Args:
        description: What requests must be.
        checker: Checks values of requests.
    """

    def __init__(self, description: ApiDescription, checker: SchemaChecker) -> None:
        self._checker = checker
        self._templates = [_matcher(operation.path) for operation in description.operations]

    def is_valid(self, request: Request, operation: Operation) -> bool:
        """Whether every documented parameter, and the body, is there where it must be and satisfies its schema."""
        given: dict[tuple[str, ParameterLocation], list[Argument]] = {}
        for argument in request.arguments:
            given.setdefault((argument.name, argument.where), []).append(argument)
        for parameter in operation.parameters:
            arguments = given.pop((parameter.name, parameter.where), [])
            if len(arguments) > 1 or (not arguments and parameter.required):
                return False
            for argument in arguments:
                if isinstance(argument.value, Literal) and parameter.schema is not None:
                    value = argument.value.value
                    if not (_is_clear(value) and self._checker.is_valid(parameter.schema, value)):
                        return False
        return not given and self._has_valid_body(request, operation.request_body)

    def addresses_another(self, request: Request) -> bool:
        """Whether the values in the path make it that of another path template as well (`/orders/latest`)."""
        path = request.path
        for argument in request.arguments:
            if argument.where is ParameterLocation.PATH and isinstance(argument.value, Literal):
                path = path.replace("{" + argument.name + "}", str(argument.value.value))
        own = _matcher(request.path)
        return any(template != own and template.fullmatch(path) for template in self._templates)

    def _has_valid_body(self, request: Request, documented: RequestBody | None) -> bool:
        body = request.body
        if documented is None or body is None:
            return body is None and not (documented and documented.required)
        if body.media_type is None or not isinstance(body.value, Literal):
            return body.media_type is not None
        matching = [item for item in documented.content if in_range(body.media_type or "", item.name)]
        if not matching:
            return False
        media_type = min(matching, key=lambda item: item.name.count("*"))
        if media_type.schema is not None and "*" in media_type.name:
            return False  # what the schema says of a body whose type is left open, nobody can tell
        if not body.value.value and not isinstance(body.value.value, Mapping | list):
            return False  # `""`, `0`, `false` and `null` are taken for no body at all
        if media_type.schema is None:
            return True
        if not is_json(body.media_type) and not _is_flat(body.value.value):
            return False  # how arrays and objects stand in a form is read differently by every server
        return self._checker.is_valid(media_type.schema, body.value.value)


def _is_clear(value: Any) -> bool:
    """Whether every server reads a parameter's text as this value: not where it is empty, null or an object."""
    if isinstance(value, list):
        return bool(value) and all(_is_clear(item) and not isinstance(item, list) for item in value)
    return value is not None and value != "" and not isinstance(value, Mapping)


def _is_flat(value: Any) -> bool:
    return isinstance(value, Mapping) and not any(isinstance(item, Mapping | list) for item in value.values())


def _matcher(path: str) -> re.Pattern[str]:
    pieces = re.split(r"\{[^{}]*\}", path)
    return re.compile("[^/]+".join(map(re.escape, pieces)))
