"""Whether the target still serves this campaign, or was told to refuse it."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from oagen.fuzz.sending import Sent
from oagen.fuzz.slots import slots_of
from oagen.fuzz.undoing import Snapshots, Write
from oagen.scenario.model import Request
from oagen.spec.model import SAFE_METHODS
from oagen.target.model import Answer

_UNAVAILABLE = 503
_DENIALS = frozenset({401, 403})
_REFUSALS = _DENIALS | {_UNAVAILABLE}  # 429 is for who paces the requests
_STRANGE = 3  # refusals of what succeeded before that make suspicious
_WITHIN = 25  # requests
_STREAK = 12  # refusals in a row that make suspicious, whatever was before
_LONGEST_STREAK = 200
_FEWEST_OPERATIONS = 4
_SUSPECTS = 80
_LIKELIEST = 3
_WITNESSES = 4
_ROUTINE = 60  # requests between two routine checks

Ask = Callable[[Request], Answer | None]
"""Sends a request, without counting what it draws."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockOut:
    """What succeeded before is refused now.

    Attributes:
        status: What is answered instead.
        identity: Who is refused.
        writes: Those that succeeded since the target was last well, the latest first.
        refused: Requests that are refused now, and tell when that has ended.
        since: Number of requests sent when it was last well.
    """

    status: int
    identity: str | None
    writes: tuple[Write, ...]
    refused: tuple[Request, ...]
    since: int


@dataclass(slots=True)
class _Known:
    """An operation that succeeded: its plainest request that did, and when the last one did."""

    request: Request
    weight: int
    last: int


@dataclass(frozen=True, slots=True)
class _Refusal:
    number: int
    request: Request
    status: int


class Health:
    """Notices refusals of what succeeded before; then asks again what did.

    Witnesses are requests that succeeded: for reading or for writing, as the refusals are, since a target may refuse
    only writes.

    Args:
        guarded: Operations that ask for credentials, as far as the document says: better witnesses than others.
        identity: The campaign's own.

    Attributes:
        sent: Number of requests observed.
    """

    def __init__(self, guarded: Collection[str] = (), identity: str | None = None) -> None:
        self._guarded = set(guarded)
        self._identity = identity
        self._known: dict[tuple[str, str | None], _Known] = {}
        self._usual: dict[str, set[int]] = {}
        self._strange: deque[_Refusal] = deque(maxlen=_WITHIN)
        self._streaks: dict[bool, list[_Refusal]] = {True: [], False: []}
        self._patience = {True: _STREAK, False: _STREAK}
        self._writes: deque[Write] = deque(maxlen=_SUSPECTS)
        self._snapshots = Snapshots()
        self._watched: Request | None = None
        self.sent = 0
        self._asked = 0
        self._well = 0

    @property
    def reader(self) -> Request | None:
        """A request that reads, and succeeded; None as long as there is none."""
        return next(iter(self._sentinels(None, reads=True, near=())), None)

    def observe(self, sent: Sent) -> None:
        """Take note of an answer."""
        self.sent += 1
        if sent.answer is None:
            return
        request, status = sent.request, sent.answer.status
        reads = request.method in SAFE_METHODS
        if 200 <= status < 300:  # noqa: PLR2004
            self._succeeded(sent, sent.answer, reads=reads)
        refusal = _Refusal(self.sent, request, status)
        if status not in _REFUSALS:
            self._streaks[reads].clear()
        elif len(self._streaks[reads]) < _LONGEST_STREAK:
            self._streaks[reads].append(refusal)
        if status in _DENIALS and request.identity != self._identity:
            self._guarded.add(request.operation)
        unusual = status not in self._usual.get(request.operation, ())
        succeeded = (request.operation, request.identity) in self._known
        if status in _REFUSALS and unusual and (succeeded or status == _UNAVAILABLE):
            self._strange.append(refusal)

    def watch(self, request: Request) -> None:
        """Ask for sure after this request, which may have cost its caller its rights."""
        self._watched = request

    def check(self, ask: Ask) -> LockOut | None:
        """Return a lock-out, if there is one; asks only when something looks wrong, or once in a while."""
        refused = self._suspicious()
        if not refused and self._watched is None and self.sent - self._asked < _ROUTINE:
            return None
        self._asked = self.sent
        watched, self._watched = self._watched, None
        if not refused:
            refused = self._routine(ask, watched)
        lock_out = self._confirmed(refused, ask) if refused else None
        if lock_out is None:
            self._well = self.sent
        return lock_out

    def has_ended(self, lock_out: LockOut, ask: Ask) -> bool:
        """Whether most of what was refused is answered otherwise now."""
        still = sum(
            (answer := ask(request)) is not None and answer.status == lock_out.status for request in lock_out.refused
        )
        if 2 * still > len(lock_out.refused):
            return False
        self._strange.clear()
        for streak in self._streaks.values():
            streak.clear()
        self._well = self.sent
        return True

    def _succeeded(self, sent: Sent, answer: Answer, *, reads: bool) -> None:
        request = sent.request
        weight = 100 * request.path.count("{") + len(slots_of(request))
        place = (request.operation, request.identity)
        known = self._known.get(place)
        if known is None:
            self._known[place] = _Known(request, weight, self.sent)
        else:
            known.last = self.sent
            if weight < known.weight:
                known.request, known.weight = request, weight
        if reads:
            self._snapshots.learn(sent.wire.target, answer)
        else:
            target = sent.wire.target
            self._writes.append(
                Write(number=self.sent, request=request, target=target, before=self._snapshots.of(target))
            )

    def _suspicious(self) -> list[_Refusal]:
        recent = [item for item in self._strange if item.number > self.sent - _WITHIN]
        if len(recent) >= _STRANGE:
            (status, count), *_ = Counter(item.status for item in recent).most_common(1)
            if count >= _STRANGE:
                return [item for item in recent if item.status == status]
        for reads, streak in self._streaks.items():
            operations = {item.request.operation for item in streak}
            if len(streak) >= self._patience[reads] and len(operations) >= _FEWEST_OPERATIONS:
                self._patience[reads] = min(2 * self._patience[reads], _LONGEST_STREAK)
                return list(streak)
        return []

    def _routine(self, ask: Ask, watched: Request | None) -> list[_Refusal]:
        """Ask one who should be served; return the refusal, or nothing."""
        identity = watched.identity if watched is not None else self._identity
        for request in self._sentinels(identity, reads=True, near=())[:1]:
            answer = ask(request)
            if answer is not None and answer.status in _REFUSALS:
                return [_Refusal(self.sent, request, answer.status)]
        return []

    def _confirmed(self, refused: list[_Refusal], ask: Ask) -> LockOut | None:
        """Ask witnesses; return the lock-out if most of them are refused."""
        status = Counter(item.status for item in refused).most_common(1)[0][0]
        reads = 2 * sum(item.request.method in SAFE_METHODS for item in refused) > len(refused)
        identity = refused[-1].request.identity
        last = self._writes[-1].request.operation if self._writes and not reads else None
        witnesses = [item for item in self._witnesses(refused, identity, reads=reads) if item.operation != last]
        answers = [(request, answer) for request in witnesses if (answer := ask(request)) is not None]
        turned = [(request, answer) for request, answer in answers if answer.status in _REFUSALS]
        alone = not answers and not reads and last is not None and status == _UNAVAILABLE
        if not alone and 2 * len(turned) <= len(answers):
            for item in refused:
                self._usual.setdefault(item.request.operation, set()).add(item.status)
            self._strange.clear()
            for streak in self._streaks.values():
                streak.clear()
            return None
        if turned:
            status = Counter(answer.status for _, answer in turned).most_common(1)[0][0]
        bad = [request for request, answer in turned if answer.status == status]
        since = self._last_well(bad, reads=reads)
        return LockOut(
            status=status,
            identity=identity,
            writes=self._since(since, refused),
            refused=tuple(bad or [item.request for item in refused])[:_WITNESSES],
            since=since,
        )

    def _last_well(self, bad: Iterable[Request], *, reads: bool) -> int:
        """Return when what is refused now was last answered: its cause came after that."""
        last = [known.last for item in bad if (known := self._known.get((item.operation, item.identity)))]
        if last:
            return max(last)
        return self._well if reads or not self._writes else max(self._writes[-1].number - 1, 0)

    def _since(self, since: int, refused: list[_Refusal]) -> tuple[Write, ...]:
        """Return the writes between the last sign of health and the first refusal, the latest first."""
        first = min((item.number for item in refused if item.number > since), default=self.sent + 1)
        found = [write for write in reversed(self._writes) if since <= write.number <= first]
        return tuple(found or list(reversed(self._writes))[:_LIKELIEST])

    def _witnesses(self, refused: list[_Refusal], identity: str | None, *, reads: bool) -> list[Request]:
        """Return what succeeded: of the refused operations, and of others of their kind, those beside them first."""
        before = [
            known.request
            for item in refused
            if (known := self._known.get((item.request.operation, identity))) is not None
            and (item.request.method in SAFE_METHODS) == reads
        ]
        before.sort(key=lambda request: request.path.count("{"))
        near = [item.request.path for item in refused]
        others = self._sentinels(identity, reads=reads, near=near)
        chosen = {request.operation: request for request in before[: _WITNESSES // 2]}
        for request in (*others, *before):
            if len(chosen) < _WITNESSES:
                chosen.setdefault(request.operation, request)
        return list(chosen.values())

    def _sentinels(self, identity: str | None, *, reads: bool, near: Collection[str]) -> list[Request]:
        """Return requests that succeeded, the best witnesses first: near the refused ones, without identifiers."""
        found = [
            known
            for (_, who), known in self._known.items()
            if (known.request.method in SAFE_METHODS) == reads and (identity is None or who == identity)
        ]
        found.sort(
            key=lambda known: (
                "{" in known.request.path,
                -max((_common(known.request.path, path) for path in near), default=0),
                known.request.operation not in self._guarded,
                known.weight,
            )
        )
        return [known.request for known in found]


def _common(first: str, second: str) -> int:
    """Return how many segments two paths begin with in common."""
    count = 0
    for one, other in zip(first.split("/"), second.split("/"), strict=False):
        if one != other:
            break
        count += 1
    return count
