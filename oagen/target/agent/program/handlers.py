"""What the source of each operation's handler names: constants that it compares with, and statuses."""

from __future__ import annotations

import ast
import http
import inspect
import re
from typing import Any, Callable

from .places import code_of
from .routes import routes_of
from .source import Sources, tree_of

_DEEPEST = 2  # functions that functions call
_MOST = 12  # functions of one handler
_STATUS = re.compile(r"(?:HTTP_|^)([2-5][0-9]{2})(?:_|$)")
_FIRST, _LAST = 200, 599
_NAMED = {status.name: status.value for status in http.HTTPStatus}


def handlers(app: Any, is_application: Callable[[str], bool]) -> list[dict[str, Any]]:
    """Return method and path of each operation with what its handler's source names, as JSON values.

    Functions of the application that a handler calls by name count as well, and those that they call.
    """
    sources = Sources()
    found = []
    for route in routes_of(app):
        compares: dict[str, list[Any]] = {}
        statuses: set[int] = set()
        for function in _reached(route.handler, is_application):
            tree = tree_of(function, sources)
            code = code_of(function)
            if tree is None or code is None:
                continue
            statuses.update(_statuses(tree))
            for name, specs in sources.facts(code)["compares"].items():
                held = compares.setdefault(name, [])
                held += [spec["v"] for spec in specs if _is_plain(spec) and spec["v"] not in held]
        told = {name: values for name, values in compares.items() if values}
        found.append(
            {"method": route.method.upper(), "path": route.path, "compares": told, "statuses": sorted(statuses)}
        )
    return found


def _is_plain(spec: dict[str, Any]) -> bool:
    return spec["k"] == "lit" and isinstance(spec["v"], (str, int, float)) and not isinstance(spec["v"], bool)


def _reached(handler: Any, is_application: Callable[[str], bool]) -> list[Any]:
    """Return a handler and the application's functions that it calls by name, nearest first."""
    reached: list[Any] = []
    waiting = [(inspect.unwrap(handler), 0)]
    while waiting and len(reached) < _MOST:
        function, depth = waiting.pop(0)
        function = getattr(function, "__func__", function)
        code = getattr(function, "__code__", None)
        if code is None or function in reached or (depth and not is_application(code.co_filename)):
            continue
        reached.append(function)
        if depth < _DEEPEST:
            names = getattr(function, "__globals__", {})
            called = [names.get(name) for name in code.co_names]
            waiting += [(inspect.unwrap(item), depth + 1) for item in called if inspect.isfunction(item)]
    return reached


def _statuses(tree: Any) -> set[int]:
    """Return the numbers in a function that may be statuses, `HTTP_404_NOT_FOUND` and `HTTPStatus.NOT_FOUND` too."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and type(node.value) is int and _FIRST <= node.value <= _LAST:
            found.add(node.value)
        name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
        match = _STATUS.search(name)
        if match:
            found.add(int(match.group(1)))
        elif name in _NAMED:
            found.add(int(_NAMED[name]))
    return found
