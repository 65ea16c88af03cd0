"""Designed scenarios as the first requests of a campaign."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from oagen.fuzz.events import CampaignOptions
from oagen.fuzz.script import SAFE
from oagen.runner.bindings import Bindings, Unbound
from oagen.runner.statuses import status_matches
from oagen.scenario.model import Body, Literal, Request, Scenario, Value
from oagen.scenario.wire import Bind, Members, resolve
from oagen.target.model import Answer

Send = Callable[[Request], Answer | None]
"""Sends a request whose values are literals."""


def run_designed(scenario: Scenario, options: CampaignOptions, send: Send, *, turn: int = 0) -> Iterator[Request]:
    """Send a scenario's given steps, and yield its request with everything dynamic put in; nothing if not reached.

    Args:
        scenario: Any one.
        options: Of the campaign.
        send: Sends the given steps.
        turn: Another number makes other unique values.
    """
    requests = [*(step.request for step in scenario.steps), scenario.when]
    if scenario.states or (options.read_only and any(request.method not in SAFE for request in requests)):
        return

    def ready(request: Request) -> Request:
        identity = request.identity
        if identity is not None and identity not in options.identities:
            identity = options.identity  # a stand-in of the design
        return concrete(replace(request, identity=identity), bindings)

    test = f"{scenario.operation} {scenario.title}{f' {turn}' if turn else ''}"
    bindings = Bindings(run=str(options.seed), test=test, identities=options.identities)
    try:
        for step in scenario.steps:
            answer = send(ready(step.request))
            if answer is None or not status_matches(answer.status, step.status):
                return
            bindings.record(step.name, answer)
        yield ready(scenario.when)
    except Unbound:
        return


def concrete(request: Request, bind: Bind) -> Request:
    """Return a request whose values are literals; raises what `bind` raises.

    Of a doubled key the last one stays.
    """
    arguments = tuple(replace(argument, value=_literal(argument.value, bind)) for argument in request.arguments)
    body = request.body
    if isinstance(body, Body):
        body = replace(body, value=_literal(body.value, bind))
    return replace(request, arguments=arguments, body=body)


def _literal(value: Value, bind: Bind) -> Literal:
    return Literal(_plain(resolve(value, bind)))


def _plain(value: object) -> object:
    if isinstance(value, Members):
        return {name: _plain(item) for name, item in value.pairs}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value
