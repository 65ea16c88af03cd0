"""Requests that are under way while their sender does something else."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from oagen.scenario.wire import WireRequest
from oagen.target.model import Answer, Target


class UnderWay:
    """A request whose answer nobody has waited for yet.

    Args:
        finish: Waits for the answer; it is called once.
    """

    def __init__(self, finish: Callable[[], Answer]) -> None:
        self._finish = finish
        self._outcome: Answer | Exception | None = None

    def land(self) -> None:
        """Wait for the outcome, and keep it for whoever asks."""
        if self._outcome is None:
            try:
                self._outcome = self._finish()
            except Exception as error:  # noqa: BLE001 - it is raised where the answer is asked for
                self._outcome = error

    def answer(self) -> Answer:
        """Return the answer, waiting for it if need be; raises what `Target.send` raises."""
        self.land()
        if isinstance(self._outcome, Answer):
            return self._outcome
        assert self._outcome is not None
        raise self._outcome


def room_ahead(target: Target) -> int:
    """Return how many requests may be under way on a target: it answers them one after the other."""
    room: int = getattr(target, "room_ahead", 1)
    return room


def begin(target: Target, request: WireRequest, *, timeout: float | None = None) -> UnderWay:
    """Send a request, and return without its answer.

    On a target that has no way of its own to do so, the request is sent when its answer is asked for.

    Raises:
        SendFailure: It could not be sent.
    """
    own: Callable[..., UnderWay] | None = getattr(target, "begin", None)
    if own is not None:
        return own(request, timeout=timeout)
    return UnderWay(partial(target.send, request, timeout=timeout))
