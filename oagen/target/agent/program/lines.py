"""Which lines of the application have run: each one is told once, by `sys.monitoring` or, before 3.12, `sys.settrace`.

Both also see the exceptions that pass through the application's frames, handled or not.
"""

from __future__ import annotations

import os
import sys
import sysconfig
import threading
from types import CodeType, FrameType
from typing import Any, Callable

from .capture import note_passed

LINE_BUDGET = 50_000
"""Line events that one request may cost under `sys.settrace`; what runs after them in the same call is not seen."""

_LIBRARY_FOLDERS = frozenset({"site-packages", "dist-packages", ".venv", "venv", ".tox", ".nox", "node_modules"})

Lines = dict[str, list[int]]


class ApplicationFiles:
    """Says which files are the application's own: those below its roots, but not the libraries installed there.

    A root may lie among the installed libraries itself, where the application is an installed package.
    """

    def __init__(self, roots: list[str]) -> None:
        self._roots = [os.path.abspath(root) for root in roots]
        paths = sysconfig.get_paths()
        self._libraries = [os.path.abspath(path) + os.sep for path in (paths["stdlib"], sys.prefix)]
        self._known: dict[str, bool] = {}

    def __call__(self, filename: str) -> bool:
        """Return whether this file of a code object is the application's own."""
        known = self._known.get(filename)
        if known is None:
            known = self._known[filename] = filename[:1] != "<" and self._within(os.path.abspath(filename))
        return known

    def _within(self, path: str) -> bool:
        for root in self._roots:
            if path == root:
                return True
            prefix = root if root.endswith(os.sep) else root + os.sep
            if path.startswith(prefix) and _LIBRARY_FOLDERS.isdisjoint(path[len(prefix) :].split(os.sep)):
                below = [library for library in self._libraries if library.startswith(prefix)]
                if not any(path.startswith(library) for library in below):
                    return True
        return False


def roots_of(module: Any, folder: str) -> list[str]:
    """Return the roots of an application: the folder it is started in, and its package or where that lies."""
    roots = [folder]
    top = sys.modules.get(module.__name__.partition(".")[0], module)
    places = list(getattr(top, "__path__", ())) or [getattr(top, "__file__", None)]
    for place in places:
        if place:
            around = os.path.dirname(os.path.abspath(place))
            installed = not _LIBRARY_FOLDERS.isdisjoint(around.split(os.sep))
            roots.append(os.path.abspath(place) if installed else around)
    return list(dict.fromkeys(roots))


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
        """Begin to record, in this thread and in those started from now on."""

    def resume(self) -> None:
        """Make sure that recording goes on; called before each request."""

    def take(self) -> Lines:
        """Return the lines that ran for the first time since the last call."""
        if not self._fresh:
            return {}
        fresh, self._fresh[:] = list(self._fresh), []
        lines: Lines = {}
        for filename, line in fresh:
            lines.setdefault(os.path.abspath(filename), []).append(line)
        return lines


class TraceRecorder(LineRecorder):
    """Records by `sys.settrace`; functions that are not the application's cost one dictionary look-up."""

    def __init__(self, is_application: Callable[[str], bool]) -> None:
        super().__init__(is_application)
        self._tracers: dict[str, Callable[..., Any] | None] = {}
        self._spent = [0]
        self._trace = self._tracer_of_calls()

    def start(self) -> None:
        """Begin to record, in this thread and in those started from now on."""
        threading.settrace(self._trace)
        sys.settrace(self._trace)

    def resume(self) -> None:
        """Make sure that recording goes on: a recursion error inside a trace function ends it."""
        self._spent[0] = 0
        if sys.gettrace() is not self._trace:
            sys.settrace(self._trace)

    def _tracer_of_calls(self) -> Callable[..., Any]:
        tracers = self._tracers

        def trace(frame: FrameType, _event: str, _argument: Any) -> Any:
            filename = frame.f_code.co_filename
            try:
                return tracers[filename]
            except KeyError:
                local = self._tracer_of_lines(filename) if self._is_application(filename) else None
                tracers[filename] = local
                return local

        return trace

    def _tracer_of_lines(self, filename: str) -> Callable[..., Any]:
        seen = self._seen.setdefault(filename, set())
        fresh, spent = self._fresh, self._spent

        def trace(frame: FrameType, event: str, argument: Any) -> Any:
            if event == "line":
                line = frame.f_lineno
                if line not in seen:
                    seen.add(line)
                    fresh.append((filename, line))
                spent[0] += 1
                if spent[0] > LINE_BUDGET:
                    frame.f_trace_lines = False
            elif event == "exception":
                note_passed(argument[1], argument[2])
            return trace

        return trace


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
            is_application, seen, fresh = self._is_application, self._seen, self._fresh

            def entered(code: CodeType, _offset: int) -> Any:
                if is_application(code.co_filename):
                    monitoring.set_local_events(tool, code, events.LINE)
                return monitoring.DISABLE

            def reached(code: CodeType, line: int) -> Any:
                lines = seen.setdefault(code.co_filename, set())
                if line not in lines:
                    lines.add(line)
                    fresh.append((code.co_filename, line))
                return monitoring.DISABLE

            def raised(code: CodeType, _offset: int, error: BaseException) -> None:
                if is_application(code.co_filename):
                    note_passed(error, error.__traceback__)

            monitoring.use_tool_id(tool, "oagen")
            monitoring.register_callback(tool, events.PY_START, entered)
            monitoring.register_callback(tool, events.LINE, reached)
            monitoring.register_callback(tool, events.RAISE, raised)
            monitoring.set_events(tool, events.PY_START | events.RAISE)


def make_recorder(is_application: Callable[[str], bool], *, coverage: bool) -> LineRecorder:
    """Return the best recorder this interpreter has, or one that records nothing."""
    if not coverage:
        return LineRecorder(is_application)
    if sys.version_info >= (3, 12):
        return MonitoringRecorder(is_application)
    return TraceRecorder(is_application)
