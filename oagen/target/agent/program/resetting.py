"""The user's own function that brings the state of the API back: `reset` in the `states.py` of a suite.

It runs in the agent's process, beside the application, or as a program of its own; for that this module imports nothing
of the agent.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import os
import sys
from typing import Any, Callable

NAME = "reset"


def find_reset(suite: str, base_url: str) -> Callable[[], Any]:
    """Return the function `reset` of the `states.py` in a suite's folder, to be called without arguments.

    The result of the call may be a coroutine.

    Args:
        base_url: Where the API answers, for a function that has a parameter of this name; empty in process.
    """
    parts = ["states"]
    folder = os.path.abspath(suite)
    while os.path.exists(os.path.join(folder, "__init__.py")):
        folder, name = os.path.split(folder)
        parts.insert(0, name)
    if folder not in sys.path:
        sys.path.append(folder)
    function = getattr(importlib.import_module(".".join(parts)), NAME)
    if "base_url" in inspect.signature(function).parameters:
        return lambda: function(base_url=base_url)
    return function  # type: ignore[no-any-return]


def main(suite: str, base_url: str) -> None:
    """Call it, and wait for its end."""
    made = find_reset(suite, base_url)()
    if inspect.iscoroutine(made):
        asyncio.run(made)


if __name__ == "__main__":
    main(*sys.argv[1:])
