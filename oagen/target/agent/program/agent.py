"""The agent's state, and the frames it answers with."""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import sys
from typing import Any, Callable

from . import capture, tracebacks
from .exchange import HUNG, Limits, Outcome, Refusal
from .files import ApplicationFiles, roots_of
from .frames import VERSION, Pipes
from .handlers import handlers
from .lines import LineRecorder, make_recorder
from .loading import Loaded, load
from .resetting import find_reset
from .trials import Trials

Answer = tuple[dict[str, Any], bytes]


class Agent:
    """Everything that outlives a request."""

    def __init__(self, pipes: Pipes, order: dict[str, Any]) -> None:
        self.pipes = pipes
        self.order = order
        self.limits = Limits(**order["limits"])
        self.loop = asyncio.new_event_loop()
        self.loaded: Loaded | None = None
        self.roots = [order["folder"]]
        self.is_application = ApplicationFiles(self.roots)
        self.recorder = LineRecorder(self.is_application)
        self.stopping = False
        self.trials: Trials | None = None
        self.resetting: asyncio.Task[None] | None = None

    # -- starting ---------------------------------------------------------------------------------------------------

    def import_application(self) -> Loaded:
        """Import the application, and watch what it does with its exceptions."""
        module = self.order["app"].partition(":")[0]
        self.roots = [*roots_of(module, self.order["folder"]), *self.order["sources"]]
        self.is_application = ApplicationFiles(self.roots)
        self.recorder = make_recorder(self.is_application, coverage=self.order["coverage"])
        self.recorder.start()
        asyncio.set_event_loop(self.loop)
        capture.watch_logging()
        self.loaded = loaded = load(self.order["app"], self.loop.run_until_complete)
        asyncio.set_event_loop(self.loop)
        capture.watch_signals()
        return loaded

    def fail(self, stage: str, error: BaseException | None, message: str = "") -> None:
        """Tell oagen that the application can't be started, and why."""
        described = None if error is None else tracebacks.describe(error, self.is_application)
        self.pipes.write({"failed": {"stage": stage, "message": message, "exception": described}, "version": VERSION})

    def ready(self, loaded: Loaded) -> None:
        """Tell oagen that requests may come."""
        self.recorder.take()
        self.pipes.write(
            {
                "version": VERSION,
                "kind": loaded.kind,
                "framework": loaded.framework,
                "python": "{}.{}.{}".format(*sys.version_info[:3]),
                "coverage": type(self.recorder).__name__,
                "pid": os.getpid(),
                "roots": self.roots,
            }
        )

    # -- answers ----------------------------------------------------------------------------------------------------

    def answer(self, outcome: Outcome, caught: capture.Capture) -> Answer:
        """Return the frame that tells what came of a request."""
        header: dict[str, Any] = {
            "outcome": outcome.kind,
            "status": outcome.status,
            "headers": [[n.decode("latin-1"), v.decode("latin-1")] for n, v in outcome.headers],
            "seconds": outcome.seconds,
        }
        self.recorder.complete(caught)
        chosen = caught.choose(outcome.status) if outcome.kind != HUNG else None
        if chosen is not None:
            header["exception"] = tracebacks.describe(chosen[0], self.is_application, chosen[1])
            header["exception"]["how"] = chosen[2]
        if self.trials is not None:
            self.trials.note(caught)
        caught.forget()
        lines = self.recorder.take()
        if lines:
            header["lines"] = lines
        if outcome.truncated:
            header["truncated"] = True
        if outcome.kind == HUNG:
            header["stack"] = outcome.stack
            header["restart"] = outcome.restart
        return header, b"".join(outcome.body)

    def refused(self, refusal: Refusal) -> Answer:
        """Return the answer that a server gives by itself."""
        outcome = Outcome()
        outcome.fail(str(refusal))
        outcome.status = refusal.status
        header, body = self.answer(outcome, capture.Capture())
        header["refused"] = True
        return header, body

    def document(self) -> Answer:
        """Return the document that the application makes by itself, if it does."""
        app = self.loaded.app if self.loaded else None
        try:
            made = app.openapi() if callable(getattr(app, "openapi", None)) else None  # type: ignore[union-attr]
            body = json.dumps(made, default=str).encode() if isinstance(made, dict) else b""
        except Exception as error:  # noqa: BLE001 - an application's document may fail in any way
            return {"exception": tracebacks.describe(error, self.is_application)}, b""
        return {}, body

    def begin(self, header: dict[str, Any]) -> None:
        """Put collaborators' outcomes in place for the requests of a frame that asks for it."""
        if "trial" in header and self.trials is not None:
            self.trials.begin(header["trial"])

    def ended(self, header: dict[str, Any], body: bytes) -> Answer:
        """Add to the answers of a frame what its trial has shown, and put everything back."""
        if self.trials is not None:
            header["trial"] = self.trials.end(max(each["status"] for each in header["answers"]))
        return header, body

    def survey(self, header: dict[str, Any]) -> Answer:
        """Return which function handles which operation; trials may come from then on."""
        assert self.loaded is not None
        try:
            if self.trials is None:
                self.trials = Trials(self.loaded, self.is_application, self.recorder)
            return self.trials.survey(header["hints"]), b""
        except Exception as error:  # noqa: BLE001 - whatever an application's objects do when they are looked at
            return {"exception": tracebacks.describe(error, self.is_application)}, b""

    def handlers(self) -> Answer:
        """Return what the source of each operation's handler names."""
        assert self.loaded is not None
        try:
            return {"handlers": handlers(self.loaded.app, self.is_application)}, b""
        except Exception as error:  # noqa: BLE001 - whatever an application's objects do when they are looked at
            return {"exception": tracebacks.describe(error, self.is_application)}, b""

    def reset(self, header: dict[str, Any], write: Callable[..., None]) -> None:
        """Let the user's function bring the state back; tell its end, which may come later on a loop that runs."""

        def told(error: BaseException | None = None) -> None:
            write({} if error is None else {"exception": tracebacks.describe(error, self.is_application)}, b"")

        async def finish(made: Any) -> None:
            try:
                await made
            except BaseException as error:  # noqa: BLE001 - it is the user's
                told(error)
            else:
                told()

        try:
            made = find_reset(header["suite"], "")()
        except BaseException as error:  # noqa: BLE001 - it is the user's
            told(error)
            return
        if not inspect.iscoroutine(made):
            told()
        elif self.loop.is_running():
            self.resetting = self.loop.create_task(finish(made))
        else:
            self.loop.run_until_complete(finish(made))

    def other(self, header: dict[str, Any]) -> Answer:
        """Answer whatever is neither a request nor a reset."""
        if header["op"] == "document":
            return self.document()
        if header["op"] == "survey":
            return self.survey(header)
        if header["op"] == "handlers":
            return self.handlers()
        self.stopping = True
        return {}, b""


def requests_of(header: dict[str, Any], body: bytes) -> list[tuple[dict[str, Any], bytes]]:
    """Return the requests of a frame, each with its body; those of one frame are sent together."""
    parts = []
    for request in header["requests"]:
        size = request["size"]
        parts.append((request, body[:size]))
        body = body[size:]
    return parts


def joined(answers: list[Answer]) -> Answer:
    """Return several answers as one frame."""
    headers = []
    for header, body in answers:
        header["size"] = len(body)
        headers.append(header)
    return {"answers": headers}, b"".join(body for _, body in answers)
