"""Runs a page of the documentation: its files are written, its commands run, in the order in which they are shown.

A block whose first line is ```` ```python shop.py ```` is a file. Of a `console` block the lines that begin with `$`
are commands; one that does not end with 0 says so in its comment: `# ends with 1: there are findings`.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.cli.running import ROOT

_BLOCK = re.compile(r"^(`{3,})(\w+)(?: (\S+))?\n(.*?)^\1$", re.MULTILINE | re.DOTALL)
_ENDS = re.compile(r"\s+# .*\bends with (\d)")
_CAMPAIGN = re.compile(r"(\boagen fuzz\b.*?)--max-time \d+")
_FEWER = r"\1--max-requests 300"
"""Requests where a page says seconds, so that a slow machine finds what a quick one does."""

_SHORT = ("--max-time 6", "budget = 6")
_PIP = """\
import importlib.metadata, re, sys
assert sys.argv[1] == "install", sys.argv
for name in (item for item in sys.argv[2:] if not item.startswith("-")):
    if not name.startswith((".", "oagen")):
        importlib.metadata.version(re.split(r"[<>=\\[]", name)[0])
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command that a page shows, and how it is to end."""

    text: str
    code: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file that a page shows."""

    name: str
    text: str


def shown(page: Path) -> Iterator[Command | File]:
    """Yield what a page shows, in order."""
    for block in _BLOCK.finditer(page.read_text(encoding="utf-8")):
        _, language, name, text = block.groups()
        if name is not None:
            yield File(name=name, text=text)
        elif language == "console":
            lines = text.replace("\\\n", " ").splitlines()
            yield from (_command(line.removeprefix("$ ")) for line in lines if line.startswith("$ "))


def _command(line: str) -> Command:
    ending = _ENDS.search(line)
    return Command(text=line, code=int(ending[1]) if ending else 0)


@dataclass(slots=True, kw_only=True)
class Reader:
    """Somebody who does what a page says, in a folder of their own, with little time."""

    folder: Path
    tools: Path
    changed: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def write(self, file: File) -> None:
        """Write a file."""
        path = self.folder / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self._mine(file.text), encoding="utf-8")

    def run(self, command: Command) -> str:
        """Run a command; return how it went, empty where it ended as the page says."""
        text = self._mine(command.text)
        plain = text.partition("  #")[0].strip()
        if plain.startswith("export "):
            pairs = (item.split("=", 1) for item in shlex.split(plain)[1:])
            self.environment |= dict(pairs)
            return ""
        if plain.startswith("cd "):
            self.folder = self.folder / plain.removeprefix("cd ")
            return ""
        if plain.endswith("&"):
            self._start(plain.removesuffix("&"))
            return ""
        done = subprocess.run(
            ["bash", "-c", text],
            cwd=self.folder,
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        if done.returncode == command.code:
            return ""
        told = f"{done.stdout[-3000:]}{done.stderr[-3000:]}"
        return f"$ {text}\nended with {done.returncode} instead of {command.code}\n{told}"

    def _mine(self, text: str) -> str:
        for old, new in self.changed.items():
            text = text.replace(old, new)
        text = _CAMPAIGN.sub(_FEWER, text)
        text = re.sub(r"--max-time \d+", _SHORT[0], text)
        return re.sub(r"budget = \d+", _SHORT[1], text)

    def _start(self, text: str) -> None:
        process = subprocess.Popen(
            ["bash", "-c", f"exec {text}"], cwd=self.folder, env=self._environment(), start_new_session=True
        )
        self.started.append(process)
        port = int(self.changed["8000"])
        until = time.monotonic() + 20
        while time.monotonic() < until and process.poll() is None:
            with socket.socket() as knocking:
                if knocking.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.1)
        raise AssertionError(f"{text} does not listen")

    def _environment(self) -> dict[str, str]:
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(("OAGEN_", "PYTEST_", "GITHUB_"))
        }
        tools = {"PATH": f"{self.tools}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
        return {**inherited, **tools, "NO_COLOR": "1", **self.environment}


@contextmanager
def reader(folder: Path, **changed: str) -> Iterator[Reader]:
    """Yield somebody who reads a page; what they started is stopped in the end.

    Args:
        changed: Texts of the page, and what stands there for this reader.
    """
    tools = folder / "bin"
    tools.mkdir()
    for name in ("oagen", "pytest", "uvicorn"):
        _tool(tools / name, f'exec {shlex.quote(sys.executable)} -m {name} "$@"')
    (tools / "pip.py").write_text(_PIP)
    _tool(tools / "pip", f'exec {shlex.quote(sys.executable)} {shlex.quote(str(tools / "pip.py"))} "$@"')
    _tool(tools / "python", f'exec {shlex.quote(sys.executable)} "$@"')
    (folder / "project").mkdir()
    somebody = Reader(folder=folder / "project", tools=tools, changed={"8000": str(_free_port()), **changed})
    try:
        yield somebody
    finally:
        for process in somebody.started:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(10)


def _tool(path: Path, line: str) -> None:
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)


def _free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])
