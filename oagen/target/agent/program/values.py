"""Values of an application's own types, told in JSON: how each is made, so that a test can say the same in Python."""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import importlib
import types
import uuid
from typing import Any
from unittest import mock

from .places import found_at, public_module

Spec = dict[str, Any]
"""`{"k": kind, ...}`: `lit` (v), `call` (of, args, kw), `enum` (of, name), `list`, `tuple`, `set` (items), `dict`
(items), `ns` (kw), `bytes` (v), `class` (of), `bare` (of: an object that is not set up), `mock` (of, kw: a
mock of a class, or of anything where that is empty, and what its paths give: `run()`, `state.name`), `chain` (path,
value: an object whose calls along a path give it), `assign` (field, value: a function that sets a field of its
argument, or of self), `by_model` (items: models with the outcomes of queries for them)."""

_DEEPEST_MOCK = 12
ACTING = ("assign", "by_model")
"""Kinds that are functions: what is replaced does as they do."""

TOLD = 64
"""Characters of a text, or items of a list, above which a value is not told."""


class UntellableError(Exception):
    """A value can't be made as it is told."""


def build(spec: Spec) -> Any:
    """Return the value that is told.

    Raises:
        UntellableError: It can't be made.
    """
    kind = spec["k"]
    if kind == "lit":
        return spec["v"]
    if kind == "bytes":
        return spec["v"].encode("latin-1")
    if kind in ("list", "tuple", "set"):
        items = [build(item) for item in spec["items"]]
        return items if kind == "list" else tuple(items) if kind == "tuple" else set(items)
    if kind == "dict":
        return {build(key): build(value) for key, value in spec["items"]}
    if kind == "ns":
        return types.SimpleNamespace(**{name: build(value) for name, value in spec["kw"].items()})
    if kind == "assign":
        return _assigning(spec["field"], build(spec["value"]))
    if kind == "by_model":
        return _by_model([(_held(of), outcome) for of, outcome in spec["items"]])
    if kind == "chain":
        return _chain(spec["path"], build(spec["value"]))
    found: Any = _held(spec["of"]) if spec["of"] else None
    if kind == "bare":
        try:
            return object.__new__(found)
        except TypeError as error:
            raise UntellableError(f"{spec['of']}: {error}") from error
    if kind == "class":
        return found
    if kind == "mock":
        return _mock(found, {path: build(value) for path, value in spec["kw"].items()})
    if kind == "enum":
        return found[spec["name"]]
    arguments = [build(item) for item in spec.get("args", ())]
    keywords = {name: build(value) for name, value in spec.get("kw", {}).items()}
    try:
        return found(*arguments, **keywords)
    except Exception as error:
        message = f"{spec['of']}: {type(error).__name__}: {error}"
        raise UntellableError(message[:300]) from error


def _held(of: str) -> Any:
    try:
        return found_at(of)
    except LookupError:
        pass
    try:
        importlib.import_module(of.partition(":")[0])
        return found_at(of)
    except (ImportError, LookupError) as error:
        raise UntellableError(f"{of} is not there") from error


class _Bounded(mock.MagicMock):
    """A mock that refuses to go on for ever: encoders ask each thing that a mock gave them for another one."""

    def _get_child_mock(self, /, **keywords: Any) -> Any:
        level = self.__dict__.get("_level", 0) + 1
        if level > _DEEPEST_MOCK:
            raise TypeError("Object of type MagicMock is not JSON serializable")  # what most of these encoders say
        child = super()._get_child_mock(**keywords)
        child.__dict__["_level"] = level
        return child


def _mock(kind: Any, paths: dict[str, Any]) -> Any:
    """Return a mock with the methods of a class, or any where it is None; some of them are told what to give."""
    try:
        made = _Bounded(spec=kind) if kind is not None else _Bounded()
    except Exception as error:  # properties of the class itself are asked for
        raise UntellableError(f"{kind!r} can't be mocked: {type(error).__name__}") from error
    for path, value in paths.items():
        made.configure_mock(**{path.replace("()", ".return_value"): value})
    return made


def _chain(path: list[str], value: Any) -> Any:
    for name in reversed(path):
        value = types.SimpleNamespace(**{name: _giving(value)})
    return value


def _assigning(field: str, value: Any) -> Any:
    """Return what gives an object its identifier, as a database would."""
    return lambda thing, *_, **__: setattr(thing, field, value)


def _by_model(outcomes: list[tuple[Any, dict[str, Spec]]]) -> Any:
    """Return what gives or raises what the model of a query has."""
    made = {model: build(outcome.get("raise") or outcome["return"]) for model, outcome in outcomes}
    acting = {model for model, outcome in outcomes if outcome.get("return", {}).get("k") == "assign"}

    def asked(query: Any, *_: Any, **__: Any) -> Any:
        found = made[query.model]
        if isinstance(found, BaseException):
            raise found
        return found(query) if query.model in acting else found

    return asked


def _giving(value: Any) -> Any:
    return lambda *_, **__: value


# -- telling --------------------------------------------------------------------------------------------------------


def tell(value: Any, depth: int = 0) -> Spec | None:
    """Return how a value is made; None where that can't be said in short."""
    if value is None or type(value) in (bool, int):
        return lit(value)
    if type(value) is float:
        return lit(value) if value == value and abs(value) != float("inf") else None  # noqa: PLR0124 - NaN
    if isinstance(value, enum.Enum):
        of = public_module(type(value))
        return {"k": "enum", "of": f"{of}:{type(value).__qualname__}", "name": value.name} if of else None
    if type(value) is str:
        return lit(value) if len(value) <= TOLD else None
    if type(value) is bytes:
        return {"k": "bytes", "v": value.decode("latin-1")} if len(value) <= TOLD else None
    if type(value) in (list, tuple, set):
        items = [tell(item, depth + 1) for item in value]
        whole = depth < 3 and len(items) <= 8 and all(item is not None for item in items)  # noqa: PLR2004
        return {"k": type(value).__name__, "items": items} if whole else None
    if type(value) is dict:
        pairs = [[tell(key, depth + 1), tell(item, depth + 1)] for key, item in value.items()]
        whole = depth < 3 and len(pairs) <= 8 and all(key and item for key, item in pairs)  # noqa: PLR2004
        return {"k": "dict", "items": pairs} if whole else None
    return _standard(value)


def _standard(value: Any) -> Spec | None:
    if isinstance(value, (uuid.UUID, decimal.Decimal)):
        return call(type(value), lit(str(value)))
    if type(value) is dt.date:
        return call(dt.date, *map(lit, value.timetuple()[:3]))
    return None


def lit(value: Any) -> Spec:
    """Return a JSON value, told."""
    return {"k": "lit", "v": value}


def call(of: Any, *arguments: Spec, **keywords: Spec) -> Spec:
    """Return the call of a class or a function, told."""
    spec: Spec = {"k": "call", "of": f"{public_module(of) or of.__module__}:{of.__qualname__}"}
    if arguments:
        spec["args"] = list(arguments)
    if keywords:
        spec["kw"] = keywords
    return spec
