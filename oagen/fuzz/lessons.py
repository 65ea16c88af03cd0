"""What a campaign learns from answers."""

from __future__ import annotations

from collections.abc import Callable

from oagen.fuzz.corpus import Track
from oagen.fuzz.novelty import NoveltyMap
from oagen.fuzz.ownership import Ownership
from oagen.fuzz.pool import Pool
from oagen.fuzz.script import ScriptWriter
from oagen.fuzz.sending import Sent
from oagen.target.model import Answer

_ENOUGH_SUCCESSES = 20  # of one operation; further ones are parents only if they show something new
_FAULTY = 0.5  # the weight of a parent that meets a server error
_LARGE = 20_000  # bytes of a body that halve the weight of a parent


class Lessons:
    """Keeps what shows something new, and tells what succeeded to those who make use of it.

    Args:
        pool: Learns values.
        ownership: Learns whose resources are whose.
        script: Learns what succeeds.
        keep: Writes down a request that showed something new.

    Attributes:
        kept: How many requests became parents.
    """

    def __init__(self, pool: Pool, ownership: Ownership, script: ScriptWriter, *, keep: Callable[[Sent], None]) -> None:
        self._novelty = NoveltyMap()
        self._pool = pool
        self._ownership = ownership
        self._script = script
        self._keep = keep
        self.kept = 0

    def learn(self, sent: Sent, answer: Answer, track: Track) -> bool:
        """Keep what showed something new; return whether it did.

        What meets a server error is a poor parent: most of its children meet the same one, and nothing behind it. So
        is what is large: its children cost the time of several others.

        Args:
            track: Of the request's operation.
        """
        request = sent.request
        novelty = self._novelty.of(request, answer)
        succeeded = answer.status < 300  # noqa: PLR2004
        if succeeded:
            self._pool.learn(request, answer)
            self._ownership.learn(request, answer)
            self._script.succeeded(request)
        if novelty.score or (succeeded and track.successes < _ENOUGH_SUCCESSES):
            weight = _FAULTY if answer.status >= 500 else 1 + novelty.score + (3 if succeeded else 0)  # noqa: PLR2004
            track.add(request, weight / (1 + len(sent.wire.body or b"") / _LARGE))
            self.kept += 1
        if novelty.score:
            self._keep(sent)
        track.successes += succeeded
        track.learn(novelty)
        return novelty.score > 0
