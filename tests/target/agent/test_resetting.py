"""The function `reset` of a suite's `states.py`, called beside the application."""

from __future__ import annotations

from pathlib import Path

import pytest

from oagen.errors import TargetError
from oagen.scenario.wire import WireRequest
from tests.target.agent.conftest import Start

ASGI = """
notes = ["first"]
loops = []

async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError
    notes.append(scope["path"])
    loops.append(asyncio.get_running_loop())
    await answer(send, json.dumps(notes).encode())
"""
WSGI = """
notes = ["first"]

def app(environ, start_response):
    notes.append(environ["PATH_INFO"])
    start_response("200 OK", [])
    return [json.dumps(notes).encode()]
"""
RESET = {
    "plain": "import shop\n\ndef reset():\n    shop.notes[:] = []\n",
    "asynchronous": (
        "import asyncio\nimport shop\n\nasync def reset():\n    await asyncio.sleep(0.01)\n    shop.notes[:] = []\n"
        "    assert all(loop is asyncio.get_running_loop() for loop in getattr(shop, 'loops', ()))\n"
    ),
    "with its URL": "import shop\n\ndef reset(base_url):\n    shop.notes[:] = [base_url]\n    shop.notes.remove('')\n",
}


def suite_of(folder: Path, states: str) -> Path:
    suite = folder / "api_tests"
    suite.mkdir()
    (suite / "__init__.py").touch()
    (suite / "states.py").write_text(states, encoding="utf-8")
    return suite


@pytest.mark.parametrize("source", [ASGI, WSGI], ids=["asgi", "wsgi"])
@pytest.mark.parametrize("states", RESET.values(), ids=RESET)
def test_it_changes_what_the_application_holds_in_memory(
    start: Start, tmp_path: Path, source: str, states: str
) -> None:
    target = start(source)
    target.send(WireRequest(method="GET", target="/a"))

    target.reset(suite_of(tmp_path, states))

    assert target.send(WireRequest(method="GET", target="/b")).json() == ["/b"]


@pytest.mark.parametrize("source", [ASGI, WSGI], ids=["asgi", "wsgi"])
@pytest.mark.parametrize(
    ("states", "message"),
    [
        ("def reset():\n    raise ValueError('no database')\n", "failed: ValueError: no database"),
        ("async def reset():\n    raise ValueError('no database')\n", "failed: ValueError: no database"),
        ("import nothing_of_this_name\n\ndef reset():\n    pass\n", "No module named 'nothing_of_this_name'"),
        ("def reset():\n    import sys\n    sys.exit(3)\n", "failed: SystemExit: 3"),
    ],
)
def test_what_goes_wrong_is_told_and_the_application_goes_on(
    start: Start, tmp_path: Path, source: str, states: str, message: str
) -> None:
    target = start(source)

    with pytest.raises(TargetError, match=message):
        target.reset(suite_of(tmp_path, states))

    assert target.send(WireRequest(method="GET", target="/b")).json() == ["first", "/b"]


def test_one_that_ends_the_process_is_told(start: Start, tmp_path: Path) -> None:
    target = start(WSGI)

    with pytest.raises(TargetError, match="hung or ended the application's process"):
        target.reset(suite_of(tmp_path, "import os\n\ndef reset():\n    os._exit(1)\n"))

    assert target.send(WireRequest(method="GET", target="/b")).json() == ["first", "/b"]
