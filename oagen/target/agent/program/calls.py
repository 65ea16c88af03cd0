"""Which functions of the application run for a request, seen by a trace function."""

from __future__ import annotations

import sys
import threading
from types import FrameType
from typing import Any, Callable

from .capture import in_request
from .places import Place, place_of

MOST = 60


class Call:
    """A function of the application that was called.

    Attributes:
        place: Where it can be patched; None where it can't be.
        frame: Its frame at the first call.
        caller: The frame that called it, and the line it was at.
    """

    __slots__ = ("caller", "frame", "place")

    def __init__(self, place: Place | None, frame: FrameType, caller: FrameType | None) -> None:
        self.place = place
        self.frame = frame
        self.caller = None if caller is None else (caller, caller.f_lineno)


class CallWatch:
    """Notes the application's functions that are called between `start` and `stop`, those that handle errors left out.

    Attributes:
        above: Functions that have called the handler, or what called it, since the watch began.

    The trace function looks at calls alone, never at lines, and knows the functions of others after their first call.
    """

    def __init__(self, is_application: Callable[[str], bool]) -> None:
        self._is_application = is_application
        self._calls: dict[int, Call] = {}
        self._active = False
        self._handler: tuple[str, int] = ("", 0)
        self.handled = False
        self.above: set[Any] = set()
        self._of_others: dict[int, Any] = {}  # by identity: a code object's hash is that of all it holds

    def install(self) -> None:
        """See the threads that begin from now on."""
        threading.settrace(self._trace)

    def start(self, handler: tuple[str, int], *, trace: bool) -> None:
        """Begin to note.

        Args:
            handler: File and first line of the function whose run `handled` tells; it may be a library's.
            trace: Whether to note anything, which takes more time than most requests do.
        """
        self._calls = {}
        if handler != self._handler:
            self.above = set()
            others = self._of_others.items()  # a library's function may handle this one, and have been called before
            self._of_others = {
                number: code for number, code in others if (code.co_filename, code.co_firstlineno) != handler
            }
        self._handler = handler
        self.handled = False
        self._active = trace
        if trace:
            sys.settrace(self._trace)

    def _note_above(self, frame: FrameType | None) -> None:
        """Remember the functions on the way to the handler: without them it would not run."""
        while frame is not None:
            self.above.add(frame.f_code)
            frame = frame.f_back

    def stop(self) -> list[Call]:
        """Return what was noted, in the order of the first calls."""
        sys.settrace(None)
        self._active = False
        calls, self._calls = list(self._calls.values()), {}
        return calls

    def _trace(self, frame: FrameType, _event: str, _argument: Any) -> None:
        code = frame.f_code
        number = id(code)
        if number in self._of_others or not self._active or number in self._calls:
            return
        if code.co_firstlineno == self._handler[1] and code.co_filename == self._handler[0]:
            self.handled = True
            self._note_above(frame.f_back)
            if not self._is_application(code.co_filename):
                return
        if not self._is_application(code.co_filename):
            self._of_others[number] = code
        elif sys.exc_info()[0] is None and in_request() and len(self._calls) < MOST:
            self._calls[number] = Call(place_of(frame, frame.f_back), frame, frame.f_back)
