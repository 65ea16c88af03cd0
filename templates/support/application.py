"""The application under test in this process, behind a transport of httpx."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import logging
import sys
import threading
import traceback
from collections.abc import (
    Awaitable,
    Callable,
    Coroutine,
    Iterable,
    Iterator,
    MutableMapping,
)
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn, TypeVar

import httpx
import pytest

Message = MutableMapping[str, Any]
AsgiApp = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]],
    Awaitable[None],
]
Answer = TypeVar("Answer")
logger = logging.getLogger(__name__)

ASGI = ("scope", "receive", "send")
START_SECONDS = 60.0
"""How long an application may take to start or to stop."""


def load_application(name: str, root: Path) -> Any:
    """Return the application at `package.module:attribute`.

    A factory is called, with or without parentheses behind its name: a function that
    asks for no argument. The run ends with one message where there is no such module
    or attribute.
    """
    attribute = name.partition(":")[2]
    found: Any = import_application(name, root)
    try:
        for part in attribute.removesuffix("()").split("."):
            found = getattr(found, part)
    except AttributeError as error:
        _refuse(name, error, root)
    if attribute.endswith("()") or _is_factory(found):
        found = found()
    return asyncio.run(found) if inspect.iscoroutine(found) else found


def import_application(name: str, root: Path) -> ModuleType:
    """Return the module of the application at `package.module:attribute`.

    The run ends with one message where there is none.
    """
    for folder in (str(root), str(Path.cwd())):
        if folder not in sys.path:
            sys.path.append(folder)
    try:
        return importlib.import_module(name.partition(":")[0])
    except (ImportError, ValueError) as error:
        _refuse(name, error, root)


def _refuse(name: str, error: Exception, root: Path) -> NoReturn:
    folders = list(dict.fromkeys((str(root), str(Path.cwd()))))
    pytest.exit(
        f"the app {name} can't be imported: {error}; "
        "it must be package.module:attribute, "
        f"importable from {' or '.join(folders)}",
        returncode=4,
    )


def _is_factory(found: Any) -> bool:
    """Return whether a value is a function that can be called without arguments."""
    if not inspect.isfunction(found) or inspect.iscoroutinefunction(found):
        return False
    return not any(
        parameter.default is parameter.empty
        for parameter in inspect.signature(found).parameters.values()
    )


def is_asgi(app: Any) -> bool:
    """Return whether an application is ASGI.

    Its call is a coroutine, or takes scope, receive and send.
    """
    target = (
        app if inspect.isfunction(app) or inspect.ismethod(app) else type(app).__call__
    )
    if inspect.iscoroutinefunction(target):
        return True
    parameters = [
        name for name in inspect.signature(target).parameters if name != "self"
    ]
    return {"receive", "send"} <= set(parameters) or len(parameters) == len(ASGI)


@contextmanager
def running(app: Any) -> Iterator[httpx.BaseTransport]:
    """Start the application, yield a transport that calls it, stop it."""
    if not is_asgi(app):
        yield WsgiTransport(app)
        return
    transport = AsgiTransport(app)
    transport.start()
    try:
        yield transport
    finally:
        transport.stop()


class WsgiTransport(httpx.WSGITransport):
    """Calls a WSGI application.

    An exception of it becomes a 500 that keeps the traceback.
    """

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Call the application."""
        try:
            return super().handle_request(request)
        except Exception:
            logger.exception("the application raised an exception")
            return _crashed(request, traceback.format_exc())


class AsgiTransport(httpx.BaseTransport):
    """Calls an ASGI application on an event loop in a thread of its own."""

    def __init__(self, app: AsgiApp) -> None:
        self._app = app
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="api-tests-asgi", daemon=True
        )
        self._lifespan = Lifespan(app)
        self.failure: Exception | None = None

    def start(self) -> None:
        """Start the event loop and the application.

        Why the application did not start is kept as `failure`.
        """
        self._thread.start()
        try:
            self._run(self._lifespan.start(), START_SECONDS)
        except (RuntimeError, httpx.TimeoutException) as error:
            self.failure = error
        except BaseException:
            self._end()
            raise

    def stop(self) -> None:
        """Stop the application and the event loop."""
        try:
            if self.failure is None:
                self._run(self._lifespan.stop(), START_SECONDS)
        finally:
            self._end()

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(START_SECONDS)
        if not self._loop.is_running():
            self._loop.close()

    def complete(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        """Run a coroutine on the application's event loop to its end."""
        return self._run(work, START_SECONDS)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Call the application."""
        body = request.read()
        seconds = request.extensions.get("timeout", {}).get("read")
        return self._run(self._call(request, body), seconds)

    def _run(self, work: Coroutine[Any, Any, Answer], seconds: float | None) -> Answer:
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(seconds)
        except TimeoutError:
            if future.done():
                raise
            future.cancel()
            raise httpx.ReadTimeout(
                f"the application took more than {seconds} s"
            ) from None

    async def _call(self, request: httpx.Request, body: bytes) -> httpx.Response:
        status: int | None = None
        headers: Iterable[tuple[bytes, bytes]] = ()
        chunks: list[bytes] = []
        sent = False
        complete = asyncio.Event()

        async def receive() -> Message:
            nonlocal sent
            if sent:
                await complete.wait()
                return {"type": "http.disconnect"}
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            nonlocal status, headers
            if message["type"] == "http.response.start":
                status, headers = message["status"], message.get("headers", ())
            elif message["type"] == "http.response.body":
                chunks.append(message.get("body", b""))
                if not message.get("more_body", False):
                    complete.set()

        trace = None
        try:
            await self._app(_scope(request), receive, send)
        except Exception:
            logger.exception("the application raised an exception")
            trace = traceback.format_exc()
        if status is None:
            return _crashed(request, trace or "the application ended without an answer")
        content = b"" if request.method == "HEAD" else b"".join(chunks)
        extensions = {"app_exception": trace} if trace else {}
        return httpx.Response(
            status,
            headers=list(headers),
            content=content,
            request=request,
            extensions=extensions,
        )


class Lifespan:
    """The lifespan protocol of ASGI.

    Applications that do not speak it are let alone.
    """

    def __init__(self, app: AsgiApp) -> None:
        self._app = app
        self._task: asyncio.Task[None] | None = None
        self._inbox: asyncio.Queue[Message] | None = None
        self._outbox: asyncio.Queue[Message] | None = None

    async def start(self) -> None:
        """Start the application up.

        Raises:
            RuntimeError: It says that its start-up failed.
        """
        self._inbox, self._outbox = asyncio.Queue(), asyncio.Queue()
        self._task = asyncio.create_task(self._live(self._inbox, self._outbox))
        await self._inbox.put({"type": "lifespan.startup"})
        answer = await self._outbox.get()
        if answer["type"] == "lifespan.startup.failed":
            raise RuntimeError(
                f"the application did not start: {answer.get('message', '')}"
            )

    async def stop(self) -> None:
        """Shut the application down."""
        if (
            self._task is None
            or self._inbox is None
            or self._outbox is None
            or self._task.done()
        ):
            return
        await self._inbox.put({"type": "lifespan.shutdown"})
        await self._outbox.get()
        await self._task

    async def _live(
        self, inbox: asyncio.Queue[Message], outbox: asyncio.Queue[Message]
    ) -> None:
        scope = {
            "type": "lifespan",
            "asgi": {"version": "3.0", "spec_version": "2.0"},
            "state": {},
        }
        # ASGI: an application that raises here does not support the lifespan protocol
        with suppress(Exception):
            await self._app(scope, inbox.get, outbox.put)
        await outbox.put({"type": "lifespan.over"})


def _scope(request: httpx.Request) -> Message:
    raw_path, _, query = request.url.raw_path.partition(b"?")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "scheme": request.url.scheme,
        "path": request.url.path,
        "raw_path": raw_path,
        "query_string": query,
        "server": (request.url.host, request.url.port or 80),
        "client": ("127.0.0.1", 50000),
        "root_path": "",
        "state": {},
    }


def _crashed(request: httpx.Request, trace: str) -> httpx.Response:
    return httpx.Response(
        500,
        text="the application raised an exception",
        request=request,
        extensions={"app_exception": trace},
    )
