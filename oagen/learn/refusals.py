"""400 and 422: every constraint that the values layer knows how to break, beyond the few that were designed."""

from __future__ import annotations

from collections.abc import Iterator

from oagen.scenario.context import DesignContext
from oagen.scenario.model import Scenario
from oagen.scenario.techniques.violated import violated_requests
from oagen.spec.model import Operation, Response


def other_refusals(design: DesignContext, operation: Operation, response: Response) -> Iterator[Scenario]:
    """Yield an operation's valid request with one constraint broken at a time, the most certain first."""
    for violated in violated_requests(design, operation):
        yield design.scenario(
            operation,
            response,
            technique="violated-constraint",
            reason=f"when {violated.phrase}",
            given=violated.given,
            when=violated.request,
        )
