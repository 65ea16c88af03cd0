"""From an API description to scenarios: at least one for every documented response."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from oagen.scenario.context import DesignContext
from oagen.scenario.identities import IdentityInfo
from oagen.scenario.model import Scenario
from oagen.scenario.registry import Registry, default_registry
from oagen.spec.model import ApiDescription

Progress = Callable[[int, int], None]


def design(
    description: ApiDescription,
    *,
    identities: tuple[IdentityInfo, ...] = (),
    registry: Registry | None = None,
    progress: Progress | None = None,
) -> tuple[Scenario, ...]:
    """Return scenarios for every documented response of a description, in its order.

    The same description gives the same scenarios. Titles are unique within an operation and status.

    Args:
        identities: Who may send requests; ordinary ones come from the first. Without any, `user`, `other` and
            `admin` stand in.
        registry: The techniques; by default the bundled ones and those of plugins.
        progress: Called after each operation with the number of those done and of all.
    """
    context = DesignContext(description, identities)
    techniques = default_registry() if registry is None else registry
    scenarios: list[Scenario] = []
    total = len(description.operations)
    for done, operation in enumerate(description.operations, start=1):
        for response in operation.responses:
            scenarios.extend(_titled(_distinct(techniques.scenarios(context, operation, response))))
        if progress is not None:
            progress(done, total)
    return tuple(scenarios)


def _distinct(scenarios: Iterable[Scenario]) -> Iterator[Scenario]:
    """Leave out a scenario that asks exactly what an earlier one asks."""
    seen: list[tuple[object, ...]] = []
    for scenario in scenarios:
        asked = (scenario.given, scenario.when, scenario.alongside, scenario.repeat)
        if asked not in seen:
            seen.append(asked)
            yield scenario


def _titled(scenarios: Iterable[Scenario]) -> Iterator[Scenario]:
    taken: set[str] = set()
    for scenario in scenarios:
        title, number = scenario.title, 1
        while title in taken:
            number += 1
            title = f"{scenario.title} ({number})"
        taken.add(title)
        yield scenario if title == scenario.title else replace(scenario, title=title)
