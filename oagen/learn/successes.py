"""2xx: other requests that may succeed than the valid one that was designed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from oagen.learn.memory import Memory
from oagen.learn.pointing import with_listed_identifiers, with_member_names
from oagen.learn.seen import with_seen_values
from oagen.scenario import tree
from oagen.scenario.context import DesignContext
from oagen.scenario.model import Body, Capture, Literal, Request, Scenario, Unique, Value
from oagen.scenario.nouns import step_name
from oagen.scenario.requests import chosen_content, is_set_apart
from oagen.scenario.resources import last_fixed_segment
from oagen.spec.model import MediaType, Operation, Response, Schema

_MOST_CHOICES = 6  # of one member
_MOST_MEMBERS = 8  # that are added one by one
_MOST_EXAMPLES = 5
_MOST_IDENTITIES = 4


def other_successes(
    design: DesignContext, operation: Operation, response: Response, memory: Memory
) -> Iterator[Scenario]:
    """Yield requests that differ from the valid one in one thing each, the plainest first."""
    prepared = design.prepared(operation)

    def scenario(request: Request, reason: str) -> Scenario:
        return design.scenario(
            operation, response, technique="valid-request", reason=reason, given=prepared.given, when=request
        )

    for reason, listed, request in with_listed_identifiers(design, operation):
        yield design.scenario(operation, response, technique="valid-request", reason=reason, given=listed, when=request)
    yield from (scenario(request, reason) for reason, request in with_member_names(design, operation))
    yield from _again(design, operation, response)
    for given, request in with_seen_values(design, operation, memory):
        yield design.scenario(
            operation,
            response,
            technique="valid-request",
            reason="for a valid request with what is there",
            given=given,
            when=request,
        )
    content = chosen_content(operation.request_body)
    if content is not None and prepared.request.body is not None:
        for body, reason in _bodies(design, content, prepared.request.body):
            yield scenario(replace(prepared.request, body=body), reason)
    for request, reason in _arguments(design, operation, prepared.request):
        yield scenario(request, reason)
    for who in islice(design.cast.everybody, _MOST_IDENTITIES):
        if prepared.request.identity not in (None, who):
            yield scenario(replace(prepared.request, identity=who), f"for a valid request of {who}")


def _again(design: DesignContext, operation: Operation, response: Response) -> Iterator[Scenario]:
    """Yield the request sent a second time: many a creation answers otherwise where the thing is there."""
    if operation.method not in {"POST", "PUT"}:
        return
    prepared = design.prepared(operation)
    setup = design.setup(prepared)
    setup.step(step_name(last_fixed_segment(operation.path)), prepared.request)
    yield design.scenario(
        operation,
        response,
        technique="repeated-request",
        reason="when it has been done before",
        given=setup.given,
        when=prepared.request,
    )


def _bodies(design: DesignContext, content: MediaType, body: Body) -> Iterator[tuple[Body, str]]:
    for example in content.examples[:_MOST_EXAMPLES]:
        yield replace(body, value=Literal(example.value)), f"for the example {example.name or 'given'}"
    if content.schema is None:
        return
    shape = design.shapes.of(content.schema)
    members = dict(tree.members(body.value))
    optional = [name for name in members if name not in shape.required]
    if optional:
        yield _with(body, tuple((name, members[name]) for name in members if name in shape.required)), "at its plainest"
    for name, inner in shape.members.items():
        outline = design.shapes.of(inner)
        if outline.types == {"object"} and not outline.members and outline.keywords.get("additionalProperties", True):
            own = tree.obj((("name", Unique("alpha-????????", name=name)),))
            yield replace(body, value=tree.put(body.value, (name,), own)), f"with {name} of its own"
    for name in optional[:_MOST_CHOICES]:
        kept = tuple((other, member) for other, member in members.items() if other != name)
        yield _with(body, kept), f"without {name}"
    for name, inner in shape.members.items():
        for choice in _choices(design, inner)[:_MOST_CHOICES]:
            if members.get(name) != Literal(choice):
                yield replace(body, value=tree.put(body.value, (name,), Literal(choice))), f"with {name} {choice}"
    absent = [name for name in shape.members if name not in members]
    for name in absent[:_MOST_MEMBERS]:
        made = design.examples.example(shape.members[name], name=name)
        yield replace(body, value=tree.put(body.value, (name,), made)), f"with {name}"
    for name, value in members.items():
        for other in _other_kinds(design, shape.members.get(name), value):
            yield replace(body, value=tree.put(body.value, (name,), Literal(other))), f"with another {name}"
    if len(absent) > 1:
        filled: Value = body.value
        for name in absent:
            filled = tree.put(filled, (name,), design.examples.example(shape.members[name], name=name))
        yield replace(body, value=filled), "with everything"


def _other_kinds(design: DesignContext, schema: Schema | None, now: Value) -> list[object]:
    """Return values of other kinds for a place of which the document does not say what it is."""
    if schema is None or isinstance(now, Capture):
        return []
    shape = design.shapes.of(schema)
    if not shape.types and "enum" not in shape.keywords and "const" not in shape.keywords:
        return [1, 0.5, True, {}, ["example"]]
    if shape.types == {"array"} and (shape.items is None or not design.shapes.of(shape.items).types):
        return [[0.5], [[0.1, 0.2, 0.3]], [{}], []]
    return []


def _with(body: Body, members: tuple[tuple[str, Value], ...]) -> Body:
    return replace(body, value=tree.obj(members))


def _arguments(design: DesignContext, operation: Operation, request: Request) -> Iterator[tuple[Request, str]]:
    present = {(argument.name, argument.where) for argument in request.arguments}
    for index, argument in enumerate(request.arguments):
        parameter = next((item for item in operation.parameters if item.name == argument.name), None)
        if parameter is None:
            continue
        shown = [example.value for example in parameter.examples]
        choices = _choices(design, parameter.schema) if parameter.schema is not None else []
        for value in [*shown, *choices][:_MOST_CHOICES]:
            if argument.value != Literal(value):
                arguments = list(request.arguments)
                arguments[index] = replace(argument, value=Literal(value))
                yield replace(request, arguments=tuple(arguments)), f"with {argument.name} {value}"
    optional = [
        design.requests.argument(item)
        for item in operation.parameters
        if (item.name, item.where) not in present and not is_set_apart(item)
    ]
    if optional:
        yield replace(request, arguments=(*request.arguments, *optional)), "with every parameter"
    for argument in optional[:_MOST_CHOICES]:
        yield replace(request, arguments=(*request.arguments, argument)), f"with {argument.name}"


def _choices(design: DesignContext, schema: Schema | None) -> list[object]:
    keywords = design.shapes.of(schema).keywords if schema is not None else {}
    values = keywords.get("enum")
    return [value for value in values if isinstance(value, (str, int))] if isinstance(values, list) else []
