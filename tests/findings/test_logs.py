"""A log is followed while it is written, rotated, or silent."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from oagen.errors import UsageError
from oagen.findings.logs import LogTail

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
