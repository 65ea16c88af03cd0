"""429: the same request again and again, within bounds."""

from __future__ import annotations

import re
from collections.abc import Iterator

from oagen.scenario.context import DesignContext, steps_of
from oagen.scenario.model import Scenario
from oagen.scenario.techniques.state import delay_checks
from oagen.spec.model import Operation, Response

_RATE = re.compile(
    r"\b(\d{1,4})\s+(?:requests?|calls?|attempts?|times|tries)\b|\b(\d{1,4})\s*(?:/|per\b)", re.IGNORECASE
)
_BURST = 30
_LARGEST_BURST = 120


class Burst:
    """The valid request up to thirty times, or a few more than the description allows."""

    name = "burst"

    def design(self, context: DesignContext, operation: Operation, response: Response) -> Iterator[Scenario]:
        """Yield one bounded burst; a documented `Retry-After` is checked (RFC 6585, section 4)."""
        if response.status != "429":
            return
        prepared = context.prepared(operation)
        yield context.scenario(
            operation,
            response,
            technique=self.name,
            reason="for too many requests",
            given=steps_of(prepared),
            when=prepared.request,
            repeat=burst_size(response.description),
            headers=delay_checks(response),
        )


def burst_size(text: str) -> int:
    """Return how often to send a request: a little more than a rate that the text names, else thirty times."""
    named = [int(first or second) for first, second in _RATE.findall(text)]
    return min(max(named) + 5, _LARGEST_BURST) if named and max(named) >= _BURST else _BURST
