"""oagen's end of the pipes to an agent: frames, each with a deadline."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable
from typing import Any

from oagen.target.agent.program.frames import FrameReader, pack

LOOK_AGAIN = 0.25  # seconds without an answer until it is asked whether the process is alive
_GRACE = 0.1  # seconds to read a frame that came while nobody waited for it


class ChannelClosedError(Exception):
    """The agent's process closed its end: it has died."""


class ChannelTimeoutError(Exception):
    """No whole frame came in time."""


class Channel:
    """Sends frames and receives them.

    Args:
        incoming: Descriptor that is read from; both are made non-blocking and closed with the channel.
        outgoing: Descriptor that is written to.
        alive: Says whether the agent's process is there: a child that it forked may hold its end open after its death.
    """

    def __init__(self, incoming: int, outgoing: int, alive: Callable[[], bool]) -> None:
        self._alive = alive
        self._incoming = incoming
        self._outgoing = outgoing
        for descriptor in (incoming, outgoing):
            os.set_blocking(descriptor, False)
        self._readable = select.poll()
        self._readable.register(incoming, select.POLLIN)
        self._writable = select.poll()
        self._writable.register(outgoing, select.POLLOUT)
        self._reader = FrameReader(self._read)
        self._deadline = 0.0  # of the frame that is written or read

    def exchange(self, header: dict[str, Any], body: bytes, *, timeout: float) -> tuple[dict[str, Any], bytes]:
        """Send a frame and return the next one that comes.

        Args:
            timeout: Seconds for both together.

        Raises:
            ChannelClosedError: The agent is gone.
            ChannelTimeoutError: The agent did not take the frame or did not answer; the channel is of no more use.
        """
        deadline = time.monotonic() + timeout
        self.send(pack(header, body), deadline=deadline)
        return self.receive(deadline=deadline)

    def send(self, frame: bytes, *, deadline: float) -> None:
        """Send a packed frame until a moment on the monotonic clock; raises as `exchange` does."""
        self._deadline = deadline
        self._write(frame)

    def receive(self, *, deadline: float) -> tuple[dict[str, Any], bytes]:
        """Return the next frame that comes; raises as `exchange` does."""
        self._deadline = max(deadline, time.monotonic() + _GRACE)
        frame = self._reader.next()
        if frame is None:
            raise ChannelClosedError
        return frame

    def close(self) -> None:
        """Close both pipes."""
        os.close(self._outgoing)
        os.close(self._incoming)

    def _write(self, content: bytes) -> None:
        rest = memoryview(content)
        while rest:
            try:
                rest = rest[os.write(self._outgoing, rest) :]
            except BlockingIOError:
                self._wait(self._writable)
            except BrokenPipeError:
                raise ChannelClosedError from None

    def _read(self, size: int) -> bytes:
        while True:
            try:
                return os.read(self._incoming, size)
            except BlockingIOError:
                self._wait(self._readable)
            except ConnectionResetError:
                return b""

    def _wait(self, poll: select.poll) -> None:
        while (left := self._deadline - time.monotonic()) > 0:
            if poll.poll(min(left, LOOK_AGAIN) * 1000):
                return
            if not self._alive():
                raise ChannelClosedError
        raise ChannelTimeoutError
