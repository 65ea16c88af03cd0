"""What no technique can arrange: a valid request in a state that the user provides by name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from oagen.scenario.context import DesignContext
from oagen.scenario.model import HeaderCheck, HeaderRule, ProviderState, Scenario
from oagen.spec.model import Operation, Response

_LONGEST = 100
_UNPRINTABLE = re.compile(r"[^\x20-\x7e\xa0-\uffff]|\s+")


class NamedState:
    """The last resort, and the way to 5xx: `createPayment answers 503: the provider is down`."""

    name = "provider-state"

    def design(self, context: DesignContext, operation: Operation, response: Response) -> Iterator[Scenario]:
        """Yield the valid request, asking for a state named after the operation and the response's description."""
        prepared = context.prepared(operation)
        yield context.scenario(
            operation,
            response,
            technique=self.name,
            reason="in the state it needs",
            given=(*prepared.given, ProviderState(name=state_name(operation, response))),
            when=prepared.request,
            headers=delay_checks(response),
        )


def state_name(operation: Operation, response: Response) -> str:
    """Return a name that reads as a condition and belongs to this response alone."""
    who = operation.operation_id or operation.key
    meaning = _UNPRINTABLE.sub(" ", response.description).strip().rstrip(".")
    first = re.split(r"(?<=[a-z0-9)])[.;:]\s", meaning, maxsplit=1)[0]
    short = first if len(first) <= _LONGEST else first[:_LONGEST].rsplit(" ", 1)[0] + "..."
    return _UNPRINTABLE.sub(" ", f"{who} answers {response.status}") + (f": {short}" if short else "")


def delay_checks(response: Response) -> tuple[HeaderCheck, ...]:
    """Return the check of a documented `Retry-After` (RFC 9110, section 10.2.3)."""
    return tuple(
        HeaderCheck(name=header.name, rule=HeaderRule.DELAY, required=header.required)
        for header in response.headers
        if header.name.lower() == "retry-after"
    )
