"""Sending the requests of a campaign: nothing twice, everything counted."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from oagen.fuzz.events import CampaignOptions
from oagen.fuzz.trouble import likely
from oagen.runner.bindings import Bindings, Unbound
from oagen.runner.sessions import joined
from oagen.scenario.model import Request
from oagen.scenario.wire import WireRequest, encode
from oagen.target.ahead import UnderWay, begin
from oagen.target.model import Answer, FailureKind, SendFailure, Target
from oagen.target.together import send_together

_AGAIN = 0.1  # how often a request is repeated after a write succeeded
_LARGEST_BODY = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One request that was sent, and what came back.

    Attributes:
        doubtful: No answer came, but it is not certain that the request is why.
    """

    request: Request
    wire: WireRequest
    answer: Answer | None = None
    failure: SendFailure | None = None
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Flight:
    """A request that is under way.

    Attributes:
        land: Waits for what comes of it, and returns that; None where it could not be put on the wire. Called once.
    """

    land: Callable[[], Sent | None]


class Sender:
    """Sends requests as the campaign's identity.

    Args:
        target: Where to.
        options: Base path, identities, time-out.
        chance: Decides which repetitions are worth it.

    Attributes:
        repeats: How many requests of an operation in a row were not sent since they had been sent before.
    """

    def __init__(self, target: Target, options: CampaignOptions, chance: random.Random) -> None:
        self._target = target
        self._options = options
        self._chance = chance
        self._bindings = Bindings(run=str(options.seed), test="fuzz", identities=options.identities)
        self._seen: dict[bytes, int] = {}
        self.repeats: Counter[str] = Counter()
        self._epoch = 0  # grows with each write that succeeded

    def send(self, request: Request, *, again: bool = False, patience: float = 1.0) -> Sent | None:
        """Send a request; None where it was sent before, or can't be put on the wire.

        Args:
            request: Its values are literals.
            again: Send it even if it was sent before.
            patience: Factor on the time-out.
        """
        wire = self.prepared(request, again=again)
        return None if wire is None else self.start(request, wire, patience=patience).land()

    def prepared(self, request: Request, *, again: bool = False) -> WireRequest | None:
        """Return what is sent for a request; None where that was sent before, or can't be put on the wire."""
        wire = self._wire(request)
        if wire is None:
            return None
        if not again and not self._is_worth_sending(wire):
            self.repeats[request.operation] += 1
            return None
        self.repeats[request.operation] = 0
        return wire

    def start(self, request: Request, wire: WireRequest, *, patience: float = 1.0) -> Flight:
        """Send what was prepared for a request, and return without an answer."""
        try:
            under_way = begin(self._target, wire, timeout=self._options.timeout * patience)
        except SendFailure as failure:
            sent = Sent(request=request, wire=wire, failure=failure)
            return Flight(lambda: self._counted(sent))
        return Flight(lambda: self._counted(_came_of(request, wire, under_way)))

    def send_together(self, request: Request) -> list[Sent]:
        """Send a request twice at the same moment."""
        wire = self._wire(request)
        if wire is None:
            return []
        outcomes = send_together(self._target, [wire, wire], timeout=self._options.timeout)
        done = [
            Sent(request=request, wire=wire, failure=outcome)
            if isinstance(outcome, SendFailure)
            else Sent(request=request, wire=wire, answer=outcome)
            for outcome in outcomes
        ]
        for sent in done:
            self._account(sent)
        return done

    def forget_answers(self) -> None:
        """Be told that the target's state is another now: what was sent before may be answered differently."""
        self._epoch += 1

    def digest(self, wire: WireRequest) -> bytes:
        """Return what is equal for equal requests."""
        text = f"{wire.method} {wire.target}\n{wire.headers}".encode("utf-8", "surrogatepass")
        return hashlib.blake2b(text + b"\0" + (wire.body or b""), digest_size=12).digest()

    def _wire(self, request: Request) -> WireRequest | None:
        try:
            wire = encode(request, self._bindings)
            identity = self._bindings.headers_of(request.identity)
        except (Unbound, ValueError, TypeError, RecursionError, OverflowError):
            return None
        if wire.body is not None and len(wire.body) > _LARGEST_BODY:
            return None
        return WireRequest(
            method=wire.method,
            target=self._options.base_path + wire.target,
            headers=tuple(joined(identity, wire.headers)),
            body=wire.body,
            operation=wire.operation,
        )

    def _is_worth_sending(self, wire: WireRequest) -> bool:
        digest = self.digest(wire)
        before = self._seen.get(digest)
        if before is not None and (before == self._epoch or not likely(self._chance, _AGAIN)):
            return False
        self._seen[digest] = self._epoch
        return True

    def _counted(self, sent: Sent) -> Sent | None:
        if sent.failure is not None and sent.failure.kind is FailureKind.UNSENDABLE:
            return None
        self._account(sent)
        return sent

    def _account(self, sent: Sent) -> None:
        if sent.answer is not None and sent.answer.status < 300 and sent.request.method not in ("GET", "HEAD"):  # noqa: PLR2004
            self._epoch += 1


def _came_of(request: Request, wire: WireRequest, under_way: UnderWay) -> Sent:
    try:
        return Sent(request=request, wire=wire, answer=under_way.answer())
    except SendFailure as failure:
        return Sent(request=request, wire=wire, failure=failure)
