"""Catching exceptions that a framework or the application itself turns into a response before they leave it."""

from __future__ import annotations

import contextvars
import logging
import sys
from types import TracebackType
from typing import Any, Optional

Met = tuple[BaseException, Optional[TracebackType]]
"""An exception with its traceback as it was then; frameworks clear it afterwards."""

SERVER_ERROR = 500


class Capture:
    """The exceptions met while one request was handled.

    Attributes:
        raised: The one that left the application.
        signalled: The one that the framework announced (`got_request_exception` of Flask and Django).
        logged: The last one that was logged as an error.
        passed: The last one that was seen in a frame of the application.
    """

    __slots__ = ("logged", "passed", "raised", "signalled")

    def __init__(self) -> None:
        self.raised: BaseException | None = None
        self.signalled: Met | None = None
        self.logged: Met | None = None
        self.passed: Met | None = None

    def pass_by(self, error: BaseException, links: TracebackType | None) -> None:
        """Remember an exception that was seen in a frame of the application."""
        if isinstance(error, Exception) and not isinstance(error, (StopIteration, StopAsyncIteration)):
            self.passed = error, links

    def forget(self) -> None:
        """Let go of the exceptions, and with them of everything their frames hold open."""
        self.raised = self.signalled = self.logged = self.passed = None

    def choose(self, status: int) -> tuple[BaseException, TracebackType | None, str] | None:
        """Return the exception behind a response, and how it became known.

        One that did not leave the application is only taken for the reason of a server error: anything
        else was handled.
        """
        if self.raised is not None:
            return self.raised, None, "raised"
        if status >= SERVER_ERROR:
            for how in ("signalled", "logged", "passed"):
                met: Met | None = getattr(self, how)
                if met is not None:
                    return met[0], met[1], how
        return None


_current: contextvars.ContextVar[Capture | None] = contextvars.ContextVar("capture", default=None)
_latest: Capture | None = None


def begin() -> Capture:
    """Return a new capture, current in this context and in the threads and tasks it starts."""
    global _latest  # noqa: PLW0603 - a thread of the application's own has no context of the request
    capture = Capture()
    _latest = capture
    _current.set(capture)
    return capture


def current() -> Capture | None:
    """Return the capture of the request being handled here, or else the latest one."""
    return _current.get() or _latest


def in_request() -> bool:
    """Tell whether this runs for a request: in its task, in a task or thread with its context, or in its own thread."""
    return _current.get() is not None


def note_passed(error: BaseException, links: TracebackType | None) -> None:
    """Remember an exception that was seen in a frame of the application, for the request being handled here."""
    capture = current()
    if capture is not None:
        capture.pass_by(error, links)


def watch_logging() -> None:
    """See every exception that is logged as an error, whatever the loggers' handlers and propagation."""
    original = logging.Logger.handle

    def handle(self: logging.Logger, record: logging.LogRecord) -> None:
        if record.exc_info and record.levelno >= logging.ERROR:
            capture = current()
            error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
            if capture is not None and error is not None:
                capture.logged = error, error.__traceback__
        original(self, record)

    logging.Logger.handle = handle  # type: ignore[method-assign]


def watch_signals() -> None:
    """Listen to the frameworks that announce an exception and then answer 500 themselves; call it after the import."""

    def announced(*_: Any, **arguments: Any) -> None:
        capture = current()
        error = arguments.get("exception") or sys.exc_info()[1]
        if capture is not None and error is not None:
            capture.signalled = error, error.__traceback__

    for module in ("flask.signals", "quart.signals", "django.core.signals"):
        signal = getattr(sys.modules.get(module), "got_request_exception", None)
        if signal is not None:
            try:
                signal.connect(announced, weak=False)
            except RuntimeError:  # Flask before 2.3 without blinker; the log tells then
                continue
