"""Lines of the application, told once."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from oagen.scenario.wire import WireRequest
from oagen.target.agent.client import AgentTarget
from oagen.target.agent.program.files import ApplicationFiles
from oagen.target.agent.program.lines import LineRecorder, make_recorder
from tests.target.agent.conftest import Start

BRANCHES = """
async def app(scope, receive, send):
    if scope["type"] == "http":
        if scope["path"] == "/left":
            body = b"left"
        else:
            body = b"right"
        if scope["path"] == "/exit":
            os._exit(1)
        await answer(send, body)
"""
FIRST = 7  # the line that the source above begins at


def _lines(target: AgentTarget, path: str) -> list[int]:
    answer = target.send(WireRequest(method="GET", target=path))
    assert answer.new_lines == sum(map(len, answer.lines.values()))
    assert all(Path(file).name == "shop.py" for file in answer.lines)
    return sorted(line - FIRST for lines in answer.lines.values() for line in lines if line > FIRST)


def test_only_new_lines_are_told(start: Start) -> None:
    target = start(BRANCHES)
    assert _lines(target, "/left") == [3, 4, 7, 9]
    assert _lines(target, "/left") == []
    assert _lines(target, "/right") == [6]


def test_lines_of_an_earlier_process_are_not_new(start: Start) -> None:
    target = start(BRANCHES)
    _lines(target, "/left")
    target.restart()
    assert _lines(target, "/left") == []
    assert _lines(target, "/right") == [6]


def test_without_coverage_nothing_is_told(start: Start) -> None:
    assert _lines(start(BRANCHES, coverage=False), "/left") == []


@pytest.mark.parametrize(("rounds", "lines"), [(10, {2, 3, 4, 5, 8, 9}), (200_000, {2, 3, 4, 8, 9})])
def test_lines_in_threads_and_in_long_loops(start: Start, rounds: int, lines: set[int]) -> None:
    target = start(
        f"""
        def count(n):
            total = 0
            for i in range(n):
                total += i
            return total
        async def app(scope, receive, send):
            if scope["type"] == "http":
                body = await asyncio.get_running_loop().run_in_executor(None, count, {rounds})
                await answer(send, str(body).encode())
        """
    )
    assert lines <= set(_lines(target, "/"))


def test_files_of_an_application(tmp_path: Path) -> None:
    is_application = ApplicationFiles([str(tmp_path)])
    assert is_application(str(tmp_path / "shop" / "orders.py"))
    assert not is_application(str(tmp_path / ".venv" / "lib" / "x.py"))
    assert not is_application(str(tmp_path / "lib" / "site-packages" / "x.py"))
    assert not is_application(str(tmp_path.parent / "elsewhere.py"))
    assert not is_application(str(tmp_path) + "2/x.py")
    assert not is_application("<string>")
    assert not is_application(json.__file__)


def test_installed_application_is_its_own(tmp_path: Path) -> None:
    package = tmp_path / "site-packages" / "shop"
    is_application = ApplicationFiles([str(package)])
    assert is_application(str(package / "orders.py"))
    assert not is_application(str(package.parent / "starlette" / "routing.py"))
    assert not is_application(str(package / "node_modules" / "x.py"))


def test_whole_disk_as_root_leaves_the_libraries_out() -> None:
    is_application = ApplicationFiles(["/"])
    assert is_application("/srv/shop.py")
    assert not is_application(json.__file__)


def test_recorder_that_records_nothing() -> None:
    recorder = make_recorder(lambda _: True, coverage=False)
    recorder.start()
    recorder.resume()
    assert type(recorder) is LineRecorder
    assert recorder.take() == {}


INTERPRETERS = [path for path in Path(sys.base_prefix).parent.glob("3.*/bin/python") if path.exists()]


@pytest.mark.parametrize("python", INTERPRETERS, ids=lambda path: path.parent.parent.name)
def test_other_interpreters_beside_this_one(start: Start, python: Path) -> None:
    major, minor = (int(part) for part in python.parent.parent.name.split(".")[:2])
    if (major, minor) < (3, 9):
        from oagen.errors import TargetError

        with pytest.raises(TargetError, match=r"needs Python 3\.9"):
            start(BRANCHES, python=python)
        return
    target = start(BRANCHES, python=python)
    assert _lines(target, "/left") == [3, 4, 7, 9]
    assert _lines(target, "/right") == [6]
