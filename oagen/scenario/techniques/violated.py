"""An operation's valid request with one constraint of its document broken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from oagen.scenario import tree
from oagen.scenario.context import DesignContext, steps_of
from oagen.scenario.model import Given, Literal, Request
from oagen.scenario.requests import chosen_content, is_set_apart, sends_json
from oagen.scenario.values.violations import parameter_violations, violations
from oagen.spec.model import Operation, Parameter, ParameterLocation, Schema

_PLACES = (
    ParameterLocation.QUERY,
    ParameterLocation.QUERYSTRING,
    ParameterLocation.PATH,
    ParameterLocation.HEADER,
    ParameterLocation.COOKIE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Violated:
    """A request that breaks one constraint.

    Attributes:
        phrase: Reads after `when`: `quantity is below its minimum`.
        given: The steps it needs; a path parameter is refused before anything is looked up.
        in_path: A path parameter is wrong, so that a router may find nothing at that path.
    """

    keyword: str
    phrase: str
    request: Request
    given: tuple[Given, ...]
    in_path: bool = False


def violated_requests(context: DesignContext, operation: Operation) -> Iterator[Violated]:
    """Yield an operation's request with one constraint broken at a time: of the body, then of its parameters."""
    prepared = context.prepared(operation)
    steps = steps_of(prepared)
    yield from _in_body(context, operation, prepared.request, steps)
    for where in _PLACES:
        for parameter in operation.parameters:
            if parameter.where is where and not is_set_apart(parameter):
                in_path = where is ParameterLocation.PATH
                request = context.bare(operation) if in_path else prepared.request
                yield from _in_parameter(context, request, parameter, () if in_path else steps)


def _in_parameter(
    context: DesignContext, request: Request, parameter: Parameter, given: tuple[Given, ...]
) -> Iterator[Violated]:
    others = tuple(
        item for item in request.arguments if item.name != parameter.name or item.where is not parameter.where
    )
    for violation in parameter_violations(context.examples, parameter):
        sent = () if violation.missing else (context.requests.argument(parameter, violation.value),)
        yield Violated(
            keyword=violation.keyword,
            phrase=violation.phrase,
            request=replace(request, arguments=(*others, *sent)),
            given=given,
            in_path=parameter.where is ParameterLocation.PATH,
        )


def _in_body(
    context: DesignContext, operation: Operation, request: Request, given: tuple[Given, ...]
) -> Iterator[Violated]:
    content = chosen_content(operation.request_body)
    body = request.body
    if body is None or content is None or content.schema is None:
        return
    required = operation.request_body is not None and operation.request_body.required
    textual = not sends_json(request)
    for violation in violations(context.examples, content.schema, body.value):
        if textual and violation.keyword == "type" and _is_text_anyway(context, content.schema, violation.pointer):
            continue
        if violation.pointer == "" and violation.value == Literal(None) and not required:
            continue  # many servers take a null for no body
        yield Violated(
            keyword=violation.keyword,
            phrase=violation.phrase,
            request=replace(request, body=replace(body, value=violation.value)),
            given=given,
        )


def _is_text_anyway(context: DesignContext, schema: Schema, pointer: str) -> bool:
    """Tell whether a wrong type can't be seen in a text or a form: of the whole, and of what is text."""
    path = tuple(int(token) if token.isdecimal() else token for token in tree.tokens(pointer))
    shape = context.shape_at(schema, path)
    return not path or shape is None or not shape.types or bool(shape.types & {"string", "object", "array"})
