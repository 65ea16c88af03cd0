"""Answering frames, one at a time, for as long as oagen is there."""

from __future__ import annotations

import asyncio
import os
import threading
import traceback
from typing import Any, Callable

from . import capture
from .agent import Agent, Answer, joined, requests_of
from .asgi import AsgiDriver
from .exchange import Outcome, Refusal, Request, read_request
from .frames import Frame, Pipes
from .loading import ASGI2, Loaded
from .wsgi import WsgiDriver

START_UP_PATIENCE = 10.0  # seconds for a start-up that is not needed


def fatal(function: Callable[..., None]) -> Callable[..., None]:
    """Make a fault of the agent itself end the process, with its traceback in the log: nobody would answer oagen."""

    def guarded(*arguments: Any) -> None:
        try:
            function(*arguments)
        except BaseException:  # noqa: BLE001
            traceback.print_exc()
            os._exit(70)

    return guarded


# -- ASGI -----------------------------------------------------------------------------------------------------------


def serve_asgi(agent: Agent, driver: AsgiDriver) -> None:
    """Answer frames on the event loop, which runs on between them."""
    loop = agent.loop

    def on_frame(frame: Frame | None) -> None:
        if frame is None:
            agent.stopping = True
            loop.stop()
            return
        header, body = frame
        if header["op"] == "reset":
            agent.reset(header, frames.answer)
            return
        if header["op"] != "request":
            frames.answer(*agent.other(header))
            if agent.stopping:
                loop.stop()
            return
        parts = requests_of(header, body)
        answers: list[Answer | None] = [None] * len(parts)
        agent.recorder.resume()
        agent.begin(header)

        def reporter(index: int) -> Callable[[Outcome, capture.Capture], None]:
            @fatal
            def report(outcome: Outcome, caught: capture.Capture) -> None:
                arrived(index, agent.answer(outcome, caught))

            return report

        def arrived(index: int, answer: Answer) -> None:
            answers[index] = answer
            given = [each for each in answers if each is not None]
            if len(given) == len(answers):
                frames.answer(*agent.ended(*joined(given)))

        for index, (request_header, request_body) in enumerate(parts):
            try:
                request = read_request(request_header, request_body)
            except Refusal as refusal:
                arrived(index, agent.refused(refusal))
            else:
                driver.exchange(request, reporter(index))

    frames = Frames(loop, agent.pipes, on_frame)
    frames.watch()
    while not agent.stopping:
        try:
            loop.run_forever()
        except (SystemExit, KeyboardInterrupt):  # one of a task of the application; its exchange tells of it
            continue
    frames.stop()


class Frames:
    """Takes frames on an event loop: the next one when the one before is answered, since oagen may send it before.

    Args:
        on_frame: Is called with each, None at the end, and sees to it that `answer` is called once for each.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, pipes: Pipes, on_frame: Callable[[Frame | None], None]) -> None:
        self._loop = loop
        self._pipes = pipes
        self._on_frame = on_frame
        self._busy = False
        self._watching = False

    def watch(self) -> None:
        """Wait for the next frame."""
        if not self._watching:
            self._loop.add_reader(self._pipes.incoming, self._came)
            self._watching = True

    def stop(self) -> None:
        """Wait for no more of them."""
        if self._watching:
            self._loop.remove_reader(self._pipes.incoming)
            self._watching = False

    def answer(self, header: dict[str, Any], body: bytes = b"") -> None:
        """Answer the latest frame."""
        self._pipes.write(header, body)
        if self._pipes.holds_more():
            self._loop.call_soon(self._take)
        else:
            self._busy = False
            self.watch()

    def _came(self) -> None:
        if self._busy:
            self.stop()  # or the loop would turn for nothing
        elif self._pipes.holds_more():  # unless it was taken since the loop saw it
            self._busy = True
            self._take()

    @fatal
    def _take(self) -> None:
        self._on_frame(self._pipes.read())


def run_asgi(agent: Agent, loaded: Loaded) -> None:
    """Start the application's lifespan, answer frames, end the lifespan."""
    driver = AsgiDriver(loaded.app, agent.limits, agent.is_application, version_2=loaded.kind == ASGI2)
    needs_start_up = agent.order.get("needs_start_up", True)
    failure = agent.loop.run_until_complete(driver.start(None if needs_start_up else START_UP_PATIENCE))
    if failure is not None and needs_start_up:
        agent.fail("lifespan", driver.lifespan.error, failure)
        return
    agent.ready(loaded)
    serve_asgi(agent, driver)
    agent.loop.run_until_complete(driver.lifespan.stop())


# -- WSGI -----------------------------------------------------------------------------------------------------------


def run_wsgi(agent: Agent, loaded: Loaded) -> None:
    """Answer frames in this thread; requests sent together get a thread each."""
    driver = WsgiDriver(loaded.app, agent.limits)
    agent.ready(loaded)
    while not agent.stopping:
        frame = agent.pipes.read()
        if frame is None:
            return
        header, body = frame
        if header["op"] == "reset":
            agent.reset(header, agent.pipes.write)
            continue
        if header["op"] != "request":
            agent.pipes.write(*agent.other(header))
            continue
        agent.recorder.resume()
        agent.begin(header)
        parts = requests_of(header, body)
        answers: list[Answer] = [({}, b"")] * len(parts)

        def handle(index: int, part: tuple[dict[str, Any], bytes], answers: list[Answer] = answers) -> None:
            try:
                request: Request = read_request(*part)
            except Refusal as refusal:
                answers[index] = agent.refused(refusal)
            else:
                answers[index] = agent.answer(*driver.exchange(request))

        if len(parts) == 1:
            handle(0, parts[0])
        else:
            threads = [threading.Thread(target=handle, args=item) for item in enumerate(parts)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        agent.pipes.write(*agent.ended(*joined(answers)))
