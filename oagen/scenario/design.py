"""From an API description to scenarios: at least one for every documented response."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from oagen.scenario.context import DesignContext
from oagen.scenario.contradictions import Answered, asked
from oagen.scenario.identities import IdentityInfo
from oagen.scenario.model import Scenario
from oagen.scenario.registry import Registry, default_registry
from oagen.spec.model import ApiDescription, Response

Progress = Callable[[int, int], None]


def design(
    description: ApiDescription,
    *,
    identities: tuple[IdentityInfo, ...] = (),
    registry: Registry | None = None,
    progress: Progress | None = None,
) -> tuple[Scenario, ...]:
    """Return scenarios for every documented response of a description, in its order.

    The same description gives the same scenarios. Titles are unique within an operation and status. No two scenarios
    of an operation ask the same and expect answers that exclude each other: a success is believed before a refusal.

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
        designed: dict[str, tuple[Scenario, ...]] = {}
        answered = Answered()
        for response in sorted(operation.responses, key=_certainty):
            found = _distinct(techniques.scenarios(context, operation, response))
            kept = tuple(answered.keep(found))
            designed[response.status] = kept or tuple(techniques.last_resort.design(context, operation, response))
        for response in operation.responses:
            scenarios.extend(_titled(designed[response.status]))
        if progress is not None:
            progress(done, total)
    return tuple(scenarios)


def _certainty(response: Response) -> tuple[bool, bool]:
    """Return what sorts the responses of an operation by how surely the valid request draws them."""
    return not response.status.startswith("2"), not response.status.isdecimal()


def _distinct(scenarios: Iterable[Scenario]) -> Iterator[Scenario]:
    """Leave out a scenario that asks exactly what an earlier one asks."""
    seen: list[tuple[object, ...]] = []
    for scenario in scenarios:
        mine = asked(scenario)
        if mine not in seen:
            seen.append(mine)
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
