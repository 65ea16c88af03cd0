"""What brings the API's state back while `oagen generate` learns."""

from __future__ import annotations

from pathlib import Path

import pytest

from oagen.cli.resetting import and_then, defines_reset, reset_of
from oagen.config.settings import ApiSettings, Settings, SuiteSettings
from oagen.errors import ConfigError
from oagen.target.http import HttpTarget
from tests.cli.running import oagen_in

URL = "http://127.0.0.1:9/base"
DOCUMENT = """\
openapi: 3.1.0
info: {title: notes, version: "1"}
paths:
  /notes:
    get:
      responses:
        "200": {description: all of them}
"""
APPLICATION = """\
import json

notes = ["left behind"]


def app(environ, start_response):
    with open("log.txt", "a") as log:
        print(environ["PATH_INFO"], len(notes), file=log)
    status = "500 Broken" if "left behind" in notes else "200 OK"
    start_response(status, [("Content-Type", "application/json")])
    notes.append("another")
    return [json.dumps(notes).encode()]
"""
STATES = """\
from .support import state
import shop

__all__ = ["reset", "state"]


def reset() -> None:
    shop.notes.clear()
    with open("log.txt", "a") as log:
        print("reset", file=log)
"""


def settings(root: Path, command: str | None = None) -> Settings:
    return Settings(
        root=root, api=ApiSettings(base_url=URL, reset_command=command), suite=SuiteSettings(out=root / "api_tests")
    )


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    folder = tmp_path / "api_tests"
    folder.mkdir()
    (folder / "__init__.py").touch()
    return folder


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def reset(): ...", True),
        ("async def reset(): ...", True),
        ("def other(): ...", False),
        ("class A:\n    def reset(self): ...", False),
        ("def (", False),
        ("\0", False),
    ],
)
def test_a_function_of_that_name_is_seen_without_running_the_file(tmp_path: Path, text: str, *, expected: bool) -> None:
    (tmp_path / "states.py").write_text(text, encoding="utf-8")

    assert defines_reset(tmp_path / "states.py") is expected
    assert not defines_reset(tmp_path / "missing.py")


def test_without_a_command_and_a_function_there_is_none(suite: Path) -> None:
    (suite / "states.py").write_text("", encoding="utf-8")

    reset = reset_of(settings(suite.parent), HttpTarget(URL))

    assert reset is None
    assert and_then(reset, lambda: None) is None


def test_over_http_the_function_runs_in_the_project_with_the_url(suite: Path) -> None:
    (suite / "states.py").write_text(
        "from pathlib import Path\n\nasync def reset(base_url):\n    Path('seen').write_text(base_url)\n",
        encoding="utf-8",
    )
    done = []

    reset = and_then(reset_of(settings(suite.parent), HttpTarget(URL)), lambda: done.append("afterwards"))
    assert reset is not None
    reset()

    assert (suite.parent / "seen").read_text(encoding="utf-8") == URL
    assert done == ["afterwards"]


def test_a_function_that_fails_is_one_sentence(suite: Path) -> None:
    (suite / "states.py").write_text("def reset():\n    raise ValueError('no database')\n", encoding="utf-8")
    reset = reset_of(settings(suite.parent), HttpTarget(URL))

    assert reset is not None
    with pytest.raises(ConfigError, match=r"reset\(\) of .*states\.py ended with 1: ValueError: no database"):
        reset()


def test_a_command_comes_before_the_function(suite: Path) -> None:
    (suite / "states.py").write_text("def reset():\n    raise ValueError\n", encoding="utf-8")
    reset = reset_of(settings(suite.parent, "true"), HttpTarget(URL))

    assert reset is not None
    reset()


def test_learning_in_process_begins_and_ends_with_the_function(tmp_path: Path) -> None:
    (tmp_path / "openapi.yaml").write_text(DOCUMENT, encoding="utf-8")
    (tmp_path / "shop.py").write_text(APPLICATION, encoding="utf-8")
    assert oagen_in(tmp_path, "generate", "openapi.yaml").code == 0
    (tmp_path / "api_tests" / "states.py").write_text(STATES, encoding="utf-8")

    ended = oagen_in(tmp_path, "generate", "openapi.yaml", "--app", "shop:app", "--budget", "20")

    assert ended.code == 0, ended.err
    assert "1 verified" in ended.err
    log = (tmp_path / "log.txt").read_text(encoding="utf-8").splitlines()
    resets = [number for number, line in enumerate(log) if line == "reset"]
    requests = [number for number, line in enumerate(log) if line.startswith("/notes")]
    assert len(resets) == 2
    assert resets[0] < min(requests)
    assert all(int(log[number].split()[1]) < len(requests) for number in requests)
