"""2xx: a valid request on resources that were made for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from oagen.scenario.context import DesignContext, documented
from oagen.scenario.effects import carried_out, created, deleted, echoes, updated
from oagen.scenario.model import BodyCheck, Effect, Literal, Scenario
from oagen.scenario.nouns import phrase, step_name
from oagen.scenario.requests import with_header
from oagen.scenario.resources import ends_in_placeholder, last_fixed_segment, made_segment
from oagen.scenario.setup import Prepared
from oagen.scenario.shapes import json_content
from oagen.scenario.transitions import changes_state
from oagen.spec.model import Operation, Response

_NATURAL = {
    "POST": ("201", "200", "202", "204"),
    "PUT": ("200", "204", "201", "202"),
    "PATCH": ("200", "204", "202", "201"),
    "DELETE": ("204", "200", "202"),
}
_READS = frozenset({"GET", "HEAD", "OPTIONS", "QUERY"})


class Success:
    """The valid request, for the most natural 2xx; a few variants of it for others that are documented beside that."""

    name = "valid-request"

    def design(self, context: DesignContext, operation: Operation, response: Response) -> Iterator[Scenario]:
        """Yield one scenario for a 2xx that a valid request, a fresh key, a repetition or a range can draw."""
        status = response.status
        if not status.startswith("2"):
            return
        natural = natural_status(operation)
        fresh_key = operation.method == "PUT" and ends_in_placeholder(operation.path)
        if status == "206" and status != natural:
            yield self._partial(context, operation, response)
        elif status == "201" and fresh_key:
            yield self._fresh(context, operation, response)
        elif status in {natural, "2XX"} and not (fresh_key and natural == "201"):
            yield self._valid(context, operation, response, context.prepared(operation))
        elif status in {"200", "204"} and natural == "201" and operation.method == "POST":
            yield self._again(context, operation, response)

    def _valid(self, context: DesignContext, operation: Operation, response: Response, prepared: Prepared) -> Scenario:
        body, effects = _consequences(context, operation, response, prepared)
        return context.scenario(
            operation,
            response,
            technique=self.name,
            reason=f"for {_subject(operation)}",
            given=prepared.given,
            when=prepared.request,
            body=body,
            effects=effects,
        )

    def _fresh(self, context: DesignContext, operation: Operation, response: Response) -> Scenario:
        prepared = context.setup().prepared(operation, fresh=True)
        return context.scenario(
            operation,
            response,
            technique="fresh-key",
            reason="for a key that is not there yet",
            given=prepared.given,
            when=prepared.request,
            effects=updated(context, operation, prepared),
        )

    def _again(self, context: DesignContext, operation: Operation, response: Response) -> Scenario:
        prepared = context.prepared(operation)
        setup = context.setup(prepared)
        setup.step(step_name(last_fixed_segment(operation.path)), prepared.request)
        return context.scenario(
            operation,
            response,
            technique="repeated-request",
            reason="for a request that was sent before",
            given=setup.given,
            when=prepared.request,
        )

    def _partial(self, context: DesignContext, operation: Operation, response: Response) -> Scenario:
        prepared = context.prepared(operation)
        when = replace(prepared.request, arguments=with_header(prepared.request, "Range", Literal("bytes=0-0")))
        return context.scenario(
            operation,
            response,
            technique="partial-read",
            reason="for a range of bytes",
            given=prepared.given,
            when=when,
        )


def natural_status(operation: Operation) -> str | None:
    """Return the documented 2xx that a valid request draws most likely, or None."""
    statuses = documented(operation)
    for status in (*_NATURAL.get(operation.method, ("200",)), "200", "201", "204", "202", "203"):
        if status in statuses:
            return status
    return min((status for status in statuses if status.startswith("2")), default=None)


def _consequences(
    context: DesignContext, operation: Operation, response: Response, prepared: Prepared
) -> tuple[tuple[BodyCheck, ...], tuple[Effect, ...]]:
    if response.status == "202" or operation.method in _READS:
        return (), ()
    content = json_content(response.content)
    echoed = content.schema if content is not None else None
    body = echoes(context, operation, echoed, prepared.request) if response.status in {"200", "201"} else ()
    match operation.method:
        case "POST" if not changes_state(operation, context.producers):
            return body, created(context, operation, prepared)
        case "POST":
            return body, carried_out(context, operation, prepared)
        case "PUT" | "PATCH":
            return body, updated(context, operation, prepared)
        case "DELETE":
            return (), deleted(context, operation, prepared)
        case _:
            return body, ()


def _subject(operation: Operation) -> str:
    noun = phrase(step_name(made_segment(operation.path) or last_fixed_segment(operation.path)))
    if operation.method in _READS or operation.request_body is None:
        return "a valid request"
    return f"a valid {noun}" if operation.method == "POST" else "a valid request"
