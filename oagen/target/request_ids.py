"""Requests with an id of their own, by which a server's log tells whose a line is."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace

from oagen.scenario.wire import WireRequest
from oagen.target.ahead import UnderWay, begin, room_ahead
from oagen.target.model import Answer, SendFailure, Target
from oagen.target.together import send_together


class RequestIds:
    """Gives each request an id in a header, and knows those of the latest ones.

    Args:
        header: Its name, such as `X-Request-ID`; a request that has it already keeps its value.
    """

    def __init__(self, header: str) -> None:
        self._header = header
        self._sent: list[str] = []  # append is atomic

    @property
    def sent(self) -> tuple[str, ...]:
        """The ids of the requests that were sent since `clear`."""
        return tuple(self._sent)

    def clear(self) -> None:
        """Forget the ids so far."""
        self._sent.clear()

    def on(self, target: Target) -> Target:
        """Return a target whose requests carry ids."""
        return _Identified(target, self)

    def identified(self, request: WireRequest) -> WireRequest:
        """Return a request with an id, which is known as sent from now on."""
        given = next((value for name, value in request.headers if name.lower() == self._header.lower()), None)
        self._sent.append(given or uuid.uuid4().hex)
        if given is not None:
            return request
        return replace(request, headers=(*request.headers, (self._header, self._sent[-1])))


class _Identified:
    """A target whose requests carry ids."""

    def __init__(self, target: Target, ids: RequestIds) -> None:
        self._target = target
        self.room_ahead = room_ahead(target)
        self._ids = ids

    def send(self, request: WireRequest, *, timeout: float | None = None) -> Answer:
        return self._target.send(self._ids.identified(request), timeout=timeout)

    def begin(self, request: WireRequest, *, timeout: float | None = None) -> UnderWay:
        return begin(self._target, self._ids.identified(request), timeout=timeout)

    def send_together(
        self, requests: Sequence[WireRequest], *, timeout: float | None = None
    ) -> tuple[Answer | SendFailure, ...]:
        return send_together(self._target, [self._ids.identified(request) for request in requests], timeout=timeout)

    def close(self) -> None:
        self._target.close()
