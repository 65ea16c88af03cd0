"""Frames: two lengths, a JSON header, a body of bytes. All that oagen and the agent say to each other goes in them."""

from __future__ import annotations

import json
import os
import select
import struct
from typing import Any, Callable

VERSION = 1
"""Version of the protocol; the agent says it in its first frame, and oagen refuses another one."""

PREFIX = struct.Struct(">II")
CHUNK = 1 << 16

Frame = tuple[dict[str, Any], bytes]

_to_json = json.JSONEncoder(separators=(",", ":")).encode


def pack(header: dict[str, Any], body: bytes = b"") -> bytes:
    """Return the bytes of one frame."""
    text = _to_json(header).encode("ascii")
    return b"".join((PREFIX.pack(len(text), len(body)), text, body))


class FrameReader:
    """Cuts a stream of bytes into frames.

    Args:
        read: Returns some more bytes, at most as many as asked for; none at the end of the stream.
    """

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read
        self._pending = b""

    def holds_bytes(self) -> bool:
        """Tell whether more was read than was asked for."""
        return bool(self._pending)

    def next(self) -> Frame | None:
        """Return the next frame; None when the stream has ended, in the middle of a frame or not."""
        prefix = self._take(PREFIX.size)
        if prefix is None:
            return None
        header_size, body_size = PREFIX.unpack(prefix)
        content = self._take(header_size + body_size)
        if content is None:
            return None
        return json.loads(content[:header_size].decode("ascii")), content[header_size:]

    def _take(self, size: int) -> bytes | None:
        if len(self._pending) < size:
            parts = [self._pending]
            missing = size - len(self._pending)
            while missing > 0:
                part = self._read(max(missing, CHUNK))
                if not part:
                    return None
                parts.append(part)
                missing -= len(part)
            self._pending = b"".join(parts)
        taken, self._pending = self._pending[:size], self._pending[size:]
        return taken


class Pipes:
    """The agent's end: blocking pipes, since oagen sends whole frames and reads whole frames."""

    def __init__(self, incoming: int, outgoing: int) -> None:
        self.incoming = incoming
        self._outgoing = outgoing
        self._reader = FrameReader(lambda size: os.read(incoming, size))
        self._readable = select.poll()
        self._readable.register(incoming, select.POLLIN)
        self.ended = False

    def read(self) -> Frame | None:
        """Return the next frame from oagen; None when oagen is gone, which `ended` tells from then on."""
        frame = self._reader.next()
        self.ended = frame is None
        return frame

    def holds_more(self) -> bool:
        """Tell whether `read` would not have to wait: there is another frame, or the end."""
        return self._reader.holds_bytes() or bool(self._readable.poll(0))

    def write(self, header: dict[str, Any], body: bytes = b"") -> None:
        """Send one frame to oagen."""
        rest = memoryview(pack(header, body))
        while rest:
            rest = rest[os.write(self._outgoing, rest) :]
