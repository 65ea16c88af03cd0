"""A connection to an application behind an agent process, for one caller at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from oagen.errors import TargetError
from oagen.scenario.wire import WireRequest
from oagen.target.agent.application import LOST, Application
from oagen.target.agent.failures import document_failure, reset_failure
from oagen.target.agent.options import AgentOptions
from oagen.target.agent.orders import Orders
from oagen.target.agent.pipeline import Pipeline
from oagen.target.agent.reply import Reply


class AgentConnection:
    """An application in a process of its own, started again whenever it hangs or dies.

    Args:
        app: `package.module:attribute` or `package.module:factory()`.

    Raises:
        TargetError: The application can't be started; the message says where and the hint why.
    """

    def __init__(self, app: str, options: AgentOptions) -> None:
        self.app = app
        self._application = Application(app, options)
        self._orders = Orders(options.headers)
        self._pipeline = Pipeline(self._application)
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    @property
    def description(self) -> Mapping[str, Any]:
        """What the agent says of the application: its process, its framework, where its code is."""
        return self._application.description

    @property
    def framework(self) -> str:
        """Name of the application's framework in lower case; empty where it is not a known one."""
        return str(self.description["framework"])

    @property
    def restarts(self) -> int:
        """How often the application was started again."""
        return self._application.restarts

    @property
    def log_file(self) -> Path | None:
        """The file that takes what the application prints."""
        return self._application.log_file

    def ask(self, requests: Sequence[WireRequest], *, timeout: float) -> tuple[Reply, ...]:
        """Send requests to the application, at the same moment if there are several, and return what came of each.

        Args:
            timeout: Seconds for all of them together.

        Raises:
            TargetError: The application had to be started again, and did not start.
        """
        with self._lock:
            self._pipeline.settle()
            return self._pipeline.outcome(self._pipeline.tell(self._orders.packed(requests, timeout)))[0]

    def begin(self, request: WireRequest, *, timeout: float) -> Callable[[], Reply]:
        """Send a request; what is returned waits for what comes of it.

        What was begun before is answered before. Up to `ROOM_AHEAD` requests are under way; the next one waits.
        """
        with self._lock:
            told = self._pipeline.tell(self._orders.packed([request], timeout))

        def finish() -> Reply:
            with self._lock:
                return self._pipeline.outcome(told)[0][0]

        return finish

    def survey(self, hints: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return which function of the application handles which operation; trials may come from then on.

        Args:
            hints: Examples by name of a field, for the values that trials put in the place of collaborators.

        Raises:
            TargetError: It hung or ended the process.
        """
        with self._lock:
            self._pipeline.settle()
            return self._application.survey(hints)

    def handlers(self) -> Sequence[Mapping[str, Any]]:
        """Return what the source of each operation's handler names: `method`, `path`, `compares`, `statuses`.

        `compares` has constants by the name of what they are compared with. Nothing where the application can't be
        looked into.
        """
        with self._lock:
            self._pipeline.settle()
            try:
                answer, _ = self._application.ask({"op": "handlers"})
            except LOST:
                return ()
        return tuple(answer.get("handlers", ()))

    def try_out(
        self, request: WireRequest, trial: Mapping[str, Any], *, timeout: float
    ) -> tuple[Reply, Mapping[str, Any] | None]:
        """Send one request with collaborators replaced, I/O held back; return what came of it and what was seen.

        The second is None where the application was lost. `survey` comes first.

        Raises:
            TargetError: The application had to be started again, and did not start.
        """
        with self._lock:
            self._pipeline.settle()
            told = self._pipeline.tell(self._orders.packed([request], timeout, trial))
            replies, report = self._pipeline.outcome(told)
            return replies[0], report

    def document(self) -> str | None:
        """Return the document that the application makes by itself, as JSON, or None.

        Raises:
            TargetError: Making it failed, hung or ended the process.
        """
        with self._lock:
            self._pipeline.settle()
            try:
                answer, body = self._application.ask({"op": "document"})
            except LOST as error:
                raise TargetError(f"{self.app} made no document: its openapi() hung or ended its process") from error
        if "exception" in answer:
            raise document_failure(self.app, answer["exception"])
        return body.decode() or None

    def reset(self, suite: Path) -> None:
        """Call the function `reset` of a suite's `states.py` in the application's process.

        Raises:
            TargetError: It raised, hung or ended the process.
        """
        with self._lock:
            self._pipeline.settle()
            try:
                answer, _ = self._application.ask({"op": "reset", "suite": str(suite.absolute())})
            except LOST as error:
                raise TargetError(
                    f"reset() of {suite / 'states.py'} hung or ended the application's process"
                ) from error
        if "exception" in answer:
            raise reset_failure(suite / "states.py", answer["exception"])

    def include(self, sources: Sequence[Path]) -> None:
        """Start the application afresh, with more folders whose code is its own.

        Raises:
            TargetError: It does not start again.
        """
        with self._lock:
            self._pipeline.settle()
            self._application.include(sources)
            self._application.restart()

    def restart(self) -> None:
        """Start the application afresh: what it held in memory is lost.

        Raises:
            TargetError: It does not start again.
        """
        with self._lock:
            self._pipeline.settle()
            self._application.restart()

    def close(self) -> None:
        """Let the application shut down, and end its process."""
        with self._lock:
            self._application.close()
