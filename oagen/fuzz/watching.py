"""When the target suffers: it hangs, dies, or refuses everything."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from oagen.errors import TargetError
from oagen.findings.model import FindingKind
from oagen.fuzz.book import Book
from oagen.fuzz.clock import Clock
from oagen.fuzz.corpus import Track
from oagen.fuzz.events import Stop
from oagen.fuzz.health import Health, LockOut
from oagen.fuzz.sending import Sender, Sent
from oagen.fuzz.slots import put, slots_of
from oagen.scenario.model import Request
from oagen.target.model import Answer, FailureKind, SendFailure

_WAIT_FOR_TARGET = 10.0
_MOST_CONFIRMED = 2  # time-outs of one operation that are asked again
_PATIENCE = 3.0
_UNDONE = 6  # writes whose flags are turned
_FIRST_LOOK = 40  # requests after which a wrong base URL shows
_UNAUTHORIZED = 401
_UNAVAILABLE = 503
_PASSING = frozenset({429, _UNAVAILABLE})
_REFUSED = frozenset({FailureKind.REFUSED, FailureKind.TLS})


class Watch:
    """Asks after the target's health, and brings it back where that is possible.

    Args:
        sender: Asks.
        health: Knows what succeeded before.
        tracks: Operations that do harm are set aside.
        book: Findings that are consequences are struck.
        clock: Of the campaign.
        notice: Tells the user.
        restore: Brings the target back to its start state; None where nobody can.
    """

    def __init__(
        self,
        sender: Sender,
        health: Health,
        tracks: Mapping[str, Track],
        book: Book,
        *,
        clock: Clock,
        notice: Callable[[str], None],
        restore: Callable[[], None] | None,
    ) -> None:
        self._sender = sender
        self._health = health
        self._tracks = tracks
        self._book = book
        self._clock = clock
        self._notice = notice
        self._restore = restore

    def knock(self, identity: str | None) -> None:
        """Ask whether anybody is there; raises TargetError where nobody is."""
        sent = self._sender.send(Request(method="GET", path="/", identity=identity), again=True)
        if sent is not None and sent.failure is not None and sent.failure.kind in _REFUSED:
            raise TargetError(sent.failure.message, hint="Start the API, or check its base URL.")

    def first_look(self) -> Stop | None:
        """Tell what the first answers say of a wrong base URL or wrong credentials."""
        if self._sender.count != _FIRST_LOOK:
            return None
        statuses = {status for counts in self._sender.responses.values() for status in counts}
        if statuses == {"404"}:
            self._notice("every request is answered 404: does the base URL lack the API's path?")
        if statuses == {"401"}:
            self._notice("every request is answered 401: are the credentials right?")
            self._strike(_UNAUTHORIZED, since=0)
            return Stop.LOCKED_OUT
        return None

    def asked_again(self, sent: Sent, failure: SendFailure) -> Sent:
        """Return what a request without an answer is answered when asked again, if the target serves others.

        A slow target is no hang, and a connection that was closed between two requests is no crash.
        """
        track = self._tracks.get(sent.request.operation)
        if failure.kind is FailureKind.TIMEOUT and track is not None:
            track.rest(self._clock.seconds())
            if track.timeouts > _MOST_CONFIRMED:
                return sent
        if failure.kind not in (FailureKind.TIMEOUT, FailureKind.DROPPED) or not self._is_alive():
            return sent
        return self._sender.send(sent.request, again=True, patience=_PATIENCE) or sent

    def after_silence(self, request: Request) -> Stop | None:
        """Wait for a target that answers nothing any more; return why to stop where it does not come back."""
        if self._is_alive():
            return None
        self._notice(f"nothing is answered any more after {request.operation}")
        track = self._tracks.get(request.operation)
        if track is not None:
            track.set_aside = True
        if self._restore is not None:
            self._restore()
        until = time.monotonic() + _WAIT_FOR_TARGET
        while time.monotonic() < until:
            if self._is_alive():
                self._notice("the target answers again")
                return None
            time.sleep(0.25)
        return Stop.DEAD

    def after_answer(self) -> Stop | None:
        """Look for a lock-out; return why to stop where it can't be ended."""
        lock_out = self._health.check(self.ask)
        if lock_out is None:
            return None
        named = ", ".join(request.operation for request in lock_out.suspects[:5]) or "a request"
        self._notice(f"what succeeded before is answered {lock_out.status} since {named}")
        self._strike(lock_out.status, since=lock_out.since)
        if self._restore is None and (undone := self._undo(lock_out)) is not None:
            self._set_aside(undone)
            self._notice(f"{undone.operation} with another flag has ended that")
            return None
        for request in lock_out.suspects:
            self._set_aside(request)
        if self._restore is not None:
            self._restore()
        until = time.monotonic() + (_WAIT_FOR_TARGET if lock_out.status in _PASSING else 0)
        while not self._health.has_ended(lock_out, self.ask):
            if time.monotonic() >= until:
                return Stop.LOCKED_OUT
            time.sleep(0.5)
        return None

    def _strike(self, status: int, *, since: int) -> None:
        """Strike the findings that only say that the target refuses everything."""
        for finding in self._book.met_since(since):
            unavailable = finding.status == _UNAVAILABLE and not finding.exact
            if finding.status == status and (unavailable or finding.kind is FindingKind.UNDOCUMENTED_STATUS):
                self._book.strike(finding.fingerprint)

    def _undo(self, lock_out: LockOut) -> Request | None:
        """Send the likeliest causes with each of their flags turned; return the one that has ended the lock-out."""
        for request in lock_out.suspects[:_UNDONE]:
            for slot in slots_of(request):
                if isinstance(slot.value, bool):
                    self.ask(put(request, slot, not slot.value))
                    if self._health.has_ended(lock_out, self.ask):
                        return request
        return None

    def _set_aside(self, request: Request) -> None:
        if request.operation in self._tracks:
            self._tracks[request.operation].set_aside = True

    def ask(self, request: Request) -> Answer | None:
        """Send a request again, and return its answer."""
        sent = self._sender.send(request, again=True)
        return sent.answer if sent is not None else None

    def _is_alive(self) -> bool:
        """Ask something cheap: any answer will do."""
        return self.ask(self._health.reader or Request(method="GET", path="/")) is not None
