"""The time of one campaign."""

from __future__ import annotations

import time

_WITHOUT_LIMIT = 600.0


class Clock:
    """Tells how much of the budget is gone.

    Args:
        limit: Seconds of the whole campaign; None for no limit, where shares are of ten minutes.
    """

    def __init__(self, limit: float | None) -> None:
        self.limited = limit is not None
        self._limit = _WITHOUT_LIMIT if limit is None else limit
        self._started = time.monotonic()

    def seconds(self) -> float:
        """Return the seconds since the campaign began."""
        return time.monotonic() - self._started

    def is_past(self, share: float) -> bool:
        """Whether this share of the time is gone."""
        return self.seconds() >= share * self._limit
