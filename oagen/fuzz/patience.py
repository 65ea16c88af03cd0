"""An end for what can't be asked to end: somebody else's generator that computes for half a minute."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class TookTooLong(BaseException):
    """Raised wherever the work happens to be; no `except Exception` on the way keeps it."""


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Interrupt the block after so many seconds of this process's CPU time.

    It is CPU time, so that a busy machine changes no decision. Outside the main thread, and on systems without
    interval timers, the block takes as long as it takes.

    Raises:
        TookTooLong: It took longer.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return
    before = signal.signal(signal.SIGPROF, _stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _stop(*_arguments: object) -> None:
    raise TookTooLong
