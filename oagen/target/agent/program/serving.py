"""Answering frames, one at a time, for as long as oagen is there."""

from __future__ import annotations

import os
import threading
import traceback
from typing import Any, Callable

from . import capture
from .agent import Agent, Answer, joined, requests_of
from .asgi import AsgiDriver
from .exchange import Outcome, Refusal, Request, read_request
from .loading import ASGI2, Loaded
from .wsgi import WsgiDriver

START_UP_PATIENCE = 10.0  # seconds for a start-up that is not needed

# -- ASGI -----------------------------------------------------------------------------------------------------------


def serve_asgi(agent: Agent, driver: AsgiDriver) -> None:
    """Answer frames on the event loop, which runs on between them."""
    loop, pipes = agent.loop, agent.pipes

    @fatal
    def on_frame() -> None:
        frame = pipes.read()
        if frame is None:
            agent.stopping = True
            loop.stop()
            return
        header, body = frame
        if header["op"] == "reset":
            agent.reset(header, pipes.write)
            return
        if header["op"] != "request":
            pipes.write(*agent.other(header))
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
                pipes.write(*agent.ended(*joined(given)))

        for index, (request_header, request_body) in enumerate(parts):
            try:
                request = read_request(request_header, request_body)
            except Refusal as refusal:
                arrived(index, agent.refused(refusal))
            else:
                driver.exchange(request, reporter(index))

    loop.add_reader(pipes.incoming, on_frame)
    while not agent.stopping:
        try:
            loop.run_forever()
        except (SystemExit, KeyboardInterrupt):  # one of a task of the application; its exchange tells of it
            continue
    loop.remove_reader(pipes.incoming)


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


def fatal(function: Callable[..., None]) -> Callable[..., None]:
    """Make a fault of the agent itself end the process, with its traceback in the log: nobody would answer oagen."""

    def guarded(*arguments: Any) -> None:
        try:
            function(*arguments)
        except BaseException:  # noqa: BLE001
            traceback.print_exc()
            os._exit(70)

    return guarded
