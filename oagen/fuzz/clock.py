"""The budget of one campaign: time and requests."""

from __future__ import annotations

import time

_WITHOUT_LIMIT = 600.0
_PATIENCE_SHARE = 0.04
_LEAST_PATIENCE = 0.5
PATIENCE = 2.5
"""CPU seconds for one request; on real documents one in a thousand takes a second, and some take ten."""


class Clock:
    """Tells how much of the budget is gone.

    Args:
        limit: Seconds of the whole campaign; None for no limit, where shares are of ten minutes.
        requests: How many it may send; None for no limit.

    Attributes:
        sent: How many it has sent; the campaign keeps it up to date.
        ends_at: On the monotonic clock; None for no limit.
    """

    def __init__(self, limit: float | None, requests: int | None = None) -> None:
        self.limited = limit is not None
        self.sent = 0
        self.ends_at = None if limit is None else time.monotonic() + limit
        self._requests = requests
        self._limit = _WITHOUT_LIMIT if limit is None else limit
        self._started = time.monotonic()

    def seconds(self) -> float:
        """Return the seconds since the campaign began."""
        return time.monotonic() - self._started

    def patience(self) -> float:
        """Return the CPU seconds that making up one request may take: few of a short campaign."""
        return min(max(_PATIENCE_SHARE * self._limit, _LEAST_PATIENCE), PATIENCE)

    def left(self) -> float:
        """Return the seconds that are left, at least 0; infinity without a limit."""
        return max(self._limit - self.seconds(), 0.0) if self.limited else float("inf")

    def share(self, share: float) -> float:
        """Return this share of the whole time, in seconds."""
        return share * self._limit

    def is_past(self, share: float) -> bool:
        """Whether this share of the time is gone."""
        return self.seconds() >= share * self._limit

    def is_spent(self, share: float) -> bool:
        """Whether this share of the budget is gone: of the time or of the requests, whichever is shorter."""
        return self.is_past(share) or (self._requests is not None and self.sent >= share * self._requests)
