"""Requests about what is not there: for refusals that come before anything is looked up.

Where the resource that a request is about can't be made, a 401 or a 400 may still be drawn: without credentials an API
answers 401, and with them 404, so that the credentials are the reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from oagen.scenario import tree
from oagen.scenario.context import DesignContext
from oagen.scenario.model import Body, Capture, Literal, Request, Text, Value
from oagen.scenario.needs import captured_steps
from oagen.scenario.techniques.missing import unknown_value
from oagen.scenario.techniques.violated import violated_requests
from oagen.spec.model import Operation, ParameterLocation


def without_resources(design: DesignContext, operation: Operation) -> Request:
    """Return an operation's valid request with identifiers in its path that nothing has."""
    return _unresolved(design, operation, design.bare(operation))


def refused_without_resources(design: DesignContext, operation: Operation) -> Iterator[tuple[str, Request]]:
    """Yield such a request with one constraint broken at a time, and what a title calls it; none about nothing."""
    if not design.prepared(operation).given:
        return
    plain = without_resources(design, operation)
    if plain.body is not None:
        yield "the body is no JSON text", replace(plain, body=_broken(plain.body))
    for violated in violated_requests(design, operation):
        request = violated.request
        if violated.in_path or next(captured_steps([request.body.value] if request.body else []), None) is not None:
            continue
        yield violated.phrase, _unresolved(design, operation, request)


def _broken(body: Body) -> Body:
    return replace(body, value=Literal('{"'), raw=True, encodings=())


def _unresolved(design: DesignContext, operation: Operation, request: Request) -> Request:
    declared = {item.name: item for item in operation.parameters if item.where is ParameterLocation.PATH}

    def unknown(name: str, value: Value) -> Value:
        return unknown_value(design, declared[name]) if name in declared else value

    arguments = tuple(
        replace(item, value=unknown(item.name, item.value)) if item.where is ParameterLocation.PATH else item
        for item in request.arguments
    )
    kept = tuple(item for item in arguments if next(captured_steps([item.value]), None) is None)
    return replace(request, arguments=kept, body=_plain_body(request.body))


def _plain_body(body: Body | None) -> Body | None:
    """Return the body without what would come from steps."""
    if body is None:
        return None
    value = body.value
    for path, leaf in reversed(list(tree.walk(value))):
        if path and isinstance(leaf, (Capture, Text)) and next(captured_steps([leaf]), None) is not None:
            value = tree.drop(value, path)
    return replace(body, value=value)
