"""Tell which file handles each route of an application.

Run by the application's own interpreter, with the standard library and the agent's modules alone, it prints one line
of JSON: the file of the application's module, and a list of [method, path, file]. What it can't tell it leaves out.
"""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
import json
import os
import sys
from collections.abc import Iterator
from typing import Any, Callable

MARK = "oagen-routes:"


def main(place: str) -> None:
    """Print the routes of the application at `package.module:attribute`."""
    sys.path[0] = os.getcwd()
    program = _agent_program()
    loaded = program("loading").load(place, asyncio.run)
    routes = [(route.method, route.path, file_of(route.handler)) for route in program("routes").routes_of(loaded.app)]
    found = sorted({(method.upper(), path, file) for method, path, file in (*routes, *_flask(loaded.app)) if file})
    told = {"module": os.path.realpath(loaded.module.__file__ or ""), "routes": found}
    sys.stdout.write("\n" + MARK + json.dumps(told) + "\n")


def _agent_program() -> Callable[[str], Any]:
    """Return what imports a module of the agent, under a name that no application has."""
    folder = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "target", "agent", "program")
    name = "oagen_agent_program"
    spec = importlib.util.spec_from_file_location(
        name, os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
    )
    assert spec is not None
    sys.modules[name] = importlib.util.module_from_spec(spec)
    return lambda module: importlib.import_module(f"{name}.{module}")


def file_of(handler: Any) -> str:
    """Return the file that a handler is written in, decorators taken off; empty where that can't be told."""
    handler = getattr(handler, "view_class", handler)  # Flask's class-based views
    try:
        return os.path.realpath(inspect.getsourcefile(inspect.unwrap(handler)) or "")
    except (TypeError, ValueError):
        return ""


def _flask(app: Any) -> Iterator[tuple[str, str, str]]:
    for rule in app.url_map.iter_rules() if hasattr(app, "url_map") else ():
        for method in rule.methods or ():
            yield method, rule.rule, file_of(app.view_functions.get(rule.endpoint))


if __name__ == "__main__":
    main(sys.argv[1])
