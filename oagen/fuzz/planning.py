"""What is sent next: what is designed and planned first, then changes of whatever showed something new."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from oagen.fuzz.clock import Clock
from oagen.fuzz.corpus import Track, choose
from oagen.fuzz.designed import Send, run_designed
from oagen.fuzz.events import CampaignOptions
from oagen.fuzz.hinted import Mender
from oagen.fuzz.luck import Luck
from oagen.fuzz.mutation import Mutator
from oagen.fuzz.script import SAFE, ScriptWriter
from oagen.fuzz.trouble import likely
from oagen.scenario.model import Request, Scenario
from oagen.spec.model import Operation
from oagen.target.model import Answer

_DESIGNED_SHARE = 0.15  # of the budget, at most
_RESUMED_SHARE = 0.2  # of the time, at most: what an earlier campaign kept is worth its requests
_FIRST_SHARE = 0.25  # of the budget: valid requests until then
_SWEEP_SHARE = 0.4  # of the budget: sweeps until then
_SCRIPTED = 0.55  # planned requests for each made-up one, later, before what they brought counts
_PORTION = 2  # planned requests of one operation in a row
_DEAR = 6  # shares of the time that an operation may take before the others had their turn
_DEAR_SECONDS = 2.0  # that it may take at any time
_COLLIDING = 0.03
_READ_BACK = 0.3  # of the writes that succeeded
_READERS = 3  # of one write, at most
_BEFORE_COLLISIONS = 0.7  # of the budget


class Planner:
    """Yields the requests of a campaign, phase by phase.

    Args:
        tracks: The operations, in the order in which they produce and consume.
        script: What is planned for each.
        made: Make up the rest: changes of what was sent before, and of what was refused.
        options: Of the campaign.
        repeats: How many requests of an operation in a row had been sent before: then more is changed.
        clock: Of the campaign.
        luck: Decides whose turn it is.
    """

    def __init__(
        self,
        tracks: Mapping[str, Track],
        script: ScriptWriter,
        made: tuple[Mutator, Mender],
        options: CampaignOptions,
        *,
        repeats: Mapping[str, int],
        clock: Clock,
        luck: Luck,
    ) -> None:
        self._tracks = list(tracks.values())
        self._by_key = tracks
        self._script = script
        self._mutator, self._mender = made
        self._options = options
        self._repeats = repeats
        self._clock = clock
        self._luck = luck
        self._readers: dict[str, list[Track]] = {}
        self._makers: dict[str, tuple[Scenario, Send]] = {}
        self._turns = 0
        self._collided: set[str] = set()

    def designed(self, scenarios: Sequence[Scenario], send: Send) -> Iterator[Request]:
        """Yield the requests of designed scenarios, whose given steps are sent on the way."""
        for scenario in scenarios:
            if scenario.status.startswith("2") and scenario.steps:
                self._makers.setdefault(scenario.operation, (scenario, send))
        for scenario in scenarios:
            if self._clock.is_spent(_DESIGNED_SHARE):
                return
            yield from run_designed(scenario, self._options, send)

    def _renewed(self, operation: Operation) -> Request | None:
        """Return a request that should succeed, its resources just made; None where none are needed or made."""
        maker = self._makers.get(operation.key)
        if maker is None:
            return None
        self._turns += 1
        scenario, send = maker
        return next(run_designed(scenario, self._options, send, turn=self._turns), None)

    def resumed(self, requests: Iterable[Request]) -> Iterator[Request]:
        """Yield requests of an earlier campaign, as far as this one may send them, as its own identity."""
        methods = {(track.operation.method, track.operation.path) for track in self._tracks}
        for request in requests:
            if self._clock.is_past(_RESUMED_SHARE):
                return
            if (request.method, request.path) in methods:
                yield replace(request, identity=self._options.identity if request.identity else None)

    def untouched(self) -> Iterator[Request]:
        """Yield plain reads of what needs no parameter; sent before any write, what fails needs nothing of ours."""
        for track in self._tracks:
            operation = track.operation
            if operation.method == "GET" and not any(item.required for item in operation.parameters):
                yield self._script.plain(operation)

    def first(self) -> Iterator[Request]:
        """Yield valid requests, one operation after the other."""
        scripts = [(track, self._script.first(track.operation)) for track in self._tracks]
        return self._in_turn(scripts, until=_FIRST_SHARE)

    def sweep(self) -> Iterator[Request]:
        """Yield writes with bodies that parsers stumble over."""
        mine = self._options.share.items(self._tracks)
        scripts = [(track, self._script.sweep(track.operation)) for track in mine]
        return self._in_turn(scripts, until=_SWEEP_SHARE)

    def hunt(self, collide: Callable[[Request], None]) -> Iterator[Request | None]:
        """Yield planned and made-up requests without end; None where nothing could be made up.

        Args:
            collide: Sends a write twice at the same moment.
        """
        mine = self._options.share.items(self._tracks)
        scripted = [(track, self._script.rest(track.operation, self._renewed)) for track in mine]
        self._luck.shuffle(scripted)
        turn = 0
        while True:
            planned = _SCRIPTED * self._luck.weight("planned", 1)
            if not scripted or not likely(self._luck, planned / (planned + self._luck.weight("planned", 0))):
                self._luck.note("planned", 0)
                yield self._made_up(collide)
                continue
            turn = (turn + 1) % len(scripted)
            track, script = scripted[turn]
            if not self._is_able(track):
                yield None
                continue
            for _ in range(_PORTION):
                request = next(script, None)
                if request is None:
                    scripted.pop(turn)
                    break
                self._luck.note("planned", 1)
                yield request

    def following(self, request: Request, answer: Answer) -> Iterator[Request]:
        """Yield what an answer asks for: to read, now and then, what was written, or to mend what was refused."""
        if answer.status < 300:  # noqa: PLR2004
            yield from self._read_back(request)
            return
        track = self._by_key.get(request.operation)
        if track is not None and self._is_able(track):
            mended = self._mender.mended(request, answer, track.operation, track.successes)
            if mended is not None:
                yield mended

    def _read_back(self, written: Request) -> Iterator[Request]:
        if written.method in SAFE or not likely(self._luck, _READ_BACK):
            return
        path = written.path.rstrip("/")
        readers = self._readers.get(path)
        if readers is None:
            readers = self._readers[path] = [
                track
                for track in self._tracks
                if track.operation.method == "GET" and _is_beside(path, track.operation.path.rstrip("/"))
            ]
        able = [track.operation for track in readers if self._is_able(track)]
        some = able if len(able) <= _READERS else self._luck.sample(able, _READERS)
        yield from self._script.read_back(written, some)

    def _in_turn(self, scripts: list[tuple[Track, Iterator[Request]]], *, until: float) -> Iterator[Request]:
        while any(self._is_able(track) for track, _ in scripts):
            for item in list(scripts):
                track, script = item
                if self._clock.is_spent(until):
                    return
                if not self._is_able(track):
                    continue
                request = None if self._is_dear(track) else next(script, None)
                if request is None:
                    scripts.remove(item)
                else:
                    yield request

    def _is_able(self, track: Track) -> bool:
        return not track.set_aside and track.resting_until <= self._clock.seconds()

    def _is_dear(self, track: Track) -> bool:
        """Whether an operation had several times its share of the time already."""
        return track.seconds > max(_DEAR_SECONDS, _DEAR * self._clock.seconds() / len(self._tracks))

    def _made_up(self, collide: Callable[[Request], None]) -> Request | None:
        track = choose(self._tracks, self._clock.seconds(), self._luck)
        parent = track.parent(self._luck) if track is not None else None
        if track is None or parent is None:
            return None
        late = self._clock.is_spent(_BEFORE_COLLISIONS)
        first = parent.operation not in self._collided
        if late and track.successes and parent.method not in SAFE and (first or likely(self._luck, _COLLIDING)):
            self._collided.add(parent.operation)
            collide(self._script.repeatable(parent, fresh=first))
        mate = self._luck.choice(track.seeds).request
        return self._mutator.mutate(parent, track.operation, mate, more=self._repeats.get(track.operation.key, 0))


def _is_beside(written: str, read: str) -> bool:
    """Whether what the first path makes or changes is read at the second.

    After `/orders` and `/users/{id}/orders` that is `/orders`, `/orders/{id}` and `/orders/{id}/total`; after
    `/orders/{id}` the same but for the list.
    """
    if written == read:
        return True
    made = "/" + written.rpartition("/")[2]
    if "{" in made:
        return read.startswith(f"{written}/") and "{" not in read[len(written) :]
    _, found, rest = read.rpartition(f"{made}/")
    return bool(found) and rest.startswith("{") and rest.count("{") == 1
