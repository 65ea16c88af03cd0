"""Which interpreter an application runs in."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from oagen.errors import TargetError


def find_interpreter(python: Path | str | None, folder: Path) -> Path:
    """Return the interpreter to start the application with.

    The one that was asked for (a file, a virtual environment, or a command on the PATH), else that of the nearest
    `.venv` at or above the folder, else the one oagen runs in.

    Raises:
        TargetError: What was asked for is not an interpreter.
    """
    if python is None:
        for place in (folder, *folder.parents):
            if (found := _of_environment(place / ".venv")) is not None:
                return found
        return Path(sys.executable)
    asked = Path(python)
    if asked.is_dir() and (found := _of_environment(asked)) is not None:
        return found
    if (command := shutil.which(str(asked), path=_search_path(folder))) is not None:
        return Path(command).absolute()
    if (command := shutil.which(str(folder / asked))) is not None:
        return Path(command).absolute()
    raise TargetError(
        f"{python} is not a Python interpreter",
        hint='Name the application\'s interpreter or its virtual environment in oagen.toml: [api] python = ".venv".',
    )


def _of_environment(environment: Path) -> Path | None:
    for candidate in (environment / "bin" / "python", environment / "Scripts" / "python.exe"):
        if os.access(candidate, os.X_OK):
            return candidate.absolute()
    return None


def _search_path(folder: Path) -> str:
    return os.pathsep.join([os.environ.get("PATH", os.defpath), str(folder)])
