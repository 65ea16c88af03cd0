"""Values that the application could not work with, as its own errors tell, and what would do instead."""

from __future__ import annotations

import re
from types import TracebackType
from typing import Any, Callable

from .values import Spec, lit

_OF_TYPE = re.compile(
    r"^'(?P<type>[\w.]+)' object (?:is not|does not support|has no|can't)"
    r"|non-iterable (?P<unpacked>[\w.]+) object|object of type '(?P<sized>[\w.]+)' has no len"
    r"|^object (?P<awaited>[\w.]+) can't be used in 'await'|must be a mapping, not (?P<mapping>[\w.]+)"
    r"|^(?P<indexed>string|list|tuple) indices must be integers"
)
_TOO_FEW = re.compile(r"not enough values to unpack \(expected (?:at least )?(\d+), got (\d+)\)")
_ANYTHING: Spec = {"k": "mock", "of": "", "kw": {}}
_DEEPEST = 3
_MOST_KEYS = 8

Told = tuple[Spec, Any]
"""How a value was told, and the value."""


def mends(
    error: BaseException | None,
    values: list[Told | None],
    keys: Callable[[Any], list[str]],
    example: Callable[[str], Spec],
) -> list[tuple[int, Spec]]:
    """Return for each replaced function what it might give instead, where an error is about what it gave.

    Args:
        values: What each replaced function gives.
        keys: Tells which keys a function looks up.
        example: Gives an example for a name.
    """
    try:
        return _mends(error, values, keys, example)
    except Exception:  # noqa: BLE001 - whatever an application's objects do when they are looked at
        return []


def _mends(
    error: BaseException | None,
    values: list[Told | None],
    keys: Callable[[Any], list[str]],
    example: Callable[[str], Spec],
) -> list[tuple[int, Spec]]:
    wrong = _wrong(error)
    if wrong is None or error is None:
        return []
    for index in reversed(range(len(values))):
        told = values[index]
        place = _place(*told, wrong, 0) if told is not None else None
        if told is None or place is None:
            continue
        held = _at(told[0], place)
        return [(index, _with(told[0], place, value)) for value in _instead(error, held, keys, example)]
    return []


def _wrong(error: BaseException | None) -> Callable[[Any], bool] | None:
    """Return what recognises the value that an error is about."""
    if isinstance(error, AttributeError):
        missing = object()
        thing = getattr(error, "obj", missing)
        return None if thing is missing or isinstance(thing, type) else lambda value: value is thing
    if isinstance(error, ValueError) and (few := _TOO_FEW.search(str(error))):
        length = int(few[2])
        return lambda value: isinstance(value, (list, tuple, str, dict)) and len(value) == length
    if isinstance(error, (TypeError, ValueError)):
        match = _OF_TYPE.search(str(error))
        name = next((text for text in match.groups() if text), "") if match is not None else ""
        name = {"string": "str"}.get(name, name).rpartition(".")[2]
        return (lambda value: type(value).__name__ == name) if name else None
    return None


def _place(spec: Spec, value: Any, wrong: Callable[[Any], bool], depth: int) -> list[Any] | None:
    """Return where in a value another one is, as steps of its spec; None where it is not in it."""
    kind = spec["k"]
    if kind in ("chain", "assign"):
        return None
    if wrong(value):
        return []
    if depth >= _DEEPEST:
        return None
    for step, inner, held in _members(spec, value):
        found = _place(inner, held, wrong, depth + 1)
        if found is not None:
            return [step, *found]
    return None


def _members(spec: Spec, value: Any) -> list[tuple[Any, Spec, Any]]:
    kind = spec["k"]
    if kind in ("list", "tuple") and isinstance(value, (list, tuple)):
        return [(("items", index), *pair) for index, pair in enumerate(zip(spec["items"], value))]
    if kind == "dict" and isinstance(value, dict):
        return [(("pairs", index), item, value.get(key.get("v"))) for index, (key, item) in enumerate(spec["items"])]
    if kind == "mock":
        return [(("kw", path), item, _asked(value, path)) for path, item in spec["kw"].items()]
    if kind in ("call", "ns"):
        return [(("kw", name), item, getattr(value, name, None)) for name, item in spec.get("kw", {}).items()]
    return []


def _asked(thing: Any, path: str) -> Any:
    """Return what a mock gives for a path."""
    for step in path.split("."):
        thing = getattr(thing, step[:-2]).return_value if step.endswith("()") else getattr(thing, step, None)
    return thing


def _at(spec: Spec, place: list[Any]) -> Spec:
    for kind, step in place:
        spec = spec["items"][step][1] if kind == "pairs" else spec[kind][step]
    return spec


def _with(spec: Spec, place: list[Any], value: Spec) -> Spec:
    """Return a value with another one at a place in it."""
    if not place:
        return value
    (kind, step), rest = place[0], place[1:]
    if kind == "kw" and spec["k"] == "mock" and not rest and value == _ANYTHING:  # it will be asked what it needs
        return {**spec, "kw": {name: item for name, item in spec["kw"].items() if name != step}}
    if kind == "kw":
        return {**spec, "kw": {**spec["kw"], step: _with(spec["kw"][step], rest, value)}}
    items = list(spec["items"])
    if kind == "pairs":
        items[step] = [items[step][0], _with(items[step][1], rest, value)]
    else:
        items[step] = _with(items[step], rest, value)
    return {**spec, "items": items}


def _instead(
    error: BaseException, spec: Spec, keys: Callable[[Any], list[str]], example: Callable[[str], Spec]
) -> list[Spec]:
    text = str(error)
    if isinstance(error, AttributeError):
        fields = {key["v"]: item for key, item in spec["items"]} if spec["k"] == "dict" else {}
        plain = {name: item for name, item in fields.items() if isinstance(name, str) and name.isidentifier()}
        return [{**_ANYTHING, "kw": plain}]
    few = _TOO_FEW.search(text) if isinstance(error, ValueError) else None
    if few is not None:
        wanted, items = int(few[1]), list(spec["items"]) if spec["k"] in ("list", "tuple") else []
        filled: Spec = {"k": "tuple", "items": [*items, *[_ANYTHING] * (wanted - len(items))]}
        return [{"k": "list", "items": [filled]}, filled] if spec["k"] == "list" else [filled]
    if "unpack" in text and "non-iterable" in text:
        return [{"k": "tuple", "items": [spec, _ANYTHING]}]
    if "await" in text or "callable" in text or "context manager" in text:
        return [_ANYTHING]
    if "iterable" in text or "len()" in text:
        return (
            [{"k": "list", "items": [spec]}, {"k": "list", "items": []}]
            if spec != lit(None)
            else [{"k": "list", "items": []}]
        )
    names = keys(_code(error))[:_MOST_KEYS]
    if names:
        return [{"k": "dict", "items": [[lit(name), example(name)] for name in names]}]
    return [{"k": "tuple", "items": [spec, _ANYTHING, _ANYTHING]}] if "subscriptable" in text else []


def _code(error: BaseException) -> Any:
    """Return the function in which an error came up."""
    link: TracebackType | None = error.__traceback__
    while link is not None and link.tb_next is not None:
        link = link.tb_next
    return None if link is None else link.tb_frame.f_code
