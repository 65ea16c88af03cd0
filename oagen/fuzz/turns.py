"""Whose turn it is to send, where several workers fill one log: a traceback in it may be another worker's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from oagen.fuzz.book import Book
from oagen.fuzz.oracles import Fault
from oagen.scenario.model import Request

if TYPE_CHECKING:
    from oagen.fuzz.commons import Commons  # its locks are not everywhere

_MOST_DOUBTS = 3  # of one fault at one operation that are looked into


class Turns:
    """Keeps tracebacks apart. A campaign that is alone, or whose faults are told in another way, has no doubts.

    Args:
        commons: Shared with other workers; None where nothing has to be kept apart.
        book: Knows which operations show which fault for sure.
    """

    def __init__(self, commons: Commons | None, book: Book) -> None:
        self._commons = commons
        self._book = book
        self._doubts: Counter[tuple[str, str]] = Counter()
        self._doubtful: list[Request] = []

    def take(self, *, alone: bool = False) -> AbstractContextManager[None]:
        """Send in this block, while others may, or while nobody else does."""
        if self._commons is None:
            return nullcontext()
        return self._commons.alone() if alone else self._commons.among_others()

    def certain(self, faults: Collection[Fault], request: Request) -> Iterator[Fault]:
        """Yield the faults that a request has shown for sure; the others are to be looked into."""
        for fault in faults:
            name = fault.fingerprint.identity
            if self._commons is None or fault.traceback is None or self._book.knows(name, request.operation):
                yield fault
                continue
            doubt = name, request.operation
            self._doubts[doubt] += 1
            if self._doubts[doubt] <= _MOST_DOUBTS:
                self._doubtful.append(request)

    def doubtful(self) -> Iterator[Request]:
        """Yield the requests to be sent once more, alone."""
        while self._doubtful:
            yield self._doubtful.pop()
