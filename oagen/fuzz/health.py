"""Whether the target still serves this campaign, or was told to refuse it."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from oagen.fuzz.sending import Sent
from oagen.scenario.model import Request
from oagen.target.model import Answer

_UNAVAILABLE = 503
_REFUSALS = frozenset({401, 403, 429, _UNAVAILABLE})
_WINDOW = 40
_SUSPICIOUS = 0.85
_FEWEST_OPERATIONS = 4
_SUSPECTS = 60
_LIKELIEST = 3
_WITNESSES = 3
_ROUTINE = 60  # requests between two routine checks
_READS = frozenset({"GET", "HEAD", "OPTIONS"})

Ask = Callable[[Request], Answer | None]
"""Sends a request, without counting what it draws."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockOut:
    """What succeeded before is refused now.

    Attributes:
        status: What is answered instead.
        suspects: Writes that succeeded since the target was last well, one an operation, the latest first.
        refused: Requests that are refused now, and tell when that has ended.
        since: Number of requests sent when it was last well.
    """

    status: int
    suspects: tuple[Request, ...]
    refused: tuple[Request, ...]
    since: int


class Health:
    """Watches the share of refusals; where it jumps, asks again what succeeded before.

    Witnesses are requests that succeeded: some for reading, some for writing, since a target may refuse only writes.

    Attributes:
        sent: Number of requests observed.
    """

    def __init__(self) -> None:
        self._recent: dict[bool, deque[tuple[Request, int]]] = {
            True: deque(maxlen=_WINDOW),
            False: deque(maxlen=_WINDOW),
        }
        self._witnesses: dict[bool, dict[str, Request]] = {True: {}, False: {}}
        self._writes: deque[tuple[int, Request]] = deque(maxlen=_SUSPECTS)
        self.sent = 0
        self._asked = 0
        self._well = 0

    @property
    def reader(self) -> Request | None:
        """A request that reads, and succeeded; None as long as there is none."""
        return next(iter(self._witnesses[True].values()), None)

    def observe(self, sent: Sent) -> None:
        """Take note of an answer."""
        self.sent += 1
        if sent.answer is None:
            return
        reads = sent.request.method in _READS
        self._recent[reads].append((sent.request, sent.answer.status))
        if 200 <= sent.answer.status < 300:  # noqa: PLR2004
            if not reads:
                self._writes.append((self.sent, sent.request))
            self._add_witness(sent.request, self._witnesses[reads], reads=reads)

    def check(self, ask: Ask) -> LockOut | None:
        """Return a lock-out, if there is one; asks only when something looks wrong, or once in a while."""
        suspicious = [reads for reads in (True, False) if self._looks_wrong(reads)]
        routine = self.sent - self._asked >= _ROUTINE
        if not suspicious and not routine:
            return None
        self._asked = self.sent
        for reads in suspicious or [True]:
            status = self._refused_with(ask, reads=reads, suspicious=bool(suspicious))
            if status is not None:
                return self._lock_out(status, reads=reads)
            self._recent[reads].clear()
        self._well = self.sent
        return None

    def has_ended(self, lock_out: LockOut, ask: Ask) -> bool:
        """Whether most of what was refused is answered otherwise now."""
        still = sum(
            (answer := ask(request)) is not None and answer.status == lock_out.status for request in lock_out.refused
        )
        if 2 * still > len(lock_out.refused):
            return False
        for recent in self._recent.values():
            recent.clear()
        self._well = self.sent
        return True

    def _refused_with(self, ask: Ask, *, reads: bool, suspicious: bool) -> int | None:
        """Return the status with which most witnesses are refused; None where they are not.

        What succeeded last is no witness where writes are refused, since it may be the switch itself. Where there is
        no other witness, that everything is unavailable speaks for itself.
        """
        last = self._writes[-1][1].operation if self._writes and not reads else None
        witnesses = [request for key, request in self._witnesses[reads].items() if key != last]
        if not witnesses:
            (status, _), *_ = Counter(status for _, status in self._recent[reads]).most_common(1) or [(0, 0)]
            return status if suspicious and last is not None and status == _UNAVAILABLE else None
        statuses = [answer.status for request in witnesses if (answer := ask(request)) is not None]
        refused = [status for status in statuses if status in _REFUSALS]
        return refused[0] if 2 * len(refused) > len(statuses) else None

    def _lock_out(self, status: int, *, reads: bool) -> LockOut:
        """Return what is known: of refused writes the last that succeeded is the likeliest cause, whenever it was."""
        since = self._well if reads else (self._writes[-1][0] - 1 if self._writes else 0)
        found = [request for number, request in reversed(self._writes) if not reads or number > since]
        suspects = _one_each(found)
        refused = [request for request, answered in self._recent[reads] if answered == status]
        refused = refused or list(self._witnesses[reads].values())
        return LockOut(
            status=status,
            suspects=suspects if reads else suspects[:_LIKELIEST],
            refused=_one_each(refused)[:_WITNESSES],
            since=since,
        )

    def _add_witness(self, request: Request, witnesses: dict[str, Request], *, reads: bool) -> None:
        if request.operation in witnesses:
            return
        if len(witnesses) >= _WITNESSES:
            worse = next((key for key in witnesses if "{" in key), None)
            if not reads or "{" in request.path or worse is None:
                return
            del witnesses[worse]
        witnesses[request.operation] = request

    def _looks_wrong(self, reads: bool) -> bool:
        recent = self._recent[reads]
        if len(recent) < _WINDOW:
            return False
        refused = [request.operation for request, status in recent if status in _REFUSALS]
        return len(refused) >= _SUSPICIOUS * _WINDOW and len(set(refused)) >= _FEWEST_OPERATIONS


def _one_each(requests: Sequence[Request]) -> tuple[Request, ...]:
    """Return the first request of each operation."""
    found: dict[str, Request] = {}
    for request in requests:
        found.setdefault(request.operation, request)
    return tuple(found.values())
