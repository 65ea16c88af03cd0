"""What a campaign has to tell while it runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from oagen.findings.model import Finding
from oagen.fuzz.book import Book
from oagen.fuzz.clock import Clock
from oagen.fuzz.corpus import Track
from oagen.fuzz.events import Event, Found, Noticed, Progress
from oagen.fuzz.lessons import Lessons
from oagen.fuzz.pacing import Ledger

_PROGRESS_EVERY = 0.5


class News:
    """Collects events until somebody takes them.

    Args:
        ledger: Counts requests and answers.
        clock: Of the campaign.
        tracks: The operations, by key.
        book: Has the findings.
        lessons: Counts what became a parent.

    Attributes:
        phase: What the campaign is at.
    """

    def __init__(self, ledger: Ledger, clock: Clock, tracks: Mapping[str, Track], book: Book, lessons: Lessons) -> None:
        self._ledger = ledger
        self._clock = clock
        self._tracks = tracks
        self._book = book
        self._lessons = lessons
        self._waiting: list[Event] = []
        self._told = 0.0
        self.phase = ""

    def found(self, finding: Finding, *, again: bool = False) -> None:
        """Tell of a finding that is new, or that is known better (`again`)."""
        self._waiting.append(Found(finding=finding, again=again))

    def notice(self, message: str) -> None:
        """Tell the user something."""
        self._waiting.append(Noticed(message=message))

    def left(self) -> list[Event]:
        """Take what was not told yet."""
        events, self._waiting = self._waiting, []
        return events

    def latest(self) -> Iterator[Event]:
        """Yield what was not told yet, and now and then how far the campaign is."""
        yield from self.left()
        seconds = self._clock.seconds()
        if seconds - self._told >= _PROGRESS_EVERY:
            self._told = seconds
            yield Progress(
                phase=self.phase,
                requests=self._ledger.count,
                seconds=seconds,
                reached=sum(1 for track in self._tracks.values() if track.successes),
                findings=len(self._book),
                corpus=self._lessons.kept,
                statuses=self._ledger.statuses(),
            )
