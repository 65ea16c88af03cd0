"""Tests of the e2e level: flows, with set-up that is tried again and removed in reverse order."""

from __future__ import annotations

from oagen.scenario.model import Step
from oagen.suite.calls import RequestWriter
from oagen.suite.checks import effect_view, response_checks
from oagen.suite.expressions import Imports, captures, reached_through
from oagen.suite.factories import Factories
from oagen.suite.flows import Flow, Stage
from oagen.suite.given import GivenFunctions
from oagen.suite.integration import TAKEN, captured_steps, request_values
from oagen.suite.python_source import NameScope, PythonSource, call, comment, snake_name, source, string
from oagen.suite.views import FlowView, StageView

_VERBS = {"GET": "read", "PUT": "replace", "PATCH": "change", "DELETE": "delete"}


def flow_title(flow: Flow) -> str:
    """Return what a flow does, `create, read, delete`."""
    return " ".join(["create", *(_VERBS[stage.scenario.when.method] for stage in flow.stages)])


def flow_test(
    flow: Flow, name: PythonSource, given: GivenFunctions, factories: Factories, imports: Imports
) -> FlowView:
    """Return the test of a flow."""
    scope = NameScope((*TAKEN, "cleanup"))
    steps = [step for stage in flow.stages for step in stage.steps]
    variables = {step.name: scope.name(snake_name(step.name, "resource")) for step in steps}
    used = set().union(*(captured_steps(stage.scenario, effects=True) for stage in flow.stages))
    asked = [*(step.request for step in steps), *flow.removals.values()]
    used |= {capture.step for request in asked for value in request_values(request) for capture in captures(value)}
    captured = reached_through(variables, imports)
    writer = RequestWriter(captured, imports, factories)

    def statements(step: Step) -> list[PythonSource]:
        made = call(imports.use("retried"), source("lambda: ", given.call(step, captured, imports)))
        written = [source(f"{variables[step.name]} = " if step.name in used else "", made)]
        if step.name in flow.removals:
            removal = writer.call(flow.removals[step.name])
            written.append(call("cleanup.callback", source("lambda: ", removal)))
        return written

    def view(stage: Stage) -> StageView:
        scenario = stage.scenario
        status = call(imports.use("check_status"), "response", string(scenario.status))
        return StageView(
            given=[statement for step in stage.steps for statement in statements(step)],
            comment=comment(scenario.operation),
            request=source("response = ", writer.call(scenario.when)),
            checks=[status, *response_checks(scenario.then, writer, imports)],
            effects=[effect_view(effect, writer, imports) for effect in scenario.then.effects],
        )

    return FlowView(
        name=name,
        parameters=[PythonSource("self"), PythonSource("api: Api"), PythonSource("cleanup: ExitStack")],
        stages=[view(stage) for stage in flow.stages],
    )
