"""Bringing the API's state back before and after learning: by the user's command, or their function in `states.py`."""

from __future__ import annotations

import ast
import shlex
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from oagen.config.settings import Settings
    from oagen.target.agent.client import AgentTarget
    from oagen.target.http import HttpTarget

_PATIENCE = 120.0  # seconds


def reset_of(settings: Settings, target: HttpTarget | AgentTarget) -> Callable[[], None] | None:
    """Return what brings the API's state back; None where there is nothing.

    A command comes first. The function `reset` of the suite's `states.py` runs in the application's process where that
    is ours, else in a process of its own, with the application's interpreter, in the project's folder.
    """
    from oagen.target.agent.client import AgentTarget

    api, suite = settings.api, settings.suite.out
    if api.reset_command is not None:
        return _running(api.reset_command, None, "the reset command", "check reset_command, or --reset-command")
    if not defines_reset(suite / "states.py"):
        return None
    if isinstance(target, AgentTarget):
        return lambda: target.reset(suite)
    return _running(_program(settings), settings.root.absolute(), f"reset() of {suite / 'states.py'}", "mend it")


def and_then(reset: Callable[[], None] | None, after: Callable[[], None]) -> Callable[[], None] | None:
    """Return a reset that does something more; None where there is none."""
    if reset is None:
        return None

    def both() -> None:
        reset()
        after()

    return both


def defines_reset(states: Path) -> bool:
    """Tell whether a `states.py` has a function `reset`; one that is missing, or no Python, has none."""
    try:
        body = ast.parse(states.read_bytes()).body
    except (OSError, SyntaxError, ValueError):
        return False
    return any(isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == "reset" for node in body)


def _program(settings: Settings) -> str:
    """Return the shell's words for a process that calls the function."""
    from oagen.target.agent.interpreter import find_interpreter

    source = files("oagen.target.agent.program").joinpath("resetting.py").read_text(encoding="utf-8")
    python = find_interpreter(settings.api.python, settings.root.absolute())
    return shlex.join([str(python), "-c", source, str(settings.suite.out.absolute()), settings.api.base_url or ""])


def _running(command: str, folder: Path | None, what: str, hint: str) -> Callable[[], None]:
    from oagen.errors import ConfigError
    from oagen.runner.commands import run_command

    def reset() -> None:
        problem = run_command(command, seconds=_PATIENCE, folder=folder)
        if problem is not None:
            raise ConfigError(f"{what} {problem}", hint=hint)

    return reset
