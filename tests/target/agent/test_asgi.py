"""ASGI applications behind an agent."""

from __future__ import annotations

import json
import time

import pytest

from oagen.scenario.wire import WireRequest
from oagen.target.model import Answer, FailureKind, SendFailure
from tests.target.agent.conftest import Start

ECHO = """
async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError
    body = b""
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        body += message["body"]
        more = message["more_body"]
    told = {
        "method": scope["method"], "path": scope["path"], "raw": scope["raw_path"].decode("latin-1"),
        "query": scope["query_string"].decode("latin-1"), "body": body.decode("latin-1"), "last": message["type"],
        "headers": [[n.decode("latin-1"), v.decode("latin-1")] for n, v in scope["headers"]],
    }
    await answer(send, json.dumps(told).encode(), 203, [(b"X-One", b"1"), (b"X-One", b"\\xe9")])
"""


def test_request_arrives_as_it_was_sent(start: Start) -> None:
    target = start(ECHO)
    request = WireRequest(
        method="PUT",
        target="/a%2Fb//c%FF?x=%20&x=+&&",
        headers=(("X-Thing", "caf\u00e9 \udc80"), ("x-thing", "two"), ("Content-Type", "text/plain")),
        body=b"\x00\xff",
    )
    answer = target.send(request)
    told = json.loads(answer.body)
    assert (told["method"], told["raw"], told["query"]) == ("PUT", "/a%2Fb//c%FF", "x=%20&x=+&&")
    assert told["path"] == "/a/b//c\ufffd"
    assert told["body"] == "\x00\xff"
    headers = [(name, value.encode("latin-1")) for name, value in told["headers"]]
    assert [value for name, value in headers if name == "x-thing"] == ["caf\u00e9 ".encode() + b"\x80", b"two"]
    assert dict(headers)["content-length"] == b"2"
    assert dict(headers)["host"] == b"127.0.0.1"
    assert answer.status == 203
    assert answer.headers == (("X-One", "1"), ("X-One", "\u00e9"))


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (WireRequest(method="GE T", target="/"), 400),
        (WireRequest(method="GET", target="/a b"), 400),
        (WireRequest(method="GET", target="/\u00e9"), 400),
        (WireRequest(method="GET", target="/", headers=(("X Y", "1"),)), 400),
        (WireRequest(method="GET", target="/", headers=(("X-Y", "a\r\nb: c"),)), 400),
        (WireRequest(method="GET", target="/", headers=(("Content-Length", "-1"),)), 400),
        (WireRequest(method="GET", target="/", headers=(("X-Y", "a" * 70_000),)), 431),
    ],
)
def test_what_no_server_lets_through_never_reaches_the_application(
    start: Start, request_: WireRequest, status: int
) -> None:
    target = start("async def app(scope, receive, send):\n    os._exit(1) if scope['type'] == 'http' else None\n")
    assert target.send(request_).status == status


def test_body_shorter_than_its_length_is_a_client_that_left(start: Start) -> None:
    target = start(ECHO)
    answer = target.send(WireRequest(method="POST", target="/", headers=(("Content-Length", "9"),), body=b"abc"))
    assert json.loads(answer.body)["last"] == "http.disconnect"
    assert json.loads(answer.body)["body"] == "abc"


def test_large_bodies_both_ways(start: Start) -> None:
    target = start(
        """
        async def app(scope, receive, send):
            size = 0
            message = await receive()
            await answer(send, message["body"] * 3)
        """
    )
    body = bytes(range(256)) * 4096
    answer = target.send(WireRequest(method="POST", target="/", body=body))
    assert answer.body == body * 3
    longer = target.send(WireRequest(method="POST", target="/", body=body * 2))
    assert longer.truncated
    assert len(longer.body) == target.options.limits.body
    assert target.send(WireRequest(method="POST", target="/", body=b"x")).body == b"xxx"


def test_stream_without_end_is_cut_and_its_generator_cancelled(start: Start) -> None:
    target = start(
        """
        ended = []
        async def app(scope, receive, send):
            if scope["path"] == "/ended":
                return await answer(send, json.dumps(ended).encode())
            await send({"type": "http.response.start", "status": 200, "headers": []})
            try:
                while True:
                    await send({"type": "http.response.body", "body": b"tick ", "more_body": True})
                    await asyncio.sleep(0.05)
            finally:
                ended.append("cancelled")
        """
    )
    began = time.monotonic()
    answer = target.send(WireRequest(method="GET", target="/events"))
    assert (answer.status, answer.truncated) == (200, True)
    assert answer.body.startswith(b"tick tick")
    assert 1.5 < time.monotonic() - began < 3.5
    time.sleep(0.6)
    assert target.send(WireRequest(method="GET", target="/ended")).body == b'["cancelled"]'


LIFESPAN = """
    events = []
    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            assert (await receive())["type"] == "lifespan.startup"
            scope["state"]["pool"] = "open"
            await send({"type": "lifespan.startup.complete"})
            assert (await receive())["type"] == "lifespan.shutdown"
            with open("closed.txt", "w") as f:
                f.write("closed")
            await send({"type": "lifespan.shutdown.complete"})
        else:
            await answer(send, scope["state"]["pool"].encode())
    """


def test_lifespan_goes_from_start_to_end(start: Start) -> None:
    target = start(LIFESPAN)
    assert target.send(WireRequest(method="GET", target="/")).body == b"open"
    folder = target.options.cwd
    assert not (folder / "closed.txt").exists()
    target.close()
    assert (folder / "closed.txt").read_text() == "closed"


def test_one_event_loop_for_the_whole_life(start: Start) -> None:
    target = start(
        """
        count = []
        async def tick():
            while True:
                count.append(1)
                await asyncio.sleep(0.02)
        tasks = []
        async def app(scope, receive, send):
            if scope["type"] == "lifespan":
                await receive()
                tasks.append(asyncio.create_task(tick()))
                return await send({"type": "lifespan.startup.complete"})
            await answer(send, str(len(count)).encode())
        """
    )
    before = int(target.send(WireRequest(method="GET", target="/")).body)
    time.sleep(0.5)
    assert int(target.send(WireRequest(method="GET", target="/")).body) > before + 5


def test_background_work_is_waited_for_a_while_and_not_timed(start: Start) -> None:
    target = start(
        """
        async def app(scope, receive, send):
            await answer(send, b"accepted", 202)
            await asyncio.sleep(0.3)
            raise KeyError("in the background")
        """
    )
    answer = target.send(WireRequest(method="POST", target="/"))
    assert answer.status == 202
    assert answer.seconds < 0.25
    assert answer.exception is not None
    assert answer.exception.type == "KeyError"


def test_failing_in_the_middle_of_a_response_drops_it(start: Start) -> None:
    target = start(
        """
        async def app(scope, receive, send):
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"half", "more_body": True})
            raise ValueError("other half")
        """
    )
    with pytest.raises(SendFailure) as caught:
        target.send(WireRequest(method="GET", target="/"))
    assert caught.value.kind is FailureKind.DROPPED
    assert caught.value.exception is not None
    assert caught.value.exception.message == "other half"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("return", "without a response"),
        ("await send({'type': 'http.response.body', 'body': b''})", "before http.response.start"),
        ("await answer(send, b'', 200, [(b'x', b'a\\r\\nb')])", "Invalid response header"),
    ],
)
def test_breach_of_the_protocol_is_a_500(start: Start, source: str, message: str) -> None:
    answer = start(f"async def app(scope, receive, send):\n    {source}\n").send(WireRequest(method="GET", target="/"))
    assert answer.status == 500
    assert message in (answer.traceback or "")


def test_head_has_no_body(start: Start) -> None:
    target = start("async def app(scope, receive, send):\n    await answer(send, b'body')\n")
    assert target.send(WireRequest(method="HEAD", target="/")).body == b""


def test_requests_sent_together_meet_in_the_application(start: Start) -> None:
    target = start(
        """
        waiting = []
        async def app(scope, receive, send):
            if scope["type"] != "http":
                return
            event = asyncio.Event()
            waiting.append(event)
            if len(waiting) == 3:
                [each.set() for each in waiting]
            await event.wait()
            if scope["path"] == "/1":
                raise KeyError(scope["path"])
            await answer(send, scope["path"].encode())
        """
    )
    outcomes = target.send_together([WireRequest(method="GET", target=f"/{n}") for n in range(3)])
    answers = [outcome for outcome in outcomes if isinstance(outcome, Answer)]
    assert [answer.status for answer in answers] == [200, 500, 200]
    assert [answer.body for answer in answers][::2] == [b"/0", b"/2"]
    assert [answer.traceback is None for answer in answers] == [True, False, True]


def test_older_double_callable(start: Start) -> None:
    target = start(
        """
        class App:
            def __init__(self, scope):
                pass
            async def __call__(self, receive, send):
                await answer(send, b"two")
        app = App
        """
    )
    assert target.send(WireRequest(method="GET", target="/")).body == b"two"


def test_what_it_prints_goes_to_the_log_and_not_into_the_protocol(start: Start) -> None:
    target = start(
        """
        async def app(scope, receive, send):
            if scope["type"] == "http":
                print("printed", flush=True)
                os.write(1, b"raw\\n")
                os.system("echo from a child")
                await answer(send, json.dumps(sys.stdin.read()).encode())
        """
    )
    assert target.send(WireRequest(method="GET", target="/")).body == b'""'
    assert target.log_file is not None
    assert target.log_file.read_text().split("\n")[:3] == ["printed", "raw", "from a child"]
