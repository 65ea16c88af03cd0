"""Declared links (OpenAPI 3.2, Link Object): which response hands which parameter to which operation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from oagen.scenario.resources import placeholders
from oagen.spec.model import Operation

_EXPRESSION = re.compile(
    r"\$(?P<side>request|response)\.(?P<part>body|header|path|query)(?:#(?P<pointer>.*)|\.(?P<name>.+))?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedValue:
    """What a runtime expression (OpenAPI 3.2, Runtime Expressions) points at.

    Attributes:
        sent: It is part of the request, not of the response.
        pointer: Into the body; None where it is not the body.
        name: Of the header or parameter; None where it is the body.
    """

    sent: bool
    part: str
    pointer: str | None = None
    name: str | None = None


def parse_expression(text: object) -> LinkedValue | None:
    """Return what a runtime expression points at; None for a constant or an expression nobody defined."""
    match = _EXPRESSION.fullmatch(text.strip("{}")) if isinstance(text, str) else None
    if match is None:
        return None
    body = match["part"] == "body"
    return LinkedValue(
        sent=match["side"] == "request",
        part=match["part"],
        pointer=(match["pointer"] or "") if body else None,
        name=None if body else match["name"],
    )


def linked_resources(operations: Iterable[Operation]) -> Iterator[tuple[str, Operation, LinkedValue]]:
    """Yield a resource's key, the source and the value, for each path parameter that a link of a 2xx response fills."""
    operations = tuple(operations)
    by_key = {operation.key: operation for operation in operations}
    for source in operations:
        for response in source.responses:
            if not response.status.startswith("2"):
                continue
            for link in response.links:
                target = by_key.get(link.target or "")
                if target is None:
                    continue
                expressions = {name.removeprefix("path."): text for name, text in link.parameters}
                for place in placeholders(target.path):
                    value = parse_expression(expressions.get(place.name))
                    if value is not None:
                        yield place.key, source, value
