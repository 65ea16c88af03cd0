"""400 and 422: every constraint that the values layer knows how to break, beyond the few that were designed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from oagen.learn.memory import Memory
from oagen.learn.resourceless import refused_without_resources
from oagen.learn.seen import with_seen_values
from oagen.scenario.context import DesignContext, steps_of
from oagen.scenario.model import Given, Literal, Request, Scenario
from oagen.scenario.requests import is_set_apart
from oagen.scenario.techniques.meaning import RefusedMeaning
from oagen.scenario.techniques.violated import violated_requests
from oagen.scenario.values.violations import parameter_violations
from oagen.spec.model import Operation, Response

_FIRST = 2  # violations, before those about what is not there
_MOST_WITHOUT = 3


def other_refusals(
    design: DesignContext, operation: Operation, response: Response, memory: Memory
) -> Iterator[Scenario]:
    """Yield an operation's valid request with one constraint broken at a time, the most certain first."""

    def scenario(given: tuple[Given, ...], request: Request, phrase: str) -> Scenario:
        return design.scenario(
            operation, response, technique="violated-constraint", reason=f"when {phrase}", given=given, when=request
        )

    violations = violated_requests(design, operation)
    for violated in islice(violations, _FIRST):
        yield scenario(violated.given, violated.request, violated.phrase)
    for phrase, request in islice(refused_without_resources(design, operation), _MOST_WITHOUT):
        yield scenario((), request, phrase)
    for violated in violations:
        yield scenario(violated.given, violated.request, violated.phrase)
    for given, request in with_seen_values(design, operation, memory):
        yield from (
            scenario(given, *changed)
            for parameter in operation.parameters
            if not is_set_apart(parameter)
            for changed in _violated(design, operation, request, parameter.name)
        )
        break
    yield from RefusedMeaning().design(design, operation, response)
    prepared = design.prepared(operation)
    body, given = prepared.request.body, steps_of(prepared)
    if body is not None:
        broken = replace(body, value=Literal('{"'), raw=True, encodings=())
        yield scenario(given, replace(prepared.request, body=broken), "the body is no JSON text")
        yield scenario(
            given, replace(prepared.request, body=replace(body, value=Literal([]))), "the body is an empty array"
        )
        yield scenario(given, replace(prepared.request, body=None), "the body is missing")


def _violated(
    design: DesignContext, operation: Operation, request: Request, name: str
) -> Iterator[tuple[Request, str]]:
    parameter = next(item for item in operation.parameters if item.name == name)
    others = tuple(item for item in request.arguments if item.name != name or item.where is not parameter.where)
    for violation in parameter_violations(design.examples, parameter):
        sent = () if violation.missing else (design.requests.argument(parameter, violation.value),)
        yield replace(request, arguments=(*others, *sent)), violation.phrase
