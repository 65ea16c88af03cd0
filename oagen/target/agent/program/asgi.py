"""Driving an ASGI application: lifespan, one event loop for its whole life, and the bytes as they were sent."""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Any, Callable, NamedTuple
from urllib.parse import unquote

from . import capture, tracebacks
from .exchange import DROPPED, EXITED, HUNG, Limits, Outcome, Request, checked_headers

LIFESPAN_PATIENCE = 5.0  # seconds for the application to shut down
CANCEL_PATIENCE = 0.3  # seconds for a hung handler to give in when it is cancelled

Report = Callable[[Outcome, capture.Capture], None]


class Lifespan:
    """The lifespan of an application, as the ASGI specification has it; an application without one is fine."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._started = asyncio.Event()
        self._stopped = asyncio.Event()
        self._failure: str | None = None
        self.state: dict[str, Any] = {}
        self.error: BaseException | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self, patience: float | None = None) -> str | None:
        """Start the application; return why it could not be, or None.

        Args:
            patience: Seconds after which it is given up; None to wait for as long as it takes.
        """
        self._task = asyncio.ensure_future(self._run())
        await self._inbox.put({"type": "lifespan.startup"})
        try:
            await asyncio.wait_for(self._started.wait(), patience)
        except asyncio.TimeoutError:
            self._task.cancel()
            self._failure = f"it was not ready after {patience:g} s"
        return self._failure

    async def stop(self) -> None:
        """Let the application shut down, for some seconds at most."""
        if self._task is None or self._task.done():
            return
        await self._inbox.put({"type": "lifespan.shutdown"})
        await asyncio.wait({asyncio.ensure_future(self._stopped.wait())}, timeout=LIFESPAN_PATIENCE)

    async def _run(self) -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": self.state}
        try:
            await self._app(scope, self._inbox.get, self._send)
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is the application's
            self.error = error
            if isinstance(error, (SystemExit, KeyboardInterrupt)):
                self._failure = f"it asked to exit ({error!r})"
        finally:
            self._started.set()
            self._stopped.set()

    async def _send(self, message: dict[str, Any]) -> None:
        kind = message["type"]
        if kind == "lifespan.startup.failed":
            self._failure = message.get("message") or "lifespan.startup.failed"
        elif kind == "lifespan.startup.complete":
            self._started.set()
        elif kind in ("lifespan.shutdown.complete", "lifespan.shutdown.failed"):
            self._stopped.set()
        else:
            message_text = f"unexpected ASGI message {kind!r} in a lifespan"
            raise RuntimeError(message_text)


class Setting(NamedTuple):
    """What all exchanges share: limits, what is the application's own code, and the threads it began with."""

    limits: Limits
    is_application: Callable[[str], bool]
    threads: frozenset[int]


class Exchange:
    """One request on its way through the application.

    The report is given once: when the application has returned, or when it is waited for no longer.
    """

    def __init__(self, request: Request, setting: Setting, report: Report) -> None:
        self._request = request
        self._setting = setting
        self._limits = setting.limits
        self._report = report
        self._loop = asyncio.get_running_loop()
        self._over: asyncio.Event | None = None
        self._task: asyncio.Task[None] | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._stream_end: asyncio.TimerHandle | None = None
        self._body_sent = False
        self._started = False
        self._complete = False
        self._reported = False
        self._began = 0.0
        self._capture = capture.Capture()
        self.outcome = Outcome()

    def start(self, app: Any, scope: dict[str, Any]) -> None:
        """Hand the request to the application."""
        self._task = self._loop.create_task(self._run(app, scope))
        self._deadline = self._loop.call_later(self._request.timeout, self._expire)

    async def _run(self, app: Any, scope: dict[str, Any]) -> None:
        self._capture = capture.begin()
        self._began = time.perf_counter()
        try:
            await app(scope, self._receive, self._send)
        except asyncio.CancelledError as error:
            if not self._reported:
                self._capture.raised = error
        except (SystemExit, KeyboardInterrupt) as error:
            self._capture.raised = error
            self.outcome.kind = EXITED
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is the application's
            self._capture.raised = error
        self._give()

    async def _receive(self) -> dict[str, Any]:
        if not self._body_sent:
            self._body_sent = True
            return {"type": "http.request", "body": self._request.body, "more_body": self._request.shortened}
        if not self._request.shortened and not self._complete and not self._reported:
            if self._over is None:
                self._over = asyncio.Event()
            await self._over.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict[str, Any]) -> None:
        kind = message["type"]
        outcome = self.outcome
        if self._reported:
            return
        if kind == "http.response.start":
            if self._started:
                raise RuntimeError("http.response.start was sent twice")
            status = message["status"]
            outcome.headers = checked_headers(message.get("headers", ()))
            outcome.status = int(status)
            self._started = True
        elif kind == "http.response.body":
            if not self._started:
                raise RuntimeError("http.response.body was sent before http.response.start")
            if self._complete:
                raise RuntimeError("http.response.body was sent after the response was complete")
            outcome.add(bytes(message.get("body", b"")), self._limits.body)
            if outcome.truncated:
                self._cut()
            elif not message.get("more_body", False):
                self._finish()
            elif self._stream_end is None:
                self._stream_end = self._loop.call_later(self._limits.stream, self._cut)
        else:
            message_text = f"unexpected ASGI message {kind!r}"
            raise RuntimeError(message_text)

    def _finish(self) -> None:
        """The response is complete; the application may have background tasks left."""
        self._complete = True
        self.outcome.seconds = time.perf_counter() - self._began
        if self._over is not None:
            self._over.set()
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = self._loop.call_later(self._limits.background, self._give)

    def _cut(self) -> None:
        """The response goes on for too long: keep what there is, and be gone as a client would be."""
        if self._reported or self._complete:
            return
        self.outcome.truncated = True
        self._give()
        if self._over is not None:
            self._over.set()
        self._loop.call_later(CANCEL_PATIENCE, self._cancel)

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _expire(self) -> None:
        """The time is up."""
        if self._started:
            self._cut()
            return
        self.outcome.kind = HUNG
        self.outcome.stack = self._stacks()
        self._reported = True
        self._cancel()
        self._loop.call_later(CANCEL_PATIENCE, self._give_up)

    def _give_up(self) -> None:
        self.outcome.restart = self._task is None or not self._task.done() or bool(self._busy_threads())
        self._reported = False
        self._give()

    def _stacks(self) -> str:
        """Return where the handler waits, and where the threads are that run code of the application."""
        parts = []
        for stack in self._busy_threads():
            parts += ["Thread (most recent call last):\n", tracebacks.show_stack(stack)]
        if self._task is not None:
            waiting = tracebacks.awaited_stack(self._task.get_coro())
            parts += ["Waiting (most recent call last):\n", tracebacks.show_stack(waiting[1:])]
        return "".join(parts)

    def _busy_threads(self) -> list[tracebacks.Stack]:
        """Return the stacks of the threads begun since start-up that run code of the application."""
        return [
            stack
            for number, stack in tracebacks.thread_stacks().items()
            if number not in self._setting.threads
            and any(self._setting.is_application(code.co_filename) for code, _ in stack)
        ]

    def _give(self) -> None:
        if self._reported:
            return
        self._reported = True
        for timer in (self._deadline, self._stream_end):
            if timer is not None:
                timer.cancel()
        outcome = self.outcome
        if not self._complete:
            outcome.seconds = time.perf_counter() - self._began
            if outcome.kind == HUNG or outcome.truncated:
                pass
            elif self._started:
                if self._request.method != "HEAD":
                    outcome.kind = DROPPED
            else:
                outcome.fail()
                if self._capture.raised is None:
                    self._capture.raised = _no_response()
        if self._request.method == "HEAD":
            outcome.body = []
        self._report(outcome, self._capture)


class AsgiDriver:
    """Sends requests into an ASGI application."""

    def __init__(
        self, app: Any, limits: Limits, is_application: Callable[[str], bool], *, version_2: bool = False
    ) -> None:
        self._app = _single_callable(app) if version_2 else app
        self._setting = Setting(limits, is_application, frozenset())
        self.lifespan = Lifespan(self._app)

    async def start(self, patience: float | None = None) -> str | None:
        """Start the application; return why it could not be, or None.

        Args:
            patience: Seconds after which that is given up; None to wait for as long as it takes.
        """
        failure = await self.lifespan.start(patience)
        self._setting = self._setting._replace(threads=frozenset(sys._current_frames()))  # noqa: SLF001
        return failure

    def exchange(self, request: Request, report: Report) -> None:
        """Start a request; `report` is called on the event loop when its outcome is known."""
        raw_path = request.path
        host, _, port = request.host.rpartition(":")
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "server": (host, int(port)) if host and port.isdigit() else (request.host, 80),
            "client": ("127.0.0.1", 50000),
            "scheme": "http",
            "method": request.method,
            "root_path": "",
            "path": unquote(raw_path.decode("ascii")),
            "raw_path": raw_path,
            "query_string": request.query,
            "headers": request.headers,
            "state": self.lifespan.state.copy(),
        }
        Exchange(request, self._setting, report).start(self._app, scope)


def _single_callable(app: Any) -> Any:
    async def call(scope: Any, receive: Any, send: Any) -> None:
        await app(scope)(receive, send)

    return call


def _no_response() -> BaseException:
    return RuntimeError("the application returned without a response")
