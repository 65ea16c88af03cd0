"""Tests of the unit level: one request to the application in process, its collaborators' outcomes from states.py."""

from __future__ import annotations

import re

from oagen.scenario.model import Capture, Scenario
from oagen.spec.model import Operation
from oagen.suite.calls import RequestWriter
from oagen.suite.checks import expectation_checks
from oagen.suite.expressions import Imports, reached_through
from oagen.suite.factories import Factories
from oagen.suite.integration import asking, state_call
from oagen.suite.python_source import PythonSource, literal
from oagen.suite.stand_ins import StandIns
from oagen.suite.views import TestView

_STATUS_WORDS = re.compile(r"^\S+\s+(when\s+)?")


def unit_states(scenario: Scenario, operation: Operation) -> list[str]:
    """Return the names of the states that the unit test of a scenario asks for.

    What an integration test sets up through requests is one named outcome of the handler here.
    """
    if not scenario.steps:
        return [state.name for state in scenario.states]
    reason = _STATUS_WORDS.sub("", scenario.title) or "it is so"
    return [f"{operation.operation_id or operation.key} answers {scenario.status}: {reason}"]


def unit_test(
    scenario: Scenario, operation: Operation, name: PythonSource, factories: Factories, imports: Imports
) -> TestView:
    """Return the test of a scenario's request alone, with stand-ins for what earlier requests would have made."""
    stand_ins = StandIns(operation, scenario.when)
    at_response = reached_through({}, imports)

    def captured(capture: Capture) -> PythonSource:
        found = stand_ins.value(capture)
        return at_response(capture) if found is None else literal(found)

    writer = RequestWriter(captured, imports, factories)
    parameters = {state.name: state.parameters for state in scenario.states}
    states = [
        state_call(state, parameters.get(state, ()), writer, imports) for state in unit_states(scenario, operation)
    ]
    return TestView(
        name=name,
        parameters=[PythonSource("self"), PythonSource("api: Api")],
        states=states,
        request=asking(scenario, writer, imports),
        checks=expectation_checks(scenario.then, writer, imports),
    )
