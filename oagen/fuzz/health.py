"""Whether the target still serves this campaign, or was told to refuse it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from oagen.fuzz.sending import Sent
from oagen.scenario.model import Request
from oagen.target.model import Answer

_REFUSALS = frozenset({401, 403, 429, 503})
_WINDOW = 40
_SUSPICIOUS = 0.85
_FEWEST_OPERATIONS = 4
_ROUTINE = 60  # requests between two routine checks
_READS = frozenset({"GET", "HEAD", "OPTIONS"})

Ask = Callable[[Request], Answer | None]
"""Sends a request, without counting what it draws."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockOut:
    """What succeeded before is refused now.

    Attributes:
        status: What the witness is answered.
        suspects: Operations with a write that succeeded since it was last well, the latest first.
        since: Number of requests sent when it was last well.
    """

    status: int
    suspects: tuple[str, ...]
    since: int


class Health:
    """Watches the share of refusals; where it jumps, asks again what succeeded before.

    A witness is a request that succeeded: one for reading, one for writing, since a target may refuse only writes.
    """

    def __init__(self) -> None:
        self._recent: dict[bool, deque[tuple[str, int]]] = {
            True: deque(maxlen=_WINDOW),
            False: deque(maxlen=_WINDOW),
        }
        self.witnesses: dict[bool, Request] = {}
        self._writes: list[str] = []
        self._sent = 0
        self._asked = 0
        self._well = 0

    def observe(self, sent: Sent) -> None:
        """Take note of an answer."""
        self._sent += 1
        if sent.answer is None:
            return
        reads = sent.request.method in _READS
        status = sent.answer.status
        self._recent[reads].append((sent.request.operation, status))
        if 200 <= status < 300:  # noqa: PLR2004
            if not reads:
                self._writes.append(sent.request.operation)
            known = self.witnesses.get(reads)
            if known is None or (reads and "{" in known.path and "{" not in sent.request.path):
                self.witnesses[reads] = sent.request

    def check(self, ask: Ask, *, now: bool = False) -> LockOut | None:
        """Return a lock-out, if there is one; asks only when something looks wrong, once in a while, or `now`."""
        suspicious = [reads for reads in (True, False) if self._looks_wrong(reads)]
        routine = self._sent - self._asked >= _ROUTINE
        if not suspicious and not routine and not now:
            return None
        self._asked = self._sent
        for reads in [True, False] if now else suspicious or [True]:
            witness = self.witnesses.get(reads)
            answer = ask(witness) if witness is not None else None
            if answer is not None and answer.status in _REFUSALS:
                suspects = tuple(dict.fromkeys(reversed(self._writes)))
                return LockOut(status=answer.status, suspects=suspects, since=self._well)
            self._recent[reads].clear()
        self._well = self._sent
        self._writes.clear()
        return None

    def _looks_wrong(self, reads: bool) -> bool:
        recent = self._recent[reads]
        if len(recent) < _WINDOW:
            return False
        refused = [operation for operation, status in recent if status in _REFUSALS]
        return len(refused) >= _SUSPICIOUS * _WINDOW and len(set(refused)) >= _FEWEST_OPERATIONS
