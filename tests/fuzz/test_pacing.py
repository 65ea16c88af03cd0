"""Requests are counted, paced, and sent again after 429."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from oagen.fuzz.pacing import BudgetSpent, Ledger, PacedTarget
from oagen.scenario.wire import WireRequest
from oagen.target.model import Answer, FailureKind, SendFailure
from tests.fuzz.apps import Answering

READ = WireRequest(method="GET", target="/v1/orders?limit=1", operation="GET /orders")


class Clock:
    """Time that passes only by waiting."""

    def __init__(self) -> None:
        self.now = 100.0
        self.waits: list[float] = []

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.waits.append(round(seconds, 6))
        self.now += seconds


def paced(
    respond: Callable[[WireRequest], Answer | FailureKind], *, most: int | None = None, rate: float | None = None
) -> tuple[PacedTarget, Clock]:
    clock = Clock()
    return PacedTarget(Answering(respond), Ledger(most), rate=rate, clock=clock, wait=clock.wait), clock


def test_everything_sent_is_counted_by_operation_and_status() -> None:
    target, _ = paced(lambda request: Answer(status=200) if request is READ else FailureKind.TIMEOUT)

    target.send(READ)
    with pytest.raises(SendFailure):
        target.send(WireRequest(method="POST", target="/login?secret=1"))

    assert target.ledger.by_operation() == {"GET /orders": {"200": 1}, "POST /login": {"none": 1}}
    assert target.ledger.statuses() == {"200": 1, "none": 1}
    assert target.ledger.count == 2


def test_what_can_not_be_sent_costs_nothing() -> None:
    target, _ = paced(lambda _request: FailureKind.UNSENDABLE, most=1)

    for _ in range(3):
        with pytest.raises(SendFailure):
            target.send(READ)

    assert target.ledger.count == 0
    assert target.ledger.by_operation() == {}


def test_not_one_request_more_than_the_budget_has() -> None:
    target, _ = paced(lambda _request: Answer(status=200), most=3)

    target.send(READ)
    target.send_together([READ, READ])
    with pytest.raises(BudgetSpent):
        target.send(READ)
    with pytest.raises(BudgetSpent):
        target.send_together([READ, READ])

    assert target.ledger.statuses() == {"200": 3}


def test_a_rate_spaces_requests_evenly_and_saves_nothing_up() -> None:
    target, clock = paced(lambda _request: Answer(status=200), rate=4)

    for _ in range(3):
        target.send(READ)
    clock.now += 10  # something else took long
    for _ in range(3):
        target.send(READ)
    target.send_together([READ, READ])
    target.send(READ)

    assert clock.waits == [0.25, 0.25, 0.25, 0.25, 0.25, 0.5]


def test_429_is_waited_out_as_asked() -> None:
    answers = [
        Answer(status=429, headers=(("Retry-After", "7"),)),
        Answer(status=429),
        Answer(status=200),
    ]
    target, clock = paced(lambda _request: answers.pop(0))

    assert target.send(READ).status == 200
    assert clock.waits == [7, 1]
    assert target.throttled == 0
    assert target.ledger.statuses() == {"200": 1, "429": 2}


def test_who_asks_to_wait_for_long_or_beyond_the_end_is_not_asked_again() -> None:
    hour, clock = paced(lambda _request: Answer(status=429, headers=(("Retry-After", "3600"),)))
    assert hour.send(READ).status == 429
    assert clock.waits == []
    assert hour.asked_to_wait == 3600
    ending, clock = paced(lambda _request: Answer(status=429))
    ending.ledger.waits_until = clock.now + 0.1
    assert ending.send(READ).status == 429
    assert clock.waits == []


def test_a_target_that_always_answers_429_is_not_waited_for_each_time() -> None:
    target, clock = paced(lambda _request: Answer(status=429))

    for _ in range(20):
        assert target.send(READ).status == 429

    assert target.throttled == 20
    assert len(clock.waits) == 8
    assert target.ledger.count == 28


def test_slower_from_now_on() -> None:
    target, clock = paced(lambda _request: Answer(status=200))
    target.slow_down()
    for _ in range(3):
        target.send(READ)
    target.slow_down()
    for _ in range(2):
        target.send(READ)

    assert clock.waits == [0.02, 0.02, 0.02, 0.04]
