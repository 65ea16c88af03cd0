"""Which functions of the application run for a request, seen by a profile function."""

from __future__ import annotations

import sys
import threading
from types import FrameType
from typing import Any, Callable

from .places import Place, place_of

MOST = 60


class Call:
    """A function of the application that was called.

    Attributes:
        place: Where it can be patched.
        frame: Its frame at the first call.
        caller: The frame that called it.
        given: What it gave back last.
    """

    __slots__ = ("caller", "frame", "given", "place")

    def __init__(self, place: Place, frame: FrameType, caller: FrameType | None) -> None:
        self.place = place
        self.frame = frame
        self.caller = caller
        self.given: Any = None


class CallWatch:
    """Notes the application's functions that are called between `start` and `stop`."""

    def __init__(self, is_application: Callable[[str], bool]) -> None:
        self._is_application = is_application
        self._calls: dict[Any, Call] = {}
        self._active = False
        self._left_alone: set[Any] = set()

    def install(self) -> None:
        """See the threads that begin from now on."""
        threading.setprofile(self._profile)

    def start(self) -> None:
        """Begin to note."""
        self._calls = {}
        self._active = True
        sys.setprofile(self._profile)

    def stop(self) -> list[Call]:
        """Return what was noted, in the order of the first calls."""
        sys.setprofile(None)
        self._active = False
        calls, self._calls = list(self._calls.values()), {}
        return calls

    def _profile(self, frame: FrameType, event: str, argument: Any) -> None:
        if not self._active or event not in ("call", "return"):
            return
        code = frame.f_code
        if code in self._left_alone or not self._is_application(code.co_filename):
            return
        if event == "return":
            call = self._calls.get(code)
            if call is not None and call.frame is frame:
                call.given = argument
            return
        if code in self._calls or len(self._calls) >= MOST:
            return
        sys.setprofile(None)
        try:
            place = place_of(frame, frame.f_back)
        finally:
            sys.setprofile(self._profile)
        if place is None:
            self._left_alone.add(code)
        else:
            self._calls[code] = Call(place, frame, frame.f_back)
