"""What makes one request another one: a change for each parameter and each member of the body that differs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

from oagen.fuzz.shrink import plainer_values
from oagen.learn.changes import Change, dropped, put_at, shown
from oagen.scenario import tree
from oagen.scenario.model import Argument, Body, Literal, ObjectOf, Request, Text, Unique, Value

_DEEPEST = 3
_LONGEST_PLAIN = 12  # characters
_Place = tuple[str, str]


def differences(base: Request, other: Request) -> list[Change]:
    """Return what has to be changed of one request to an operation so that it becomes another one to the same."""
    return [*_of_arguments(base, other), *_of_bodies(base.body, other.body), *_of_senders(base, other)]


def _of_senders(base: Request, other: Request) -> Iterator[Change]:
    if base.identity != other.identity:
        who = f"the credentials of {other.identity}" if other.identity is not None else "no credentials"
        yield Change(who, ("identity",), lambda request: replace(request, identity=other.identity))


def _of_arguments(base: Request, other: Request) -> Iterator[Change]:
    before, after = _by_place(base), _by_place(other)
    for place in dict.fromkeys((*before, *after)):
        new = after.get(place, ())
        if new != before.get(place, ()):
            yield _argument_change(place, new)


def _by_place(request: Request) -> dict[_Place, tuple[Argument, ...]]:
    found: dict[_Place, tuple[Argument, ...]] = {}
    for item in request.arguments:
        place = (item.where.value, item.name)
        found[place] = (*found.get(place, ()), item)
    return found


def _argument_change(place: _Place, new: tuple[Argument, ...]) -> Change:
    def changed(request: Request) -> Request:
        kept = tuple(item for item in request.arguments if (item.where.value, item.name) != place)
        return replace(request, arguments=(*kept, *new))

    name = place[1]
    if not new:
        return Change(f"{name} left out", place, changed)
    if len(new) > 1:
        return Change(f"{name} more than once", place, changed)

    def plainer() -> Iterator[Change]:
        return (_argument_change(place, (replace(new[0], value=value),)) for value in _plainer(new[0].value))

    return Change(f"{name} {_told(new[0].value)}", place, changed, plainer)


def _of_bodies(base: Body | None, other: Body | None) -> Iterator[Change]:
    if base == other:
        return
    if (
        base is None
        or other is None
        or base.raw
        or other.raw
        or not (_is_object(base.value) and _is_object(other.value))
    ):
        yield Change(_whole(base, other), ("body",), lambda request: replace(request, body=other))
        return
    if (base.media_type, base.encodings) != (other.media_type, other.encodings):
        yield Change(_typed(other), ("body", ""), lambda request: _sent_as(request, other))
    yield from _of_objects(base.value, other.value, ())


def _of_objects(base: Value, other: Value, path: tree.Path) -> Iterator[Change]:
    before, after = dict(tree.members(base)), dict(tree.members(other))
    for name in dict.fromkeys((*before, *after)):
        place, told = (*path, name), ".".join(map(str, (*path, name)))
        if before.get(name) == after.get(name):
            continue
        if name not in after:
            yield Change(f"{told} left out", ("body", *place), lambda request, place=place: dropped(request, place))  # type: ignore[misc]
        elif name in before and len(path) < _DEEPEST and _is_object(before[name]) and _is_object(after[name]):
            yield from _of_objects(before[name], after[name], place)
        else:
            yield _member_change(place, after[name])


def _sent_as(request: Request, other: Body) -> Request:
    body = request.body
    if body is None:
        return request
    return replace(request, body=replace(body, media_type=other.media_type, encodings=other.encodings))


def _typed(body: Body) -> str:
    return f"a body of {body.media_type or 'no media type'}"


def _member_change(path: tree.Path, new: Value) -> Change:
    def plainer() -> Iterator[Change]:
        return (_member_change(path, value) for value in _plainer(new))

    change = put_at(path, f"{'.'.join(map(str, path))} {_told(new)}".strip(), new)
    return replace(change, plainer=plainer)


def _is_object(value: Value) -> bool:
    return isinstance(value, ObjectOf) or (isinstance(value, Literal) and isinstance(value.value, dict))


def _whole(base: Body | None, other: Body | None) -> str:
    if other is None:
        return "no body"
    if base is not None and base.media_type != other.media_type:
        return _typed(other)
    if other.raw and isinstance(other.value, Literal):
        try:
            return f"{_told(Literal(json.loads(other.value.value)))} for a body"
        except (ValueError, TypeError, RecursionError):
            return "a body that is no JSON text" if "json" in (other.media_type or "") else "a broken body"
    return f"{_told(other.value)} for a body" if isinstance(other.value, Literal) else "another body"


def _told(value: Value) -> str:
    """Return what a title calls a value."""
    match value:
        case Literal(plain):
            return shown(plain)
        case Unique() | Text():
            return "of its own"
    return ""


def _plainer(value: Value) -> Iterator[Value]:
    """Yield plainer values; none for what nobody would call odd."""
    if not isinstance(value, Literal) or isinstance(value.value, bytes):
        return
    plain = value.value
    odd = plain if isinstance(plain, dict | list) else not str(plain).isprintable() or len(str(plain)) > _LONGEST_PLAIN
    if odd:
        yield from map(Literal, plainer_values(plain))
