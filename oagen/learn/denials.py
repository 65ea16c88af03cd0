"""401, 403, 404 and 409: other unknown identifiers, other senders, other steps before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from oagen.learn.memory import Memory
from oagen.learn.pointing import with_unknown_in_list
from oagen.learn.resourceless import without_resources
from oagen.learn.seen import with_seen_values
from oagen.scenario import tree
from oagen.scenario.context import DesignContext, steps_of
from oagen.scenario.model import Argument, Literal, Scenario
from oagen.scenario.nouns import is_opaque, phrase, step_name
from oagen.scenario.resources import last_fixed_segment, normal_path
from oagen.scenario.techniques.conflict import Conflict
from oagen.scenario.techniques.gone import after_deletion
from oagen.scenario.techniques.missing import UnknownIdentifier
from oagen.spec.model import Operation, ParameterLocation, Response, Style

_UNKNOWN = ("3f2b8c1e-5a77-4c1e-9f53-2a4b6c8d0e1f", 987654321, "no-such-thing", "zzzzzzzz", "0", -1)
_MOST_ACTIONS = 8
_TOKENS = ("Bearer unknown-token-of-nobody", "Basic bm9ib2R5Om5vdC10aGUtcGFzc3dvcmQ=", "Bearer x.y.z")


def other_unknowns(
    design: DesignContext, operation: Operation, response: Response, memory: Memory
) -> Iterator[Scenario]:
    """Yield requests for what is not there: other made-up identifiers in path, query and body, and after a deletion."""
    yield from UnknownIdentifier().references(design, operation, response)
    prepared = design.prepared(operation)
    for reason, listed in with_unknown_in_list(design, operation):
        yield design.scenario(
            operation,
            response,
            technique="unknown-identifier",
            reason=reason,
            given=steps_of(prepared),
            when=listed,
        )
    known = next(iter(with_seen_values(design, operation, memory)), None)
    given, request = known if known is not None else (steps_of(prepared), prepared.request)
    declared = {(item.name, item.where): item for item in operation.parameters}
    for index in reversed(range(len(request.arguments))):
        argument = request.arguments[index]
        parameter = declared.get((argument.name, argument.where))
        if argument.where is not ParameterLocation.PATH and not is_opaque(argument.name):
            continue
        for value in _UNKNOWN:
            schema = parameter.schema if parameter is not None else None
            if schema is not None and not design.examples.checker.is_valid(schema, value):
                continue
            arguments = list(request.arguments)
            arguments[index] = replace(argument, value=Literal(value))
            yield design.scenario(
                operation,
                response,
                technique="unknown-identifier",
                reason=f"when {argument.name} is unknown",
                given=given,
                when=replace(request, arguments=tuple(arguments)),
            )
    body = request.body
    if body is not None and not body.raw:
        for path, leaf in tree.walk(body.value):
            name = path[-1] if path else None
            if isinstance(name, str) and is_opaque(name) and not tree.members(leaf) and not tree.items(leaf):
                value = _UNKNOWN[1] if isinstance(leaf, Literal) and isinstance(leaf.value, int) else _UNKNOWN[0]
                yield design.scenario(
                    operation,
                    response,
                    technique="unknown-identifier",
                    reason=f"when {name} is unknown",
                    given=given,
                    when=replace(request, body=replace(body, value=tree.put(body.value, path, Literal(value)))),
                )
    yield from after_deletion(design, operation, response, "deleted-resource")


def other_conflicts(design: DesignContext, operation: Operation, response: Response) -> Iterator[Scenario]:
    """Yield the request after itself, and after each action on the same resource."""
    yield from Conflict().ways(design, operation, response)
    resource = _resource(operation.path)
    others = [
        other
        for other in design.description.operations
        if other.method in {"POST", "PUT", "PATCH"} and "{" in other.path and _resource(other.path) == resource
    ]
    for other in [operation, *(item for item in others if item is not operation)][:_MOST_ACTIONS]:
        setup = design.setup()
        prepared = setup.prepared(operation)
        name = step_name(last_fixed_segment(other.path))
        setup.step(name, setup.request(other))
        yield design.scenario(
            operation,
            response,
            technique="after-another",
            reason=f"after the {phrase(name)}" if other is not operation else "when it has been done before",
            given=setup.given,
            when=prepared.request,
        )


def other_senders(design: DesignContext, operation: Operation, response: Response) -> Iterator[Scenario]:
    """Yield the valid request from everybody else, from nobody, and with credentials that nobody has."""
    prepared = design.prepared(operation)
    who_may = prepared.request.identity
    for who in design.cast.everybody:
        if response.status == "403" and who != who_may:
            yield design.scenario(
                operation,
                response,
                technique="other-identity",
                reason=f"for {who}",
                given=steps_of(prepared),
                when=replace(prepared.request, identity=who),
                auth=True,
            )
    nobody = replace(prepared.request, identity=None)
    yield design.scenario(
        operation,
        response,
        technique="without-credentials",
        reason="without credentials",
        given=steps_of(prepared),
        when=nobody,
        auth=True,
    )
    if prepared.given and response.status == "401":
        yield design.scenario(
            operation,
            response,
            technique="without-credentials",
            reason="without credentials for what is not there",
            when=replace(without_resources(design, operation), identity=None),
            auth=True,
        )
    for token in _TOKENS:
        header = Argument(
            name="Authorization",
            where=ParameterLocation.HEADER,
            value=Literal(token),
            style=Style.SIMPLE,
            explode=False,
        )
        yield design.scenario(
            operation,
            response,
            technique="unknown-credentials",
            reason="with unknown credentials",
            given=steps_of(prepared),
            when=replace(nobody, arguments=(*nobody.arguments, header)),
            auth=True,
        )


def _resource(path: str) -> str:
    """Return the path up to its last parameter, without the names of parameters."""
    normal = normal_path(path)
    return normal[: normal.rfind("}") + 1]
