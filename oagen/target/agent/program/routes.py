"""Which function handles which operation, as each framework keeps it."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from typing import Any, Callable, NamedTuple

from .places import code_of

_METHODS = ("get", "post", "put", "patch", "delete", "head", "options", "trace")


class Route(NamedTuple):
    """One operation of an application.

    Attributes:
        path: Its template; what stands in braces may have another name than in the document.
        handler: The function, unwrapped as far as it goes.
        dependencies: Functions that the framework calls for it.
    """

    method: str
    path: str
    handler: Any
    dependencies: tuple[Any, ...] = ()


def routes_of(app: Any) -> list[Route]:
    """Return the operations of an application, and of those mounted in it."""
    found: list[Route] = []
    for reader in _READERS:
        try:
            found += reader(app)
        except Exception:  # noqa: BLE001, S112 - a framework's own tables; what is missed is told
            continue
    return found


def described(route: Route) -> dict[str, Any] | None:
    """Return a route as a JSON value; None where its function has no source."""
    code = code_of(route.handler)
    if code is None:
        return None
    function = inspect.unwrap(route.handler)
    module = getattr(function, "__module__", "") or ""
    return {
        "method": route.method.upper(),
        "path": route.path,
        "handler": f"{module}:{getattr(function, '__qualname__', '')}",
        "file": code.co_filename,
        "first": code.co_firstlineno,
        "last": max((line for *_, line in code.co_lines() if line), default=code.co_firstlineno)
        if hasattr(code, "co_lines")
        else code.co_firstlineno,
    }


# -- Starlette and FastAPI ------------------------------------------------------------------------------------------


def _starlette(app: Any) -> Iterator[Route]:
    for path, route in _starlette_routes(app, ""):
        endpoint = getattr(route, "endpoint", None)
        if endpoint is None:
            continue
        dependant = getattr(route, "dependant", None)
        dependencies = tuple(_dependencies(dependant)) if dependant is not None else ()
        if inspect.isclass(endpoint):
            for method in _METHODS:
                if hasattr(endpoint, method):
                    yield Route(method, path, getattr(endpoint, method), dependencies)
            continue
        for method in route.methods or ():
            yield Route(method, path, endpoint, dependencies)


def _starlette_routes(app: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    contexts = getattr(sys.modules.get("fastapi.routing"), "iter_route_contexts", None)
    routes = getattr(app, "routes", None) or []
    if contexts is not None:
        for context in contexts(routes):
            route = getattr(context, "route", context)
            path = getattr(context, "path", None) or getattr(route, "path", "")
            yield f"{prefix}{path}", _Contextual(context, route)
    for route in routes:
        path = getattr(route, "path", "")
        inner = getattr(route, "app", None)
        if getattr(route, "endpoint", None) is not None:
            if contexts is None:
                yield f"{prefix}{path}", route
        elif inner is not None and hasattr(inner, "routes"):
            yield from _starlette_routes(inner, f"{prefix}{path}")


class _Contextual:
    """A route as its router includes it."""

    def __init__(self, context: Any, route: Any) -> None:
        self._context = context
        self._route = route

    def __getattr__(self, name: str) -> Any:
        for holder in (self._context, self._route):
            if hasattr(holder, name):
                return getattr(holder, name)
        raise AttributeError(name)


def _dependencies(dependant: Any) -> Iterator[Any]:
    for inner in getattr(dependant, "dependencies", ()):
        if inner.call is not None:
            yield inner.call
        yield from _dependencies(inner)


_READERS: list[Callable[[Any], Any]] = [_starlette]
