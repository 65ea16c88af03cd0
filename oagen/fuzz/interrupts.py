"""Ctrl-C as a wish to end, which is granted where nothing is half done."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator


class Interrupt:
    """Says whether somebody has asked for the end.

    An exception out of a signal handler may come anywhere: in the middle of a write, or where it is swallowed (in a
    callback of the garbage collector, say). So a handler only asks here, and the campaign looks now and then: before
    each request, at the latest.

    Attributes:
        asked: Whether somebody has.
    """

    def __init__(self) -> None:
        self.asked = False
        self._is_told = False

    def ask(self) -> None:
        """Ask for the end."""
        self.asked = True

    def check(self) -> None:
        """Do nothing as long as nobody has asked.

        Raises:
            KeyboardInterrupt: Somebody has; it is raised once, so that whoever catches it can finish.
        """
        if self.asked and not self._is_told:
            self._is_told = True
            raise KeyboardInterrupt

    @contextlib.contextmanager
    def by_keyboard(self) -> Iterator[None]:
        """Take the first Ctrl-C within this block as asking; one more raises KeyboardInterrupt at once."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.signal(signal.SIGINT, self._on_signal)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def _on_signal(self, *_arguments: object) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.ask()
