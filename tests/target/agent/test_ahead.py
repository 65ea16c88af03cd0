"""Requests that are sent before the ones before them are answered."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from oagen.errors import TargetError
from oagen.scenario.wire import WireRequest
from oagen.target.agent.client import AgentTarget
from oagen.target.agent.program.frames import Frame, Pipes, pack
from oagen.target.agent.program.serving import Frames
from oagen.target.ahead import UnderWay
from oagen.target.model import FailureKind, SendFailure
from tests.target.agent.conftest import Start

COUNTING = """
calls = inside = most = 0

async def app(scope, receive, send):
    global calls, inside, most
    if scope["type"] != "http":
        return
    calls += 1
    inside += 1
    most = max(most, inside)
    path = scope["path"]
    size = 0
    while (message := await receive()).get("more_body"):
        size += len(message["body"])
    size += len(message["body"])
    await asyncio.sleep(0.05)
    if path == "/block":
        time.sleep(60)
    if path == "/end":
        os._exit(3)
    inside -= 1
    if path == "/large":
        await answer(send, b"x" * 300_000)
        return
    await answer(send, f"{path} {calls} {most} {size}".encode())
"""

WSGI = """
calls = []

def app(environ, start_response):
    calls.append(environ["PATH_INFO"])
    if calls[-1] == "/end":
        os._exit(3)
    start_response("200 OK", [])
    return [f"{calls[-1]} {len(calls)}".encode()]
"""


def _begun(target: AgentTarget, *paths: str, body: bytes | None = None) -> list[UnderWay]:
    return [target.begin(WireRequest(method="POST", target=path, body=body), timeout=0.8) for path in paths]


def _body(under_way: UnderWay) -> str:
    return under_way.answer().body.decode()


def test_application_sees_one_request_after_the_other(start: Start) -> None:
    first, second, third, fourth = _begun(start(COUNTING), "/a", "/b", "/c", "/d")
    assert [_body(item) for item in (fourth, first, third, second)] == ["/d 4 1 0", "/a 1 1 0", "/c 3 1 0", "/b 2 1 0"]


def test_wsgi_application_sees_one_after_the_other(start: Start) -> None:
    assert [_body(item) for item in _begun(start(WSGI), "/a", "/b", "/c")] == ["/a 1", "/b 2", "/c 3"]


@pytest.mark.parametrize("source", [COUNTING, WSGI])
def test_death_is_told_of_the_request_that_caused_it(start: Start, source: str) -> None:
    first, second, third, fourth = _begun(start(source), "/a", "/end", "/b", "/c")
    assert _body(first).startswith("/a 1")
    with pytest.raises(SendFailure) as caught:
        second.answer()
    assert caught.value.kind is FailureKind.DIED
    assert _body(third).startswith("/b 1"), "it is sent again, to the process that was started afresh"
    assert _body(fourth).startswith("/c 2")


def test_hang_is_told_of_the_request_that_caused_it(start: Start) -> None:
    first, second, third = _begun(start(COUNTING), "/a", "/block", "/b")
    assert _body(third).startswith("/b 1"), "it is sent again, to the process that was started afresh"
    assert _body(first).startswith("/a 1")
    with pytest.raises(SendFailure) as caught:
        second.answer()
    assert caught.value.kind is FailureKind.TIMEOUT
    assert caught.value.where is not None
    assert caught.value.where.function == "app"


def test_large_requests_and_answers_do_not_wait_for_each_other(start: Start) -> None:
    target = start(COUNTING)
    large = _begun(target, "/large", "/large")
    more = _begun(target, "/a", "/large", "/b", body=b"y" * 300_000)
    assert [len(item.answer().body) for item in large] == [300_000, 300_000]
    assert [_body(more[0]), _body(more[2])] == ["/a 3 1 300000", "/b 5 1 300000"]


def test_application_that_does_not_start_again_is_told_of_each(start: Start, tmp_path: Path) -> None:
    target = start(COUNTING)
    first, second, third = _begun(target, "/a", "/end", "/b")
    assert _body(first).startswith("/a 1")
    (tmp_path / "shop.py").write_text("raise RuntimeError('no database')", "utf-8")
    for item in (second, third):
        with pytest.raises(TargetError, match="no database"):
            item.answer()


@pytest.mark.timeout(20)
def test_frames_that_are_answered_at_once_keep_no_loop_waiting() -> None:
    incoming, theirs = os.pipe()
    ours, outgoing = os.pipe()
    taken: list[Frame | None] = []

    def on_frame(frame: Frame | None) -> None:
        taken.append(frame)
        if len(taken) == 1:
            os.write(theirs, pack({}, b"b"))
        frames.answer({"number": len(taken)})

    loop = asyncio.new_event_loop()
    frames = Frames(loop, Pipes(incoming, outgoing), on_frame)
    os.write(theirs, pack({}, b"a"))
    frames.watch()
    loop.call_later(0.2, loop.stop)
    loop.run_forever()
    loop.close()

    assert taken == [({}, b"a"), ({}, b"b")]
    assert os.read(ours, 1000) == b"".join(pack({"number": number}) for number in (1, 2))
    for descriptor in (incoming, theirs, ours, outgoing):
        os.close(descriptor)
