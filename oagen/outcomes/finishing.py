"""From a plan that drew a status to a witness: nothing in it that it does not need, and the same twice."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from oagen.outcomes.model import Outcome, Replaced, SeamKind, Spec, UnitWitness
from oagen.outcomes.plans import Plan
from oagen.outcomes.reasons import reason_of
from oagen.outcomes.search import Reached, Try
from oagen.outcomes.specs import literal
from oagen.outcomes.trying import Trial
from oagen.runner.judge import Judge
from oagen.spec.model import Operation, Response
from oagen.target.model import Answer

_TOLD_HEADERS = ("location", "etag", "retry-after", "www-authenticate", "allow", "link")
_TOKEN = re.compile(r"[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d")
_NEAR = 40 * 86400.0  # seconds; tokens may end in a month
_ANYTHING_ELSE: tuple[Spec, ...] = (literal(None), {"k": "dict", "items": []}, {"k": "mock", "of": "", "kw": {}})
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
    plan, trial = _least(item, base, promise, try_plan)
    again, replaced = _exactly(plan, plan.joined, try_plan)
    if not _agree(again, trial):
        strict = tuple(replace(one, autospec=one.kind is SeamKind.PATCH) for one in plan.joined)
        again, replaced = _exactly(plan, strict, try_plan)
        if not _agree(again, trial):
            return None
    body = _body(trial, again)
    return UnitWitness(
        operation=promise.operation.key,
        status=promise.response.status,
        answered=trial.status,
        reason=reason_of(plan, trial.status, base),
        request=plan.request,
        replaced=_replaced(replaced, again, {choice.seam.target for choice in plan.choices if choice.seam.library}),
        body=body,
        whole=body == _json(trial),
        headers=_headers(trial, again, promise.response),
        weak=_weak(plan, trial, promise, try_plan),
    )


def _least(item: Reached, base: Plan | None, promise: Promise, try_plan: Try) -> tuple[Plan, Trial]:
    """Leave out what makes no difference to status, lines, and whether the body is as documented."""
    plan, trial = item.plan, item.trial
    problems = content_problems(trial, promise)
    for position in reversed(range(len(plan.choices))):
        choice = plan.choices[position]
        usual = base.choice_of(choice.seam) if base is not None else None
        simpler = [plan.without(position)]
        if usual is not None and usual.outcome != choice.outcome:
            simpler.append(plan.with_choice(position, usual))
        for less in simpler:
            tried = try_plan(less)
            same = not tried.blocked and not tried.error and (tried.status, tried.lines) == (trial.status, trial.lines)
            if same and len(content_problems(tried, promise)) <= len(problems):
                plan, trial = less, tried
                break
    return plan, trial


def _exactly(plan: Plan, replaced: tuple[Replaced, ...], try_plan: Try) -> tuple[Trial, tuple[Replaced, ...]]:
    """Return what the very mocks of a test do, and those of them that are called."""
    again = try_plan(plan, replaced)
    called = tuple(one for one, used in zip(replaced, again.used, strict=False) if used is None or used)
    if len(called) < len(again.used) and again.used:
        return try_plan(plan, called), called
    return again, replaced


def _agree(again: Trial, trial: Trial) -> bool:
    return again.status == trial.status and not again.blocked and not again.error


def _replaced(replaced: Sequence[Replaced], trial: Trial, libraries: Collection[str]) -> tuple[Replaced, ...]:
    """Return what is replaced with the arguments that it is called with; that a library asks for nothing says nothing.

    Args:
        libraries: Targets that are no code of the application.
    """
    told = [(item, None if item.autospec else used) for item, used in zip(replaced, trial.used, strict=True)]
    found = [(item, _arguments(used)) for item, used in told]
    return tuple(
        replace(item, called_with=None if called == ((),) and item.target in libraries else called)
        for item, called in found
    )


def _arguments(used: Sequence[Mapping[str, Any]] | None) -> tuple[tuple[Spec | None, ...], ...] | None:
    """Return the arguments of the only call, where some can be told; what may change from run to run can't be."""
    if used is None or len(used) != 1 or used[0]["kw"]:
        return None
    arguments = [None if item is not None and volatile(item.get("v")) else item for item in used[0]["args"]]
    return (tuple(arguments),) if not arguments or any(item is not None for item in arguments) else None


def _json(trial: Trial) -> Any:
    try:
        return json.loads(trial.body)
    except (ValueError, RecursionError):
        return None


def lasting_body(witness: UnitWitness, trial: Trial) -> Any:
    """Return what is the same in a witness's body and in another answer to its request."""
    return None if witness.body is None else _same(witness.body, _json(trial))


def lasting_calls(witness: UnitWitness, trial: Trial) -> tuple[Replaced, ...]:
    """Return what is replaced, with the arguments that were the same in another run, in another process."""
    found = []
    for item, used in zip(witness.replaced, trial.used, strict=True):
        now = _arguments(used)
        if item.called_with is None or now is None or len(now[0]) != len(item.called_with[0]):
            found.append(replace(item, called_with=None))
            continue
        same = tuple(one if one == other else None for one, other in zip(item.called_with[0], now[0], strict=True))
        tells = not same or any(one is not None for one in same)
        found.append(replace(item, called_with=(same,) if tells else None))
    return tuple(found)


def _body(trial: Trial, again: Trial) -> Any:
    """Return the JSON body, without what changes from run to run; None where there is none."""
    if len(trial.body) > _LARGEST_BODY:
        return None
    return _same(_json(trial), _json(again))


def _same(first: Any, second: Any) -> Any:
    """Return what lasts of a body; None too where it is nested deeper than a test could show."""
    try:
        return _lasting(first, second)
    except RecursionError:
        return None


def _lasting(first: Any, second: Any) -> Any:
    """Return what is the same in two answers, and will be tomorrow; None where that is nothing."""
    if isinstance(first, dict) and isinstance(second, dict):
        return {
            name: value
            for name, value in first.items()
            if name in second and _lasting(value, second[name]) == value and not volatile(value)
        }
    if isinstance(first, list) and isinstance(second, list):
        same = len(first) == len(second) and all(
            _lasting(one, two) == one for one, two in zip(first, second, strict=True)
        )
        return first if same else None
    return first if first == second and not volatile(first) else None


def volatile(value: Any) -> bool:
    """Tell whether a value is made of the present time: a moment of today, a token with one in it."""
    if isinstance(value, str):
        if _TOKEN.fullmatch(value):
            return True
        if not _MOMENT.match(value):
            return False
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return False
        return abs(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() - time.time()) < _NEAR
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    now = int(time.time())  # an integer beside any other, however large
    return abs(value - now) < _NEAR or abs(value - 1000 * now) < 1000 * _NEAR


def _headers(trial: Trial, again: Trial, response: Response) -> tuple[tuple[str, str], ...]:
    documented = {header.name.lower() for header in response.headers}
    same = set(trial.headers) & set(again.headers)
    return tuple(
        (name, value)
        for name, value in trial.headers
        if (name.lower() in documented or name.lower() in _TOLD_HEADERS) and (name, value) in same
    )


def _weak(plan: Plan, trial: Trial, promise: Promise, try_plan: Try) -> str:
    """Return why a witness says little; empty where it does not."""
    if problem := next(iter(content_problems(trial, promise)), None):
        return f"the body is not as documented: {problem}"
    for position, choice in enumerate(plan.choices):
        if choice.outcome.vague and _matters(plan, position, trial, try_plan):
            return f"nothing says what {choice.name} gives"
    if not trial.handled and plan.turns:
        return "it is answered before the handler runs"
    return ""


def _matters(plan: Plan, position: int, trial: Trial, try_plan: Try) -> bool:
    """Tell whether a test hangs on what a collaborator gives: with nothing, or something else, the answer differs."""
    choice = plan.choices[position]
    others = [Outcome(value=value, vague=True) for value in _ANYTHING_ELSE if value != choice.outcome.value]
    for other in others:
        tried = try_plan(plan.with_choice(position, replace(choice, outcome=other, more=())))
        if not tried.blocked and not tried.error and tried.status == trial.status and tried.lines == trial.lines:
            return bool(_lasting(_json(trial), _json(tried)) != _lasting(_json(trial), _json(trial)))
    return True


def content_problems(trial: Trial, promise: Promise) -> list[str]:
    """Return in what the answer is not as documented."""
    return [message for _, message in content_failures(trial, promise)]


def content_failures(trial: Trial, promise: Promise) -> list[tuple[str, str]]:
    """Return where in its body the answer is not as documented, as JSON Pointers, and in what."""
    answer = Answer(status=trial.status, headers=trial.headers, body=trial.body)
    names = [item.name for item in promise.response.content]
    failures = promise.judge.content_failures(promise.response, answer, names, promise.operation.method)
    return [(failure.pointer, failure.message) for failure in failures]
