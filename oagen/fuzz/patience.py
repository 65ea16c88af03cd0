"""An end for what can't be asked to end: somebody else's generator that computes for half a minute."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

_AGAIN = (
    0.25  # seconds of CPU time until it is raised once more: in a `__del__` or a callback of the collector it is lost
)


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
    before, hook = signal.signal(signal.SIGPROF, _stop), sys.unraisablehook
    sys.unraisablehook = partial(_others, hook)
    signal.setitimer(signal.ITIMER_PROF, seconds, _AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
        sys.unraisablehook = hook


def _stop(*_arguments: object) -> None:
    raise TookTooLong


def _others(hook: Any, lost: UnraisableHookArgs) -> None:
    """Report what was raised where nobody can catch it, unless it was raised here, and will be again."""
    if not isinstance(lost.exc_value, TookTooLong):
        hook(lost)
