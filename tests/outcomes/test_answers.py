"""What is kept of answers, whatever they hold."""

from __future__ import annotations

import time
from typing import Any

import pytest

from oagen.outcomes.finishing import lasting_body, volatile
from oagen.outcomes.model import UnitWitness
from oagen.outcomes.plans import Plan, asked_children
from oagen.outcomes.trying import Trial
from oagen.scenario.wire import WireRequest

REQUEST = WireRequest(method="POST", target="/things", headers=(), body=b"{}")


@pytest.mark.parametrize(
    "value",
    [10**400, -(10**400), float("inf"), float("nan"), True, "0001-01-01T00:00:00+14:00"],
    ids=["huge", "hugely negative", "infinite", "no number", "a flag", "long ago"],
)
def test_no_value_of_an_answer_is_too_large_to_be_told_from_the_time(value: Any) -> None:
    assert not volatile(value)


def test_the_present_time_is_told_in_seconds_and_in_milliseconds() -> None:
    assert volatile(time.time())
    assert volatile(int(time.time() * 1000))
    assert not volatile(12)


def _nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("depth", [700, 100_000])
def test_an_answer_that_is_nested_too_deep_is_not_repeated_in_a_test(depth: int) -> None:
    witness = UnitWitness(
        operation="POST /things", status="200", answered=200, reason="", request=REQUEST, body=_nested(700)
    )

    assert lasting_body(witness, Trial(status=200, body=b"[" * depth + b"1" + b"]" * depth)) is None


def test_a_refusal_that_is_nested_too_deep_names_nothing_that_a_request_lacks() -> None:
    plan = Plan(request=REQUEST, title="for a valid request", status="201")

    assert list(asked_children(plan, Trial(status=422, body=b'{"name": "required"}')))
    assert not list(asked_children(plan, Trial(status=422, body=b"[" * 100_000)))
