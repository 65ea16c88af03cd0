"""304, 412 and 428: conditional requests (RFC 9110, section 13; RFC 6585, section 3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from oagen.scenario.context import DesignContext
from oagen.scenario.effects import unchanged
from oagen.scenario.model import Capture, Literal, Scenario
from oagen.scenario.nouns import step_name
from oagen.scenario.requests import precondition, with_header
from oagen.scenario.resources import last_fixed_segment
from oagen.scenario.shapes import responses_of
from oagen.spec.model import Operation, ParameterLocation, Response

_FALSE_TAG = '"no-such-version"'
_LONG_AGO = "Thu, 01 Jan 1970 00:00:01 GMT"


class ConditionalRead:
    """304: the same read twice, the second time with the first one's validator."""

    name = "conditional-read"

    def design(self, context: DesignContext, operation: Operation, response: Response) -> Iterator[Scenario]:
        """Yield a repeated read with `If-None-Match`, or `If-Modified-Since` where the document has only dates."""
        if response.status != "304":
            return
        prepared = context.prepared(operation)
        setup = context.setup(prepared)
        step = setup.step(f"{step_name(last_fixed_segment(operation.path))}_read", prepared.request)
        shown = {header.name.lower() for answer in responses_of(operation, "2XX") for header in answer.headers}
        by_date = "etag" not in shown and (
            "last-modified" in shown
            or (precondition(operation, "If-Modified-Since") and not precondition(operation, "If-None-Match"))
        )
        name, source = ("If-Modified-Since", "Last-Modified") if by_date else ("If-None-Match", "ETag")
        yield context.scenario(
            operation,
            response,
            technique=self.name,
            reason="when nothing has changed since",
            given=setup.given,
            when=replace(prepared.request, arguments=with_header(prepared.request, name, Capture(step, header=source))),
        )


class FalsePrecondition:
    """412: an entity tag that no version ever had, or a date before all of them."""

    name = "false-precondition"

    def design(self, context: DesignContext, operation: Operation, response: Response) -> Iterator[Scenario]:
        """Yield the valid request with a precondition that does not hold, and that it changes nothing."""
        if response.status != "412":
            return
        by_date = precondition(operation, "If-Unmodified-Since") and not precondition(operation, "If-Match")
        name, value = ("If-Unmodified-Since", _LONG_AGO) if by_date else ("If-Match", _FALSE_TAG)
        if precondition(operation, "If-None-Match") and not precondition(operation, "If-Match") and not by_date:
            name, value = "If-None-Match", "*"
        prepared = context.prepared(operation)
        setup = context.setup(prepared)
        effects = unchanged(context, setup, operation)
        yield context.scenario(
            operation,
            response,
            technique=self.name,
            reason=f"when {name} does not hold",
            given=setup.given,
            when=replace(prepared.request, arguments=with_header(prepared.request, name, Literal(value))),
            effects=effects,
        )


class MissingPrecondition:
    """428: the write without the precondition that it asks for."""

    name = "missing-precondition"

    def design(self, context: DesignContext, operation: Operation, response: Response) -> Iterator[Scenario]:
        """Yield the valid request with no conditional header at all, and that it changes nothing."""
        if response.status != "428":
            return
        prepared = context.prepared(operation)
        setup = context.setup(prepared)
        effects = unchanged(context, setup, operation)
        conditional = {"if-match", "if-unmodified-since", "if-none-match"}
        arguments = tuple(
            argument
            for argument in prepared.request.arguments
            if argument.where is not ParameterLocation.HEADER or argument.name.lower() not in conditional
        )
        asked = [item.name for item in operation.parameters if item.name.lower() in conditional]
        yield context.scenario(
            operation,
            response,
            technique=self.name,
            reason=f"without {asked[0] if asked else 'If-Match'}",
            given=setup.given,
            when=replace(prepared.request, arguments=arguments),
            effects=effects,
        )
