"""An application behind an agent process, as a target."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from oagen.scenario.wire import WireRequest
from oagen.target.agent.connection import AgentConnection
from oagen.target.agent.options import AgentOptions
from oagen.target.agent.pipeline import ROOM_AHEAD
from oagen.target.agent.reply import Ending, Reply
from oagen.target.ahead import UnderWay
from oagen.target.decoding import decode_content
from oagen.target.model import Answer, FailureKind, SendFailure


class AgentTarget:
    """An application in a process of its own, driven without a socket.

    Args:
        app: `package.module:attribute` or `package.module:factory()` of an ASGI or WSGI application.
        options: How it is run.

    Raises:
        TargetError: It can't be started; the message says where and the hint why.
    """

    def __init__(self, app: str, options: AgentOptions | None = None) -> None:
        self.options = options or AgentOptions()
        self.base_path = self.options.base_path.rstrip("/")
        self.connection = AgentConnection(app, self.options)
        self.room_ahead = ROOM_AHEAD

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    @property
    def app(self) -> str:
        """The application's place, as it was given."""
        return self.connection.app

    @property
    def framework(self) -> str:
        """Name of the application's framework in lower case (`fastapi`, `flask`); empty where it is not a known one."""
        return self.connection.framework

    @property
    def log_file(self) -> Path | None:
        """The file that takes what the application prints."""
        return self.connection.log_file

    def send(self, request: WireRequest, *, timeout: float | None = None) -> Answer:
        """Return the answer; see `Target.send`. A 500 for an exception that escaped is an answer.

        Raises:
            SendFailure: The application dropped the response, hung, or ended its process; it runs again.
            TargetError: It had to be started again, and did not start.
        """
        return self.begin(request, timeout=timeout).answer()

    def begin(self, request: WireRequest, *, timeout: float | None = None) -> UnderWay:
        """Send a request and return without its answer."""
        finish = self.connection.begin(request, timeout=self.options.timeout if timeout is None else timeout)
        return UnderWay(lambda: self._answer(finish()))

    def send_together(
        self, requests: Sequence[WireRequest], *, timeout: float | None = None
    ) -> tuple[Answer | SendFailure, ...]:
        """Send requests at the same moment and return what came of each, in the order given.

        Raises:
            TargetError: The application had to be started again, and did not start.
        """
        outcomes: list[Answer | SendFailure] = []
        for reply in self.connection.ask(requests, timeout=self.options.timeout if timeout is None else timeout):
            try:
                outcomes.append(self._answer(reply))
            except SendFailure as failure:
                outcomes.append(failure)
        return tuple(outcomes)

    def document(self) -> str | None:
        """Return the OpenAPI document that the application makes by itself (`app.openapi()`), as JSON, or None.

        Raises:
            TargetError: Making it failed, hung or ended the process.
        """
        return self.connection.document()

    def restart(self) -> None:
        """Start the application afresh: what it held in memory is lost.

        Raises:
            TargetError: It does not start again.
        """
        self.connection.restart()

    def reset(self, suite: Path) -> None:
        """Call the function `reset` of a suite's `states.py` in the application's process.

        Raises:
            TargetError: It raised, hung or ended the process.
        """
        self.connection.reset(suite)

    def close(self) -> None:
        """Let the application shut down, and end its process."""
        self.connection.close()

    def _answer(self, reply: Reply) -> Answer:
        match reply.ending:
            case Ending.HUNG:
                place = f" in {reply.where.function}" if reply.where else ""
                raise _failure(FailureKind.TIMEOUT, f"the application hung{place}", reply)
            case Ending.DIED:
                raise _failure(FailureKind.DIED, f"the application {reply.ending_detail}", reply)
            case Ending.EXITED:
                what = reply.exception.message if reply.exception else ""
                raise _failure(FailureKind.DIED, f"the application called sys.exit({what})", reply)
            case Ending.DROPPED:
                why = reply.exception.type if reply.exception else "it stopped"
                message = f"the application failed in the middle of the body of a {reply.status}: {why}"
                raise _failure(FailureKind.DROPPED, message, reply)
        body, truncated = reply.body, reply.truncated
        encoding = next((value for name, value in reply.headers if name.lower() == "content-encoding"), None)
        if encoding and body:
            body, longer = decode_content(body, encoding, self.options.limits.body, partial=truncated)
            truncated = truncated or longer
        return Answer(
            status=reply.status,
            headers=reply.headers,
            body=body,
            truncated=truncated,
            seconds=reply.seconds,
            traceback=reply.exception.text if reply.exception else None,
            new_lines=sum(map(len, reply.lines.values())),
            exception=reply.exception,
            lines=reply.lines,
        )


def _failure(kind: FailureKind, message: str, reply: Reply) -> SendFailure:
    return SendFailure(
        kind,
        message,
        exception=reply.exception,
        stack=reply.stack,
        where=reply.where,
        restarted=reply.restarted,
    )
