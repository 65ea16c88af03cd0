"""Driving a WSGI application (PEP 3333) with the bytes as they were sent."""

from __future__ import annotations

import io
import sys
import time
from typing import Any, Callable
from urllib.parse import unquote_to_bytes

from . import capture
from .exchange import DROPPED, EXITED, Limits, Outcome, Request, checked_headers


class WsgiDriver:
    """Sends requests into a WSGI application."""

    def __init__(self, app: Any, limits: Limits) -> None:
        self._app = app
        self._limits = limits

    def exchange(self, request: Request) -> tuple[Outcome, capture.Capture]:
        """Send one request and return what came of it."""
        caught = capture.begin()
        response = _Response(caught, self._limits, time.perf_counter())
        outcome = response.outcome
        try:
            self._run(request, response)
        except (SystemExit, KeyboardInterrupt) as error:
            caught.raised = error
            outcome.kind = EXITED
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is the application's
            caught.raised = error
        if not outcome.seconds:
            outcome.seconds = time.perf_counter() - response.began
        if caught.raised is not None and not response.complete:
            if response.sent:
                outcome.kind = DROPPED
            else:
                outcome.fail()
        if request.method == "HEAD":
            outcome.body = []
        return outcome, caught

    def _run(self, request: Request, response: _Response) -> None:
        result = self._app(environment(request), response.start)
        try:
            for part in result:
                response.write(part)
                if response.full():
                    break
            response.finish()
        finally:
            close = getattr(result, "close", None)
            if close is not None:
                close()


class _Response:
    def __init__(self, caught: capture.Capture, limits: Limits, began: float) -> None:
        self.outcome = Outcome()
        self.sent = False
        self.complete = False
        self.began = began
        self._caught = caught
        self._limits = limits
        self._set = False

    def start(
        self, status: str, headers: list[tuple[str, str]], exc_info: tuple[Any, Any, Any] | None = None
    ) -> Callable[[bytes], None]:
        """`start_response` of PEP 3333."""
        if exc_info is not None:
            self._caught.signalled = exc_info[1], exc_info[2]
            if self.sent:
                raise exc_info[1].with_traceback(exc_info[2])
        elif self._set:
            raise AssertionError("start_response was called twice without exc_info")
        code = int(status.split(" ", 1)[0])
        self.outcome.headers = checked_headers([(n.encode("latin-1"), v.encode("latin-1")) for n, v in headers])
        self.outcome.status = code
        self._set = True
        return self.write

    def write(self, part: bytes) -> None:
        """Send a part of the body; empty parts do not send the headers yet."""
        if not isinstance(part, bytes):
            message = f"a WSGI application's body must be bytes, not {type(part).__name__}"
            raise TypeError(message)
        if not self._set:
            raise AssertionError("write() before start_response()")
        if part:
            self.sent = True
            self.outcome.add(part, self._limits.body)

    def full(self) -> bool:
        """Return whether no more of the body is wanted."""
        if time.perf_counter() - self.began > self._limits.stream and self.sent:
            self.outcome.truncated = True
        return self.outcome.truncated

    def finish(self) -> None:
        """The body is complete; `close()` may still run for long."""
        if not self._set:
            raise AssertionError("the application returned without calling start_response()")
        self.complete = True
        self.outcome.seconds = time.perf_counter() - self.began


def environment(request: Request) -> dict[str, Any]:
    """Return the WSGI environment of a request; text in it is bytes decoded as latin-1 (PEP 3333)."""
    host, _, port = request.host.rpartition(":")
    has_port = bool(host) and port.isdigit()
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(request.path).decode("latin-1"),
        "QUERY_STRING": request.query.decode("latin-1"),
        "REQUEST_URI": request.target.decode("latin-1"),
        "RAW_URI": request.target.decode("latin-1"),
        "SERVER_NAME": host if has_port else request.host,
        "SERVER_PORT": port if has_port else "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "REMOTE_PORT": "50000",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
    }
    for raw_name, raw_value in request.headers:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        if "_" in name:  # servers drop these: they can't be told apart from names with a hyphen
            continue
        key = name.upper().replace("-", "_")
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = f"HTTP_{key}"
            if key in environ:
                value = f"{environ[key]},{value}"
        environ[key] = value
    return environ
