"""What an answer is to a campaign: faults for the book, and something to learn from."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from oagen.findings.model import CONTRACT_KINDS
from oagen.fuzz.afresh import Afresh
from oagen.fuzz.book import Book
from oagen.fuzz.corpus import Track
from oagen.fuzz.health import Health
from oagen.fuzz.lessons import Lessons
from oagen.fuzz.news import News
from oagen.fuzz.oracles import Fault, Oracles
from oagen.fuzz.sending import Sent
from oagen.fuzz.shrinking import Shrinking
from oagen.fuzz.turns import Turns
from oagen.scenario.model import Request, Step

_NEWS = 0.15  # what something new is worth beside a new fault


class Judge:
    """Looks at what came back.

    Args:
        oracles: Say what is wrong with it.
        health: Sees what succeeds and what is refused.
        turns: Know which faults are another worker's.
        book: Takes the faults.
        afresh: Remembers what was there before a finding was met.
        shrinking: Makes smaller what is new.
        lessons: Keep what shows something new.
        tracks: The operations, by key.
        news: Tells of findings.
        heard: Is told of each request when the campaign has learned from it.
    """

    def __init__(
        self,
        oracles: Oracles,
        health: Health,
        turns: Turns,
        book: Book,
        *,
        afresh: Afresh,
        shrinking: Shrinking,
        lessons: Lessons,
        tracks: Mapping[str, Track],
        news: News,
        heard: Callable[[Sent], None],
    ) -> None:
        self._oracles = oracles
        self._health = health
        self._turns = turns
        self._book = book
        self._afresh = afresh
        self._shrinking = shrinking
        self._lessons = lessons
        self._tracks = tracks
        self._news = news
        self._heard = heard

    def judge(self, sent: Sent, *, together: bool = False) -> float:
        """Learn from what came back; return what it was worth: 1 for a new fault, 0 for nothing.

        Args:
            sent: The request, and its answer or why there is none.
            together: It was sent twice at the same moment.
        """
        request, answer = sent.request, sent.answer
        self._health.observe(sent)
        worth = 0.0
        for fault in self._turns.certain(self._faults(sent), request):
            finding = self._book.meet(fault, request, at=self._health.sent, together=together)
            if finding is not None:
                self._news.found(finding)
                self._afresh.remember(finding)
                self._shrinking.again([finding.fingerprint])
                worth = max(worth, _NEWS if finding.kind in CONTRACT_KINDS else 1.0)
        self._afresh.journal.see(sent)
        track = self._tracks.get(request.operation)
        if answer is not None and track is not None:
            if self._lessons.learn(sent, answer, track):
                worth = max(worth, _NEWS)
            if worth:
                track.stale = 0
            track.pay(answer.seconds)
        self._heard(sent)
        return worth

    def shown(self, sent: Sent) -> tuple[Fault, ...]:
        """Return the faults that a request draws which was sent again to see them; the new ones are kept."""
        faults = self._faults(sent, thorough=True)
        self._afresh.journal.see(sent)
        self.note(faults, sent.request)
        return faults

    def note(self, faults: Collection[Fault], request: Request, steps: tuple[Step, ...] = ()) -> None:
        """Keep the faults that nothing has shown before: they were met while another one was made smaller."""
        for fault in faults:
            name = fault.fingerprint.identity
            if name not in self._book and (finding := self._book.meet(fault, request)) is not None:
                self._afresh.remember(finding)
                if steps:
                    finding = self._book.shrunk(name, steps, request, flaky=False)
                self._news.found(finding)

    def _faults(self, sent: Sent, *, thorough: bool = False) -> tuple[Fault, ...]:
        if sent.answer is not None:
            return self._oracles.faults_of(sent.request, sent.answer, thorough=thorough)
        if sent.failure is None or sent.doubtful:
            return ()
        return self._oracles.faults_without_answer(sent.request, sent.failure)
