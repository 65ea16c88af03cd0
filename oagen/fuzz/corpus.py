"""What was sent before and is worth changing, by operation, and where the budget goes."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from operator import attrgetter

from oagen.fuzz.novelty import Novelty
from oagen.scenario.model import Request
from oagen.spec.model import Operation

_MOST_SEEDS = 60
_USED_UP = 15  # children that halve what a parent is worth
_FLOOR = 0.04  # no operation starves
_DEAR = 0.05  # seconds of an answer from which on it counts that others are quicker; less is chance
_COOLING = 5.0  # seconds without an operation after its first time-out; doubled by each further one


@dataclass(slots=True, kw_only=True)
class Seed:
    """A request that can be a parent.

    Attributes:
        weight: How much it is worth trying for the first time.
        uses: Children it had.
        worth: How much it is worth trying again.
    """

    request: Request
    weight: float
    uses: int = 0
    worth: float = field(init=False)

    def __post_init__(self) -> None:
        self.worth = self.weight

    def use(self) -> Request:
        """Return the request, to make a child of it."""
        self.uses += 1
        self.worth = self.weight / (1 + self.uses / _USED_UP)
        return self.request


@dataclass(slots=True, kw_only=True)
class Track:
    """What a campaign knows about one operation.

    Attributes:
        stale: Requests since it last showed something new.
        resting_until: It hung; seconds on the campaign's clock.
        seconds: That its answers took.
    """

    operation: Operation
    seeds: list[Seed] = field(default_factory=list)
    stale: int = 0
    sent: int = 0
    successes: int = 0
    timeouts: int = 0
    resting_until: float = 0.0
    set_aside: bool = False
    seconds: float = 0.0

    def add(self, request: Request, weight: float) -> None:
        """Keep a request as a parent; the least worth goes when there are too many."""
        self.seeds.append(Seed(request=request, weight=weight))
        if len(self.seeds) > _MOST_SEEDS:
            self.seeds.remove(min(self.seeds, key=attrgetter("worth")))

    def parent(self, chance: random.Random) -> Request | None:
        """Return a parent, those that showed more more often; None where there is none."""
        if not self.seeds:
            return None
        (seed,) = chance.choices(self.seeds, [seed.worth for seed in self.seeds])
        return seed.use()

    def rest(self, now: float) -> None:
        """Leave the operation alone for a while, since it hung."""
        self.resting_until = now + _COOLING * 2**self.timeouts
        self.timeouts += 1

    def pay(self, seconds: float) -> None:
        """Take note of what an answer cost."""
        self.seconds += seconds

    def mean_seconds(self) -> float:
        """Return what an answer costs, as far as it is known."""
        return self.seconds / self.sent if self.sent else 0.0

    def learn(self, novelty: Novelty) -> None:
        """Take note of what a request to it showed."""
        self.sent += 1
        self.stale = 0 if novelty.score else self.stale + 1


def choose(tracks: list[Track], now: float, chance: random.Random) -> Track | None:
    """Return the operation that the next request goes to: those that still show something new more often."""
    able = [track for track in tracks if track.seeds and not track.set_aside and track.resting_until <= now]
    if not able:
        return None
    usual = sum(track.seconds for track in able) / max(1, sum(track.sent for track in able))
    weights = [
        (_FLOOR + 1 / (1 + track.stale / 25) * (1.5 if track.successes else 1.0))
        / (track.mean_seconds() / usual if usual and track.mean_seconds() > max(_DEAR, usual) else 1.0)
        for track in able
    ]
    return chance.choices(able, weights)[0]
