"""Chance that learns: what showed something new before is drawn more often."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

T = TypeVar("T")

_PRIOR_REWARD = 0.3  # as if each choice had been tried ten times, with this reward in all
_PRIOR_TRIES = 10.0
_LEAST = 0.006  # no choice starves: a fifth of what an untried one has


class Choice(NamedTuple):
    """One of the values of a group, by its place among them."""

    group: str
    place: int


class Luck(random.Random):
    """The chance of one campaign, a bandit over groups of values that are drawn again and again.

    `pick` remembers what was drawn; who sends the request that came of it takes that with `taken`, and gives it back
    with what the answer was worth.
    """

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self._weights: dict[str, list[float]] = {}
        self._yields: dict[Choice, tuple[float, float]] = {}
        self._drawn: list[Choice] = []

    def pick(self, group: str, values: Sequence[T]) -> T:
        """Return one of the values of a group, those that paid off more often; the group's values never change."""
        (index,) = self.choices(range(len(values)), self._weights_of(group, len(values)))
        self.note(group, index)
        return values[index]

    def draw(self, group: str, shares: Sequence[float]) -> int:
        """Return the index of one of these shares, the larger ones and those that paid off more often."""
        weights = self._weights_of(group, len(shares))
        (index,) = self.choices(
            range(len(shares)), [share * weight for share, weight in zip(shares, weights, strict=True)]
        )
        self.note(group, index)
        return index

    def best(self, group: str, indices: Sequence[int], size: int) -> int:
        """Return which of these indices, of `size` in the group, is worth most; the first of equal ones."""
        weights = self._weights_of(group, size)
        index = max(indices, key=weights.__getitem__)
        self.note(group, index)
        return index

    def weight(self, group: str, index: int) -> float:
        """Return how likely a value pays off."""
        weights = self._weights.get(group)
        return weights[index] if weights is not None and index < len(weights) else _weight(0, 0)

    def note(self, group: str, index: int) -> None:
        """Remember that a value is part of the next request."""
        self._drawn.append(Choice(group, index))

    def taken(self) -> tuple[Choice, ...]:
        """Return what was drawn since the last call."""
        drawn = tuple(self._drawn)
        self._drawn.clear()
        return drawn

    def credit(self, choices: Sequence[Choice], reward: float) -> None:
        """Say what a request that was made with these choices was worth: 1 for a new fault, 0 for nothing."""
        for choice in choices:
            gained, tries = self._yields.get(choice, (0.0, 0.0))
            gained, tries = gained + reward, tries + 1
            self._yields[choice] = gained, tries
            self._weights_of(choice.group, choice.place + 1)[choice.place] = _weight(gained, tries)

    def _weights_of(self, group: str, size: int) -> list[float]:
        weights = self._weights.setdefault(group, [])
        if len(weights) < size:
            weights.extend([_weight(0, 0)] * (size - len(weights)))
        return weights


def _weight(gained: float, tries: float) -> float:
    return max((gained + _PRIOR_REWARD) / (tries + _PRIOR_TRIES), _LEAST)
