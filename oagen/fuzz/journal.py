"""The writes of a campaign that succeeded: some of them may be what a fault needs."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from oagen.fuzz.gone import deleted_by
from oagen.fuzz.script import SAFE
from oagen.fuzz.sending import Sent
from oagen.fuzz.slots import slots_of
from oagen.scenario.model import Request

_FIRST = 2  # of each operation
_LATEST = 24
_KEPT = 2_000  # of the latest, to look in for what speaks of a resource that was deleted
_MOST = 72

Entry = tuple[int, Request]
"""A write, and which of all it was."""


class Journal:
    """Remembers writes in the order in which they succeeded."""

    def __init__(self) -> None:
        self._first: dict[str, list[Entry]] = {}
        self._kept: deque[Entry] = deque(maxlen=_KEPT)
        self._count = 0

    def __len__(self) -> int:
        """Return how many writes have succeeded."""
        return self._count

    def see(self, sent: Sent) -> None:
        """Remember what was sent, if it is a write that succeeded."""
        request, answer = sent.request, sent.answer
        if answer is None or answer.status >= 300 or request.method in SAFE:  # noqa: PLR2004
            return
        self._count += 1
        entry = (self._count, request)
        self._kept.append(entry)
        first = self._first.setdefault(request.operation, [])
        if len(first) < _FIRST:
            first.append(entry)

    def __contains__(self, request: object) -> bool:
        """Tell whether a write has succeeded, as far as that is still remembered."""
        return any(request == kept for _, kept in self._kept)

    def latest(self) -> tuple[Entry, ...]:
        """Return the writes just before now."""
        return tuple(islice(reversed(self._kept), _LATEST))[::-1]

    def behind(self, latest: Sequence[Entry]) -> tuple[Request, ...]:
        """Return the writes that may have made what was there after some of them, in order; some dozens at most.

        Those are the latest then, what speaks of a resource that one of them has deleted, and the first writes of each
        operation.

        Args:
            latest: What `latest` returned at that time.
        """
        gone = {str(found[1]) for _, request in latest if (found := deleted_by(request)) is not None}
        before = latest[-1][0] if latest else 0
        about = [entry for entry in self._kept if gone and entry[0] < before and _speaks_of(entry[1], gone)]
        first = (entry for some in self._first.values() for entry in some if entry[0] < before)
        chosen = dict(latest)
        for number, request in (*about[-_LATEST:], *first):
            if len(chosen) < _MOST:
                chosen[number] = request
        return tuple(_distinct(chosen[number] for number in sorted(chosen)))


def _speaks_of(request: Request, names: set[str]) -> bool:
    return any(isinstance(slot.value, str | int) and str(slot.value) in names for slot in slots_of(request))


def _distinct(requests: Iterable[Request]) -> Iterator[Request]:
    seen: set[str] = set()
    for request in requests:
        text = repr(request)
        if text not in seen:
            seen.add(text)
            yield request
