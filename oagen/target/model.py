"""What a target is: something that answers requests."""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from oagen.scenario.wire import WireRequest
from oagen.target.caught import CaughtException, CaughtFrame


class FailureKind(enum.StrEnum):
    """Why there is no answer."""

    REFUSED = "connection refused"
    UNREACHABLE = "unreachable"  # no connection in time: the network or the machine, not what answers requests
    DROPPED = "connection dropped"
    TIMEOUT = "timeout"
    PROTOCOL = "protocol"  # what came back is not HTTP
    OVERSIZE = "oversize"  # a header section without end
    TLS = "tls"
    DIED = "process ended"  # in process alone: the application's process is gone; it has been started again
    UNSENDABLE = "unsendable"  # the request itself can't be put on the wire; nothing was sent


class SendFailure(Exception):  # noqa: N818 - an outcome, not a mistake of the caller
    """A request that got no answer.

    Args:
        kind: Why.
        message: The same as a sentence, without secrets.
        exception: In process: what the application failed with, where it did not die or hang.
        stack: In process: where it hung or crashed, as text.
        where: The innermost frame of its own code there.
        restarted: In process: it was started afresh, so what it held in memory is lost.
    """

    def __init__(
        self,
        kind: FailureKind,
        message: str,
        *,
        exception: CaughtException | None = None,
        stack: str = "",
        where: CaughtFrame | None = None,
        restarted: bool = False,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.exception = exception
        self.stack = stack
        self.where = where
        self.restarted = restarted


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back.

    Attributes:
        headers: In order, repeated ones included, names as sent.
        body: Decompressed; cut at the target's limit.
        truncated: The body was longer than the limit, or had no end within the time-out.
        seconds: From before the request was sent until the body had been read.
        traceback: In process: the traceback of the exception that the application let escape, or that is behind a 5xx.
        new_lines: In process: how many lines of the application ran for the first time.
        exception: The same exception as `traceback`, with its frames.
        lines: Those lines, by absolute path of the file.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    truncated: bool = False
    seconds: float = 0.0
    traceback: str | None = None
    new_lines: int = 0
    exception: CaughtException | None = None
    lines: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def header(self, name: str) -> str | None:
        """Return a header's value, repeated ones joined by a comma (RFC 9110, 5.3); None where there is none."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return ", ".join(values) if values else None

    def json(self) -> Any:
        """Return the body as a JSON value; raises ValueError where it is none."""
        try:
            return json.loads(self.body)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error


class Target(Protocol):
    """Answers requests; safe to be used from several threads."""

    def send(self, request: WireRequest, *, timeout: float | None = None) -> Answer:
        """Return the answer to a request.

        Args:
            request: Its `target` is sent exactly so: the API's base path must be in it already.
            timeout: Seconds for the whole exchange; None for the target's own.

        Raises:
            SendFailure: There is no answer.
        """

    def close(self) -> None:
        """Give back connections or processes; sending again is an error."""
