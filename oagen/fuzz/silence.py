"""Requests without an answer, and answers without an end: whose fault are they?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from oagen.fuzz.clock import Clock
from oagen.fuzz.corpus import Track
from oagen.fuzz.health import Health
from oagen.fuzz.sending import Sender, Sent
from oagen.scenario.model import Request
from oagen.target.model import FailureKind, SendFailure

NOBODY = frozenset({FailureKind.REFUSED, FailureKind.UNREACHABLE, FailureKind.TLS})
"""No connection: what is not there can't have hung."""

_MOST_CONFIRMED = 2  # time-outs of one operation that are asked again
_PATIENCE = 3.0
_MEBIBYTE = 1024 * 1024
_ENDLESS = 1.0  # seconds: a body that was cut sooner is large, not endless
_STREAMS = ("text/event-stream", "multipart/")
_ROOT = Request(method="GET", path="/")


class Silences:
    """Asks again, and something cheap meanwhile, before a silence counts as a fault.

    Args:
        sender: Asks.
        health: Knows what succeeded before.
        tracks: Operations that hang are left alone for a while.
        clock: Of the campaign.
        notice: Tells the user.
    """

    def __init__(
        self,
        sender: Sender,
        health: Health,
        tracks: Mapping[str, Track],
        clock: Clock,
        notice: Callable[[str], None],
    ) -> None:
        self._sender = sender
        self._health = health
        self._tracks = tracks
        self._clock = clock
        self._notice = notice
        self._hung: set[str] = set()
        self._endless: set[str] = set()

    def is_alive(self) -> bool:
        """Whether anything is answered: something that was before, or the root."""
        return self._silence() is None

    def asked_again(self, sent: Sent, failure: SendFailure) -> Sent:
        """Return what a request without an answer is answered when asked again, if the target serves others.

        A slow target is no hang, a connection that was closed between two requests is no crash, and where no
        connection can be made it is the network. What the request has not certainly caused is doubtful.
        """
        operation = sent.request.operation
        track = self._tracks.get(operation)
        if failure.kind is FailureKind.TIMEOUT and track is not None:
            track.rest(self._clock.seconds())
            if track.timeouts > _MOST_CONFIRMED:
                return replace(sent, doubtful=operation not in self._hung)
        if failure.kind not in (FailureKind.TIMEOUT, FailureKind.DROPPED):
            return sent
        silence = self._silence()
        if silence is not None:
            return replace(sent, doubtful=_is_nobodys(failure, silence))
        again = self._sender.send(sent.request, again=True, patience=_PATIENCE) or sent
        if again.failure is not None and again.failure.kind is FailureKind.TIMEOUT:
            self._hung.add(operation)
        return again

    def collided_again(self, done: list[Sent]) -> list[Sent]:
        """Return what two requests of the same moment are answered when sent once more, if the target serves others."""
        failure = next((sent.failure for sent in done if sent.failure is not None), None)
        if failure is None:
            return done
        silence = self._silence()
        if silence is None:
            return self._sender.send_together(done[0].request) or done
        return [replace(sent, doubtful=_is_nobodys(failure, silence)) for sent in done]

    def see_length(self, sent: Sent) -> None:
        """Tell once of an operation whose answer was cut; one that did not end in time is left alone for a while."""
        answer, operation = sent.answer, sent.request.operation
        track = self._tracks.get(operation)
        if answer is None or track is None or not answer.truncated:
            return
        if answer.seconds < _ENDLESS:
            size = len(answer.body) // _MEBIBYTE
            if size and operation not in self._endless:
                self._endless.add(operation)
                self._notice(f"{operation} sends an answer of more than {size} MiB: only its beginning is looked at")
            return
        track.rest(self._clock.seconds())
        if operation not in self._endless:
            self._endless.add(operation)
            kind = (answer.header("Content-Type") or "").lower()
            what = "a stream" if kind.startswith(_STREAMS) else "an answer that does not end in time"
            self._notice(f"{operation} sends {what}: only its beginning is looked at")

    def _silence(self) -> SendFailure | None:
        """Ask something cheap, of which any answer will do; return why there is none."""
        failure = None
        for request in filter(None, (self._health.reader, _ROOT)):
            sent = self._sender.send(request, again=True)
            if sent is None or sent.failure is None:
                return None
            failure = sent.failure
            if failure.kind in NOBODY:
                break
        return failure


def _is_nobodys(failure: SendFailure, silence: SendFailure) -> bool:
    """Whether the request may have nothing to do with it: the network is gone, or nobody was there to hang."""
    return silence.kind is FailureKind.UNREACHABLE or (
        failure.kind is FailureKind.TIMEOUT and silence.kind in (FailureKind.REFUSED, FailureKind.TLS)
    )


def refuses_credentials(responses: Mapping[str, Mapping[str, int]], operations: Mapping[str, object]) -> str | None:
    """Return 401 or 403 where that is nearly all that half of the operations, or more, have ever answered.

    Args:
        responses: Number of answers by status, by operation.
        operations: Those of the description, by key.
    """
    tried = {key: counts for key, counts in responses.items() if key in operations}
    for status in ("401", "403"):
        refusing = [counts for counts in tried.values() if status in counts]
        succeeded = any(other < "4" for counts in refusing for other in counts)
        refused = sum(counts[status] for counts in refusing)
        answered = sum(sum(counts.values()) for counts in refusing)
        if refusing and not succeeded and 2 * len(refusing) >= len(tried) and 5 * refused >= 4 * answered:
            return status
    return None
