"""Requests as the agent is told of them, in one frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from oagen import __version__
from oagen.scenario.wire import WireRequest
from oagen.target.agent.program.frames import pack

_OURS = (("Accept", "*/*"), ("User-Agent", f"oagen/{__version__}"))

MARGIN = 0.7
"""Seconds that the agent has, beyond a request's own, to say that the request hung; see `program/asgi.py`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Requests that are sent in one frame.

    Attributes:
        count: Of the requests.
        timeout: Seconds for all of them.
    """

    frame: bytes
    count: int
    is_trial: bool
    timeout: float


class Orders:
    """Packs requests.

    Args:
        headers: Sent with each request that has none of the same name.
    """

    def __init__(self, headers: Sequence[tuple[str, str]]) -> None:
        given = {name.lower() for name, _ in headers}
        self._headers = [*headers, *(item for item in _OURS if item[0].lower() not in given)]

    def packed(self, requests: Sequence[WireRequest], timeout: float, trial: Mapping[str, Any] | None = None) -> Order:
        """Return requests as a frame.

        Args:
            requests: Sent at the same moment if there are several.
            timeout: Seconds for all of them together.
            trial: What is replaced meanwhile.
        """
        order: dict[str, Any] = {"op": "request", "requests": [self._header(item, timeout) for item in requests]}
        if trial is not None:
            order["trial"] = trial
        body = b"".join([request.body or b"" for request in requests])
        return Order(frame=pack(order, body), count=len(requests), is_trial=trial is not None, timeout=timeout + MARGIN)

    def _header(self, request: WireRequest, timeout: float) -> dict[str, Any]:
        headers = [(_on_the_wire(name), _on_the_wire(value)) for name, value in request.headers]
        taken = {name.lower() for name, _ in headers}
        headers += [item for item in self._headers if item[0].lower() not in taken]
        return {
            "method": _on_the_wire(request.method),
            "target": _on_the_wire(request.target),
            "headers": headers,
            "timeout": timeout,
            "size": len(request.body or b""),
        }


def _on_the_wire(text: str) -> str:
    """Return text of which each character is one byte.

    It is sent as UTF-8; a surrogate that stands for a raw byte becomes that, any other the three bytes of UTF-8.
    """
    if text.isascii():
        return text
    try:
        return text.encode("utf-8", "surrogateescape").decode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass").decode("latin-1")
