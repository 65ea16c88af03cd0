"""How often one may ask: a sliding window, shared by all processes that serve the shop."""

import time
from typing import Annotated

from fastapi import Depends

from oagen.demo.bookshop.database import SessionOfRequest


class RateLimiter:
    limit = 5
    window_seconds = 2

    def __init__(self, session: SessionOfRequest) -> None:
        self._session = session

    def admits(self, key: str) -> bool:
        """Count one request of `key` unless the window already holds as many as the limit allows."""
        now = time.time()
        self._session.execute("DELETE FROM rate_limit_hits WHERE at <= ?", now - self.window_seconds)
        counted = self._session.execute("SELECT count(*) FROM rate_limit_hits WHERE key = ?", key).fetchone()[0]
        if counted >= self.limit:
            return False
        self._session.execute("INSERT INTO rate_limit_hits VALUES (?, ?)", key, now)
        return True


async def rate_limiter(session: SessionOfRequest) -> RateLimiter:
    return RateLimiter(session)


Limiter = Annotated[RateLimiter, Depends(rate_limiter)]
