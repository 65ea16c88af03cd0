"""Values handed on: what the answer to a write was seen to show, in the place of another request that is called so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from oagen.learn.makers import Makers
from oagen.scenario import tree
from oagen.scenario.context import DesignContext, steps_of
from oagen.scenario.model import Capture, Given, Request
from oagen.scenario.nouns import phrase, step_name
from oagen.scenario.producers import Producer
from oagen.scenario.requests import chosen_content, is_set_apart
from oagen.scenario.resources import last_fixed_segment
from oagen.scenario.shapes import answer_schema
from oagen.spec.model import Operation, ParameterLocation, Schema

_MOST = 6  # places of one operation
_MOST_OBJECTS = 2  # for one place
_MOST_MAKERS = 5  # of one resource


def handed_on(
    design: DesignContext, operation: Operation, makers: Makers
) -> Iterator[tuple[str, tuple[Given, ...], Request]]:
    """Yield an operation's valid request with one such value each, and what a title calls it, with its steps."""
    prepared = design.prepared(operation)
    request = prepared.request
    found = 0
    for parameter in operation.parameters:
        if parameter.where is ParameterLocation.PATH or is_set_apart(parameter):
            continue
        for given, capture, of in _fresh(design, operation, makers, parameter.name):
            kept = (item for item in request.arguments if (item.name, item.where) != (parameter.name, parameter.where))
            argument = design.requests.argument(parameter, capture)
            yield f"the {parameter.name} of {of}", given, replace(request, arguments=(*kept, argument))
            found += 1
    content = chosen_content(operation.request_body)
    body = request.body
    if body is None or body.raw or content is None or content.schema is None:
        return
    for given, capture, of in _of_this_kind(design, operation, content.schema):
        yield of, given, replace(request, body=replace(body, value=capture))
    for name, schema in design.shapes.of(content.schema).members.items():
        for given, capture, of in _of_this_kind(design, operation, schema):
            yield of, given, replace(request, body=replace(body, value=tree.put(body.value, (name,), capture)))
        shape = design.shapes.of(schema)
        if found >= _MOST or shape.types & {"object", "array", "boolean"} or "enum" in shape.keywords:
            continue
        if isinstance(tree.at(body.value, (name,)), Capture):
            continue
        for given, capture, of in _fresh(design, operation, makers, name):
            value = tree.put(body.value, (name,), capture)
            yield f"the {name} of {of}", given, replace(request, body=replace(body, value=value))
            required = design.shapes.of(content.schema).required
            plain = tuple((member, inner) for member, inner in tree.members(value) if member in {*required, name})
            if plain != tree.members(value):
                bare = replace(request, body=replace(body, value=tree.obj(plain)))
                yield f"the {name} of {of} and no more than is required", given, bare
            found += 1


def made_otherwise(
    design: DesignContext, operation: Operation, makers: Makers
) -> Iterator[tuple[str, tuple[Given, ...], Request]]:
    """Yield an operation's valid request about a resource that another creation makes than the usual one.

    What a resource may be used for often depends on how it came to be.
    """
    places = {place.key: place for place in design.producers.identified()}
    for key in dict.fromkeys(hole.key for hole in design.requests.template(operation).holes):
        usual = design.producers.find(key)
        for producer in islice(makers.others(places[key], usual.operation.key if usual else ""), _MOST_MAKERS):
            if producer.pointer is None or producer.operation is operation:
                continue
            setup = design.setup()
            made = step_name(last_fixed_segment(producer.operation.path))
            step = setup.step(made, setup.request(producer.operation))
            setup.values[key] = Capture(step, pointer=producer.pointer)
            prepared = setup.prepared(operation)
            yield f"what the {phrase(made)} makes", steps_of(prepared), prepared.request


def _of_this_kind(
    design: DesignContext, operation: Operation, schema: Schema
) -> Iterator[tuple[tuple[Given, ...], Capture, str]]:
    """Yield an object out of the answers of others whose schema is this very one."""
    wanted = design.shapes.of(schema)
    if not wanted.members:
        return
    found = 0
    for other in design.producers.operations:
        answer = answer_schema(other) if other.method == "POST" and other is not operation else None
        members = design.shapes.of(answer).members if answer is not None else {}
        for name, inner in members.items():
            if design.shapes.of(inner).place == wanted.place and found < _MOST_OBJECTS:
                found += 1
                setup = design.setup(design.prepared(operation))
                made = step_name(last_fixed_segment(other.path))
                step = setup.step(made, setup.request(other))
                yield tuple(setup.given), Capture(step, pointer=tree.pointer((name,))), f"the {name} of {phrase(made)}"


def _fresh(
    design: DesignContext, operation: Operation, makers: Makers, name: str
) -> Iterator[tuple[tuple[Given, ...], Capture, str]]:
    producer: Producer | None = makers.showing(name)
    if producer is None or producer.operation is operation or producer.pointer is None:
        return
    setup = design.setup(design.prepared(operation))
    made = step_name(last_fixed_segment(producer.operation.path))
    step = setup.step(made, setup.request(producer.operation))
    yield tuple(setup.given), Capture(step, pointer=producer.pointer), f"a fresh {phrase(made)}"
