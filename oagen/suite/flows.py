"""Flows: what happens to one resource from its creation to its end, put together from scenarios of success."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from oagen.scenario.model import Capture, Request, Scenario, Step
from oagen.suite.expressions import captures
from oagen.suite.integration import request_values

_ORDER = ("GET", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One request of a flow, with what must be set up only for it.

    Attributes:
        steps: Set-up that earlier stages have not done.
    """

    steps: tuple[Step, ...]
    scenario: Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """The life of one resource.

    Attributes:
        operation: Key of the operation that creates it.
        name: What is created, as the steps name it: `order`.
        stages: In the order of a life: read, changed, deleted.
        removals: By name of step, the request that removes what the step has made.
    """

    operation: str
    name: str
    stages: tuple[Stage, ...]
    removals: Mapping[str, Request]


def flows(scenarios: Iterable[Scenario]) -> tuple[Flow, ...]:
    """Return a flow for each resource that can be created, and then read, changed or deleted."""
    successes = _successes(scenarios)
    removals = [scenario for scenario in successes if scenario.when.method == "DELETE"]
    by_creator: dict[tuple[str, str], list[Scenario]] = {}
    for scenario in successes:
        step = _made_before(scenario)
        if step is not None and scenario.when.method in _ORDER:
            by_creator.setdefault((step.request.operation, step.name), []).append(scenario)
    found = []
    for (operation, name), mine in by_creator.items():
        stages = _stages(sorted(mine, key=lambda scenario: _ORDER.index(scenario.when.method)))
        steps = [step for stage in stages for step in stage.steps]
        found.append(Flow(operation=operation, name=name, stages=stages, removals=dict(_removals(steps, removals))))
    return tuple(found)


def _successes(scenarios: Iterable[Scenario]) -> list[Scenario]:
    """Return the first plain scenario of success of each operation."""
    first: dict[str, Scenario] = {}
    for scenario in scenarios:
        plain = not scenario.states and not scenario.alongside and scenario.repeat == 1
        if scenario.status.startswith("2") and plain:
            first.setdefault(scenario.operation, scenario)
    return list(first.values())


def _made_before(scenario: Scenario) -> Step | None:
    """Return the step that made the resource a request addresses: its last path parameter is captured from it."""
    if not scenario.when.path.rstrip("/").endswith("}"):
        return None
    last = scenario.when.path.rstrip("/").rpartition("{")[2][:-1]
    argument = next((item for item in scenario.when.arguments if item.name == last), None)
    if argument is None or not isinstance(argument.value, Capture):
        return None
    step = next((step for step in scenario.steps if step.name == argument.value.step), None)
    return step if step is not None and step.request.method in ("POST", "PUT") else None


def _stages(scenarios: Iterable[Scenario]) -> tuple[Stage, ...]:
    """Return the stages that can follow each other on the same resource."""
    done: dict[str, Step] = {}
    stages = []
    for scenario in scenarios:
        if any(step.name in done and done[step.name] != step for step in scenario.steps):
            continue
        missing = tuple(step for step in scenario.steps if step.name not in done)
        done.update((step.name, step) for step in missing)
        stages.append(Stage(steps=missing, scenario=scenario))
    return tuple(stages)


def _removals(steps: Iterable[Step], removals: Iterable[Scenario]) -> Iterable[tuple[str, Request]]:
    """Yield for each step the request that removes what it made, as far as the captures of the flow allow."""
    by_name = {step.name: step for step in steps}
    for removal in removals:
        made = _made_before(removal)
        if made is None or by_name.get(made.name) != made:
            continue
        needed = {capture.step for value in request_values(removal.when) for capture in captures(value)}
        if needed <= set(by_name):
            yield made.name, removal.when
