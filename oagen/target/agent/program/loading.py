"""Finding the application: `package.module:attribute`, `package.module:factory()`, and what kind of thing it is."""

from __future__ import annotations

import ast
import importlib
import inspect
from types import ModuleType
from typing import Any, Callable, NamedTuple

ASGI = "asgi"
ASGI2 = "asgi2"
WSGI = "wsgi"

USUAL_NAMES = ("app", "application", "api", "create_app", "make_app", "get_app")
_PARAMETERS = {1: ASGI2, 2: WSGI, 3: ASGI}
_FRAMEWORKS = (
    "fastapi",
    "litestar",
    "connexion",
    "apiflask",
    "quart",
    "flask",
    "django",
    "falcon",
    "blacksheep",
    "starlette",
    "aiohttp",
    "sanic",
    "tornado",
    "bottle",
    "pyramid",
)


class LoadingError(Exception):
    """The application's place says something that is not there, or that is no application."""


class Loaded(NamedTuple):
    """An application, where it was found, and how it is called."""

    app: Any
    module: ModuleType
    kind: str
    framework: str


def load(place: str, finish: Callable[[Any], Any]) -> Loaded:
    """Return the application at `place`; what its import raises is let through.

    Args:
        place: `package.module:attribute`, with a call and literal arguments behind it for a factory.
        finish: Runs the coroutine of an asynchronous factory to its end.

    Raises:
        LoadingError: The place is not well-formed, has no such attribute, or holds no ASGI or WSGI application.
    """
    module_name, _, expression = place.partition(":")
    if not all(part.isidentifier() for part in module_name.split(".")):
        message = f"{place!r} is not of the form package.module:attribute or package.module:factory()"
        raise LoadingError(message)
    module = importlib.import_module(module_name)
    app = _evaluate(module, expression) if expression else _usual(module)
    if inspect.isfunction(app) and not inspect.iscoroutinefunction(app) and _required(app) == 0:
        app = app()
    if inspect.iscoroutine(app):
        app = finish(app)
    framework = framework_of(app)
    kind = kind_of(app)
    if kind is None:
        message = f"{place} is {_article(type(app).__name__)}, neither an ASGI nor a WSGI application"
        raise LoadingError(message)
    return Loaded(app, module, kind, framework)


def kind_of(app: Any) -> str | None:
    """Return how an application is called, or None if it can't be."""
    if not callable(app):
        return None
    call = app.__init__ if inspect.isclass(app) else app if inspect.isroutine(app) else app.__call__
    if inspect.iscoroutinefunction(call):
        return ASGI
    try:
        parameters = list(inspect.signature(call).parameters.values())
    except (TypeError, ValueError):
        return WSGI
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    if inspect.isclass(app):
        positional = positional[1:]
    required = [p for p in positional if p.default is p.empty]
    if len(required) not in _PARAMETERS:
        return WSGI if any(p.kind is p.VAR_POSITIONAL for p in parameters) else None
    return _PARAMETERS[len(required)]


def framework_of(app: Any) -> str:
    """Return the name of the framework that the application's class comes from, or nothing."""
    packages = {kind.__module__.partition(".")[0] for kind in type(app).__mro__}
    return next((name for name in _FRAMEWORKS if name in packages), "")


def _evaluate(module: ModuleType, expression: str) -> Any:
    message = f"{expression!r} is not an attribute, nor a call of one with literal arguments"
    try:
        node = ast.parse(expression.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        raise LoadingError(message) from None
    arguments: list[Any] = []
    keywords: dict[str, Any] = {}
    is_call = isinstance(node, ast.Call)
    if isinstance(node, ast.Call):
        try:
            arguments = [ast.literal_eval(argument) for argument in node.args]
            keywords = {keyword.arg or "": ast.literal_eval(keyword.value) for keyword in node.keywords}
        except ValueError:
            raise LoadingError(message) from None
        node = node.func
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.insert(0, node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        raise LoadingError(message)
    value: Any = module
    for name in [node.id, *names]:
        if not hasattr(value, name):
            raise LoadingError(_missing(module, name))
        value = getattr(value, name)
    return value(*arguments, **keywords) if is_call else value


def _usual(module: ModuleType) -> Any:
    for name in USUAL_NAMES:
        if hasattr(module, name):
            return getattr(module, name)
    raise LoadingError(_missing(module, USUAL_NAMES[0]))


def _missing(module: ModuleType, name: str) -> str:
    candidates = [
        other
        for other, value in vars(module).items()
        if not other.startswith("_") and (framework_of(value) or other in USUAL_NAMES) and not inspect.isclass(value)
    ]
    there = f"; it has {', '.join(candidates[:5])}" if candidates else ""
    return f"module {module.__name__} has no attribute {name!r}{there}"


def _required(function: Any) -> int:
    parameters = inspect.signature(function).parameters.values()
    fixed = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return sum(1 if p.kind in fixed else p.default is p.empty for p in parameters)


def _article(noun: str) -> str:
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"
