"""Which lines of the application have run: each one is told once.

They are seen by `sys.monitoring`, or before Python 3.12 by probes in the source. Both also see the exceptions that pass
through the application's functions, handled or not.
"""

from __future__ import annotations

import os
import sys
from types import CodeType
from typing import Any, Callable

from .capture import Capture, note_passed
from .probes import Probes

Lines = dict[str, list[int]]


class LineRecorder:
    """Records nothing; what the others have in common.

    Args:
        is_application: Says whether a file is the application's own.
    """

    def __init__(self, is_application: Callable[[str], bool]) -> None:
        self._is_application = is_application
        self._seen: dict[str, set[int]] = {}
        self._fresh: list[tuple[str, int]] = []

    def start(self) -> None:
        """Begin to record; called before the application is imported."""

    def resume(self) -> None:
        """Forget the exceptions of the request before."""

    def complete(self, caught: Capture) -> None:
        """Tell a request's capture of the exceptions that were met, where it does not know them yet."""

    def forget(self) -> None:
        """Begin anew: lines that ran before are told again when they run again."""
        self.take()
        self._seen.clear()

    def note(self, filename: str, line: int) -> None:
        """Remember a line, if it is new."""
        lines = self._seen.setdefault(filename, set())
        if line not in lines:
            lines.add(line)
            self._fresh.append((filename, line))

    def take(self) -> Lines:
        """Return the lines that ran for the first time since the last call."""
        if not self._fresh:
            return {}
        fresh, self._fresh[:] = list(self._fresh), []
        lines: Lines = {}
        for filename, line in fresh:
            lines.setdefault(os.path.abspath(filename), []).append(line)
        return lines


class ProbeRecorder(LineRecorder):
    """Records by probes in the source; see `probes.py`."""

    def __init__(self, is_application: Callable[[str], bool]) -> None:
        super().__init__(is_application)
        self._probes = Probes()
        self._told = b""

    def start(self) -> None:
        """Begin to record what is imported from now on."""
        self._probes.install(self._is_application)

    def resume(self) -> None:
        """Forget the exceptions of the request before."""
        self._probes.met[0] = None

    def complete(self, caught: Capture) -> None:
        """Tell a request's capture of the last exception that was met."""
        met, self._probes.met[0] = self._probes.met[0], None
        if met is not None:
            caught.pass_by(*met)

    def forget(self) -> None:
        """Begin anew: lines that ran before are told again when they run again."""
        super().forget()
        self._probes.ran[:] = self._told = bytes(len(self._probes.ran))

    def take(self) -> Lines:
        """Return the lines that ran for the first time since the last call."""
        ran = self._probes.ran
        if ran != self._told:
            now = bytes(ran)
            changed = int.from_bytes(now, "little") ^ int.from_bytes(self._told, "little")
            fresh = changed.to_bytes(len(now), "little")
            self._told = now
            number = fresh.find(1)
            while number >= 0:
                self.note(*self._probes.places[number])
                number = fresh.find(1, number + 1)
        return super().take()


if sys.version_info >= (3, 12):

    class MonitoringRecorder(LineRecorder):
        """Records by `sys.monitoring`: a line that has run once costs nothing any more."""

        def start(self) -> None:
            """Begin to record, in all threads."""
            monitoring = sys.monitoring
            events = monitoring.events
            tool = next((number for number in (4, 3, 5, 2) if monitoring.get_tool(number) is None), None)
            if tool is None:
                return
            is_application, note = self._is_application, self.note

            def entered(code: CodeType, _offset: int) -> Any:
                if is_application(code.co_filename):
                    monitoring.set_local_events(tool, code, events.LINE)
                return monitoring.DISABLE

            def reached(code: CodeType, line: int) -> Any:
                note(code.co_filename, line)
                return monitoring.DISABLE

            def raised(code: CodeType, _offset: int, error: BaseException) -> None:
                if is_application(code.co_filename):
                    note_passed(error, error.__traceback__)

            monitoring.use_tool_id(tool, "oagen")
            monitoring.register_callback(tool, events.PY_START, entered)
            monitoring.register_callback(tool, events.LINE, reached)
            monitoring.register_callback(tool, events.RAISE, raised)
            monitoring.set_events(tool, events.PY_START | events.RAISE)

        def forget(self) -> None:
            """Begin anew: lines that ran before are told again when they run again."""
            super().forget()
            sys.monitoring.restart_events()


def make_recorder(is_application: Callable[[str], bool], *, coverage: bool) -> LineRecorder:
    """Return the best recorder this interpreter has, or one that records nothing."""
    if not coverage:
        return LineRecorder(is_application)
    if sys.version_info >= (3, 12):
        return MonitoringRecorder(is_application)
    return ProbeRecorder(is_application)
