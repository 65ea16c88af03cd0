"""A documented example of the request whose name says which answer it draws."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from http import HTTPStatus

from oagen.scenario.context import DesignContext
from oagen.scenario.model import Literal, Scenario
from oagen.scenario.nouns import words
from oagen.scenario.requests import chosen_content
from oagen.scenario.techniques.state import delay_checks
from oagen.spec.model import Operation, Response

_TELLING = {
    "402": {"declined", "insufficient", "unpaid"},
    "404": {"missing", "absent", "unknown", "nonexistent"},
    "409": {"conflict", "duplicate", "taken", "exists", "existing"},
    "423": {"locked"},
    "429": {"throttled", "limited"},
    "500": {"crash", "failure", "broken"},
    "502": {"outage", "upstream"},
    "503": {"outage", "unavailable", "down", "maintenance", "overload", "overloaded"},
    "504": {"timeout", "slow", "late"},
}
_SHORT_WORD = 4
_EMPTY_WORDS = frozenset({"error", "request", "response", "the", "a", "an", "is", "not", "ok", "example", "of", "no"})


class NamedExample:
    """Sends an example that the document itself has named after the status: `outage`, `declined`, `not_found`."""

    name = "named-example"

    def design(self, context: DesignContext, operation: Operation, response: Response) -> Iterator[Scenario]:
        """Yield one scenario for each such example of the request's body."""
        content = chosen_content(operation.request_body)
        if content is None or not response.status.isdecimal() or response.status.startswith("2"):
            return
        for example in content.examples:
            if not _speaks_of(example.name, response):
                continue
            prepared = context.prepared(operation)
            body = prepared.request.body
            if body is None:
                return
            yield context.scenario(
                operation,
                response,
                technique=self.name,
                reason=f"for the example {' '.join(words(example.name))}",
                given=prepared.given,
                when=replace(prepared.request, body=replace(body, value=Literal(example.value))),
                headers=delay_checks(response),
            )


def _speaks_of(name: str, response: Response) -> bool:
    named = set(words(name)) - _EMPTY_WORDS
    if response.status in re.findall(r"\d{3}", name):
        return True
    phrase = set(words(HTTPStatus(int(response.status)).phrase)) if response.status in _CODES else set()
    described = {word for word in words(response.description) if len(word) > _SHORT_WORD} - _EMPTY_WORDS
    return bool(named & (_TELLING.get(response.status, set()) | (phrase - _EMPTY_WORDS))) or (
        bool(named) and named <= described
    )


_CODES = frozenset(str(code.value) for code in HTTPStatus)
