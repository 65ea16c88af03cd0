"""Scenarios to JSON and back, without loss.

The form follows the model field by field, fields at their default left out: a value of a closed set of classes is an
object with one key, its kind (`{"capture": {"step": "order", "pointer": "/id"}}`), and a class of one field is that
field (`{"literal": 3}`). Where JSON can't hold something, an object with a single key that begins with `$` stands in:
`$bytes` and `$text` (base64; text with surrogates), `$float` (`nan`, `inf`, `-inf`), `$int` (hexadecimal, beyond what
parsers read), `$object` (pairs, where the keys themselves could not be told from such an object).
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import enum
import json
import math
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

from oagen.errors import StoreError
from oagen.scenario import model

VERSION = 1
"""Version of the form written here; older ones are read, newer ones refused."""

_LARGEST_PLAIN = 1 << 1024
_T = TypeVar("_T")


def dump(scenario: model.Scenario) -> dict[str, Any]:
    """Return the scenario as a JSON object; equal scenarios give equal objects."""
    return {"version": VERSION, **_dump_fields(scenario)}


def load(data: Mapping[str, Any]) -> model.Scenario:
    """Return the scenario that `dump` wrote.

    Raises:
        StoreError: The object is damaged, or was written by a newer oagen.
    """
    if not isinstance(data, Mapping):
        raise _damaged("", "is not an object")
    version = data.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise _damaged("/version", "is missing or not a version number")
    if version > VERSION:
        raise StoreError(
            f"a scenario was stored in form {version}, which is newer than this oagen reads ({VERSION})",
            hint="Upgrade oagen, or generate the stored scenarios again.",
        )
    return _load_fields(model.Scenario, {key: value for key, value in data.items() if key != "version"}, "")


def dumps(scenario: model.Scenario) -> str:
    """Return the scenario as one line of ASCII JSON."""
    return json.dumps(dump(scenario), allow_nan=False)


def loads(text: str | bytes) -> model.Scenario:
    """Return the scenario that `dumps` wrote; raises StoreError as `load` does."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _damaged("", "is not JSON") from error
    return load(data)


def dump_request(request: model.Request) -> dict[str, Any]:
    """Return one request in the form it has inside a scenario."""
    return _dump_fields(request)


def load_request(data: Mapping[str, Any]) -> model.Request:
    """Return the request that `dump_request` wrote; raises StoreError where it is damaged."""
    return _load_fields(model.Request, data, "")


# -- values outside JSON ----------------------------------------------------------------------------------------------


def dump_json(value: Any) -> Any:
    """Return any literal value as strict JSON: bytes, NaN, infinities, surrogates and huge integers included."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _dump_text(value)
    if isinstance(value, int):
        return value if -_LARGEST_PLAIN < value < _LARGEST_PLAIN else {"$int": hex(value)}
    if isinstance(value, float):
        return value if math.isfinite(value) else {"$float": repr(value)}
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode("ascii")}
    if isinstance(value, list | tuple):
        return [dump_json(item) for item in value]
    if isinstance(value, Mapping):
        if any(key.startswith("$") or _has_surrogates(key) for key in value):
            return {"$object": [[_dump_text(key), dump_json(item)] for key, item in value.items()]}
        return {key: dump_json(item) for key, item in value.items()}
    raise TypeError(f"a scenario can't hold a value of type {type(value).__name__}")


def load_json(data: Any, pointer: str = "") -> Any:
    """Return the value that `dump_json` wrote; raises StoreError naming the place under `pointer`."""
    if isinstance(data, list):
        return [load_json(item, f"{pointer}/{index}") for index, item in enumerate(data)]
    if not isinstance(data, dict):
        return data
    for key in data:
        if key.startswith("$"):
            return _load_special(data, pointer)
    return {key: load_json(item, f"{pointer}/{key}") for key, item in data.items()}


def _load_special(data: dict[str, Any], pointer: str) -> Any:
    (kind, value), *more = data.items()
    try:
        match kind, value:
            case _ if more:
                pass
            case "$bytes", str():
                return base64.b64decode(value, validate=True)
            case "$text", str():
                return base64.b64decode(value, validate=True).decode("utf-8", "surrogatepass")
            case "$float", "nan" | "inf" | "-inf":
                return float(value)
            case "$int", str():
                return int(value, 16)
            case "$object", list():
                pairs = [(load_json(key, pointer), load_json(item, pointer)) for key, item in value]
                if all(isinstance(key, str) for key, _ in pairs):
                    return dict(pairs)
    except (ValueError, TypeError, binascii.Error) as error:
        raise _damaged(pointer, f"holds a {kind} that can't be read") from error
    raise _damaged(pointer, f"is of an unknown kind, {kind!r}")


def _has_surrogates(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


def _dump_text(text: str) -> str | dict[str, str]:
    if not _has_surrogates(text):
        return text
    return {"$text": base64.b64encode(text.encode("utf-8", "surrogatepass")).decode("ascii")}


# -- the model, field by field ----------------------------------------------------------------------------------------


def _hints_of(cls: type) -> dict[str, Any]:
    hints = typing.get_type_hints(cls, vars(model))
    return {field.name: hints[field.name] for field in dataclasses.fields(cls)}


_CLASSES: list[type] = [item for item in vars(model).values() if dataclasses.is_dataclass(item) and type(item) is type]
_HINTS: dict[type, dict[str, Any]] = {cls: _hints_of(cls) for cls in _CLASSES}
_DEFAULTS: dict[type, dict[str, Any]] = {
    cls: {field.name: field.default for field in dataclasses.fields(cls)} for cls in _CLASSES
}


def _kind(cls: type) -> str:
    return cls.__name__.lower()


def _dump_fields(item: Any) -> dict[str, Any]:
    defaults = _DEFAULTS[type(item)]
    data = {}
    for name, hint in _HINTS[type(item)].items():
        value = getattr(item, name)
        default = defaults[name]
        if type(value) is not type(default) or value != default:
            data[name] = _dump_typed(value, hint)
    return data


def _dump_typed(value: Any, hint: Any) -> Any:
    if hint is Any:
        return dump_json(value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, str):
        return _dump_text(value)
    if isinstance(value, tuple):
        inner = typing.get_args(hint)
        item_hints = [inner[0]] * len(value) if inner[-1] is Ellipsis else list(inner)
        return [_dump_typed(item, item_hint) for item, item_hint in zip(value, item_hints, strict=True)]
    if len([branch for branch in typing.get_args(hint) if branch is not types.NoneType]) > 1:
        hints = _HINTS[type(value)]
        if len(hints) == 1:
            ((name, only),) = hints.items()
            return {_kind(type(value)): _dump_typed(getattr(value, name), only)}
        return {_kind(type(value)): _dump_fields(value)}
    return _dump_fields(value)


def _load_fields(cls: type[_T], data: Any, pointer: str) -> _T:
    if not isinstance(data, Mapping):
        raise _damaged(pointer, "is not an object")
    hints = _HINTS[cls]
    for name in data:
        if name not in hints:
            raise _damaged(f"{pointer}/{name}", "is not a field that this oagen knows")
    for name, default in _DEFAULTS[cls].items():
        if default is dataclasses.MISSING and name not in data:
            raise _damaged(f"{pointer}/{name}", "is missing")
    return cls(**{name: _load_typed(value, hints[name], f"{pointer}/{name}") for name, value in data.items()})


def _load_typed(data: Any, hint: Any, pointer: str) -> Any:
    if hint is Any:
        return load_json(data, pointer)
    if isinstance(hint, types.UnionType):
        return _load_union(data, typing.get_args(hint), pointer)
    if typing.get_origin(hint) is tuple:
        return _load_tuple(data, typing.get_args(hint), pointer)
    if hint is str and isinstance(data, dict):
        data = load_json(data, pointer)
    if hint in (str, int, bool):
        if type(data) is not hint:
            raise _damaged(pointer, f"is not of type {hint.__name__}")
        return data
    if issubclass(hint, enum.Enum):
        try:
            return hint(data)
        except ValueError as error:
            raise _damaged(pointer, f"is of an unknown kind, {data!r}") from error
    return _load_fields(hint, data, pointer)


def _load_union(data: Any, hints: tuple[Any, ...], pointer: str) -> Any:
    branches = [hint for hint in hints if hint is not types.NoneType]
    if data is None and len(branches) < len(hints):
        return None
    if len(branches) == 1:
        return _load_typed(data, branches[0], pointer)
    if not isinstance(data, Mapping) or len(data) != 1:
        raise _damaged(pointer, "is not an object with one key, its kind")
    ((kind, inner),) = data.items()
    for cls in branches:
        if _kind(cls) == kind:
            hints_inside = _HINTS[cls]
            if len(hints_inside) == 1:
                ((name, only),) = hints_inside.items()
                return cls(**{name: _load_typed(inner, only, f"{pointer}/{kind}")})
            return _load_fields(cls, inner, f"{pointer}/{kind}")
    raise _damaged(pointer, f"is of an unknown kind, {kind!r}")


def _load_tuple(data: Any, hints: tuple[Any, ...], pointer: str) -> tuple[Any, ...]:
    if not isinstance(data, list):
        raise _damaged(pointer, "is not an array")
    item_hints = [hints[0]] * len(data) if hints[-1] is Ellipsis else list(hints)
    if len(item_hints) != len(data):
        raise _damaged(pointer, f"does not have {len(item_hints)} items")
    pairs = zip(data, item_hints, strict=True)
    return tuple(_load_typed(item, hint, f"{pointer}/{index}") for index, (item, hint) in enumerate(pairs))


def _damaged(pointer: str, problem: str) -> StoreError:
    place = f" at {pointer}" if pointer else ""
    return StoreError(
        f"a stored scenario is damaged: what stands{place} {problem}",
        hint="Restore the file from version control, or generate it again.",
    )
