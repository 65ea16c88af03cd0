"""Servers for tests: each listens on 127.0.0.1 on a free port and ends with its `with` block."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Script = Callable[[socket.socket, bytes], None]
"""Answers one request (as received) on a connection; closing the connection ends it."""


@dataclass
class Served:
    """What a server is and what it saw."""

    port: int
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextlib.contextmanager
def serving(script: Script, context: ssl.SSLContext | None = None) -> Iterator[Served]:
    """Serve every connection on a thread; a request ends after its Content-Length, or its header section."""
    listener = socket.create_server(("127.0.0.1", 0))
    served = Served(listener.getsockname()[1])
    stop = threading.Event()
    open_sockets: list[socket.socket] = []

    def converse(accepted: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError):
            connected = context.wrap_socket(accepted, server_side=True) if context else accepted
            open_sockets.append(connected)
            received = b""
            while True:
                while b"\r\n\r\n" not in received:
                    piece = connected.recv(65_536)
                    if not piece:
                        return
                    received += piece
                head, _, rest = received.partition(b"\r\n\r\n")
                length = 0
                for line in head.lower().split(b"\r\n"):
                    if line.startswith(b"content-length:"):
                        length = int(line.split(b":")[1])
                while len(rest) < length:
                    rest += connected.recv(65_536)
                served.requests.append(head + b"\r\n\r\n" + rest[:length])
                received = rest[length:]
                script(connected, served.requests[-1])

    def accept() -> None:
        while not stop.is_set():
            try:
                accepted, _ = listener.accept()
            except OSError:
                return
            served.connections += 1
            open_sockets.append(accepted)
            threading.Thread(target=converse, args=(accepted,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        stop.set()
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)
        for connected in open_sockets:
            with contextlib.suppress(OSError):
                connected.shutdown(socket.SHUT_RDWR)
            connected.close()


def saying(*answers: bytes, close: bool = False) -> Script:
    """Return a script that gives the answers in turn, the last one for ever."""
    waiting = list(answers)

    def script(connected: socket.socket, _request: bytes) -> None:
        connected.sendall(waiting.pop(0) if len(waiting) > 1 else waiting[0])
        if close:
            connected.shutdown(socket.SHUT_RDWR)
            connected.close()

    return script


def answer(body: bytes = b"", status: str = "200 OK", *headers: str) -> bytes:
    """Return an answer with a Content-Length."""
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode("latin-1") + body
