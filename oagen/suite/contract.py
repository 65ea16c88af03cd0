"""Tests of the contract level: request and answer against the description itself."""

from __future__ import annotations

from oagen.scenario.model import Scenario
from oagen.suite.checks import status_check
from oagen.suite.expressions import Imports
from oagen.suite.factories import Factories
from oagen.suite.given import GivenFunctions
from oagen.suite.integration import Arrangement, asking
from oagen.suite.python_source import PythonSource, call, string
from oagen.suite.views import TestView

FIXTURE = "contract"


def contract_test(
    scenario: Scenario, name: PythonSource, given: GivenFunctions, factories: Factories, imports: Imports
) -> TestView:
    """Return the test that holds one documented response to the description."""
    arrangement = Arrangement(scenario, given, factories, imports, effects=False)
    check = call(
        "contract.check",
        "response",
        string(scenario.operation),
        status=string(scenario.status),
        at=string(f"{scenario.document}#{scenario.pointer}"),
        request="True" if is_valid_request(scenario) else None,
    )
    return TestView(
        name=name,
        parameters=[PythonSource("self"), PythonSource("api: Api"), PythonSource("contract: Contract")],
        states=arrangement.states,
        given=arrangement.statements,
        request=asking(scenario, arrangement.writer, imports),
        checks=[*status_check(scenario.then, imports), check],
    )


def is_valid_request(scenario: Scenario) -> bool:
    """Return whether the request is meant to keep the contract: that of a success is, others are wrong on purpose."""
    return scenario.status.startswith(("2", "3")) and not scenario.alongside
