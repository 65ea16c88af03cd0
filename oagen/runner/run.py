"""Run one scenario against a target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from oagen.runner.bindings import Bindings, Identities, Unbound
from oagen.runner.sessions import joined
from oagen.runner.statuses import status_matches
from oagen.scenario.model import RESPONSE, BodyCheck, ProviderState, Request, Scenario, Step
from oagen.scenario.wire import WireRequest, encode, resolve
from oagen.target.model import Answer, SendFailure, Target
from oagen.target.together import send_together


@dataclass(frozen=True, slots=True, kw_only=True)
class RunContext:
    """What a run is done with.

    Attributes:
        identities: Headers of each identity, by name; never printed or stored.
        run: Identifies the run, for unique values.
        test: Identifies the test within the run; None: made from the scenario's operation and title.
        base_path: The API's base path, in front of every request's path; without a slash at the end.
        timeout: Seconds for each exchange; None for the target's own.
    """

    identities: Identities = field(default_factory=dict, repr=False)
    run: str = ""
    test: str | None = None
    base_path: str = ""
    timeout: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request with what became of it: an answer, a failure, or the reason why it could not be made.

    Attributes:
        step: Name of the given step, `response` for the scenario's own request, the reason of an effect.
        request: In logical values.
        wire: As sent, but for the identity's headers; None where a dynamic value was missing.
        expected: What body values were compared with: pointer and value.
    """

    step: str
    request: Request
    wire: WireRequest | None = None
    answer: Answer | None = None
    failure: SendFailure | None = None
    unbound: str | None = None
    expected: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What was sent and answered.

    Attributes:
        reached: Whether the given steps succeeded, so that `when` was sent.
        reason: Why not.
        needs_state: The provider state that was asked for and that nobody can arrange here.
        when: Every sending of the scenario's request, those alongside and repeated ones included.
        decisive: The one of `when` that is judged: the first with the expected status, else the last.
        effects: The requests that ask what is true afterwards; sent only where the status was the expected one.
    """

    reached: bool
    reason: str | None = None
    needs_state: str | None = None
    given: tuple[Exchange, ...] = ()
    when: tuple[Exchange, ...] = ()
    decisive: Exchange | None = None
    effects: tuple[Exchange, ...] = ()


def run_scenario(scenario: Scenario, target: Target, context: RunContext) -> Trace:
    """Send a scenario's requests and return what happened.

    A given step that does not answer with its status ends the run there, as does a provider state, which only the
    user's own code can arrange.
    """
    bindings = Bindings(
        run=context.run,
        test=context.test if context.test is not None else f"{scenario.operation} {scenario.title}",
        identities=context.identities,
    )
    given: list[Exchange] = []
    for item in scenario.given:
        if isinstance(item, ProviderState):
            return Trace(reached=False, reason=f"needs state {item.name!r}", needs_state=item.name, given=tuple(given))
        exchange = _exchange(item.name, item.request, target, context, bindings)
        given.append(exchange)
        if problem := _step_problem(exchange, item.status):
            return Trace(reached=False, reason=f"step {item.name!r} {problem}", given=tuple(given))
    when = _when(scenario, target, context, bindings)
    if when[0].unbound is not None:
        return Trace(reached=False, reason=when[0].unbound, given=tuple(given), when=when)
    decisive = next((exchange for exchange in when if _is_expected(scenario, exchange)), when[-1])
    if decisive.answer is not None:
        bindings.record(RESPONSE, decisive.answer)
        decisive = _with_expected(decisive, scenario.then.body, bindings)
    effects: tuple[Exchange, ...] = ()
    if _is_expected(scenario, decisive):
        effects = tuple(
            _with_expected(_exchange(effect.reason, effect.request, target, context, bindings), effect.body, bindings)
            for effect in scenario.then.effects
        )
    return Trace(reached=True, given=tuple(given), when=when, decisive=decisive, effects=effects)


def run_step(step: Step, target: Target, context: RunContext, bindings: Bindings) -> Exchange:
    """Send the request of one step, and return what came back, whatever that is; later ones may capture from it."""
    return _exchange(step.name, step.request, target, context, bindings)


def _exchange(step: str, request: Request, target: Target, context: RunContext, bindings: Bindings) -> Exchange:
    exchange, sent = _ready(step, request, context, bindings)
    if sent is None:
        return exchange
    try:
        outcome: Answer | SendFailure = target.send(sent, timeout=context.timeout)
    except SendFailure as failure:
        outcome = failure
    return _ended(exchange, outcome, bindings)


def _ready(step: str, request: Request, context: RunContext, bindings: Bindings) -> tuple[Exchange, WireRequest | None]:
    """Return an exchange that has not begun, and what to send; None where a dynamic value is missing."""
    try:
        wire = encode(request, bindings)
        identity = bindings.headers_of(request.identity)
    except Unbound as missing:
        return Exchange(step=step, request=request, unbound=str(missing)), None
    wire = replace(wire, target=context.base_path + wire.target)
    sent = replace(wire, headers=tuple(joined(identity, wire.headers)))
    return Exchange(step=step, request=request, wire=wire), sent


def _ended(exchange: Exchange, outcome: Answer | SendFailure, bindings: Bindings) -> Exchange:
    if isinstance(outcome, SendFailure):
        return replace(exchange, failure=outcome)
    bindings.record(exchange.step, outcome)
    return replace(exchange, answer=outcome)


def _step_problem(exchange: Exchange, status: str) -> str | None:
    if exchange.unbound is not None:
        return f"can't be sent: {exchange.unbound}"
    if exchange.answer is None:
        return f"got no answer: {exchange.failure}"
    if not status_matches(exchange.answer.status, status):
        return f"answered {exchange.answer.status} instead of {status}"
    return None


def _when(scenario: Scenario, target: Target, context: RunContext, bindings: Bindings) -> tuple[Exchange, ...]:
    exchanges: list[Exchange] = []
    for _ in range(max(scenario.repeat, 1)):
        if scenario.alongside:
            exchanges += _together((scenario.when, *scenario.alongside), target, context, bindings)
        else:
            exchanges.append(_exchange(RESPONSE, scenario.when, target, context, bindings))
        if exchanges[-1].answer is None or any(_is_expected(scenario, exchange) for exchange in exchanges):
            break
    return tuple(exchanges)


def _together(requests: Sequence[Request], target: Target, context: RunContext, bindings: Bindings) -> list[Exchange]:
    """Send requests at the same moment."""
    exchanges = [_ready(RESPONSE, request, context, bindings) for request in requests]
    outcomes = iter(send_together(target, [sent for _, sent in exchanges if sent is not None], timeout=context.timeout))
    return [exchange if sent is None else _ended(exchange, next(outcomes), bindings) for exchange, sent in exchanges]


def _is_expected(scenario: Scenario, exchange: Exchange) -> bool:
    answer = exchange.answer
    return answer is not None and status_matches(answer.status, scenario.then.status, scenario.then.excluded)


def _with_expected(exchange: Exchange, checks: Sequence[BodyCheck], bindings: Bindings) -> Exchange:
    try:
        return replace(exchange, expected=tuple((check.pointer, resolve(check.value, bindings)) for check in checks))
    except Unbound as missing:
        return replace(exchange, unbound=str(missing))
