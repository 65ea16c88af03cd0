"""Identifiers of resources that were deleted."""

from __future__ import annotations

import random
import re
from collections import OrderedDict, deque
from collections.abc import Iterable
from typing import Any

from oagen.scenario.model import Literal, Request
from oagen.spec.model import ParameterLocation

_KEPT = 12  # a name
_MOST_NAMES = 1_000
_MOST = 20_000
_LAST = re.compile(r"\{([^{}]*)\}/?$")


class Gone:
    """Remembers what was deleted, by the names that ask for it.

    Args:
        chance: Decides which of several is given.
    """

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._latest: OrderedDict[str, deque[Any]] = OrderedDict()
        self._by: OrderedDict[tuple[str, str], Request] = OrderedDict()

    def __bool__(self) -> bool:
        return bool(self._by)

    def bury(self, keys: Iterable[str], value: Any, by: Request) -> None:
        """Remember an identifier under the names that may ask for it, and the request that deleted what it named."""
        for key in keys:
            if (key, str(value)) not in self._by:
                self._latest.setdefault(key, deque(maxlen=_KEPT)).append(value)
            self._by[key, str(value)] = by
        while len(self._latest) > _MOST_NAMES:
            self._latest.popitem(last=False)
        while len(self._by) > _MOST:
            self._by.popitem(last=False)

    def pick(self, keys: Iterable[str]) -> Any:
        """Return one of those that a name asks for; None where nothing like it was deleted."""
        return next((self._chance.choice(found) for key in keys if (found := self._latest.get(key))), None)

    def by(self, keys: Iterable[str], value: Any) -> Request | None:
        """Return the request that deleted what an identifier named; None where nothing has."""
        return next((found for key in keys if (found := self._by.get((key, str(value)))) is not None), None)


def deleted_by(request: Request) -> tuple[str, Any] | None:
    """Return parameter and value of what a DELETE is about; None where its path does not end in an identifier."""
    last = _LAST.search(request.path)
    if request.method != "DELETE" or last is None:
        return None
    return next(
        (
            (item.name, item.value.value)
            for item in request.arguments
            if item.where is ParameterLocation.PATH
            and item.name == last[1]
            and isinstance(item.value, Literal)
            and type(item.value.value) in (str, int)
            and not item.raw
        ),
        None,
    )
