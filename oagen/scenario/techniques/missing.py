"""404: an identifier of the right type that nothing has, and one whose resource was deleted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from oagen.scenario import tree
from oagen.scenario.context import DesignContext, documented, steps_of
from oagen.scenario.model import Literal, ProviderState, Request, Scenario, Value
from oagen.scenario.nouns import is_opaque, noun, referred_nouns, words
from oagen.scenario.requests import chosen_content, sends_json
from oagen.scenario.resources import made_noun, placeholders
from oagen.scenario.techniques.gone import after_deletion
from oagen.spec.model import Operation, Parameter, ParameterLocation, Response, Schema

_UUID = "00000000-0000-4000-8000-000000000000"
_LARGEST_INT32 = 2**31 - 1
_UNKNOWN = "no-such-thing"
_UUID_LIKE = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_HEX_LIKE = re.compile(r"(?=.*\d)[0-9a-f]{16,64}", re.IGNORECASE)


class UnknownIdentifier:
    """Requests that name something which is not there."""

    name = "unknown-identifier"

    def design(self, context: DesignContext, operation: Operation, response: Response) -> Iterator[Scenario]:
        """Yield the request with an unknown path parameter, or identifier in body or query; then after a deletion."""
        if response.status != "404":
            return
        names = [place.name for place in placeholders(operation.path)]
        parameters = [
            parameter
            for name in reversed(names)
            for parameter in operation.parameters
            if parameter.where is ParameterLocation.PATH and parameter.name == name and not _is_choice(parameter)
        ]
        for parameter in parameters[:2]:
            yield self._unknown(context, operation, response, parameter, names)
        if not parameters:
            yield from self.references(context, operation, response)
            return
        if "410" not in documented(operation) and operation.method != "POST":
            yield from after_deletion(context, operation, response, "deleted-resource")
        yield from self.references(context, operation, response, described=True)

    def _unknown(
        self, context: DesignContext, operation: Operation, response: Response, parameter: Parameter, names: list[str]
    ) -> Scenario:
        prepared = context.prepared(operation)
        value = unknown_value(context, parameter)
        last = parameter.name == names[-1]
        given, request = _without_last(context, operation) if last else (steps_of(prepared), prepared.request)
        return context.scenario(
            operation,
            response,
            technique=self.name,
            reason=f"when {parameter.name} is unknown",
            given=given,
            when=_with_path_argument(request, parameter.name, value),
        )

    def references(
        self, context: DesignContext, operation: Operation, response: Response, *, described: bool = False
    ) -> Iterator[Scenario]:
        """Yield the request with an unknown identifier of another resource in its body or query.

        Args:
            described: Only where the response's description speaks of that resource (`no such book or author`).
        """
        told = {noun(word) for word in words(response.description)}
        template = context.requests.template(operation)
        prepared = context.prepared(operation)
        in_path = {
            index
            for index, argument in enumerate(template.request.arguments)
            if argument.where is ParameterLocation.PATH
        }
        for hole in sorted(template.holes, key=lambda hole: hole.argument is not None):
            if hole.argument is None and prepared.request.body is not None:
                body = prepared.request.body
                original = tree.at(template.request.body.value, hole.path) if template.request.body else None
                value = _unlike(original)
                name = next((str(token) for token in reversed(hole.path) if isinstance(token, str)), "it")
                when = replace(prepared.request, body=replace(body, value=tree.put(body.value, hole.path, value)))
            elif hole.argument is not None and hole.argument not in in_path:
                argument = template.request.arguments[hole.argument]
                name, value = argument.name, _unlike(argument.value)
                arguments = list(prepared.request.arguments)
                arguments[hole.argument] = replace(argument, value=value)
                when = replace(prepared.request, arguments=tuple(arguments))
            else:
                continue
            if described and not told & set(referred_nouns(name)):
                continue
            yield context.scenario(
                operation,
                response,
                technique=self.name,
                reason=f"when {name} is unknown",
                given=steps_of(prepared),
                when=when,
            )
            return
        if described:
            return
        found = list(self._unknown_member(context, operation, response))
        yield from found or self._unknown_query(context, operation, response)

    def _unknown_member(self, context: DesignContext, operation: Operation, response: Response) -> Iterator[Scenario]:
        """Yield the request with an identifier in its body that the valid one leaves out, as nobody provides it."""
        content = chosen_content(operation.request_body)
        prepared = context.prepared(operation)
        body = prepared.request.body
        if content is None or content.schema is None or body is None or not sends_json(prepared.request):
            return
        own = made_noun(operation.path) if operation.method == "POST" else ""
        for name, schema in context.shapes.of(content.schema).members.items():
            nouns = referred_nouns(name)
            if any(own.endswith(of) for of in nouns):
                continue  # the identifier of what is made here, not of something that must be there
            if is_opaque(name) and nouns and context.shapes.of(schema).is_scalar:
                value = _unlike(context.examples.example(schema, name=name))
                yield context.scenario(
                    operation,
                    response,
                    technique=self.name,
                    reason=f"when {name} is unknown",
                    given=steps_of(prepared),
                    when=replace(prepared.request, body=replace(body, value=tree.put(body.value, (name,), value))),
                )
                return

    def _unknown_query(self, context: DesignContext, operation: Operation, response: Response) -> Iterator[Scenario]:
        for parameter in operation.parameters:
            if parameter.where is not ParameterLocation.QUERY or _is_choice(parameter):
                continue
            if is_opaque(parameter.name) or (parameter.required and parameter.schema is not None):
                prepared = context.prepared(operation)
                kept = tuple(item for item in prepared.request.arguments if item.name != parameter.name)
                argument = context.requests.argument(parameter, unknown_value(context, parameter))
                yield context.scenario(
                    operation,
                    response,
                    technique=self.name,
                    reason=f"when {parameter.name} is unknown",
                    given=steps_of(prepared),
                    when=replace(prepared.request, arguments=(*kept, argument)),
                )
                return


def unknown_value(context: DesignContext, parameter: Parameter) -> Value:
    """Return a value for a parameter, of its type and within its schema, that identifies nothing."""
    shape = context.shapes.of(parameter.schema) if parameter.schema is not None else None
    keywords: Mapping[str, Any] = shape.keywords if shape is not None else {}
    example = context.examples.example_for_parameter(parameter)
    if shape is not None and shape.types and shape.types <= {"integer", "number"}:
        return Literal(_large(keywords))
    if keywords.get("format") == "uuid":
        return Literal(_UUID)
    guess = _unlike(example)
    if parameter.schema is None or context.examples.checker.is_valid(parameter.schema, _plain(guess)):
        return guess
    return context.requests.unique(parameter)


def _unlike(example: Value | None) -> Value:
    """Return an identifier of the same look as an example, which nothing has."""
    shown = example.value if isinstance(example, Literal) else None
    if isinstance(shown, (int, float)) and not isinstance(shown, bool):
        return Literal(_LARGEST_INT32)
    if isinstance(shown, str) and shown.isdecimal() and len(shown) <= len(str(_LARGEST_INT32)):
        return Literal(str(_LARGEST_INT32))
    if isinstance(shown, str) and _UUID_LIKE.fullmatch(shown):
        return Literal(_UUID)
    if isinstance(shown, str) and _HEX_LIKE.fullmatch(shown):
        return Literal("f" * len(shown))
    return Literal(_UNKNOWN)


def _large(keywords: Mapping[str, Any]) -> int:
    """Return the largest 32-bit integer that the bounds allow."""
    limits = [_LARGEST_INT32]
    if isinstance(maximum := keywords.get("maximum"), (int, float)):
        limits.append(int(maximum))
    if isinstance(below := keywords.get("exclusiveMaximum"), (int, float)) and not isinstance(below, bool):
        limits.append(int(below) - 1)
    value = min(limits)
    step = keywords.get("multipleOf")
    return value - value % step if isinstance(step, int) and step > 0 else value


def _is_choice(parameter: Parameter) -> bool:
    raw = _raw(parameter.schema)
    return "enum" in raw or "const" in raw or raw.get("type") == "boolean"


def _raw(schema: Schema | None) -> Mapping[str, Any]:
    raw = schema.resolved().raw if schema is not None else {}
    return raw if isinstance(raw, Mapping) else {}


def _plain(value: Value) -> Any:
    return value.value if isinstance(value, Literal) else None


def _without_last(context: DesignContext, operation: Operation) -> tuple[tuple[Any, ...], Request]:
    """Return an operation's request and its steps when its last path parameter needs no resource of its own."""
    setup = context.setup()
    place = placeholders(operation.path)[-1]
    setup.values[place.key] = Literal(_UNKNOWN)
    prepared = setup.prepared(operation, transitions=False)
    return tuple(item for item in prepared.given if not isinstance(item, ProviderState)), prepared.request


def _with_path_argument(request: Request, name: str, value: Value) -> Request:
    arguments = tuple(
        replace(argument, value=value)
        if argument.name == name and argument.where is ParameterLocation.PATH
        else argument
        for argument in request.arguments
    )
    return replace(request, arguments=arguments)
