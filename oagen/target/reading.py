"""Reading from a connection against one deadline, however slowly bytes drip in."""

from __future__ import annotations

import io
import socket
import time
from typing import Any, cast


class _Source(io.RawIOBase):
    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self.deadline: float | None = None
        self.received = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self.deadline is None:
            return None  # nothing may be read between two exchanges
        remaining = self.deadline - time.monotonic()
        if remaining <= 0:
            raise TimeoutError("timed out")
        self._socket.settimeout(remaining)
        count = self._socket.recv_into(buffer)
        self.received += count
        return count


class _Buffer(io.BufferedReader):
    """Stays open when one response ends, since the next one comes from the same buffer."""

    def close(self) -> None:
        """Keep the buffer: `ConnectionReader.finish` ends it."""

    def finish(self) -> None:
        super().close()


class ConnectionReader:
    """Bytes of a connection, for as many responses as come over it."""

    def __init__(self, connected: socket.socket) -> None:
        self._source = _Source(connected)
        self._buffer = _Buffer(self._source, 65_536)

    @property
    def received(self) -> int:
        """Bytes that came since it was last set to zero."""
        return self._source.received

    @received.setter
    def received(self, count: int) -> None:
        self._source.received = count

    @property
    def deadline(self) -> float | None:
        """When reading gives up, on the monotonic clock, in seconds."""
        return self._source.deadline

    @deadline.setter
    def deadline(self, deadline: float | None) -> None:
        self._source.deadline = deadline

    def holds_bytes(self) -> bool:
        """Whether bytes were read from the connection that no response claimed."""
        self._source.deadline = None
        return bool(self._buffer.peek(1))

    def as_socket(self) -> socket.socket:
        """Return what `http.client.HTTPResponse` asks a socket for: its file."""
        return cast("socket.socket", self)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Return the buffer, which outlives the response that is read from it."""
        return self._buffer

    def finish(self) -> None:
        """Let the buffer go."""
        self._buffer.finish()
