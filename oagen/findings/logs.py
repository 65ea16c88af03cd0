"""A server's log, followed while requests are sent."""

from __future__ import annotations

import time
from pathlib import Path

from oagen.errors import UsageError
from oagen.findings.tracebacks import Traceback, parse_tracebacks, unfolded
from oagen.target.model import Target
from oagen.target.request_ids import RequestIds

_LARGEST_READ = 4 * 1024 * 1024
_PAUSE = 0.002


class LogTail:
    """Gives the tracebacks that a request left in the log.

    Requests are told apart by order and time: what was written since `mark` belongs to the request sent since. A server
    that writes late is waited for, but not again and again when it never writes. Where requests carry ids, and the log
    has ever had one beside a traceback, only tracebacks with the id of a request sent since count.

    Args:
        path: The log file; it may be rotated or emptied while it is followed.
        patience: Seconds to wait for a traceback.
        ids: Those that requests carry; None where they carry none.

    Raises:
        UsageError: The file can't be read.
    """

    def __init__(self, path: Path, *, patience: float = 0.3, ids: RequestIds | None = None) -> None:
        self._path = path
        self._patience = patience
        self._ids = ids
        self._has_ids = False
        self._misses = 0
        try:
            self._offset = path.stat().st_size
            with path.open("rb"):
                pass
        except OSError as error:
            raise UsageError(
                f"the log file {path} can't be read: {error.strerror}", hint="Name the file that the server writes to."
            ) from error

    def on(self, target: Target) -> Target:
        """Return the target to send through, so that its requests carry ids where they are to."""
        return target if self._ids is None else self._ids.on(target)

    def mark(self) -> None:
        """Take note of the end of the log: what comes after belongs to the next request."""
        if self._ids is not None:
            self._ids.clear()
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
            if "Traceback (" in text and (len(text) == size or late) and (found := self._own(text)):
                self._misses = 0
                return found
            if late:
                self._misses = min(self._misses + 1, 100)
                return ()
            size = len(text)
            time.sleep(_PAUSE)

    def _own(self, text: str) -> tuple[Traceback, ...]:
        """Return the tracebacks of the requests sent since `mark`, as far as ids tell."""
        found = parse_tracebacks(text)
        if self._ids is None or not found:
            return found
        lines, sent = unfolded(text), self._ids.sent
        own = tuple(item for item in found if any(name in _record(item, lines) for name in sent))
        self._has_ids = self._has_ids or bool(own)
        return own if self._has_ids else found

    def _since(self) -> str:
        try:
            with self._path.open("rb") as log:
                if log.seek(0, 2) < self._offset:
                    self._offset = 0  # rotated
                log.seek(self._offset)
                return log.read(_LARGEST_READ).decode("utf-8", "replace")
        except OSError:
            return ""


def followed(path: Path | None, header: str | None = None) -> LogTail | None:
    """Return the log at a path, if there is one.

    Args:
        header: Each request carries an id in it.

    Raises:
        UsageError: The file can't be read.
    """
    return None if path is None else LogTail(path, ids=RequestIds(header) if header else None)


def _record(traceback: Traceback, lines: list[str]) -> str:
    """Return a traceback with the line before it, and what follows it inside the same JSON value."""
    first = traceback.end - traceback.text.count("\n") - 1
    before = next((line for line in reversed(lines[:first]) if line.strip()), "")
    after = [line for line in lines[traceback.end : traceback.end + 1] if line.lstrip().startswith('"')]
    return "\n".join([before, traceback.text, *after])
