"""The parts of the agent's program by themselves, and the zip file they travel in."""

from __future__ import annotations

import ast
import io
import os
import sys
import zipfile
from importlib.resources import files

import pytest

from oagen.target.agent.channel import Channel, ChannelClosedError, ChannelTimeoutError
from oagen.target.agent.packing import PACKAGE, packed_program
from oagen.target.agent.program.capture import Capture
from oagen.target.agent.program.exchange import Refusal, read_request
from oagen.target.agent.program.frames import FrameReader, Pipes, pack
from oagen.target.agent.program.loading import ASGI, ASGI2, WSGI, kind_of
from oagen.target.agent.stacks import innermost_frame


def test_the_zip_file_is_the_program_and_the_same_every_time() -> None:
    names = zipfile.ZipFile(io.BytesIO(packed_program())).namelist()
    assert "__main__.py" in names
    assert f"{PACKAGE}/main.py" in names
    packed_program.cache_clear()
    assert zipfile.ZipFile(io.BytesIO(packed_program())).namelist() == names


def test_the_program_uses_the_standard_library_alone_in_the_syntax_of_3_9() -> None:
    for source in files("oagen.target.agent.program").iterdir():
        if source.name.endswith(".py"):
            tree = ast.parse(source.read_text("utf-8"), feature_version=(3, 9))
            for node in ast.walk(tree):
                names: list[str] = []
                if isinstance(node, ast.Import):
                    names = [alias.name for alias in node.names]
                if isinstance(node, ast.ImportFrom) and node.level == 0:
                    names = [node.module or ""]
                assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names, source.name


@pytest.mark.parametrize("size", [1, 7, 1 << 16])
def test_frames_survive_any_cutting(size: int) -> None:
    stream = io.BytesIO(pack({"a": "\udc80"}, b"\x00body") + pack({}) + pack({"b": 1}, b"x" * 200_000))
    reader = FrameReader(lambda wanted: stream.read(min(size, wanted)))
    assert reader.next() == ({"a": "\udc80"}, b"\x00body")
    assert reader.next() == ({}, b"")
    frame = reader.next()
    assert frame is not None
    assert (frame[0], len(frame[1])) == ({"b": 1}, 200_000)
    assert reader.next() is None


def test_end_in_the_middle_of_a_frame() -> None:
    stream = io.BytesIO(pack({"a": 1}, b"body")[:-1])
    assert FrameReader(stream.read).next() is None


def test_channel_has_a_deadline_and_knows_the_end() -> None:
    to_us, from_them = os.pipe()
    to_them, from_us = os.pipe()
    channel = Channel(to_us, from_us, lambda: True)
    them = Pipes(to_them, from_them)
    them.write({"answer": 1}, b"x")
    assert channel.exchange({"ask": 1}, b"y", timeout=5) == ({"answer": 1}, b"x")
    assert them.read() == ({"ask": 1}, b"y")
    with pytest.raises(ChannelTimeoutError):
        channel.exchange({}, b"", timeout=0.05)
    with pytest.raises(ChannelTimeoutError):
        channel.exchange({}, b"x" * 1_000_000, timeout=0.05)
    os.close(from_them)
    with pytest.raises((ChannelClosedError, ChannelTimeoutError)):
        channel.exchange({}, b"", timeout=0.05)
    os.close(to_them)
    with pytest.raises(ChannelClosedError):
        channel.exchange({}, b"", timeout=5)
    channel.close()


def test_channel_knows_of_a_death_that_leaves_its_pipes_open() -> None:
    to_us, from_them = os.pipe()
    to_them, from_us = os.pipe()
    channel = Channel(to_us, from_us, lambda: False)
    with pytest.raises(ChannelClosedError):
        channel.exchange({}, b"", timeout=30)
    channel.close()
    os.close(from_them)
    os.close(to_them)


def _header(**changes: object) -> dict[str, object]:
    return {"method": "GET", "target": "/", "headers": [], "timeout": 1.0, **changes}


def test_request_of_a_frame() -> None:
    request = read_request(_header(method="POST", target="/a?b?c", headers=[["X-A", " 1 "]]), b"body")
    assert (request.path, request.query, request.target) == (b"/a", b"b?c", b"/a?b?c")
    assert request.headers == [(b"host", b"127.0.0.1"), (b"x-a", b"1"), (b"content-length", b"4")]
    assert not request.shortened


@pytest.mark.parametrize(
    "headers",
    [
        [["Content-Length", "1"], ["Content-Length", "2"]],
        [["Content-Length", "x"]],
        [["Host", "a"], ["Host", "b"]],
        [["", "x"]],
        [["A", "\0"]],
    ],
)
def test_headers_that_are_not_http(headers: list[list[str]]) -> None:
    with pytest.raises(Refusal):
        read_request(_header(headers=headers), b"ab")


def test_only_a_server_error_has_a_reason_that_did_not_escape() -> None:
    capture = Capture()
    passed, logged = KeyError("passed"), KeyError("logged")
    capture.passed = passed, None
    assert capture.choose(404) is None
    assert capture.choose(500) == (passed, None, "passed")
    capture.logged = logged, None
    assert capture.choose(500) == (logged, None, "logged")
    capture.raised = ValueError("raised")
    assert capture.choose(200) == (capture.raised, None, "raised")


def test_kinds_of_applications() -> None:
    class Asgi:
        async def __call__(self, scope: object, receive: object, send: object) -> None: ...

    class Wrapping:
        def __call__(self, scope: object, receive: object, send: object) -> object: ...

    class Double:
        def __init__(self, scope: object) -> None: ...

    class Wsgi:
        def __call__(self, environ: object, start_response: object) -> object: ...

    def loose(*args: object) -> object: ...

    assert [kind_of(app) for app in (Asgi(), Wrapping(), Double, Wsgi(), loose)] == [ASGI, ASGI, ASGI2, WSGI, WSGI]
    assert kind_of(object()) is None
    assert kind_of(lambda a, b, c, d: None) is None


FAULTHANDLER = """\
Thread 0x01 (most recent call first):
  File "/lib/threading.py", line 5 in wait
Current thread 0x02 (most recent call first):
  File "/lib/re.py", line 3 in match
  File "/shop/inner.py", line 7 in check
  File "/shop/outer.py", line 9 in call
"""
TRACEBACK = """\
Waiting (most recent call last):
  File "/shop/outer.py", line 9, in call
  File "/shop/inner.py", line 7, in check
  File "/lib/asyncio.py", line 3, in sleep
"""


@pytest.mark.parametrize("stack", [FAULTHANDLER, TRACEBACK])
def test_innermost_frame_in_both_orders(stack: str) -> None:
    frame = innermost_frame(stack, lambda file: file.startswith("/shop/"))
    assert frame is not None
    assert (frame.file, frame.line, frame.function) == ("/shop/inner.py", 7, "check")
    assert innermost_frame(stack, lambda _: False) is None
