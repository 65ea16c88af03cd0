"""What a function may raise: by a statement of its own, or by those of the functions that it calls."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator
from typing import Any, Callable

from .source import Sources, tree_of
from .values import Spec

DEEPEST = 3
_MOST_CANDIDATES = 3
"""Of methods with one name; with more, nobody knows which one is called."""
_MOST = 5
_COMMON = frozenset({"get", "set", "add", "pop", "update", "items", "keys", "values", "append", "run", "save", "close"})


class Raising:
    """Knows what functions of the application may raise."""

    def __init__(self, sources: Sources, is_application: Callable[[str], bool]) -> None:
        self._sources = sources
        self._is_application = is_application
        self._known: dict[Any, list[Spec]] = {}
        self._methods: dict[str, list[Any]] | None = None

    def of(self, function: Any) -> list[Spec]:
        """Return the exceptions that a function raises, its own first."""
        known = self._known.get(function)
        if known is None:
            found: list[Spec] = []
            self._collect(function, found, set(), 0)
            known = self._known[function] = found[:_MOST]
        return known

    def _collect(self, function: Any, found: list[Spec], seen: set[Any], depth: int) -> None:
        code = getattr(function, "__code__", None)
        if code is None or code in seen or not self._is_application(code.co_filename):
            return
        seen.add(code)
        found += [spec for spec in self._sources.raised(function) if spec not in found]
        if depth < DEEPEST and len(found) < _MOST:
            for called in self._called(function):
                self._collect(called, found, seen, depth + 1)

    def _called(self, function: Any) -> Iterator[Any]:
        tree = tree_of(function, self._sources)
        for node in ast.walk(tree) if tree is not None else ():
            if not isinstance(node, ast.Call):
                continue
            if isinstance(node.func, ast.Name):
                held = function.__globals__.get(node.func.id)
                if inspect.isfunction(held):
                    yield inspect.unwrap(held)
            elif isinstance(node.func, ast.Attribute) and node.func.attr not in _COMMON:
                candidates = self._by_name().get(node.func.attr, [])
                yield from candidates if len(candidates) <= _MOST_CANDIDATES else ()

    def _by_name(self) -> dict[str, list[Any]]:
        """Return the methods of the application's classes, and the functions of its modules, by their names."""
        if self._methods is None:
            self._methods = {}
            for module in list(sys.modules.values()):
                if self._is_application(getattr(module, "__file__", None) or "<"):
                    for thing in list(vars(module).values()):
                        if getattr(thing, "__module__", None) == module.__name__:
                            self._note(thing)
        return self._methods

    def _note(self, thing: Any) -> None:
        assert self._methods is not None
        members = vars(thing).values() if isinstance(thing, type) else [thing]
        for member in members:
            function = inspect.unwrap(getattr(member, "__func__", member)) if callable(member) else None
            if inspect.isfunction(function):
                held = self._methods.setdefault(function.__name__, [])
                if function not in held:
                    held.append(function)
