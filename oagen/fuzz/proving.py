"""The parts of a campaign that prove its findings: each smaller, in the first state, on a target just started."""

from __future__ import annotations

from collections.abc import Iterator

from oagen.fuzz.afresh import Afresh
from oagen.fuzz.book import Book
from oagen.fuzz.budget import Budget
from oagen.fuzz.events import ENDED_BADLY, Event
from oagen.fuzz.exchanges import Exchanges
from oagen.fuzz.news import News
from oagen.fuzz.restoring import Need, Restorer
from oagen.fuzz.sending import Sender
from oagen.fuzz.shrinking import Shrinking


class Proving:
    """Sends what met a fault again, as long as the target is fit for that.

    Args:
        exchanges: Send, and know whether the campaign ended badly.
        shrinking: Makes findings smaller.
        afresh: Tries them on a target that was just started.
        book: Has them.
        budget: Of the campaign.
        restorer: Brings the target's first state back, where there are means.
        sender: Is told when it has.
        news: Tells what is known better.
        alone: No other worker sends to the target.
    """

    def __init__(
        self,
        exchanges: Exchanges,
        shrinking: Shrinking,
        afresh: Afresh,
        book: Book,
        *,
        budget: Budget,
        restorer: Restorer,
        sender: Sender,
        news: News,
        alone: bool,
    ) -> None:
        self._exchanges = exchanges
        self._shrinking = shrinking
        self._afresh = afresh
        self._book = book
        self._budget = budget
        self._restorer = restorer
        self._sender = sender
        self._news = news
        self._alone = alone

    def shrink(self) -> Iterator[Event]:
        """Make each finding smaller that was not tried before."""
        self._news.phase = "shrinking"
        while self._is_fit() and (left := self._shrinking.untried()):
            smaller = self._shrinking.shrink(left[0], self._exchanges.shown)
            if smaller is not None:
                self._news.found(smaller, again=True)
            yield from self._news.latest()

    def second_chance(self) -> Iterator[Event]:
        """Try what could not be shown again once more in the target's first state, where that can be restored."""
        flaky = {finding.fingerprint for finding in self._book.all() if finding.flaky}
        may = self._alone and self._is_fit() and self._budget.has_requests()
        if flaky and may and self._restorer.resets and self._restorer.restore(Need.SPOILT):
            self._sender.forget_answers()
            self._shrinking.again(flaky)
            yield from self.shrink()

    def afresh(self) -> Iterator[Event]:
        """Try findings on a target that was just started; those that nobody could try there may need its state."""
        for finding in self._afresh.known_better(may_send=self._is_fit()):
            self._news.found(finding, again=True)
            yield from self._news.latest()

    def _is_fit(self) -> bool:
        return self._exchanges.stop not in ENDED_BADLY
