"""Tests of the integration level: the whole scenario, over the full HTTP stack."""

from __future__ import annotations

from collections.abc import Iterable

from oagen.scenario.model import Request, Scenario, Step, Value
from oagen.suite.calls import RequestWriter
from oagen.suite.checks import effect_view, expectation_checks
from oagen.suite.expressions import Imports, captures, reached_through
from oagen.suite.factories import Factories
from oagen.suite.given import GivenFunctions
from oagen.suite.members import SENT, Sent, sent_by
from oagen.suite.python_source import NameScope, PythonSource, call, is_plain_name, mapping, snake_name, source, string
from oagen.suite.views import TestView

TAKEN = (
    "api",
    "response",
    "afterwards",
    "self",
    "contract",
    "differs",
    "exchange",
    "explain",
    "sent",
    "at",
    "path",
    "text",
    "state",
    "unique",
)


class Arrangement:
    """The set-up of a scenario in a test: statements, and the variables that hold what they made.

    Args:
        effects: The test asks what is true afterwards; else steps that only read for that are left out.
    """

    def __init__(
        self, scenario: Scenario, given: GivenFunctions, factories: Factories, imports: Imports, *, effects: bool
    ) -> None:
        scope = NameScope(TAKEN)
        used = captured_steps(scenario, effects=effects)
        steps: list[Step] = []
        for step in reversed(scenario.steps):
            if effects or step.name in used or not _only_reads(step):
                steps.insert(0, step)
                used |= {capture.step for value in request_values(step.request) for capture in captures(value)}
        self.variables = {step.name: scope.name(snake_name(step.name, "resource")) for step in steps}
        self.captured = reached_through(self.variables, imports)
        self.writer = RequestWriter(self.captured, imports, factories)
        self.statements = [
            source(
                f"{self.variables[step.name]} = " if step.name in used else "", given.call(step, self.captured, imports)
            )
            for step in steps
        ]
        self.states = [state_call(state.name, state.parameters, self.writer, imports) for state in scenario.states]


def state_call(
    name: str, parameters: Iterable[tuple[str, Value]], writer: RequestWriter, imports: Imports
) -> PythonSource:
    """Return the context manager that arranges a provider state."""
    values = [(parameter, writer.value(value)) for parameter, value in parameters]
    plain: dict[str, str | None] = {key: value for key, value in values if is_plain_name(key)}
    odd = [(key, value) for key, value in values if key not in plain]
    return call(imports.use("state"), string(name), **plain, **({"**": mapping(odd)} if odd else {}))


def asking(scenario: Scenario, writer: RequestWriter, imports: Imports, sent: Sent | None = None) -> PythonSource:
    """Return the statement that sends the scenario's request, or several where the status needs it.

    Args:
        sent: Its body, where a variable holds it.
    """
    request = writer.call(scenario.when, body=SENT if sent is not None else None)
    status = string(scenario.then.status)
    if scenario.alongside:
        function = imports.use("together")
        requests = [request, *(writer.call(other) for other in scenario.alongside)]
        request = call(function, status, *(f"lambda: {other}" for other in requests))
    if scenario.repeat > 1:
        function = imports.use("repeated")
        request = call(function, status, str(scenario.repeat), f"lambda: {request}")
    return source("response = ", request)


def keeping(scenario: Scenario, sent: Sent | None, writer: RequestWriter) -> list[PythonSource]:
    """Return the statement that keeps the body of the scenario's request in a variable, where one holds it."""
    body = writer.json_body(scenario.when) if sent is not None else None
    return [source(SENT, " = ", body)] if body is not None else []


def integration_test(
    scenario: Scenario, name: PythonSource, given: GivenFunctions, factories: Factories, imports: Imports
) -> TestView:
    """Return the test of a scenario: set-up, request, answer, and what must be true afterwards."""
    arrangement = Arrangement(scenario, given, factories, imports, effects=True)
    sent, writer = sent_by(scenario, effects=True), arrangement.writer
    return TestView(
        name=name,
        parameters=[PythonSource("self"), PythonSource("api: Api")],
        states=arrangement.states,
        given=[*arrangement.statements, *keeping(scenario, sent, writer)],
        request=asking(scenario, writer, imports, sent),
        checks=expectation_checks(scenario.then, writer, imports, sent),
        effects=[effect_view(effect, writer, imports, sent) for effect in scenario.then.effects],
    )


def _only_reads(step: Step) -> bool:
    return step.request.method in ("GET", "HEAD")


def captured_steps(scenario: Scenario, *, effects: bool) -> set[str]:
    """Return the names of the steps that a scenario captures from, its own steps apart."""
    asked = scenario.then.effects if effects else ()
    requests = [scenario.when, *scenario.alongside, *(effect.request for effect in asked)]
    values = [value for request in requests for value in request_values(request)]
    if effects:
        values += [check.value for check in scenario.then.body]
    values += [check.value for effect in asked for check in effect.body]
    values += [value for state in scenario.states for _, value in state.parameters]
    return {capture.step for value in values for capture in captures(value)}


def request_values(request: Request) -> list[Value]:
    """Return the values in a request."""
    return [item.value for item in request.arguments] + ([request.body.value] if request.body is not None else [])
