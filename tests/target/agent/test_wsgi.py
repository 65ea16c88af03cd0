"""WSGI applications behind an agent (PEP 3333)."""

from __future__ import annotations

import json

import pytest

from oagen.scenario.wire import WireRequest
from oagen.target.model import Answer, FailureKind, SendFailure
from tests.target.agent.conftest import Start

GET = WireRequest(method="GET", target="/")


def test_environment_has_the_bytes_that_were_sent(start: Start) -> None:
    target = start(
        """
        def app(environ, start_response):
            told = {key: value for key, value in environ.items() if isinstance(value, str)}
            told["body"] = environ["wsgi.input"].read().decode("latin-1")
            start_response("200 OK", [("Content-Type", "application/json")])
            return [json.dumps(told).encode()]
        """
    )
    headers = (("X-A", "1"), ("x-a", "2"), ("X_Spoofed", "1"), ("Content-Type", "text/plain"))
    answer = target.send(WireRequest(method="POST", target="/a%2F%FF?q=%41&&", headers=headers, body=b"\xff"))
    told = json.loads(answer.body)
    assert told["PATH_INFO"] == "/a/\xff"
    assert told["RAW_URI"] == "/a%2F%FF?q=%41&&"
    assert told["QUERY_STRING"] == "q=%41&&"
    assert (told["CONTENT_TYPE"], told["CONTENT_LENGTH"], told["body"]) == ("text/plain", "1", "\xff")
    assert told["HTTP_X_A"] == "1,2"
    assert "HTTP_X_SPOOFED" not in told
    assert answer.headers == (("Content-Type", "application/json"),)


def test_write_generator_and_close(start: Start) -> None:
    target = start(
        """
        closed = []
        class Body:
            def __iter__(self):
                yield b""
                yield b"from the iterable"
            def close(self):
                closed.append(True)
        def app(environ, start_response):
            if environ["PATH_INFO"] == "/closed":
                start_response("200 OK", [])
                return [str(closed).encode()]
            write = start_response("201 Created", [])
            write(b"written, ")
            return Body()
        """
    )
    answer = target.send(GET)
    assert (answer.status, answer.body) == (201, b"written, from the iterable")
    assert target.send(WireRequest(method="GET", target="/closed")).body == b"[True]"


def test_exc_info_replaces_the_response_and_tells_the_exception(start: Start) -> None:
    target = start(
        """
        def app(environ, start_response):
            start_response("200 OK", [])
            try:
                {}["lost"]
            except KeyError:
                start_response("500 Oops", [("X-Error", "1")], sys.exc_info())
                return [b"oops"]
        """
    )
    answer = target.send(GET)
    assert (answer.status, answer.body, answer.headers) == (500, b"oops", (("X-Error", "1"),))
    assert answer.exception is not None
    assert (answer.exception.type, answer.exception.how) == ("KeyError", "signalled")


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("raise ValueError('early')", "ValueError"),
        ("return [b'no start']", "AssertionError"),
        ("start_response('200 OK', []); return ['text']", "TypeError"),
        ("start_response('200 OK', [('X', 'a\\nb')]); return []", "ValueError"),
        ("start_response('200 OK', []); return None", "TypeError"),
    ],
)
def test_failure_before_the_first_byte_is_a_500(start: Start, source: str, kind: str) -> None:
    answer = start(f"def app(environ, start_response):\n    {source}\n").send(GET)
    assert answer.status == 500
    assert answer.exception is not None
    assert answer.exception.type == kind


def test_failure_after_the_first_byte_drops_the_response(start: Start) -> None:
    target = start(
        """
        def app(environ, start_response):
            start_response("200 OK", [])
            yield b"half"
            raise ValueError("other half")
        """
    )
    with pytest.raises(SendFailure) as caught:
        target.send(GET)
    assert caught.value.kind is FailureKind.DROPPED


def test_endless_body_is_cut(start: Start) -> None:
    target = start(
        """
        def app(environ, start_response):
            start_response("200 OK", [])
            while True:
                yield b"x" * 65536
        """
    )
    answer = target.send(GET)
    assert answer.truncated
    assert len(answer.body) == target.options.limits.body


def test_requests_sent_together_run_in_threads(start: Start) -> None:
    target = start(
        """
        barrier = threading.Barrier(2, timeout=3)
        def app(environ, start_response):
            barrier.wait()
            start_response("200 OK", [])
            return [environ["PATH_INFO"].encode()]
        """
    )
    outcomes = target.send_together([WireRequest(method="GET", target=path) for path in ("/a", "/b")])
    assert [outcome.body for outcome in outcomes if isinstance(outcome, Answer)] == [b"/a", b"/b"]
