"""Run the generated suite against an API that is up."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from oagen.ci.processes import Ended, run_shown
from oagen.config.settings import Settings
from oagen.errors import OutputError, TargetError

_RAN = (0, 1)  # pytest: all passed, some failed
_INTERRUPTED = 2


def suite_command(settings: Settings, junit: Path) -> list[str]:
    """Return the command line that runs the suite: by the application's own interpreter, where one is named for it.

    Raises:
        OutputError: There is no suite.
        TargetError: There is no such interpreter.
    """
    from oagen.suite.manifest import MANIFEST
    from oagen.target.agent.interpreter import find_interpreter

    folder = settings.suite.out
    if not (folder / MANIFEST).is_file():
        raise OutputError(f"{folder} holds no suite of oagen", hint="run oagen generate, and commit what it writes")
    python = sys.executable
    if settings.api.app is not None and settings.api.python is not None:
        python = str(find_interpreter(settings.api.python, settings.root.absolute()))
    command = [python, "-m", "pytest", str(folder), "-q", "-r", "fE", f"--junit-xml={junit}"]
    if settings.api.base_url is not None:
        command += ["--api-base-url", settings.api.base_url]
    if settings.api.app is not None:
        command += ["--api-app", settings.api.app]
    for host in settings.api.allow_hosts[:1]:
        command += ["--api-allow-host", ",".join((host, *settings.api.allow_hosts[1:]))]
    return command


def run_suite(settings: Settings, junit: Path, *, show_error: Callable[[str], None]) -> Ended:
    """Run the suite to its end; tests that fail are no error here, the matrix decides.

    Raises:
        TargetError: It could not run.
        KeyboardInterrupt: It was interrupted.
    """
    ended = run_shown(suite_command(settings, junit), show_error=show_error)
    if ended.code == _INTERRUPTED and any("interrupted" in line for line in ended.said):
        raise KeyboardInterrupt
    if ended.code not in _RAN:
        last = next((line for line in reversed(ended.said) if line.strip()), "see above")
        raise TargetError(f"the suite could not run: pytest ended with {ended.code}: {last}")
    return ended
