"""400 and 422: one violated constraint each, or a body that is no JSON text at all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from oagen.scenario.context import DesignContext, documented, steps_of
from oagen.scenario.effects import unchanged
from oagen.scenario.model import Literal, Scenario
from oagen.scenario.requests import sends_json
from oagen.scenario.techniques.meaning import RefusedMeaning
from oagen.scenario.techniques.missing import UnknownIdentifier
from oagen.scenario.techniques.violated import Violated, violated_requests
from oagen.scenario.transitions import is_action
from oagen.spec.model import Operation, Response

_MOST = 3
_MOST_LOOKED_AT = 12
_INPUT_WORDS = re.compile(r"\b(?:invalid|validation|malformed|input)\b", re.IGNORECASE)
_TRUNCATED = '{"'


class RefusedInput:
    """Requests that the document itself calls wrong, each for one reason.

    Where a document has both codes, broken syntax (RFC 9110, section 15.5.1) belongs to 400 and a violated schema to
    422 (section 15.5.21). Where it has one of them, that one stands for both.
    """

    name = "violated-constraint"

    def design(self, context: DesignContext, operation: Operation, response: Response) -> Iterator[Scenario]:
        """Yield up to three scenarios, of different constraints as far as there are that many."""
        statuses = documented(operation)
        misused = response.status in {"405", "406", "412"} and _INPUT_WORDS.search(response.description)
        if response.status not in {"400", "422"} and not misused:
            return
        violated = most_certain(violated_requests(context, operation), partial=operation.method == "PATCH")
        syntax = list(self._broken_syntax(context, operation, response))
        both = {"400", "422"} <= statuses
        if response.status == "400" and both and syntax:
            yield from syntax
            return
        chosen = [self._violation(context, operation, response, item) for item in violated]
        if not chosen and not syntax and operation.request_body is not None and "404" not in statuses:
            # What no schema forbids is refused for what it means.
            yield from UnknownIdentifier().references(context, operation, response)
            return
        if response.status == "422" and both:
            if next(RefusedMeaning().design(context, operation, response), None) is None:
                yield from chosen
            return
        yield from chosen[:1] if syntax and response.status == "400" else chosen[:2]
        yield from syntax if response.status == "400" else ()
        yield from chosen[1:] if syntax and response.status == "400" else chosen[2:]

    def _violation(
        self, context: DesignContext, operation: Operation, response: Response, violated: Violated
    ) -> Scenario:
        prepared = context.prepared(operation)
        setup = context.setup(prepared)
        effects = unchanged(context, setup, operation) if violated.given and not is_action(operation) else ()
        return context.scenario(
            operation,
            response,
            technique=self.name,
            reason=f"when {violated.phrase}",
            given=setup.given if effects else violated.given,
            when=violated.request,
            effects=effects,
        )

    def _broken_syntax(self, context: DesignContext, operation: Operation, response: Response) -> Iterator[Scenario]:
        prepared = context.prepared(operation)
        body = prepared.request.body
        if body is None or not sends_json(prepared.request):
            return
        broken = replace(prepared.request, body=replace(body, value=Literal(_TRUNCATED), raw=True, encodings=()))
        yield context.scenario(
            operation,
            response,
            technique="broken-syntax",
            reason="when the body is no JSON text",
            given=steps_of(prepared),
            when=broken,
        )


def most_certain(candidates: Iterator[Violated], *, partial: bool = False) -> list[Violated]:
    """Return up to three violations that servers refuse most reliably, of different keywords before different places.

    A wrong path parameter counts only where nothing else can be wrong: routers that match its type answer 404.

    Args:
        candidates: Most certain first; no more than a few of them are made.
        partial: The request is a PATCH, and many a server takes one without what the document requires.
    """
    looked_at = list(islice(candidates, _MOST_LOOKED_AT))
    if partial:
        looked_at = [item for item in looked_at if item.keyword != "required"] or looked_at
    looked_at = [item for item in looked_at if not item.in_path] or looked_at
    chosen: list[Violated] = []
    for item in looked_at:
        if len(chosen) < _MOST and item.keyword not in {other.keyword for other in chosen}:
            chosen.append(item)
    for item in looked_at:
        if len(chosen) < min(_MOST, 2) and item not in chosen:
            chosen.append(item)
    return chosen
