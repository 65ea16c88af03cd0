"""Requests that are sent to an application before it has answered those before them."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from oagen.errors import TargetError
from oagen.target.agent.application import LOST, Application
from oagen.target.agent.channel import ChannelClosedError, ChannelTimeoutError
from oagen.target.agent.lines import Lines
from oagen.target.agent.orders import Order
from oagen.target.agent.process import AgentProcess
from oagen.target.agent.reply import Ending, Reply, read_reply
from oagen.target.agent.stacks import innermost_frame

ROOM_AHEAD = 3
"""Requests that may be under way: the agent, which answers one after the other, need not wait for the next."""

_SMALL = 5_000  # bytes of a frame: the pipe takes `ROOM_AHEAD` of them, whatever the agent does meanwhile

Heard = tuple[tuple[Reply, ...], Mapping[str, Any] | None]
"""What came of each request, and what was seen of a trial."""


@dataclass(slots=True, kw_only=True)
class Told:
    """An order that was sent, and what came of it.

    Attributes:
        process: To which it was sent.
        began: On the monotonic clock: when it was sent.
        problem: Why it could not be sent.
    """

    order: Order
    process: AgentProcess
    began: float = 0.0
    problem: ChannelTimeoutError | ChannelClosedError | None = None
    outcome: Heard | TargetError | None = None


class Pipeline:
    """Tells an application of requests, and hears what comes of them in the same order.

    A request that is lost with a process which an earlier one ended is told again.

    Args:
        application: Is started again whenever it hangs or dies.
    """

    def __init__(self, application: Application) -> None:
        self._application = application
        self._lines = Lines()
        self._under_way: deque[Told] = deque()
        self._heard_at = 0.0

    def tell(self, order: Order) -> Told:
        """Send an order as soon as there is room for it.

        Raises:
            TargetError: The application had to be started, and did not start.
        """
        while len(self._under_way) >= (ROOM_AHEAD if len(order.frame) <= _SMALL else 1):
            self._land()
        told = Told(order=order, process=self._application.process())
        self._send(told)
        self._under_way.append(told)
        return told

    def outcome(self, told: Told) -> Heard:
        """Wait for what comes of something told, and of all that was told before it.

        Raises:
            TargetError: The application had to be started again, and did not start.
        """
        while told.outcome is None:
            self._land()
        if isinstance(told.outcome, TargetError):
            raise told.outcome
        return told.outcome

    def settle(self) -> None:
        """Wait for all that is under way."""
        while self._under_way:
            self._land()

    def _send(self, told: Told) -> None:
        told.began = time.monotonic()
        told.problem = None
        try:
            told.process.tell(told.order.frame, deadline=told.began + told.order.timeout)
        except LOST as error:
            told.problem = error

    def _land(self) -> None:
        """Wait for what comes of the first of what is under way."""
        told = self._under_way.popleft()
        try:
            told.outcome = self._heard(told)
        except TargetError as error:
            for lost in (told, *self._under_way):
                lost.outcome = error
            self._under_way.clear()
            raise
        finally:
            self._heard_at = time.monotonic()

    def _heard(self, told: Told) -> Heard:
        process = told.process
        try:
            if told.problem is not None:
                raise told.problem
            answer, content = process.hear(deadline=max(told.began, self._heard_at) + told.order.timeout)
        except ChannelTimeoutError:
            stack = process.stack()
            return self._lost(told, Ending.HUNG, stack, ""), None
        except ChannelClosedError:
            _, how = process.exit_reason()
            stack = process.crash_stack() or process.log_tail()
            return self._lost(told, Ending.DIED, stack, how), None
        restarted = any(each.get("restart") for each in answer["answers"])
        if restarted:
            self._restart()
        is_first = not self._application.restarts
        replies = []
        for each in answer["answers"]:
            body, content = content[: each["size"]], content[each["size"] :]
            if "lines" in each and not told.order.is_trial:
                each["lines"] = self._lines.new(each["lines"], is_first=is_first)
            replies.append(read_reply(each, body, self._application.is_file, restarted=restarted))
        return tuple(replies), answer.get("trial")

    def _lost(self, told: Told, ending: Ending, stack: str, detail: str) -> tuple[Reply, ...]:
        seconds = time.monotonic() - max(told.began, self._heard_at)
        self._restart()
        reply = Reply(
            ending=ending,
            stack=stack,
            where=innermost_frame(stack, self._application.is_file),
            ending_detail=detail,
            seconds=seconds,
            lines={},
            restarted=True,
        )
        return (reply,) * told.order.count

    def _restart(self) -> None:
        process = self._application.restart()
        for told in self._under_way:  # the process that was to answer them is gone
            told.process = process
            self._send(told)
