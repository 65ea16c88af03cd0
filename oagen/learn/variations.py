"""Variations of a documented response: other ways to draw it than those that were designed."""

from __future__ import annotations

from collections.abc import Iterator

from oagen.learn.refusals import other_refusals
from oagen.scenario.context import DesignContext
from oagen.scenario.model import Scenario
from oagen.spec.model import Operation, Response


def variations(design: DesignContext, operation: Operation, response: Response) -> Iterator[Scenario]:
    """Yield scenarios for a documented response beyond the designed ones, the cheapest and plainest first."""
    if response.status in {"400", "422"}:
        yield from other_refusals(design, operation, response)
