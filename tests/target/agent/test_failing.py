"""Applications that hang and applications that die: told as such, and started again."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from oagen.errors import TargetError
from oagen.scenario.wire import WireRequest
from oagen.target.agent.client import AgentTarget
from oagen.target.model import FailureKind, SendFailure
from tests.target.agent.conftest import Start

HANGING = """
import re
from concurrent.futures import ThreadPoolExecutor
pool = ThreadPoolExecutor()
calls = []

def in_thread():
    time.sleep(60)

def backtrack():
    re.match("(a+)+$", "a" * 40 + "b")

async def wait():
    await asyncio.sleep(60)

async def app(scope, receive, send):
    calls.append(1)
    path = scope["path"]
    if path == "/wait":
        await wait()
    if path == "/block":
        backtrack()
    if path == "/thread":
        await asyncio.get_running_loop().run_in_executor(pool, in_thread)
    await answer(send, str(len(calls)).encode())
"""


def _failure(target: AgentTarget, path: str) -> SendFailure:
    with pytest.raises(SendFailure) as caught:
        target.send(WireRequest(method="GET", target=path), timeout=0.6)
    return caught.value


@pytest.mark.parametrize(
    ("path", "function", "restarted"),
    [("/wait", "wait", False), ("/block", "backtrack", True), ("/thread", "in_thread", True)],
)
def test_hang_is_told_with_its_place(start: Start, path: str, function: str, restarted: bool) -> None:
    target = start(HANGING)
    began = time.monotonic()
    failure = _failure(target, path)
    assert time.monotonic() - began < 6
    assert failure.kind is FailureKind.TIMEOUT
    assert failure.where is not None
    assert failure.where.function == function
    assert failure.restarted is restarted
    count = int(target.send(WireRequest(method="GET", target="/")).body)
    assert (count == 2) is restarted  # its memory is fresh: the lifespan's call and this one


def test_hanging_wsgi_application(start: Start) -> None:
    target = start(
        """
        def app(environ, start_response):
            if environ["PATH_INFO"] == "/hang":
                while True:
                    pass
            start_response("200 OK", [])
            return [b"well"]
        """
    )
    failure = _failure(target, "/hang")
    assert failure.kind is FailureKind.TIMEOUT
    assert failure.where is not None
    assert failure.where.function == "app"
    assert target.send(WireRequest(method="GET", target="/")).body == b"well"


DYING = """
async def app(scope, receive, send):
    path = scope.get("path")
    if path == "/exit":
        os._exit(7)
    if path == "/kill":
        os.kill(os.getpid(), 9)
    if path == "/crash":
        import ctypes
        ctypes.string_at(0)
    if path == "/sys-exit":
        sys.exit(3)
    if path == "/sys-exit-in-task":
        await asyncio.create_task(leave())
    await answer(send, str(os.getpid()).encode())

async def leave():
    sys.exit(4)
"""


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/exit", "ended its process with exit status 7"),
        ("/kill", "was killed by SIGKILL"),
        ("/crash", "was killed by SIGSEGV"),
    ],
)
def test_death_is_told_and_another_process_takes_over(start: Start, path: str, message: str) -> None:
    target = start(DYING)
    before = target.send(WireRequest(method="GET", target="/")).body
    failure = _failure(target, path)
    assert failure.kind is FailureKind.DIED
    assert message in failure.message
    assert failure.restarted
    assert target.send(WireRequest(method="GET", target="/")).body != before


def test_crash_of_the_interpreter_is_told_with_its_place(start: Start) -> None:
    failure = _failure(start(DYING), "/crash")
    assert failure.where is not None
    assert failure.where.function == "app"


@pytest.mark.parametrize("path", ["/sys-exit", "/sys-exit-in-task"])
def test_sys_exit_is_a_death_that_costs_no_restart(start: Start, path: str) -> None:
    target = start(DYING)
    before = target.send(WireRequest(method="GET", target="/")).body
    failure = _failure(target, path)
    assert failure.kind is FailureKind.DIED
    assert failure.exception is not None
    assert failure.exception.type == "SystemExit"
    assert target.send(WireRequest(method="GET", target="/")).body == before


def test_restart_gives_fresh_state_and_closing_leaves_no_process(start: Start) -> None:
    target = start(DYING)
    first = int(target.send(WireRequest(method="GET", target="/")).body)
    target.restart()
    second = int(target.send(WireRequest(method="GET", target="/")).body)
    assert first != second
    target.close()
    with pytest.raises(ProcessLookupError):
        os.kill(second, 0)


STARTING = """
import sys, time
from pathlib import Path
from oagen.target.agent.client import AgentTarget
from oagen.target.agent.options import AgentOptions

target = AgentTarget("shop:app", AgentOptions(cwd=Path(sys.argv[1])))
print(target.connection.description["pid"], target.log_file, flush=True)
time.sleep(60)
"""


def test_application_ends_when_oagen_is_killed(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("async def app(scope, receive, send): ...\n")
    with subprocess.Popen([sys.executable, "-c", STARTING, tmp_path], stdout=subprocess.PIPE, text=True) as oagen:
        assert oagen.stdout is not None
        number, log = oagen.stdout.readline().split()
        assert Path(log).exists()
        os.kill(int(number), 0)
        oagen.kill()
    deadline = time.monotonic() + 15

    def left() -> bool:
        cmdline = Path(f"/proc/{number}/cmdline")
        return Path(log).exists() or (cmdline.exists() and bool(cmdline.read_bytes()))

    while left():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_death_beside_a_forked_child_is_a_death(start: Start) -> None:
    target = start(
        """
        async def app(scope, receive, send):
            if scope["type"] == "http":
                if os.fork() == 0:
                    time.sleep(20)
                os._exit(5)
        """
    )
    began = time.monotonic()
    with pytest.raises(SendFailure, match="exit status 5"):
        target.send(WireRequest(method="GET", target="/"), timeout=10)
    assert time.monotonic() - began < 8


def test_application_that_does_not_start_again_is_an_error(start: Start) -> None:
    target = start(
        """
        if os.path.exists("started"):
            raise RuntimeError("only once")
        open("started", "w").close()
        async def app(scope, receive, send):
            os._exit(1) if scope["type"] == "http" else None
        """
    )
    with pytest.raises(TargetError, match="only once"):
        target.send(WireRequest(method="GET", target="/"))
