"""The target as a campaign sees it: each request is counted, none is one too many, and none comes too soon."""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from oagen.fuzz.events import NO_ANSWER
from oagen.fuzz.interrupts import Interrupt
from oagen.scenario.wire import WireRequest
from oagen.target.ahead import UnderWay, begin, room_ahead
from oagen.target.haste import TOO_MANY, retry_after
from oagen.target.model import Answer, FailureKind, SendFailure, Target
from oagen.target.together import send_together

_PATIENCE = (0.2, 1.0)  # seconds before another try after 429, where the answer names none
_LONGEST_WAIT = 10.0  # seconds; who asks for more is not asked again
_HOPELESS = 4  # requests in a row that stayed 429: waiting for each of the next would cost the whole budget


class BudgetSpent(Exception):  # noqa: N818 - an outcome
    """There is no request left to send."""


class Ledger:
    """Counts what was sent and answered, and holds the budget of requests.

    Args:
        most: How many may be sent in all; None for no limit.
        interrupt: Is looked at before each request.

    Attributes:
        count: Requests sent.
        responses: Number of answers by status, by operation; `none` counts requests without an answer.
        waits_until: On the monotonic clock: nobody waits for a throttled target longer than that; None for ever.
    """

    def __init__(self, most: int | None = None, interrupt: Interrupt | None = None) -> None:
        self.most = most
        self.interrupt = interrupt or Interrupt()
        self.count = 0
        self.responses: dict[str, Counter[str]] = defaultdict(Counter)
        self.waits_until: float | None = None
        self._lock = threading.Lock()

    def admit(self, number: int = 1) -> None:
        """Take requests from the budget.

        Raises:
            BudgetSpent: There are not so many left.
            KeyboardInterrupt: Somebody has asked for the end.
        """
        self.interrupt.check()
        with self._lock:
            if self.most is not None and self.count + number > self.most:
                raise BudgetSpent
            self.count += number

    def note(self, request: WireRequest, outcome: Answer | SendFailure) -> None:
        """Take note of what became of a request that was admitted."""
        operation = request.operation or f"{request.method} {request.target.partition('?')[0]}"
        with self._lock:
            if isinstance(outcome, Answer):
                self.responses[operation][str(outcome.status)] += 1
            elif outcome.kind is FailureKind.UNSENDABLE:
                self.count -= 1
            else:
                self.responses[operation][NO_ANSWER] += 1

    def add(self, responses: Mapping[str, Mapping[str, int]]) -> None:
        """Count what others have sent."""
        with self._lock:
            for operation, counts in responses.items():
                self.responses[operation].update(counts)
                self.count += sum(counts.values())

    def left(self) -> float:
        """Return how many requests may still be sent; infinity where nobody counts."""
        return float("inf") if self.most is None else self.most - self.count

    def statuses(self) -> dict[str, int]:
        """Return how often each status was answered."""
        return dict(sum(self.responses.values(), Counter()))

    def by_operation(self) -> dict[str, dict[str, int]]:
        """Return `responses` in order."""
        return {key: dict(sorted(counts.items())) for key, counts in sorted(self.responses.items()) if counts}


class PacedTarget:
    """A target behind a ledger, a rate limit, and the patience that 429 asks for.

    Args:
        target: Where requests go.
        ledger: Counts them.
        rate: Requests a second, at most; None for as many as it takes.
        clock: Seconds from somewhere.
        wait: Waits so many seconds.

    Attributes:
        ledger: What was sent and answered.
        throttled: Requests in a row that were still answered 429 when they had been sent again.
        asked_to_wait: Seconds that the last 429 asked for; None where it named none.
    """

    def __init__(
        self,
        target: Target,
        ledger: Ledger,
        *,
        rate: float | None = None,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._target = target
        self.ledger = ledger
        self._interval = 1 / rate if rate else 0.0
        self._clock = clock
        self._wait = wait
        self._next = clock()
        self._lock = threading.Lock()
        self._under_way: deque[UnderWay] = deque()
        self.room_ahead = room_ahead(target)
        self.throttled = 0
        self.asked_to_wait: float | None = None

    def send(self, request: WireRequest, *, timeout: float | None = None) -> Answer:
        """Return the answer; that of 429 only where it stays so. See `Target.send`.

        Raises:
            BudgetSpent: No request is left.
        """
        return self.begin(request, timeout=timeout).answer()

    def begin(self, request: WireRequest, *, timeout: float | None = None) -> UnderWay:
        """Send a request when there is room ahead, and return without its answer.

        Raises:
            SendFailure: It could not be sent.
            BudgetSpent: No request is left.
        """
        self._land(self.room_ahead - 1)
        self._take(1)
        try:
            sent = begin(self._target, request, timeout=timeout)
        except SendFailure as failure:
            self.ledger.note(request, failure)
            raise
        under_way = UnderWay(partial(self._finish, request, sent, timeout))
        self._under_way.append(under_way)
        return under_way

    def _finish(self, request: WireRequest, sent: UnderWay, timeout: float | None) -> Answer:
        for delay in (*_PATIENCE, None):
            try:
                answer = sent.answer()
            except SendFailure as failure:
                self.ledger.note(request, failure)
                raise
            self.ledger.note(request, answer)
            if answer.status != TOO_MANY:
                self.throttled = 0
                return answer
            asked = self.asked_to_wait = retry_after(answer)
            if delay is None or self.throttled >= _HOPELESS or self.ledger.left() <= 0:
                break
            if not self._waits(delay if asked is None else asked):
                break
            self._take(1)
            sent = UnderWay(partial(self._target.send, request, timeout=timeout))
        self.throttled += 1
        return answer

    def send_together(
        self, requests: Sequence[WireRequest], *, timeout: float | None = None
    ) -> tuple[Answer | SendFailure, ...]:
        """Send requests at the same moment and return what came of each, in the order given.

        Raises:
            BudgetSpent: Not so many are left.
        """
        self._land(0)
        self._take(len(requests))
        outcomes = send_together(self._target, requests, timeout=timeout)
        for request, outcome in zip(requests, outcomes, strict=True):
            self.ledger.note(request, outcome)
        return outcomes

    def close(self) -> None:
        """Do nothing: whoever opened the target closes it."""

    def wait(self) -> None:
        """Wait until no request is under way; what came of each is kept for whoever asks."""
        self._land(0)

    def slow_down(self) -> None:
        """Halve the rate from now on, since the target has refused more; a first limit is fifty a second."""
        self._interval = self._interval * 2 or 0.02

    def _land(self, most: int) -> None:
        """Wait until no more requests than that are under way."""
        while len(self._under_way) > most:
            self._under_way.popleft().land()

    def _take(self, number: int) -> None:
        self.ledger.admit(number)
        if not self._interval:
            return
        with self._lock:
            now = self._clock()
            due = max(self._next, now)
            self._next = due + number * self._interval
        if due > now:
            self._wait(due - now)

    def _waits(self, seconds: float) -> bool:
        """Wait; False where that would be too long, or the campaign would be over then."""
        until = self.ledger.waits_until
        if seconds > _LONGEST_WAIT or (until is not None and self._clock() + seconds >= until):
            return False
        self._wait(seconds)
        return True
