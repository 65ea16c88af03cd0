"""From a plan that drew a status to a witness: nothing in it that it does not need, and the same twice."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from oagen.outcomes.model import Replaced, Spec, UnitWitness
from oagen.outcomes.plans import Plan
from oagen.outcomes.reasons import reason_of
from oagen.outcomes.search import Reached, Try
from oagen.outcomes.trying import Trial
from oagen.runner.judge import Judge
from oagen.spec.model import Operation, Response
from oagen.target.model import Answer

_TOLD_HEADERS = ("location", "etag", "retry-after", "www-authenticate", "allow", "link")
_LARGEST_BODY = 4000  # characters of a body that a test may repeat


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A documented response, and what judges answers by it."""

    operation: Operation
    response: Response
    judge: Judge


def finished(item: Reached, base: Plan | None, promise: Promise, try_plan: Try) -> UnitWitness | None:
    """Return the witness that a plan makes; None where it does not do the same again.

    Args:
        base: The plan of a success of the same operation.
    """
    plan, trial = _least(item, base, try_plan)
    again = try_plan(plan)
    if again.status != trial.status or again.blocked or again.error:
        return None
    return UnitWitness(
        operation=promise.operation.key,
        status=promise.response.status,
        answered=trial.status,
        reason=reason_of(plan, trial.status, base),
        request=plan.request,
        replaced=_replaced(plan, trial, again),
        body=_body(trial, again),
        whole=trial.body == again.body,
        headers=_headers(trial, again, promise.response),
        weak=_weak(plan, trial, promise),
    )


def _least(item: Reached, base: Plan | None, try_plan: Try) -> tuple[Plan, Trial]:
    """Leave out what makes no difference to status and lines."""
    plan, trial = item.plan, item.trial
    for position in reversed(range(len(plan.choices))):
        choice = plan.choices[position]
        usual = base.choice_of(choice.seam.target) if base is not None else None
        simpler = [plan.without(position)]
        if usual is not None and usual.outcome != choice.outcome:
            simpler.append(plan.with_choice(position, usual))
        for less in simpler:
            tried = try_plan(less)
            if not tried.blocked and not tried.error and (tried.status, tried.lines) == (trial.status, trial.lines):
                plan, trial = less, tried
                break
    return plan, trial


def _replaced(plan: Plan, trial: Trial, again: Trial) -> tuple[Replaced, ...]:
    return tuple(
        replace(item, called_with=_arguments(first, second))
        for item, first, second in zip(plan.replaced, trial.used, again.used, strict=True)
    )


def _arguments(
    first: Sequence[Mapping[str, Any]] | None, second: Sequence[Mapping[str, Any]] | None
) -> tuple[tuple[Spec, ...], ...] | None:
    """Return the arguments of the calls, where all can be told and are the same in two runs."""
    if first is None or first != second or len(first) != 1 or first[0]["kw"]:
        return None
    arguments = first[0]["args"]
    return (tuple(arguments),) if not arguments or any(item is not None for item in arguments) else None


def _body(trial: Trial, again: Trial) -> Any:
    """Return the JSON body, without what changes from run to run; None where there is none."""
    if len(trial.body) > _LARGEST_BODY:
        return None
    try:
        first, second = json.loads(trial.body), json.loads(again.body)
    except ValueError:
        return None
    if first == second:
        return first
    if isinstance(first, dict) and isinstance(second, dict):
        return {name: value for name, value in first.items() if name in second and second[name] == value}
    return None


def _headers(trial: Trial, again: Trial, response: Response) -> tuple[tuple[str, str], ...]:
    documented = {header.name.lower() for header in response.headers}
    same = set(trial.headers) & set(again.headers)
    return tuple(
        (name, value)
        for name, value in trial.headers
        if (name.lower() in documented or name.lower() in _TOLD_HEADERS) and (name, value) in same
    )


def _weak(plan: Plan, trial: Trial, promise: Promise) -> str:
    """Return why a witness says little; empty where it does not."""
    if problem := next(iter(content_problems(trial, promise)), None):
        return f"the body is not as documented: {problem}"
    if not trial.handled and plan.turns:
        return "it is answered before the handler runs"
    return ""


def content_problems(trial: Trial, promise: Promise) -> list[str]:
    """Return in what the answer is not as documented."""
    answer = Answer(status=trial.status, headers=trial.headers, body=trial.body)
    names = [item.name for item in promise.response.content]
    failures = promise.judge.content_failures(promise.response, answer, names, promise.operation.method)
    return [failure.message for failure in failures]
