"""Applications that can't be started: one message, the place, and what to do."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from oagen.errors import TargetError
from oagen.scenario.wire import WireRequest
from oagen.target.agent.client import AgentTarget
from oagen.target.agent.interpreter import find_interpreter
from oagen.target.agent.options import AgentOptions
from tests.target.agent.conftest import Start

APP = "async def app(scope, receive, send):\n    await answer(send, b'here')\n"


def _error(start: Start, source: str, place: str = "shop:app", **options: object) -> TargetError:
    with pytest.raises(TargetError) as caught:
        start(source, place, **options)
    return caught.value


@pytest.mark.parametrize(
    ("source", "message", "hint"),
    [
        ("os.environ['DATABASE_URL']", r"KeyError: 'DATABASE_URL' \(.*shop.py:7\)", "variable DATABASE_URL"),
        ("import nowhere_at_all", "No module named 'nowhere_at_all'", "not installed"),
        ("raise RuntimeError('SECRET_KEY not found')", "RuntimeError: SECRET_KEY not found", "SECRET_KEY"),
        ("raise ConnectionRefusedError(111, 'Connection refused')", "Connection refused", "service"),
        ("def (", "SyntaxError", "works in"),
        ("print('usage: shop'); sys.exit(2)", r"asked to exit \(2\).*\n    usage: shop", "command line"),
        ("os._exit(3)", "exit status 3 while it started", "output"),
        ("print('last words'); os.kill(os.getpid(), 11)", "SIGSEGV while it started", "output"),
        ("app = 3", "is an int, neither an ASGI nor a WSGI application", "package.module"),
        ("application = object()", "no attribute 'app'; it has application", "package.module"),
    ],
)
def test_failing_import(start: Start, source: str, message: str, hint: str) -> None:
    error = _error(start, source)
    with pytest.raises(TargetError, match=message):
        raise error
    assert hint in (error.hint or "")


@pytest.mark.parametrize("place", ["nowhere:app", "nowhere.inside:app"])
def test_a_module_that_is_not_there_is_told_without_the_frames_of_python(start: Start, place: str) -> None:
    error = _error(start, APP, place)

    assert error.message == f"{place} can't be imported: No module named 'nowhere'"
    assert "oagen looked in" in (error.hint or "")


def test_hanging_import_is_killed_and_told_with_its_place(start: Start) -> None:
    error = _error(start, "def wait():\n    time.sleep(60)\nwait()\n", startup_timeout=1.0)
    assert "did not start within 1 s" in error.message
    assert "in wait" in error.message


def test_missing_settings_are_named(start: Start) -> None:
    error = _error(
        start,
        """
        class ValidationError(Exception): ...
        raise ValidationError("1 validation error for Settings\\nsmtp_host\\n  Field required [type=missing]")
        """,
    )
    assert error.hint is not None
    assert "smtp_host" in error.hint


def test_lifespan_that_fails(start: Start) -> None:
    error = _error(
        start,
        """
        async def app(scope, receive, send):
            await receive()
            await send({"type": "lifespan.startup.failed", "message": "no database"})
        """,
    )
    assert "no database" in error.message


def test_fastapi_lifespan_that_raises(start: Start) -> None:
    error = _error(
        start,
        """
        from contextlib import asynccontextmanager
        from fastapi import FastAPI

        @asynccontextmanager
        async def lifespan(app):
            raise OSError("no database file")
            yield

        app = FastAPI(lifespan=lifespan)
        """,
    )
    assert "failed at start-up: OSError: no database file" in error.message


def test_environment_folder_and_arguments(start: Start) -> None:
    target = start(
        """
        told = {"variable": os.environ["SHOP_MODE"], "folder": os.getcwd(), "path": sys.path[0], "argv": sys.argv,
                "oagen": [name for name in sys.modules if name.split(".")[0] == "oagen"]}
        async def app(scope, receive, send):
            await answer(send, json.dumps(told).encode())
        """,
        environment={"SHOP_MODE": "test"},
    )
    told = target.send(WireRequest(method="GET", target="/")).json()
    folder = str(target.options.cwd)
    assert told == {"variable": "test", "folder": folder, "path": folder, "argv": ["shop"], "oagen": []}


@pytest.mark.parametrize(
    "place",
    [
        "shop:make()",
        "shop:make",
        "shop:make('here')",
        "shop:make(text='here')",
        "shop:holder.app",
        "shop:holder.make()",
        "shop:slow()",
        "shop",
    ],
)
def test_places_of_an_application(start: Start, place: str) -> None:
    target = start(
        """
        def make(text="here"):
            async def app(scope, receive, send):
                await answer(send, text.encode())
            return app
        async def slow():
            return make()
        class holder:
            app = make()
            make = staticmethod(make)
        app = make()
        """,
        place,
    )
    assert target.send(WireRequest(method="GET", target="/")).body == b"here"


@pytest.mark.parametrize("place", ["shop.py:app", "../shop:app", "shop:app[0]", "shop:make(open('x'))", "a b:c"])
def test_places_that_are_none(start: Start, place: str) -> None:
    assert _error(start, APP, place).hint


def test_threads_begun_at_import_do_not_keep_it_alive(start: Start) -> None:
    target = start("threading.Thread(target=time.sleep, args=(60,)).start()\n" + APP)
    assert target.send(WireRequest(method="GET", target="/")).body == b"here"
    target.close()


def test_the_nearest_virtual_environment_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    interpreter = tmp_path / ".venv" / "bin" / "python"
    interpreter.parent.mkdir(parents=True)
    interpreter.symlink_to(sys.executable)
    below = tmp_path / "service"
    below.mkdir()
    monkeypatch.chdir(below)  # whatever lies in the folder that the tests run in
    assert find_interpreter(None, below) == interpreter
    assert find_interpreter(tmp_path / ".venv", below) == interpreter
    assert find_interpreter(".venv/bin/python", tmp_path) == interpreter
    assert find_interpreter("python3", below).name == "python3"


@pytest.mark.parametrize("python", ["no-such-python", "setup.cfg"])
def test_what_is_no_interpreter(tmp_path: Path, python: str) -> None:
    (tmp_path / "setup.cfg").write_text("")
    with pytest.raises(TargetError, match="not a Python interpreter"):
        AgentTarget("shop:app", AgentOptions(cwd=tmp_path, python=python))


def test_program_that_is_not_python(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="while it started"):
        AgentTarget("shop:app", AgentOptions(cwd=tmp_path, python="/bin/true"))


def test_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="not a folder"):
        AgentTarget("shop:app", AgentOptions(cwd=tmp_path / "nowhere"))


def test_wrong_folder_is_hinted_at(tmp_path: Path) -> None:
    with pytest.raises(TargetError) as caught:
        AgentTarget("shop.api:app", AgentOptions(cwd=tmp_path))
    assert "folder that holds shop" in (caught.value.hint or "")
