"""Scenarios designed again by what a live target has shown: other producers in the place of those that fail."""

from __future__ import annotations

from collections.abc import Iterator

from oagen.learn.makers import Makers
from oagen.learn.model import Pair
from oagen.learn.obstacles import Obstacles
from oagen.scenario.context import DesignContext
from oagen.scenario.model import Scenario
from oagen.scenario.producers import Producer
from oagen.scenario.registry import Registry, default_registry


class Redesign:
    """Designs with what is known of producers.

    Args:
        design: Is revised in place, so that whatever designs with it follows.
    """

    def __init__(self, design: DesignContext, makers: Makers, obstacles: Obstacles) -> None:
        self._design = design
        self._makers = makers
        self._obstacles = obstacles
        self._registry: Registry | None = None
        self._without: frozenset[str] = frozenset()
        self._seen: dict[str, Producer] = {}

    def revise(self) -> bool:
        """Take over what has been seen of producers; return whether it changes anything."""
        kept = (operation for operation in self._without if not self._obstacles.succeeded(operation))
        without = self._obstacles.operations.union(kept)
        seen: dict[str, Producer] = {}
        for place in self._design.producers.identified():
            named = self._design.producers.find(place.key)
            fails = named is None or not named.makes or named.operation.key in without
            found = self._makers.of(place, without) if fails or place.key in self._seen else None
            if found is not None:
                seen[place.key] = found
        if without == self._without and seen == self._seen:
            return False
        self._without, self._seen = without, seen
        self._design.revise(without=without, seen=seen)
        return True

    def scenarios(self, pair: Pair) -> Iterator[Scenario]:
        """Yield the scenarios of a documented response as they are designed now."""
        if self._registry is None:
            self._registry = default_registry()
        for operation in self._design.description.operations:
            if operation.key == pair[0]:
                for response in operation.responses:
                    if response.status == pair[1]:
                        yield from self._registry.scenarios(self._design, operation, response)
