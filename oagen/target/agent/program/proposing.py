"""What a function of the application might give back, as values that can be told."""

from __future__ import annotations

import collections.abc
import datetime as dt
import decimal
import enum
import sys
import typing
import uuid
from typing import Any

from .entities import MISSING, Field, Related, fields_of, is_entity
from .places import public_module
from .values import Spec, UntellableError, build, call, lit, tell

DEEPEST = 2
_PLAIN_MODULES = frozenset({"io", "_io", "collections", "pathlib", "threading", "queue", "random"})
"""Whose classes can be made without arguments, and then are as empty as they look."""

IDENTIFIER = 7
ANOTHER = 8
_UUID = "3f2b1c9e-8d47-4a65-9b1e-7c5d2f0a6e11"
_OTHER_UUID = "c0ffee00-8d47-4a65-9b1e-7c5d2f0a6e11"
_TEXTS = {
    "email": "alice@example.com",
    "mail": "alice@example.com",
    "username": "alice",
    "login": "alice",
    "user": "alice",
    "owner": "alice",
    "author": "alice",
    "name": "Alice",
    "url": "https://example.com/7",
    "uri": "https://example.com/7",
    "image": "https://example.com/7.png",
    "phone": "+15550100",
    "country": "GB",
    "currency": "EUR",
    "slug": "a-slug",
    "uuid": _UUID,
    "date": "2026-03-14",
}
_WRAPPERS = (collections.abc.Awaitable, collections.abc.Coroutine)
_GENERATORS = (
    collections.abc.Generator,
    collections.abc.Iterator,
    collections.abc.AsyncGenerator,
    collections.abc.AsyncIterator,
    collections.abc.AsyncIterable,
)
_LISTS = (
    list,
    collections.abc.Sequence,
    collections.abc.Iterable,
    collections.abc.Collection,
    collections.abc.MutableSequence,
)

Outcome = dict[str, Any]
"""`{"return": spec, "alts": {field: [spec]}}`: a value, and others for each of its fields."""


class Proposer:
    """Proposes values of types.

    Args:
        hints: Examples by name of a field, as the API's document has them.
    """

    def __init__(self, hints: dict[str, Any]) -> None:
        self.hints = hints
        self._entities: dict[Any, Outcome | None] = {}

    def outcomes(self, kind: Any, name: str = "") -> list[Outcome]:
        """Return what a function with this return annotation might give back, the likeliest first."""
        kind = _stripped(kind)
        if kind is None or kind is type(None):
            return [{"return": lit(None)}]
        if kind is bool:
            return [{"return": lit(flag)} for flag in (True, False)]
        origin, arguments = typing.get_origin(kind), typing.get_args(kind)
        if kind is typing.TextIO or (origin is typing.IO and arguments == (str,)):
            return [{"return": {"k": "call", "of": "io:StringIO", "args": [lit("text")]}}]
        if kind in (typing.BinaryIO, typing.IO) or origin is typing.IO:
            return [{"return": {"k": "call", "of": "io:BytesIO", "args": [{"k": "bytes", "v": "bytes"}]}}]
        if origin in _WRAPPERS and arguments:
            return self.outcomes(arguments[-1], name)
        if _is_union(origin):
            ordered = sorted(arguments, key=_is_nothing)
            return [outcome for item in ordered for outcome in self.outcomes(item, name)]
        if origin in _LISTS or kind in (list, tuple):
            item = self.outcome(arguments[0], name) if arguments else None
            filled = [] if item is None else [self.listed(item)]
            return [*filled, {"return": {"k": "list", "items": []}}]
        if origin is tuple and arguments and Ellipsis not in arguments:
            return self._tuples(arguments)
        if origin in _GENERATORS and arguments:
            return self.outcomes(arguments[0], name)
        found = self.outcome(kind, name)
        if found is None:
            return _bare(origin if isinstance(origin, type) else kind)
        return [found, *({"return": other} for other in self.others(Field(name, kind), found["return"]))]

    def outcome(self, kind: Any, name: str = "", depth: int = 0) -> Outcome | None:
        """Return a value of a type with others for each field; None where none can be made."""
        kind = _concrete(_stripped(kind))
        if not is_entity(kind):
            value = self.value(Field(name, kind), depth)
            return None if value is None else {"return": value}
        if kind not in self._entities or depth:
            made = self._entity(kind, depth)
            if depth:
                return made
            self._entities[kind] = made
        return self._entities[kind]

    def listed(self, item: Outcome) -> Outcome:
        """Return a list of one item, with what else the item may be."""
        outcome: Outcome = {"return": {"k": "list", "items": [item["return"]]}}
        if "alts" in item:
            outcome["alts"] = {f"0.{name}": alternatives for name, alternatives in item["alts"].items()}
        return outcome

    def _tuples(self, arguments: tuple[Any, ...]) -> list[Outcome]:
        first = [self.outcomes(item) for item in arguments]
        if not all(first):
            return []
        base = {"return": {"k": "tuple", "items": [options[0]["return"] for options in first]}}
        last = {"return": {"k": "tuple", "items": [options[-1]["return"] for options in first]}}
        return [base, last]

    def _entity(self, kind: Any, depth: int) -> Outcome | None:
        if depth > DEEPEST:
            return None
        keywords: dict[str, Spec] = {}
        alternatives: dict[str, list[Spec]] = {}
        for field in fields_of(kind) or ():
            if isinstance(field.kind, Related):
                made = self._entity(field.kind.entity, DEEPEST) if not depth else None
                if made is not None:
                    keywords[field.name], alternatives[field.name] = made["return"], [lit(None)]
                continue
            value = self.value(field, depth)
            if value is None:
                if field.default is MISSING:
                    continue
                value = tell(field.default)
                if value is None:
                    continue
            if not field.name.isidentifier():
                continue
            keywords[field.name] = value
            others = self.others(field, value)
            if others:
                alternatives[field.name] = others
        of = f"{public_module(kind)}:{kind.__qualname__}"
        for constructor in (of, f"{of}.model_construct"):
            spec: Spec = {"k": "call", "of": constructor, "kw": keywords}
            try:
                build(spec)
            except UntellableError:
                continue
            return {"return": spec, "alts": alternatives}
        return None

    # -- single values ----------------------------------------------------------------------------------------------

    def example(self, name: str) -> Spec:
        """Return an example for a name alone."""
        known = self.hints.get(name)
        told = tell(known) if known is not None and not _identifies(name) else None
        if told is not None:
            return told
        if _identifies(name):
            return lit(IDENTIFIER)
        if name in ("status_code", "status"):
            return lit(200)
        if name == "ok":
            return lit(True)  # noqa: FBT003
        flags = ("is_", "has_", "can_", "active", "enabled", "deleted", "public", "admin", "verified", "done", "sold")
        if name.startswith(flags):
            return lit(True)  # noqa: FBT003
        if name in ("disabled", "locked", "blocked", "banned", "expired", "revoked", "suspended"):
            return lit(False)  # noqa: FBT003
        return lit(3) if name in ("count", "total", "quantity", "stock", "price", "amount") else lit(_text(name))

    def value(self, field: Field, depth: int = 0) -> Spec | None:
        """Return an example of a field; None where none can be made."""
        kind, name = _stripped(field.kind), field.name
        origin, arguments = typing.get_origin(kind), typing.get_args(kind)
        if _is_union(origin):
            chosen = [item for item in arguments if item is not type(None)]
            optional = len(chosen) < len(arguments)
            for item in chosen:
                if optional and is_entity(_stripped(item)) and depth >= 1:
                    return lit(None)
                found = self.value(field._replace(kind=item), depth)
                if found is not None:
                    return found
            return lit(None) if optional else None
        if origin is typing.Literal:
            return tell(arguments[0])
        if origin in _LISTS or kind is list:
            if arguments and depth < 1:
                item = self.value(Field(name.rstrip("s"), arguments[0]), depth + 1)
                if item is not None:
                    return {"k": "list", "items": [item]}
            return {"k": "list", "items": []}
        if origin in (set, frozenset) or kind is set:
            return {"k": "set", "items": []}
        if origin in (dict, collections.abc.Mapping) or kind is dict:
            return {"k": "dict", "items": []}
        if not isinstance(kind, type):
            return self._loose(field) if kind in (Any, MISSING) else None
        if is_entity(kind):
            made = self.outcome(kind, name, depth + 1)
            return None if made is None else made["return"]
        return self._scalar(field._replace(kind=kind))

    def _loose(self, field: Field) -> Spec:
        hint = self.hints.get(field.name)
        return tell(hint) or lit(_text(field.name)) if hint is not None else lit(_text(field.name))

    def _scalar(self, field: Field) -> Spec | None:
        kind, name = field.kind, field.name
        for example in (*field.examples, self.hints.get(name)):
            if type(example) is kind and (kind in (str, float) or (kind is int and not _identifies(name))):
                return tell(example)
        if issubclass(kind, enum.Enum):
            return tell(next(iter(kind))) if len(kind) else None
        if kind is bool and name in ("disabled", "locked", "blocked", "banned", "expired", "revoked", "suspended"):
            return lit(False)  # noqa: FBT003
        if kind is bool:
            default = field.default if isinstance(field.default, bool) else None
            return lit(default if default is not None else next((e for e in field.examples if type(e) is bool), True))
        if issubclass(kind, int):
            return lit(_within(IDENTIFIER if _identifies(name) else 3, field))
        if issubclass(kind, float):
            return lit(float(_within(9.5, field)))
        if issubclass(kind, str):
            of = public_module(kind)
            return lit(_text(name)) if kind is str or of is None else call(kind, lit(_text(name)))
        if issubclass(kind, bytes):
            return {"k": "bytes", "v": "0123456789abcdef"}  # as long as a UUID
        return _STANDARD.get(kind)

    def others(self, field: Field, value: Spec) -> list[Spec]:
        """Return other values that a field may have."""
        kind = _stripped(field.kind)
        found: list[Spec] = []
        choices = typing.get_args(kind)
        if _is_union(typing.get_origin(kind)):
            if type(None) in choices:
                found.append(lit(None))
            kind = next((_stripped(item) for item in choices if item is not type(None)), None)
        elif field.default is None and value != lit(None):
            found.append(lit(None))
        if typing.get_origin(kind) is typing.Literal:
            found += [spec for item in typing.get_args(kind) if (spec := tell(item))]
        elif isinstance(kind, type) and issubclass(kind, enum.Enum):
            found += [spec for item in kind if (spec := tell(item))]
        elif kind is bool:
            found += [lit(flag) for flag in (True, False)]
        elif kind in (int, float):
            found += [lit(ANOTHER if kind is int else 8.5), lit(0), lit(1000000)]
        elif kind is str:
            found += [lit(item) for item in field.examples if isinstance(item, str)]
        elif kind is dt.datetime:
            found += [_moment(2001), _moment(2099)]
        elif kind is dt.date:
            found += [call(dt.date, lit(2001), lit(3), lit(14)), call(dt.date, lit(2099), lit(3), lit(14))]
        elif kind is uuid.UUID:
            found.append(call(uuid.UUID, lit(_OTHER_UUID)))
        elif value.get("k") == "list" and value["items"]:
            found.append({"k": "list", "items": []})
        return [item for index, item in enumerate(found) if item != value and item not in found[:index]]


def _bare(kind: Any) -> list[Outcome]:
    """Return an object of a class that holds no data, as nobody has set it up: its methods are replaced then."""
    if not isinstance(kind, type) or kind.__module__ in ("builtins", "typing") or issubclass(kind, BaseException):
        return []
    of = f"{public_module(kind)}:{kind.__qualname__}"
    empty = kind.__name__.endswith("Response") or kind.__module__ in _PLAIN_MODULES
    attempts: list[Spec] = [{"k": "call", "of": of}] if empty else []
    for spec in (*attempts, {"k": "bare", "of": of}):
        try:
            build(spec)
        except UntellableError:
            continue
        return [{"return": spec}, *(_mocked(of) if spec["k"] == "bare" else [])]
    return []


def _mocked(of: str) -> list[Outcome]:
    """Return a mock of a class; nothing where that can't be looked into without what it works with."""
    spec: Spec = {"k": "mock", "of": of, "kw": {}}
    try:
        build(spec)
    except UntellableError:
        return []
    return [{"return": spec}]


def _moment(year: int) -> Spec:
    zone: Spec = {"k": "class", "of": "datetime:UTC" if sys.version_info >= (3, 11) else "datetime:timezone.utc"}
    return {
        "k": "call",
        "of": "datetime:datetime",
        "args": [lit(part) for part in (year, 3, 14, 9, 26, 53)],
        "kw": {"tzinfo": zone},
    }


_STANDARD: dict[Any, Spec] = {
    dt.datetime: _moment(2026),
    dt.date: call(dt.date, lit(2026), lit(3), lit(14)),
    dt.time: call(dt.time, lit(9), lit(26)),
    dt.timedelta: {"k": "call", "of": "datetime:timedelta", "kw": {"minutes": lit(30)}},
    uuid.UUID: call(uuid.UUID, lit(_UUID)),
    decimal.Decimal: call(decimal.Decimal, lit("9.99")),
}


def _stripped(kind: Any) -> Any:
    """Return an annotation without `Annotated`, `NewType`, `Mapped` and the like."""
    for _ in range(8):
        if typing.get_origin(kind) is getattr(typing, "Annotated", None) or hasattr(kind, "__metadata__"):
            kind = kind.__origin__
        elif hasattr(kind, "__supertype__"):
            kind = kind.__supertype__
        elif type(kind).__name__ == "TypeAliasType":
            kind = kind.__value__
        elif getattr(typing.get_origin(kind), "__name__", "") in ("Mapped", "Final", "ClassVar"):
            kind = typing.get_args(kind)[0]
        else:
            break
    return kind


def _concrete(kind: Any) -> Any:
    """Return a model of Django that has rows, for one that others are only made from."""
    if isinstance(kind, type) and getattr(getattr(kind, "_meta", None), "abstract", False):
        models = sys.modules["django.apps"].apps.get_models()
        return next((model for model in models if issubclass(model, kind)), kind)
    return kind


def _is_nothing(kind: Any) -> bool:
    """Tell whether a part of a union is None, or `Literal[False]`: what comes instead of something."""
    return kind is type(None) or (typing.get_origin(kind) is typing.Literal and not any(typing.get_args(kind)))


def _is_union(origin: Any) -> bool:
    return origin is typing.Union or getattr(origin, "__name__", "") == "UnionType"


def _identifies(name: str) -> bool:
    return name in ("id", "pk") or name.endswith(("_id", "Id", "_pk"))


def _within(value: Any, field: Field) -> Any:
    if field.low is not None and value < field.low:
        value = field.low
    if field.high is not None and value > field.high:
        value = field.high
    return value


def _text(name: str) -> str:
    last = name.lower().rpartition("_")[2]
    return _TEXTS.get(name.lower()) or _TEXTS.get(last) or (last or "text")
