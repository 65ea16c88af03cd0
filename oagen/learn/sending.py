"""The target as learning sees it: requests are counted, refusals for haste are waited out, and what is met is noted."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from oagen.scenario.wire import WireRequest
from oagen.target.haste import TOO_MANY, retry_after
from oagen.target.model import Answer, FailureKind, SendFailure, Target

_PATIENCE = (0.3, 1.0, 3.0)  # seconds before another try, unless the answer names fewer
_GONE = frozenset(
    {FailureKind.REFUSED, FailureKind.UNREACHABLE, FailureKind.DROPPED, FailureKind.TIMEOUT, FailureKind.DIED}
)
_MOST_SILENT = 8
_MOST_ASKED = 3


class CountingTarget:
    """A target that counts, waits when it is told to, and knows when nobody answers any more.

    Args:
        target: Where requests go.
        clock: Seconds from somewhere.
        wait: Waits so many seconds.
    """

    def __init__(
        self, target: Target, clock: Callable[[], float] = time.monotonic, wait: Callable[[float], None] = time.sleep
    ) -> None:
        self._target = target
        self._clock = clock
        self._wait = wait
        self._lock = threading.Lock()
        self.requests = 0
        self.silent = 0
        self.patient = True
        """Whether a 429 is waited out; not while it is what a scenario wants."""

    @property
    def is_gone(self) -> bool:
        """Whether the last requests all got no answer."""
        return self.silent >= _MOST_SILENT

    def send(self, request: WireRequest, *, timeout: float | None = None) -> Answer:
        """Return the answer to a request; raises SendFailure where there is none."""
        for delay in (*_PATIENCE, None):
            answer = self._send(request, timeout)
            if answer.status != TOO_MANY or not self.patient or delay is None:
                return answer
            asked = retry_after(answer)
            self._wait(min(delay if asked is None else asked, _PATIENCE[-1]))
        raise AssertionError("the last round returns")

    def is_answering(self, target: str) -> bool:
        """Tell whether the target answers a request, whatever it says; asked a few times."""
        for _ in range(_MOST_ASKED):
            try:
                self.send(WireRequest(method="GET", target=target))
            except SendFailure:
                continue
            return True
        return False

    def _send(self, request: WireRequest, timeout: float | None) -> Answer:
        with self._lock:
            self.requests += 1
        try:
            answer = self._target.send(request, timeout=timeout)
        except SendFailure as failure:
            if failure.kind in _GONE:
                self.silent += 1
            raise
        self.silent = 0
        return answer

    def close(self) -> None:
        """Do nothing: whoever opened the target closes it."""
