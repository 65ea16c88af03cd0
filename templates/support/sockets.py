"""A guard against network traffic from unit tests."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

_ATTEMPTS = ("connect", "connect_ex", "sendto", "sendmsg")
_LOOK_UPS = ("getaddrinfo", "gethostbyname", "gethostbyname_ex")


class BlockedError(OSError):
    """A unit test tried to open a connection."""


@contextmanager
def no_sockets() -> Iterator[None]:
    """Refuse connections and look-ups of hosts.

    Fail the test that tried one, even if that was hidden.

    Sockets that are open already stay open, and drivers written in C are out of reach.
    """
    tried: list[str] = []

    def refuse(_: socket.socket, *arguments: Any, **__: Any) -> None:
        tried.append(repr(arguments[-1]))
        raise BlockedError(f"unit tests open no connections: {arguments[-1]!r}")

    def refuse_name(host: object, *_: Any, **__: Any) -> None:
        tried.append(repr(host))
        raise BlockedError(f"unit tests look up no hosts: {host!r}")

    patch = pytest.MonkeyPatch()
    for name in _ATTEMPTS:
        patch.setattr(socket.socket, name, refuse, raising=False)
    for name in _LOOK_UPS:
        patch.setattr(socket, name, refuse_name)
    try:
        yield
    finally:
        patch.undo()
    if tried:
        pytest.fail(
            f"a unit test opens no connections, and this one tried {', '.join(tried)}",
            pytrace=False,
        )
