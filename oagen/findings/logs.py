"""A server's log, followed while requests are sent."""

from __future__ import annotations

import time
from pathlib import Path

from oagen.errors import UsageError
from oagen.findings.tracebacks import Traceback, parse_tracebacks

_LARGEST_READ = 4 * 1024 * 1024
_PAUSE = 0.002


class LogTail:
    """Gives the tracebacks that a request left in the log.

    Requests are told apart by order: what was written since `mark` belongs to the request sent since. A server
    that writes late is waited for, but not again and again when it never writes.

    Args:
        path: The log file; it may be rotated or emptied while it is followed.
        patience: Seconds to wait for a traceback.

    Raises:
        UsageError: The file can't be read.
    """

    def __init__(self, path: Path, *, patience: float = 0.3) -> None:
        self._path = path
        self._patience = patience
        self._misses = 0
        try:
            self._offset = path.stat().st_size
            with path.open("rb"):
                pass
        except OSError as error:
            raise UsageError(
                f"the log file {path} can't be read: {error.strerror}", hint="Name the file that the server writes to."
            ) from error

    def mark(self) -> None:
        """Take note of the end of the log: what comes after belongs to the next request."""
        try:
            self._offset = self._path.stat().st_size
        except OSError:
            self._offset = 0

    def tracebacks(self) -> tuple[Traceback, ...]:
        """Return the tracebacks since `mark`, waiting a moment for them; they count when nothing more is written."""
        until = time.monotonic() + self._patience / (1 + self._misses)
        size = -1
        while True:
            text = self._since()
            late = time.monotonic() >= until
            if "Traceback (" in text and (len(text) == size or late) and (found := parse_tracebacks(text)):
                self._misses = 0
                return found
            if late:
                self._misses = min(self._misses + 1, 100)
                return ()
            size = len(text)
            time.sleep(_PAUSE)

    def _since(self) -> str:
        try:
            with self._path.open("rb") as log:
                if log.seek(0, 2) < self._offset:
                    self._offset = 0  # rotated
                log.seek(self._offset)
                return log.read(_LARGEST_READ).decode("utf-8", "replace")
        except OSError:
            return ""
