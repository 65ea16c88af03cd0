"""The places of a request that can be changed one at a time."""

from __future__ import annotations

import functools
import itertools
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from oagen.scenario.model import Literal, Request

_MOST_LEAVES = 200
_DEEPEST = 8
_LONGEST_ARGUMENT = 6000
_MOST_ITEMS = 100
_ESCAPED = 6  # bytes that a character beyond ASCII becomes, or more
_LONGEST_JSON = 20_000

INSIDE = -1
"""In a path: the value that a text of JSON stands for."""

Path = tuple[str | int, ...]


class Slot(NamedTuple):
    """A place: a path into an argument's value, or into the body's where `argument` is None; the empty path is all.

    Attributes:
        name: Of the argument or property; that of the array for its items; empty for the body itself.
        value: What stands there now.
        argument: Its index.
    """

    name: str
    value: Any
    argument: int | None = None
    path: Path = ()


def slots_of(request: Request) -> list[Slot]:
    """Return every place of a request whose value is a literal, containers and what is in them included.

    Texts of JSON are such containers: some parameters and properties have structured values written as text.
    """
    return list(_slots_of(_Same(request)))


class _Same:
    """A request that is equal to itself alone: its values can't be hashed."""

    __slots__ = ("request",)

    def __init__(self, request: Request) -> None:
        self.request = request

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.request is other.request

    def __hash__(self) -> int:
        return id(self.request)


@functools.lru_cache(maxsize=256)
def _slots_of(same: _Same) -> tuple[Slot, ...]:
    request = same.request
    found: list[Slot] = []
    for index, argument in enumerate(request.arguments):
        if isinstance(argument.value, Literal):
            _walk(argument.value.value, argument.name, (), found, index)
    body = request.body
    if body is not None and isinstance(body.value, Literal) and not body.raw:
        _walk(body.value.value, "", (), found, None)
    return tuple(found)


def _walk(value: Any, name: str, path: Path, found: list[Slot], argument: int | None) -> None:
    if len(found) >= _MOST_LEAVES or len(path) > _DEEPEST:
        return
    found.append(Slot(name, value, argument, path))
    if isinstance(value, dict):
        for key, item in value.items():
            _walk(item, key, (*path, key), found, argument)
    elif isinstance(value, list):
        for index, item in enumerate(value[:5]):
            _walk(item, name, (*path, index), found, argument)
    elif isinstance(value, str) and (inside := _json_inside(value)):
        for key, item in inside.items() if isinstance(inside, dict) else enumerate(inside[:5]):
            _walk(item, key if isinstance(key, str) else name, (*path, INSIDE, key), found, argument)


def put(request: Request, slot: Slot, value: Any) -> Request:
    """Return the request with another value in a place."""
    if slot.argument is None:
        return with_body(request, put_at(_body(request), slot.path, value))
    return _with_argument(request, slot.argument, put_at(_argument(request, slot.argument), slot.path, value))


def drop(request: Request, slot: Slot) -> Request:
    """Return the request without a place."""
    if slot.argument is not None and slot.path:
        return _with_argument(request, slot.argument, drop_at(_argument(request, slot.argument), slot.path))
    if slot.argument is not None:
        arguments = request.arguments[: slot.argument] + request.arguments[slot.argument + 1 :]
        return replace(request, arguments=arguments)
    if not slot.path:
        return replace(request, body=None)
    return with_body(request, drop_at(_body(request), slot.path))


def _with_argument(request: Request, index: int, value: Any) -> Request:
    arguments = list(request.arguments)
    arguments[index] = replace(arguments[index], value=Literal(fit_for_argument(value)), raw=False)
    return replace(request, arguments=tuple(arguments))


def fit_for_argument(value: Any) -> Any:
    """Return a value that a request's head has room for.

    Beyond some 8,000 bytes servers refuse a head unread (RFC 9112, 3), and nothing is learned from that.
    """
    return _cut(value, _LONGEST_ARGUMENT)


def _cut(value: Any, room: int) -> Any:
    if isinstance(value, str):
        return value[: room if value.isascii() else room // _ESCAPED]
    if isinstance(value, list) and value:
        share = max(room // min(len(value), _MOST_ITEMS), 1)
        return [_cut(item, share) for item in value[:_MOST_ITEMS]]
    if isinstance(value, dict) and value:
        share = max(room // min(len(value), _MOST_ITEMS), 1)
        return {_cut(key, share): _cut(item, share) for key, item in itertools.islice(value.items(), _MOST_ITEMS)}
    return value


def with_body(request: Request, value: Any) -> Request:
    """Return the request with another body value."""
    assert request.body is not None
    return replace(request, body=replace(request.body, value=Literal(value), raw=False))


def put_at(value: Any, path: Sequence[str | int], new: Any) -> Any:
    """Return a JSON value with another one at a path; raises LookupError where there is no such place."""
    if not path:
        return new
    if path[0] == INSIDE:
        return _as_json(put_at(_json_inside(value), path[1:], new))
    if isinstance(value, dict):
        return {**value, path[0]: put_at(value.get(path[0]), path[1:], new)}
    index = path[0] if isinstance(value, list) else None
    if not isinstance(index, int):
        raise LookupError(path[0])  # noqa: TRY004 - the place is not there
    items = list(value)
    items[index] = put_at(items[index], path[1:], new)
    return items


def place_at(value: Any, path: Sequence[str | int], new: Any) -> Any:
    """Return a JSON value with another one at a path, objects and arrays on the way made where they lack."""
    if not path:
        return new
    if isinstance(path[0], str):
        members = value if isinstance(value, dict) else {}
        return {**members, path[0]: place_at(members.get(path[0]), path[1:], new)}
    items = list(value) if isinstance(value, list) else []
    first = items[0] if items else None
    return [place_at(first, path[1:], new), *items[1:]]


def drop_at(value: Any, path: Sequence[str | int]) -> Any:
    """Return a JSON value without what is at a path."""
    if len(path) == 1:
        if isinstance(value, dict):
            return {key: item for key, item in value.items() if key != path[0]}
        return [item for index, item in enumerate(value) if index != path[0]]
    if path[0] == INSIDE:
        return _as_json(drop_at(_json_inside(value), path[1:]))
    return put_at(value, path[:1], drop_at(value[path[0]], path[1:]))


def texts_of(request: Request) -> list[str]:
    """Return the texts, numbers and flags that a request holds, as text: as Python writes them, and as JSON does."""
    texts = []
    for slot in slots_of(request):
        if slot.argument is not None and slot.path and slot.name:
            texts.append(slot.name[:200])  # an object in a URL is names and values
        if isinstance(slot.value, str):
            texts.append(slot.value[:200])
        elif slot.value is None or isinstance(slot.value, int | float):
            texts += [str(slot.value)[:200], json.dumps(slot.value)[:200]]
    return texts


def _json_inside(text: str) -> Any:
    """Return the object or array that a text stands for; None where it is no such text."""
    if text[:1] not in ("{", "[") or len(text) > _LONGEST_JSON:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _as_json(value: Any) -> str:
    return json.dumps(value, default=str)


def _argument(request: Request, index: int) -> Any:
    value = request.arguments[index].value
    assert isinstance(value, Literal)
    return value.value


def _body(request: Request) -> Any:
    assert request.body is not None
    assert isinstance(request.body.value, Literal)
    return request.body.value.value
