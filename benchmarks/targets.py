"""Applications that people run, started afresh within a network namespace that has only loopback.

A folder of targets has a program `targets` that installs, starts and stops them. What is installed is used, and nothing
is written into it: the programs are linked into a folder of our own, which takes the state and the logs.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

INSTALLED = Path(tempfile.gettempdir(), "oagen-targets")
"""Where the program `targets` installs them, unless it is told otherwise."""

WRITTEN = {"state", "server.log", "auth-header.txt", "spec.json", "pid"}
"""What `targets start` writes; everything else in an application's folder was installed."""

_OWN = "OAGEN_TARGETS_LINKED"


def own_folder() -> Path | None:
    """Return the folder of a script that runs alone in its namespace already; None for one that does not yet."""
    folder = os.environ.get(_OWN)
    return Path(folder) if folder else None


def run_alone(script: str, argv: Sequence[str] | None, targets: Path, installed: Path, names: Iterable[str]) -> int:
    """Run a script again in a network namespace of its own, with a folder that is removed at the end.

    Args:
        argv: Its arguments; None for those of this process.
        targets: The folder with the program `targets`.
        names: The applications that it may start.
    """
    with tempfile.TemporaryDirectory(prefix=f"{Path(script).stem}-") as folder:
        Path(folder).chmod(0o711)  # a database in it may run as another user
        for name in names:
            linked(installed.resolve(), name, Path(folder) / "targets")
        environment = os.environ | {_OWN: folder, "OAGEN_TARGETS": str(Path(folder) / "targets")}
        again = [sys.executable, script, *(sys.argv[1:] if argv is None else argv)]
        return subprocess.run([str(targets / "targets"), "isolated", *again], env=environment, check=False).returncode


def linked(installed: Path, name: str, folder: Path) -> None:
    """Make a folder of targets of our own, whose programs are those that are installed."""
    own = folder / name
    own.mkdir(parents=True)
    for item in (installed / name).iterdir():
        if item.name not in WRITTEN:
            (own / item.name).symlink_to(item)


@contextlib.contextmanager
def started(targets: Path, name: str, port: int) -> Iterator[Mapping[str, str]]:
    """Start an application from its empty state, yield what `targets start` tells about it, and stop it."""
    program = str(targets / "targets")
    done = subprocess.run([program, "start", name, str(port)], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{name} does not start:\n{done.stderr[-2000:]}")
    try:
        yield dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    finally:
        subprocess.run([program, "stop", name], capture_output=True, check=False)


def headers_of(facts: Mapping[str, str]) -> list[str]:
    """Return the headers that a started application wants with each request."""
    return [line for line in Path(facts["auth_headers"]).read_text(encoding="utf-8").splitlines() if ":" in line]


def write_project(folder: Path, facts: Mapping[str, str]) -> dict[str, str]:
    """Write oagen.toml for one identity that sends the application's headers; return its environment."""
    headers, environment = [], {}
    for number, line in enumerate(headers_of(facts)):
        header, _, value = line.partition(":")
        environment[f"HEADER_{number}"] = value.strip()
        headers.append(f'"{header.strip()}" = "${{HEADER_{number}}}"')
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "oagen.toml").write_text(
        f'[api]\ndocument = "{facts["document"]}"\n\n[identities.owner]\nrole = "user"\n'
        f"headers = {{ {', '.join(headers)} }}\n",
        encoding="utf-8",
    )
    return environment
