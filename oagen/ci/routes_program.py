"""Tell which file handles each route of an application.

Run by the application's own interpreter, with the standard library alone, it prints one line of JSON: a list of
[method, path, file]. What it does not understand it leaves out.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import json
import os
import sys
from collections.abc import Iterator
from typing import Any

MARK = "oagen-routes:"


def main(place: str) -> None:
    """Print the routes of the application at `package.module:attribute`."""
    sys.path.insert(0, os.getcwd())
    module, _, expression = place.partition(":")
    app: Any = importlib.import_module(module)
    for name in expression.replace("()", "").split("."):
        app = getattr(app, name)
    if expression.endswith("()") or (inspect.isfunction(app) and not inspect.signature(app).parameters):
        app = app()
    found = sorted({route for route in routes(app) if route[2]})
    sys.stdout.write("\n" + MARK + json.dumps(found) + "\n")


def routes(app: Any, prefix: str = "") -> Iterator[tuple[str, str, str]]:
    """Yield method, path and file of each route that Flask, Starlette and what is built on them tell of."""
    if hasattr(app, "url_map"):  # Flask, Quart
        for rule in app.url_map.iter_rules():
            for method in rule.methods or ():
                yield method, rule.rule, file_of(app.view_functions.get(rule.endpoint))
    for route in getattr(app, "routes", None) or ():  # Starlette, FastAPI
        path = prefix + (getattr(route, "path", None) or "")
        handler = getattr(route, "endpoint", None)
        if handler is not None:
            for method in getattr(route, "methods", None) or ():
                yield method, path, file_of(handler)
        elif getattr(route, "routes", None):
            yield from routes(route, path)
        elif getattr(route, "app", None) is not None:
            yield from routes(route.app, path)


def file_of(handler: Any) -> str:
    """Return the file that a handler is written in, decorators and partial calls taken off; empty where unknown."""
    handler = getattr(handler, "view_class", handler)  # Flask's class-based views
    while isinstance(handler, functools.partial):
        handler = handler.func
    try:
        return os.path.realpath(inspect.getsourcefile(inspect.unwrap(handler)) or "")
    except (TypeError, ValueError):
        return ""


if __name__ == "__main__":
    main(sys.argv[1])
