"""Which files handle which operations of an application."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from oagen.config.settings import Settings
from oagen.errors import TargetError
from oagen.spec.model import Operation

_SECONDS = 60.0
_PLACEHOLDER = re.compile(r"\{[^}]*\}|<[^>]*>")


def handler_files(settings: Settings, operations: Iterable[Operation], base_path: str) -> Mapping[str, Path]:
    """Return the file that handles each operation, by its key; that of the application where it can't be told.

    Args:
        base_path: In front of the paths of the operations.

    Raises:
        TargetError: The application can't be loaded.
    """
    from oagen.ci import routes_program
    from oagen.target.agent.interpreter import find_interpreter

    root = settings.root.absolute()
    python = find_interpreter(settings.api.python, root)
    try:
        done = subprocess.run(  # noqa: S603 - the application's own interpreter
            [str(python), str(Path(routes_program.__file__)), settings.api.app or ""],
            cwd=root,
            env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise TargetError(f"the routes of {settings.api.app} can't be read: {error}") from error
    marked = [line for line in done.stdout.splitlines() if line.startswith(routes_program.MARK)]
    if not marked:
        last = next((line for line in reversed(done.stderr.splitlines()) if line.strip()), "nothing was said")
        raise TargetError(f"the routes of {settings.api.app} can't be read: {last.strip()}")
    told = json.loads(marked[-1].removeprefix(routes_program.MARK))
    by_route = {(method, _normal(path)): Path(file) for method, path, file in told["routes"]}
    module = Path(told["module"])
    return {
        operation.key: by_route.get((operation.method.upper(), _normal(base_path + operation.path)))
        or by_route.get((operation.method.upper(), _normal(operation.path)), module)
        for operation in operations
    }


def _normal(path: str) -> str:
    return _PLACEHOLDER.sub("{}", path).rstrip("/") or "/"
