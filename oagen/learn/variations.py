"""Variations of a documented response: other ways to draw it than those that were designed."""

from __future__ import annotations

from collections.abc import Iterator

from oagen.learn.denials import other_conflicts, other_senders, other_unknowns
from oagen.learn.memory import Memory
from oagen.learn.refusals import other_refusals
from oagen.learn.successes import other_successes
from oagen.scenario.context import DesignContext
from oagen.scenario.model import Scenario
from oagen.spec.model import Operation, Response


def variations(design: DesignContext, operation: Operation, response: Response, memory: Memory) -> Iterator[Scenario]:
    """Yield scenarios for a documented response beyond the designed ones, the cheapest and plainest first.

    What has been seen so far is used, so that the later this is asked the more it yields.
    """
    match response.status:
        case "400" | "422":
            yield from other_refusals(design, operation, response, memory)
        case "401" | "403":
            yield from other_senders(design, operation, response)
        case "404" | "410":
            yield from other_unknowns(design, operation, response, memory)
        case "409":
            yield from other_conflicts(design, operation, response)
        case status if status.startswith("2") or status == "default":
            yield from other_successes(design, operation, response, memory)
        case "4XX":
            yield from other_refusals(design, operation, response, memory)
            yield from other_unknowns(design, operation, response, memory)
        case _:
            return
