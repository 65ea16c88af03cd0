"""Which function handles which operation, as each framework keeps it."""

from __future__ import annotations

import inspect
import os
import re
import sys
from collections.abc import Iterator
from typing import Any, Callable, NamedTuple

from .places import code_of, is_library

_METHODS = ("get", "post", "put", "patch", "delete", "head", "options", "trace")


_USUAL = frozenset({"UnicodeConverter", "PathConverter", "IntegerConverter", "FloatConverter", "UUIDConverter"})


class Route(NamedTuple):
    """One operation of an application.

    Attributes:
        path: Its template; what stands in braces may have another name than in the document.
        handler: The function, unwrapped as far as it goes.
        dependencies: Functions that the framework calls for it.
        owner: The class whose method the handler is, be it inherited; None where it is a function.
        app: Whose `dependency_overrides` count for it; None where that is not FastAPI.
        patterns: What segments of its path have to match, by number, where the framework asks for more than a text.
    """

    method: str
    path: str
    handler: Any
    dependencies: tuple[Any, ...] = ()
    owner: Any = None
    app: Any = None
    patterns: tuple[tuple[int, str], ...] = ()


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
        "patterns": [list(pair) for pair in route.patterns],
        "handler": f"{module}:{getattr(function, '__qualname__', '')}",
        "file": code.co_filename,
        "first": code.co_firstlineno,
        "last": max((line for *_, line in code.co_lines() if line), default=code.co_firstlineno)
        if hasattr(code, "co_lines")
        else code.co_firstlineno,
    }


_FRAMEWORKS = frozenset(
    {
        "fastapi",
        "starlette",
        "flask",
        "flask_restx",
        "flask_smorest",
        "flask_restful",
        "apiflask",
        "flasgger",
        "werkzeug",
    }
    | {"django", "rest_framework", "ninja", "drf_spectacular", "drf_yasg", "connexion", "litestar", "swagger_ui_bundle"}
)


def homes_of(routes: list[Route], is_application: Callable[[str], bool]) -> list[str]:
    """Return where the packages of handlers lie that are neither known as the application's, nor a framework's."""
    found = []
    for route in routes:
        held = route.owner or inspect.unwrap(route.handler)
        package = str(getattr(held, "__module__", None) or "").partition(".")[0]
        module = sys.modules.get(package)
        for place in list(getattr(module, "__path__", None) or [getattr(module, "__file__", None) or ""]):
            inside = place if place.endswith(".py") else os.path.join(place, "__init__.py")
            if place and package not in _FRAMEWORKS and not is_application(inside) and is_library(package):
                found.append(os.path.abspath(place))
    return list(dict.fromkeys(found))


def handled_by(app: Any) -> list[Any]:
    """Return the classes of exceptions that an application has handlers of its own for."""
    found: list[Any] = []
    for _ in range(6):
        handlers = getattr(app, "exception_handlers", None)  # Starlette
        found += list(handlers) if isinstance(handlers, dict) else []
        for by_code in getattr(app, "error_handler_spec", {}).values():  # Flask
            found += [kind for kinds in by_code.values() for kind in kinds]
        app = getattr(app, "app", None) or getattr(app, "_app", None) or getattr(app, "wsgi_app", None)
        if app is None:
            break
    return [kind for kind in dict.fromkeys(found) if isinstance(kind, type) and issubclass(kind, Exception)]


# -- Starlette and FastAPI ------------------------------------------------------------------------------------------


def _starlette(app: Any) -> Iterator[Route]:
    for path, route, holder in _starlette_routes(app, "", None):
        endpoint = getattr(route, "endpoint", None)
        if endpoint is None:
            continue
        dependant = getattr(route, "dependant", None)
        dependencies = tuple(_dependencies(dependant)) if dependant is not None else ()
        if inspect.isclass(endpoint):
            for method in _METHODS:
                if hasattr(endpoint, method):
                    yield Route(method, path, getattr(endpoint, method), dependencies, endpoint, holder)
            continue
        for method in route.methods or ():
            yield Route(method, path, endpoint, dependencies, app=holder)


def _starlette_routes(app: Any, prefix: str, holder: Any) -> Iterator[tuple[str, Any, Any]]:
    holder = app if isinstance(getattr(app, "dependency_overrides", None), dict) else holder
    contexts = getattr(sys.modules.get("fastapi.routing"), "iter_route_contexts", None)
    routes = getattr(app, "routes", None) or []
    if contexts is not None:
        for context in contexts(routes):
            route = getattr(context, "route", context)
            path = getattr(context, "path", None) or getattr(route, "path", "")
            yield f"{prefix}{path}", _Contextual(context, route), holder
    for route in routes:
        path = getattr(route, "path", "")
        inner = getattr(route, "app", None)
        if getattr(route, "endpoint", None) is not None:
            if contexts is None:
                yield f"{prefix}{path}", route, holder
        elif inner is not None and hasattr(inner, "routes"):
            yield from _starlette_routes(inner, f"{prefix}{path}", holder)


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


# -- Flask, Quart, APIFlask, flask-smorest, flask-restx, Connexion -------------------------------------------------


def _flask(app: Any) -> Iterator[Route]:
    flask = app
    for _ in range(6):
        if hasattr(flask, "url_map") and hasattr(flask, "view_functions"):
            break
        flask = getattr(flask, "app", None) or getattr(flask, "_app", None) or getattr(flask, "wsgi_app", None)
    for rule in flask.url_map.iter_rules():
        view = flask.view_functions.get(rule.endpoint)
        kind = getattr(view, "view_class", None)
        for method in rule.methods or ():
            if method in ("HEAD", "OPTIONS") and rule.methods != {method}:
                continue
            handler = getattr(kind, method.lower(), None) if kind is not None else _inner(view)
            if handler is not None:
                yield Route(method, rule.rule, handler, owner=kind, patterns=tuple(_patterns(rule)))


def _patterns(rule: Any) -> Iterator[tuple[int, str]]:
    """Yield the regular expressions of the segments that converters of the application read, with their numbers."""
    converters = getattr(rule, "_converters", {})
    for number, segment in enumerate(rule.rule.split("/")):
        match = re.fullmatch(r"<(?:\w+)(?:\(.*\))?:(\w+)>", segment)
        converter = converters.get(match[1]) if match else None
        if converter is not None and type(converter).__name__ not in _USUAL:
            yield number, str(converter.regex)


def _inner(view: Any) -> Any:
    """Return the function that a framework's operation object calls."""
    for name in ("_fn", "fn", "function", "_function"):
        inner = getattr(view, name, None)
        if callable(inner) and not inspect.isfunction(view):
            return _inner(inner)
    return view


# -- Django ---------------------------------------------------------------------------------------------------------


def _django(_app: Any) -> Iterator[Route]:
    urls = sys.modules.get("django.urls")
    if urls is not None:
        yield from _django_patterns(urls.get_resolver().url_patterns, "/")


def _django_patterns(patterns: Any, prefix: str) -> Iterator[Route]:
    for pattern in patterns:
        path = prefix + _template(str(pattern.pattern))
        if hasattr(pattern, "url_patterns"):
            yield from _django_patterns(pattern.url_patterns, path)
        else:
            callback = pattern.callback
            owner = getattr(callback, "cls", None) or getattr(callback, "view_class", None)
            for method, handler in _django_methods(callback):
                yield Route(method, path, handler, owner=owner, patterns=tuple(_converted(path)))


def _converted(path: str) -> Iterator[tuple[int, str]]:
    """Yield the regular expressions of the segments that converters of Django read, with their numbers."""
    converters = sys.modules["django.urls.converters"].get_converters()
    for number, segment in enumerate(path.split("/")):
        match = re.fullmatch(r"<([\w-]+):\w+>", segment)
        converter = converters.get(match[1]) if match and match[1] not in ("str", "path") else None
        if converter is not None:
            yield number, str(converter.regex)


def _django_methods(view: Any) -> Iterator[tuple[str, Any]]:
    """Yield the methods of a view with their functions: viewsets, class-based views, Ninja's path views, functions."""
    owner = getattr(view, "__self__", None)
    actions, kind = getattr(view, "actions", None), getattr(view, "cls", None) or getattr(view, "view_class", None)
    operations = getattr(owner, "operations", None) or _enclosed(view)
    if operations:
        for operation in operations:
            for method in operation.methods:
                yield method, operation.view_func
    elif kind is not None and actions:
        for method, name in actions.items():
            yield method, getattr(kind, name)
    elif kind is not None:
        for method in _METHODS:
            if hasattr(kind, method):
                yield method, getattr(kind, method)
    else:
        for method in _METHODS:
            yield method, view


def _enclosed(view: Any) -> Any:
    """Return the operations of the path view that a closure of Django Ninja holds."""
    for cell in getattr(view, "__closure__", None) or ():
        try:
            found = getattr(cell.cell_contents, "operations", None)
        except ValueError:
            continue
        if isinstance(found, list):
            return found
    return None


def _template(pattern: str) -> str:
    """Return a pattern of Django as a template: `^items/(?P<pk>[^/.]+)/$` is `items/{pk}/`."""
    text = pattern.lstrip("^").rstrip("$").replace("\\Z", "").replace("\\A", "")
    found, depth, index = "", 0, 0
    while index < len(text):
        character = text[index]
        if character == "\\":
            found += text[index + 1 : index + 2] if not depth else ""
            index += 2
            continue
        if character == "(":
            depth += 1
            found += "{}" if depth == 1 else ""
        elif character == ")":
            depth -= 1
        elif not depth and character not in "?+*":
            found += character
        index += 1
    return found


# -- Litestar -------------------------------------------------------------------------------------------------------


def _litestar(app: Any) -> Iterator[Route]:
    if "litestar" not in {kind.__module__.partition(".")[0] for kind in type(app).__mro__}:
        return
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            for method in getattr(handler, "http_methods", ()):
                function = handler.fn
                yield Route(str(method), route.path_format, getattr(function, "value", function))


_READERS: list[Callable[[Any], Any]] = [_starlette, _flask, _django, _litestar]
