"""One request after the other, some under way while what came back of an earlier one is looked at."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from oagen.fuzz.caution import Gate
from oagen.fuzz.luck import Choice, Luck
from oagen.fuzz.oracles import Oracles
from oagen.fuzz.sending import Flight, Sender, Sent
from oagen.scenario.model import Request
from oagen.scenario.wire import WireRequest

_DISTURBING = frozenset({401, 403, 429})

Conclude = Callable[[Sent], tuple[float, bool]]
"""Learns from what came back and looks after the target; returns what it was worth (see `Luck.credit`), and whether
the campaign goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Started:
    flight: Flight
    choices: tuple[Choice, ...]


class Pursuit:
    """Sends requests of one campaign; some are under way at any time, and are answered one after the other.

    A target that waits for the next request, while an answer is looked at and another request is made up, does
    nothing. So the next one is sent as soon as there is room, unless the answer that came then calls for looking
    first: there is none, it is a server error or a refusal, or its request may have cost the campaign its rights.

    Args:
        gate: Keeps back what has to wait.
        oracles: Are told before each request.
        sender: Sends.
        luck: Is told what came of what was drawn.
        conclude: Looks at what came back.
        room: How many requests may be under way when an answer is looked at.
    """

    def __init__(
        self, gate: Gate, oracles: Oracles, sender: Sender, luck: Luck, *, conclude: Conclude, room: int
    ) -> None:
        self._gate = gate
        self._oracles = oracles
        self._sender = sender
        self._luck = luck
        self._conclude = conclude
        self._room = room
        self._under_way: deque[_Started] = deque()

    def send(self, request: Request) -> Sent | None:
        """Send a request, unless it was sent before or has to wait; return the latest one that was answered meanwhile.

        Raises:
            BudgetSpent: No request is left.
        """
        admitted = self._gate.admitted(request)
        if admitted is None:
            return None
        wire = self._sender.prepared(admitted)
        if wire is None:
            return None
        choices = self._luck.taken()
        if len(self._under_way) < self._room:
            self._start(admitted, wire, choices)
            return None
        if not self._room:
            self._start(admitted, wire, choices)
            return self.settle()
        started = self._under_way.popleft()
        before = started.flight.land()
        if before is None:
            self._start(admitted, wire, choices)
        elif self._is_calm(before):
            try:
                self._start(admitted, wire, choices)
            finally:
                self._look_at(before, started)
        elif self._look_at(before, started) and not self._gate.is_forbidden(admitted):
            self._start(admitted, wire, choices)
        return before

    def settle(self) -> Sent | None:
        """Wait for the first request that is under way, and look at what came back; None where there is none."""
        while self._under_way:
            started = self._under_way.popleft()
            sent = started.flight.land()
            if sent is not None:
                self._look_at(sent, started)
                return sent
        return None

    def _start(self, request: Request, wire: WireRequest, choices: tuple[Choice, ...]) -> None:
        self._oracles.before()
        self._under_way.append(_Started(flight=self._sender.start(request, wire), choices=choices))

    def _look_at(self, sent: Sent, started: _Started) -> bool:
        worth, goes_on = self._conclude(sent)
        self._luck.credit(started.choices, worth)
        return goes_on

    def _is_calm(self, sent: Sent) -> bool:
        answer = sent.answer
        if answer is None or answer.status >= 500 or answer.status in _DISTURBING:  # noqa: PLR2004
            return False
        return answer.status >= 300 or not self._gate.is_risky(sent.request)  # noqa: PLR2004
