from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest

from oagen.errors import TargetError
from oagen.scenario.wire import WireRequest
from oagen.target.model import Answer, FailureKind, SendFailure
from oagen.target.together import send_together

FIRST = WireRequest(method="GET", target="/1")
SECOND = WireRequest(method="GET", target="/2")


class Meeting:
    """Answers only once two requests are there."""

    def __init__(self) -> None:
        self._both = threading.Barrier(2)

    def send(self, request: WireRequest, *, timeout: float | None = None) -> Answer:
        self._both.wait(timeout=10)
        if request.target == "/2":
            raise SendFailure(FailureKind.DROPPED, "gone")
        return Answer(status=200)

    def close(self) -> None:
        pass


class OneByOne(Meeting):
    """Has one request in flight, and a way of its own for several."""

    def send_together(
        self, requests: Sequence[WireRequest], *, timeout: float | None = None
    ) -> tuple[Answer | SendFailure, ...]:
        return tuple(Answer(status=299, body=request.target.encode()) for request in requests)


def test_a_target_gets_all_requests_at_once_and_each_outcome_comes_back_in_order() -> None:
    first, second = send_together(Meeting(), [FIRST, SECOND])

    assert isinstance(first, Answer)
    assert isinstance(second, SendFailure)
    assert second.kind is FailureKind.DROPPED


def test_a_target_with_a_way_of_its_own_uses_it() -> None:
    outcomes = send_together(OneByOne(), [FIRST, SECOND])

    assert [outcome.body for outcome in outcomes if isinstance(outcome, Answer)] == [b"/1", b"/2"]


class Refusing(Meeting):
    """Is a target that nothing may be sent to."""

    def send(self, request: WireRequest, *, timeout: float | None = None) -> Answer:
        raise TargetError(f"{request.target} is not for you")


def test_what_is_no_outcome_is_raised() -> None:
    with pytest.raises(TargetError, match="is not for you"):
        send_together(Refusing(), [FIRST, SECOND])
