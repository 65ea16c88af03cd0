"""Requests of a campaign, each with what follows from its answer."""

from __future__ import annotations

from collections.abc import Iterable

from oagen.fuzz.book import Book
from oagen.fuzz.budget import Budget
from oagen.fuzz.caution import Gate, Stage
from oagen.fuzz.events import ENDED_BADLY, Stop
from oagen.fuzz.judging import Judge
from oagen.fuzz.luck import Luck
from oagen.fuzz.oracles import Fault, Oracles
from oagen.fuzz.planning import Planner
from oagen.fuzz.pursuit import Pursuit
from oagen.fuzz.sending import Sender, Sent
from oagen.fuzz.watching import Watch
from oagen.scenario.model import Request
from oagen.target.model import Answer

_SPOILING = ENDED_BADLY | {Stop.RISKED}


class Exchanges:
    """Sends what a campaign wants to have sent, has what came back judged, and the target looked after.

    Args:
        gate: Keeps back what has to wait.
        oracles: Are told before each request.
        sender: Sends.
        judge: Looks at what came back.
        watch: Looks after the target.
        planner: Knows what an answer asks for.
        book: Has the findings.
        budget: Keeps requests for what comes after the campaign.
        luck: Is told what came of what was drawn.
        room: How many requests may be under way when an answer is looked at.

    Attributes:
        stop: Why the campaign ends; None while it goes on.
    """

    def __init__(
        self,
        gate: Gate,
        oracles: Oracles,
        sender: Sender,
        judge: Judge,
        *,
        watch: Watch,
        planner: Planner,
        book: Book,
        budget: Budget,
        luck: Luck,
        room: int,
    ) -> None:
        self._gate = gate
        self._oracles = oracles
        self._sender = sender
        self._judge = judge
        self._watch = watch
        self._planner = planner
        self._book = book
        self._budget = budget
        self._pursuit = Pursuit(gate, oracles, sender, luck, conclude=self._conclude, room=room)
        self.stop: Stop | None = None

    def pursue(self, request: Request) -> None:
        """Send a request, and what answers ask for: the resource one made is read, a refused request is mended."""
        waiting = [request]
        while waiting and self.stop is None and self._budget.has_requests():
            waiting += self._following(self._pursuit.send(waiting.pop()))

    def settle(self) -> None:
        """Wait for what is under way, and send what its answer asks for where the campaign goes on."""
        while (sent := self._pursuit.settle()) is not None and self.stop is None:
            for request in self._following(sent):
                self.pursue(request)

    def _following(self, sent: Sent | None) -> Iterable[Request]:
        if sent is None or sent.answer is None:
            return ()
        return self._planner.following(sent.request, sent.answer)

    def _conclude(self, sent: Sent) -> tuple[float, bool]:
        """Learn from what came back, and look after the target; see `Conclude`.

        Where the campaign has come to its end meanwhile, nothing follows from it; and what a target that refuses
        everything answers is no news.
        """
        if self.stop is not None:
            return (0.0 if self.stop in _SPOILING else self._judge.judge(sent)), False
        sent = self._asked_again(sent)
        worth = self._judge.judge(sent)
        if sent.failure is not None:
            self.stop = self._watch.after_silence(sent)
        else:
            self._watch.silences.see_length(sent)
            self._gate.survived(sent.request)
            self.stop = self._watch.first_look() or self._watch.after_answer(sent)
            if self.stop is Stop.LOCKED_OUT and self._gate.stage is Stage.LAST:
                self.stop = Stop.RISKED
        return worth, self.stop is None

    def answered(self, request: Request) -> Answer | None:
        """Send a step of a designed scenario, and learn from it."""
        self.settle()
        admitted = self._gate.admitted(request)
        sent = self._sent_again(admitted) if admitted is not None and self._budget.has_requests() else None
        if sent is None:
            return None
        self._judge.judge(sent)
        if self.stop is None:
            silent = sent.failure is not None
            self.stop = self._watch.after_silence(sent) if silent else self._watch.after_answer(sent)
        return sent.answer

    def collide(self, request: Request) -> None:
        """Send a write twice at the same moment."""
        self.settle()
        admitted = self._gate.admitted(request)
        if admitted is None or not self._budget.has_requests(2):
            return
        self._oracles.before()
        for sent in self._watch.silences.collided_again(self._sender.send_together(admitted)):
            self._judge.judge(sent, together=True)
            if sent.failure is not None and self.stop is None:
                self.stop = self._watch.after_silence(sent)

    def shown(self, request: Request) -> tuple[Fault, ...]:
        """Return the faults that a request draws now."""
        sent = self._sent_again(request)
        if sent is None:
            return ()
        faults = self._judge.shown(sent)
        if self.stop is None:
            if sent.failure is not None:
                self.stop = self._watch.after_silence(sent)
            elif self._gate.is_risky(request):
                self.stop = self._watch.after_answer(sent)
        return faults

    def meet_again(self, request: Request) -> None:
        """Send a request that may have shown a fault, and keep those that it shows."""
        for fault in self.shown(request):
            if not self._book.knows(fault.fingerprint.identity, request.operation):
                self._book.meet(fault, request)

    def _sent_again(self, request: Request) -> Sent | None:
        """Send a request whether or not it was sent before."""
        self._oracles.before()
        sent = self._sender.send(request, again=True)
        return self._asked_again(sent) if sent is not None else None

    def _asked_again(self, sent: Sent) -> Sent:
        """Return what came back; where nothing did, after the request was looked into."""
        return self._watch.silences.asked_again(sent, sent.failure) if sent.failure is not None else sent
