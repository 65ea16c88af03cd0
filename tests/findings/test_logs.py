"""A log is followed while it is written, rotated, or silent."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import pytest

from oagen.errors import UsageError
from oagen.findings.logs import LogTail
from oagen.scenario.wire import WireRequest
from oagen.target.model import Answer
from oagen.target.request_ids import RequestIds
from oagen.target.together import send_together
from tests.fuzz.apps import Answering

_TRACEBACK = 'Traceback (most recent call last):\n  File "/srv/a.py", line 1, in f\n    x\nKeyError: 1\n'


def test_only_what_came_since_the_mark_belongs_to_a_request(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    log.write_text(_TRACEBACK.replace("KeyError", "OldError"))
    tail = LogTail(log)
    tail.mark()
    with log.open("a") as file:
        file.write("INFO\n" + _TRACEBACK)

    assert [found.last.exception for found in tail.tracebacks()] == ["KeyError"]
    tail.mark()
    assert tail.tracebacks() == ()


def test_a_server_that_writes_late_and_in_pieces_is_waited_for(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    log.touch()
    tail = LogTail(log, patience=2)
    tail.mark()

    def write() -> None:
        for piece in (_TRACEBACK[:60], _TRACEBACK[60:]):
            time.sleep(0.05)
            with log.open("a") as file:
                file.write(piece)

    thread = threading.Thread(target=write)
    thread.start()
    found = tail.tracebacks()
    thread.join()

    assert [item.last.exception for item in found] == ["KeyError"]


_OTHER = _TRACEBACK.replace("KeyError", "OtherError")
_IN_JSON = json.dumps({"level": "error", "exc": _TRACEBACK, "request_id": "ID"}) + "\n"


@pytest.mark.parametrize("mine", ["ERROR [ID] failed\n" + _TRACEBACK, _IN_JSON], ids=["a line before", "JSON"])
def test_ids_tell_whose_a_traceback_is(tmp_path: Path, mine: str) -> None:
    log = tmp_path / "server.log"
    log.touch()
    ids = RequestIds("X-Request-ID")
    tail = LogTail(log, patience=0.05, ids=ids)
    answering = Answering(lambda _: Answer(status=500))
    target = tail.on(answering)

    def found(text: str) -> list[str]:
        tail.mark()
        target.send(WireRequest(method="GET", target="/"))
        with log.open("a") as file:
            file.write(text.replace("ID", ids.sent[0]))
        return [item.last.exception for item in tail.tracebacks()]

    assert found(_OTHER) == ["OtherError"]  # a log that has no ids is read by order
    assert found(mine + "ERROR [of another] failed\n" + _OTHER) == ["KeyError"]
    assert found("ERROR [of another] failed\n" + _OTHER) == []
    assert len({dict(request.headers)["X-Request-ID"] for request in answering.sent}) == 3


def test_requests_of_one_moment_have_an_id_each_and_a_given_one_stays() -> None:
    ids = RequestIds("X-Request-ID")
    answering = Answering(lambda _: Answer(status=200))
    given = WireRequest(method="GET", target="/", headers=(("x-request-id", "mine"),))

    send_together(ids.on(answering), [WireRequest(method="GET", target="/"), given])

    assert len(set(ids.sent)) == 2
    assert "mine" in ids.sent
    assert {value for request in answering.sent for _, value in request.headers} == set(ids.sent)


def test_a_silent_log_is_soon_waited_for_no_more(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    log.touch()
    tail = LogTail(log, patience=0.2)
    started = time.monotonic()
    for _ in range(20):
        tail.mark()
        assert tail.tracebacks() == ()

    assert time.monotonic() - started < 2


def test_a_rotated_log_is_read_from_its_start(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    log.write_text("x" * 1000)
    tail = LogTail(log)
    tail.mark()
    log.write_text(_TRACEBACK)

    assert len(tail.tracebacks()) == 1


def test_a_log_that_is_not_there_is_the_users_mistake(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no\.log"):
        LogTail(tmp_path / "no.log")
