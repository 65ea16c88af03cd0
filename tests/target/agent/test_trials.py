"""What trials are made of: the guard, templates of routes, guesses from source, and what stands in for a function."""

from __future__ import annotations

import os
import smtplib
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from oagen.target.agent.program import routes
from oagen.target.agent.program.guard import BlockedError, Guard
from oagen.target.agent.program.guesses import Guesses
from oagen.target.agent.program.proposing import Proposer
from oagen.target.agent.program.source import Sources
from oagen.target.agent.program.standins import StandIn, exactly

# -- the guard ------------------------------------------------------------------------------------------------------

GUARD = Guard()  # an audit hook stays for as long as the process lives


@pytest.fixture
def guard(tmp_path: Path) -> Iterator[Guard]:
    assert tmp_path.is_dir()  # made before the guard stands in the way
    GUARD.install()
    GUARD.arm()
    yield GUARD
    GUARD.disarm()


@pytest.mark.parametrize(
    "attempt",
    [
        lambda folder: sqlite3.connect(folder / "shop.db"),
        lambda _: socket.create_connection(("127.0.0.1", 9), timeout=1),
        lambda _: socket.getaddrinfo("example.com", 80),
        lambda _: subprocess.run([sys.executable, "-c", ""], check=False),
        lambda _: os.system("true"),
        lambda _: smtplib.SMTP("127.0.0.1", 9),
        lambda folder: (folder / "out.txt").write_text("text"),
        lambda folder: (folder / "inner").mkdir(),
        lambda folder: (folder / "kept.txt").unlink(),
    ],
)
def test_io_is_held_back(guard: Guard, attempt: Callable[[Path], Any], tmp_path: Path) -> None:
    with pytest.raises(BlockedError):
        attempt(tmp_path)
    assert len(guard.disarm()) == 1
    assert list(tmp_path.iterdir()) == []


def test_reading_is_let_through_and_a_disarmed_guard_lets_everything_through(guard: Guard, tmp_path: Path) -> None:
    assert Path(__file__).read_text(encoding="utf-8")
    assert guard.disarm() == []
    (tmp_path / "out.txt").write_text("text")
    assert (tmp_path / "out.txt").read_text() == "text"


# -- routes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "template"),
    [
        ("items/<int:pk>/", "items/<int:pk>/"),
        (r"^items/(?P<pk>[^/.]+)/$", "items/{}/"),
        (r"^items/(?P<year>[0-9]{4})/(?P<slug>[\w-]+)\.json\Z", "items/{}/{}.json"),
        ("", ""),
    ],
)
def test_a_pattern_of_django_is_a_template(pattern: str, template: str) -> None:
    assert routes._template(pattern) == template


def test_an_application_of_no_known_framework_has_no_routes() -> None:
    assert routes.routes_of(lambda environ, start_response: []) == []


# -- guesses --------------------------------------------------------------------------------------------------------

SOURCE = """
def row(key):
    found = key
    return {"id": found, "title": "A title", "is_open": bool(found)} if found else None

def nothing(key):
    print(key)

def flag(key):
    return key == 1

def number(cursor):
    return cursor.lastrowid

def unknown(key):
    return key.fetch()

def caller(key):
    thing = unknown(key)
    if thing.closed:
        return None
    return thing["name"], thing.get("size")
"""


@pytest.fixture
def module(tmp_path: Path) -> Iterator[ModuleType]:
    file = tmp_path / "guessed.py"
    file.write_text(SOURCE)
    made = ModuleType("guessed")
    made.__file__ = str(file)
    exec(compile(SOURCE, str(file), "exec"), made.__dict__)
    sys.modules["guessed"] = made
    yield made
    del sys.modules["guessed"]


def guessed(module: ModuleType, name: str, shape: Any = None) -> list[Any]:
    guesses = Guesses(Proposer({}), Sources())
    guesses.shape = shape
    line = SOURCE[: SOURCE.index("thing = unknown")].count("\n") + 1
    outcomes = guesses.outcomes(getattr(module, name), name, module.caller.__code__, line)
    return [outcome["return"] for outcome in outcomes]


def keys(spec: Any) -> list[str]:
    return [pair[0]["v"] for pair in spec["items"]]


def test_source_says_what_a_function_gives(module: ModuleType) -> None:
    made, none = guessed(module, "row")
    assert keys(made) == ["id", "title", "is_open"]
    assert [pair[1]["v"] for pair in made["items"]] == [7, "A title", True]
    assert none == {"k": "lit", "v": None}
    assert guessed(module, "nothing") == [{"k": "lit", "v": None}]
    assert guessed(module, "flag") == [{"k": "lit", "v": True}]
    assert guessed(module, "number") == [{"k": "lit", "v": 7}]


def test_else_the_use_of_it_does_and_then_the_documented_answer(module: ModuleType) -> None:
    namespace, mapping, shape = guessed(module, "unknown", {"total": 1})
    assert list(namespace["kw"]) == ["closed"]
    assert keys(mapping) == ["name", "size", "total"]
    assert keys(shape) == ["total"]


# -- stand-ins ------------------------------------------------------------------------------------------------------


def test_a_stand_in_notes_on_what_it_is_called_and_a_mock_of_a_test_does_the_same(module: ModuleType) -> None:
    class Box:
        def get(self, key: int) -> int:
            return key

    Box.__qualname__ = "Box"
    Box.__module__ = "guessed"
    module.Box = Box  # type: ignore[attr-defined]
    outcomes = [{"return": {"k": "lit", "v": 5}}]
    stand_in = StandIn("guessed:Box.get", outcomes, lambda _: True)
    box = Box()
    with stand_in.in_place():
        assert box.get(1) == 5
    assert stand_in.asked[0].subject is box
    assert stand_in.used() == {"count": 1, "calls": [{"args": [{"k": "lit", "v": 1}], "kw": {}}]}
    with exactly("guessed:Box.get", outcomes, autospec=False) as mock:
        assert box.get(1) == 5
    mock.assert_called_once_with(1)
    assert box.get(2) == 2


def test_a_stand_in_that_is_called_twice_gives_one_thing_after_another(module: ModuleType) -> None:
    outcomes: list[dict[str, Any]] = [
        {"return": {"k": "lit", "v": 5}},
        {"raise": {"k": "call", "of": "builtins:KeyError", "args": [{"k": "lit", "v": "gone"}]}},
    ]
    with StandIn("guessed:flag", outcomes, lambda _: True).in_place():
        assert module.flag(1) == 5
        with pytest.raises(KeyError, match="gone"):
            module.flag(1)
    assert module.flag(1) is True
