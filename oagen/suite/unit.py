"""Tests of the unit level: one request to the application in process, its collaborators' outcomes from states.py."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from oagen.scenario.model import RESPONSE, Scenario
from oagen.scenario.stand_ins import StandIns, literally
from oagen.scenario.tree import map_leaves
from oagen.spec.model import Operation
from oagen.suite.calls import RequestWriter
from oagen.suite.checks import expectation_checks
from oagen.suite.expressions import Imports, captures, reached_through
from oagen.suite.factories import Factories
from oagen.suite.integration import asking, keeping, request_values, state_call
from oagen.suite.members import sent_by
from oagen.suite.python_source import PythonSource
from oagen.suite.views import TestView

_STATUS_WORDS = re.compile(r"^\S+\s+(when\s+)?")


_BEFORE_THE_HANDLER = frozenset({"400", "401", "405", "406", "415", "422"})
"""Statuses that a request draws by itself, whatever has been set up before it."""


def needs_set_up(scenario: Scenario) -> bool:
    """Return whether the scenario's request needs what its given steps make."""
    if not scenario.steps:
        return False
    mine = {step.name for step in scenario.steps}
    requests = [scenario.when, *scenario.alongside]
    captured = [capture for request in requests for value in request_values(request) for capture in captures(value)]
    return scenario.status not in _BEFORE_THE_HANDLER or any(capture.step in mine for capture in captured)


def unit_states(scenario: Scenario, operation: Operation, *, sought: bool = False) -> list[str]:
    """Return the names of the states that the unit test of a scenario asks for.

    What an integration test sets up through requests is one named outcome of the handler here.

    Args:
        sought: No outcome of a collaborator was found that draws the status: only the user can arrange it.
    """
    if not needs_set_up(scenario) and not (sought and not scenario.states):
        return [state.name for state in scenario.states]
    reason = _STATUS_WORDS.sub("", scenario.title) or "it is so"
    return [f"{operation.operation_id or operation.key} answers {scenario.status}: {reason}"]


def unit_test(
    scenario: Scenario,
    operation: Operation,
    name: PythonSource,
    factories: Factories,
    imports: Imports,
    *,
    states: Iterable[str],
) -> TestView:
    """Return the test of a scenario's request alone, with stand-ins for what earlier requests would have made.

    Args:
        states: Names of the states that it asks for; see `unit_states`.
    """
    alone = _without_steps(scenario, operation)
    writer = RequestWriter(reached_through({}, imports), imports, factories)
    parameters = {state.name: state.parameters for state in alone.states}
    sent = sent_by(alone, effects=False)
    asked = [state_call(state, parameters.get(state, ()), writer, imports) for state in states]
    return TestView(
        name=name,
        parameters=[PythonSource("self"), PythonSource("api: Api")],
        states=asked,
        given=keeping(alone, sent, writer),
        request=asking(alone, writer, imports, sent),
        checks=expectation_checks(alone.then, writer, imports, sent),
    )


def _without_steps(scenario: Scenario, operation: Operation) -> Scenario:
    """Return the scenario with literal values instead of what its steps made; checks of such values are left out."""
    stand_ins = StandIns(operation, scenario.when)

    known = [
        check for check in scenario.then.body if all(capture.step == RESPONSE for capture in captures(check.value))
    ]
    return replace(
        scenario,
        given=tuple(
            replace(state, parameters=tuple((key, map_leaves(value, stand_ins)) for key, value in state.parameters))
            for state in scenario.states
        ),
        when=literally(scenario.when, stand_ins),
        alongside=tuple(literally(other, stand_ins) for other in scenario.alongside),
        then=replace(scenario.then, body=tuple(known)),
    )
