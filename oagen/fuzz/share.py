"""What one of several workers does of a campaign."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """The part of one worker; by default all of it.

    Attributes:
        number: Of the worker, from 0.
        of: How many there are.
    """

    number: int = 0
    of: int = 1

    def seed(self, seed: int) -> int:
        """Return the worker's own seed, the same each time; the first worker has that of the campaign."""
        if self.number == 0:
            return seed
        return int.from_bytes(hashlib.blake2b(f"{seed}/{self.number}".encode(), digest_size=6).digest(), "big")

    def items(self, items: Sequence[_T]) -> list[_T]:
        """Return those that are this worker's: all workers together have each once."""
        return list(items[self.number :: self.of])

    def requests(self, total: int) -> int:
        """Return how many of a number of requests are this worker's, at least one."""
        return max(total // self.of + (self.number < total % self.of), 1)
