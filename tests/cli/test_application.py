from __future__ import annotations

import os
import re
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import oagen
from oagen.cli import application
from oagen.cli.application import run
from oagen.errors import DocumentError
from tests.cli.running import ROOT, oagen_in


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"oagen {oagen.__version__}\n"


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["generate", "--help"], ["matrix", "-h"]])
def test_help(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    assert run(arguments) == 0
    assert "Usage: oagen" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["generat"], "Did you mean 'generate'?"),
        (["generate", "--outt", "x"], "--outt"),
        (["matrix", "--require", "x"], "x"),
    ],
)
def test_a_wrong_command_line_ends_with_2(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert run(arguments) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.out == ""


def test_an_error_of_the_user_is_two_lines_on_stderr(tmp_path: Path) -> None:
    ended = oagen_in(tmp_path, "inspect", "missing.yaml")

    assert (ended.code, ended.out) == (2, "")
    assert ended.err == "error: missing.yaml does not exist\nhint: check the path\n"


def test_a_mistake_in_the_configuration_ends_with_2(tmp_path: Path) -> None:
    (tmp_path / "oagen.toml").write_text("[api]\nurl = 'x'\n")

    ended = oagen_in(tmp_path, "inspect")

    assert ended.code == 2
    assert ended.err.startswith("error: oagen.toml:2: api.url: is not a known key\nhint: ")


def failing(error: BaseException) -> object:
    def command(*_: object, **__: object) -> None:
        raise error

    return command


def test_an_own_fault_ends_with_3_and_says_how_to_report_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(application, "app", failing(RuntimeError("boom \x1b[31m")))

    assert run([]) == 3

    shown = capsys.readouterr().err
    assert "Traceback" not in shown
    assert "RuntimeError: boom \\x1b[31m" in shown
    assert "OAGEN_DEBUG=1" in shown


def test_debug_shows_the_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = (
        "import sys\nfrom oagen.cli import application, options\n"
        "def broken(*_, **__): raise RuntimeError('boom')\n"
        "sys.modules['oagen.cli.inspect'].settings_for = broken\n"
        "sys.exit(application.run(['--debug', 'inspect', 'x.yaml']))"
    )

    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 3
    assert "Traceback" in done.stderr


def test_an_interrupt_ends_with_130(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(application, "app", failing(KeyboardInterrupt()))

    assert run([]) == 130
    assert capsys.readouterr().err == "interrupted\n"


def test_an_error_with_hostile_text_can_not_write_to_the_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(application, "app", failing(DocumentError("bad\x1b]0;title\x07 \u202e", hint="\x9b1m")))

    assert run([]) == 2
    assert capsys.readouterr().err == "error: bad\\x1b]0;title\\x07 \\u202e\nhint: \\x9b1m\n"


def test_ctrl_c_on_a_real_process(tmp_path: Path) -> None:
    for patience in (1, 3, 10, 30):  # a busy machine takes its time to start
        process = subprocess.Popen(
            [sys.executable, "-m", "oagen", "inspect", "-"],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        time.sleep(patience)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
        if (process.returncode, err) == (130, b"interrupted\n"):
            return
    raise AssertionError((process.returncode, err))


def test_a_closed_pipe_is_quiet(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(
        '{"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {'
        + ", ".join(f'"/p{n}": {{"get": {{"responses": {{"200": {{"description": "x"}}}}}}}}' for n in range(2000))
        + "}}"
    )

    for arguments in (["inspect", "a.json"], ["inspect", "a.json", "--json"]):
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", '"$@" | head -n 1', "bash", sys.executable, "-m", "oagen", *arguments],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )

        assert len(done.stdout.splitlines()) == 1
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize("arguments", [["inspect", "a.json"], ["inspect", "a.json", "--json"], ["--help"]])
def test_output_that_finds_no_room_ends_with_2(tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "a.json").write_text('{"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {}}')

    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "oagen", *arguments],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert done.returncode == 2
    assert re.fullmatch(r"error: .*No space left on device\nhint: .*\n", done.stderr)


def test_closed_streams_are_no_fault(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {}}')

    done = subprocess.run(
        ["bash", "-c", '"$@" >&-', "bash", sys.executable, "-m", "oagen", "inspect", "a.json"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_an_interrupt_while_a_class_is_made_ends_with_130(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "from oagen import __main__\n"
        "from oagen.cli import application\n"
        "def interrupted(*_, **__): exec('raise KeyboardInterrupt')\n"
        "application.app = interrupted\n"
        "__main__.main()\n"
    )
    (tmp_path / "program.py").write_text(program)

    done = subprocess.run(
        [sys.executable, "program.py"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (130, "interrupted\n")


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys\nfrom oagen.cli.application import run\nrun(['--help'])\n"
        "heavy = {'rich', 'httpx', 'jinja2', 'yaml', 'jsonschema', 'schemathesis', 'hypothesis', 'openapi_core'}\n"
        "sys.exit(','.join(sorted(heavy & set(sys.modules))) or 0)"
    )

    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_help_is_quick(tmp_path: Path) -> None:
    compiled = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(tmp_path / "compiled")}  # as installed

    def seconds() -> float:  # of the processor, so that a busy machine does not matter
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert oagen_in(tmp_path, "--help", environment=compiled).code == 0
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    assert min(seconds() for _ in range(5)) < 0.25


def test_generating_from_json_imports_what_it_needs(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(
        '{"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, '
        '"paths": {"/p": {"get": {"responses": {"200": {"description": "x"}}}}}}'
    )
    program = (
        "import sys\nfrom oagen.cli.application import run\nassert run(['generate', 'a.json']) == 0\n"
        "needless = {'httpx', 'hypothesis', 'merge3', 'openapi_core', 'pydantic', 'schemathesis', 'xml.sax', 'yaml',\n"
        "            'oagen.learn.witnesses', 'oagen.target'}\n"
        "sys.exit(','.join(sorted(needless & set(sys.modules))) or 0)"
    )

    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
