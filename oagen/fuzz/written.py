"""Writes that succeeded, by what they were about."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator
from typing import Any

from oagen.scenario.model import Literal, Request
from oagen.spec.model import ParameterLocation

_CHANGING = frozenset({"POST", "PUT", "PATCH"})
_KEPT = 6  # to one resource
_MOST = 20_000


class Written:
    """Remembers writes by the names and values of the identifiers in their paths."""

    def __init__(self) -> None:
        self._by: OrderedDict[tuple[str, str], deque[Request]] = OrderedDict()

    def note(self, keys: Iterable[str], value: Any, request: Request) -> None:
        """Remember a write to what a value names, under the names that may ask for it."""
        for key in keys:
            writes = self._by.setdefault((key, str(value)), deque(maxlen=_KEPT))
            if request not in writes:
                writes.append(request)
        while len(self._by) > _MOST:
            self._by.popitem(last=False)

    def to(self, keys: Iterable[str], value: Any) -> tuple[Request, ...]:
        """Return the latest writes to what a value names, in the order in which they succeeded."""
        return next((tuple(found) for key in keys if (found := self._by.get((key, str(value))))), ())


def written_by(request: Request) -> Iterator[tuple[str, Any]]:
    """Yield parameters and values of what a request changes: the identifiers in its path."""
    for item in request.arguments if request.method in _CHANGING else ():
        if item.where is ParameterLocation.PATH and isinstance(item.value, Literal) and not item.raw:
            yield item.name, item.value.value
