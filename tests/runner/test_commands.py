"""The user's own commands: bounded, and what goes wrong is one line."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from oagen.runner.commands import run_command

pytestmark = pytest.mark.timeout(60)


def test_a_command_runs_in_its_folder_by_the_shell(tmp_path: Path) -> None:
    assert run_command("echo $((1 + 1)) > made; echo noise; echo noise >&2", seconds=20, folder=tmp_path) is None
    assert (tmp_path / "made").read_text() == "2\n"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("exit 3", "ended with 3"),
        ("echo first; echo 'no such\tdatabase' >&2; echo; exit 1", "ended with 1: no such\tdatabase"),
        ("kill -TERM $$", "was ended by SIGTERM"),
        ("exec no-such-program-at-all", "ended with 127: "),
        ("printf '\\377\\033[31m' >&2; exit 2", "ended with 2: \ufffd\x1b[31m"),
    ],
)
def test_what_goes_wrong_is_one_line_with_its_last_words(tmp_path: Path, command: str, said: str) -> None:
    problem = run_command(command, seconds=20, folder=tmp_path)

    assert problem is not None
    assert problem.startswith(said)
    assert "\n" not in problem


def test_a_command_that_takes_too_long_is_ended_with_what_it_started(tmp_path: Path) -> None:
    started = time.monotonic()

    problem = run_command("sleep 50 & echo $! > pid; echo waiting; wait", seconds=0.5, folder=tmp_path)

    assert problem == "took longer than 0.5 s: waiting"
    assert time.monotonic() - started < 10
    pid = int((tmp_path / "pid").read_text())
    for _ in range(100):
        if _state(pid) in (None, "Z"):
            break
        time.sleep(0.05)
    assert _state(pid) in (None, "Z")


def test_what_it_leaves_in_the_background_goes_on_and_is_not_waited_for(tmp_path: Path) -> None:
    started = time.monotonic()

    assert run_command("sleep 50 & echo $! > pid", seconds=20, folder=tmp_path) is None

    pid = int((tmp_path / "pid").read_text())
    try:
        assert time.monotonic() - started < 10
        assert _state(pid) not in (None, "Z")
    finally:
        os.kill(pid, signal.SIGKILL)


def _state(pid: int) -> str | None:
    """Return the letter of a process's state; None where it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return None
