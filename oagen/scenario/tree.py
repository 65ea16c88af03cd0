"""Looking into a value of a scenario and changing one place of it, whether it is plain JSON or holds captures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from oagen.scenario.model import ArrayOf, Capture, Credential, Literal, ObjectOf, Text, Unique, Value

Path = tuple[str | int, ...]


def members(value: Value) -> tuple[tuple[str, Value], ...]:
    """Return the members of an object, or nothing."""
    if isinstance(value, ObjectOf):
        return value.members
    if isinstance(value, Literal) and isinstance(value.value, dict):
        return tuple((name, Literal(member)) for name, member in value.value.items())
    return ()


def items(value: Value) -> tuple[Value, ...]:
    """Return the items of an array, or nothing."""
    if isinstance(value, ArrayOf):
        return value.items
    if isinstance(value, Literal) and isinstance(value.value, list):
        return tuple(Literal(item) for item in value.value)
    return ()


def at(value: Value, path: Path) -> Value | None:
    """Return the value at a place, or None where there is nothing."""
    for token in path:
        children: dict[str | int, Value] = dict(_children(value))
        if token not in children:
            return None
        value = children[token]
    return value


def put(value: Value, path: Path, new: Value) -> Value:
    """Return the value with `new` at a place that exists; an absent member is added, an absent item is not."""
    if not path:
        return new
    head, *rest = path
    if isinstance(head, int):
        changed = [put(item, tuple(rest), new) if index == head else item for index, item in enumerate(items(value))]
        return array(tuple(changed))
    named = dict(members(value))
    named[head] = put(named[head], tuple(rest), new) if head in named else new
    return obj(tuple(named.items()))


def drop(value: Value, path: Path) -> Value:
    """Return the value without the member or item at a place."""
    *parents, last = path
    holder = at(value, tuple(parents))
    if holder is None:
        return value
    if isinstance(last, int):
        kept: Value = array(tuple(item for index, item in enumerate(items(holder)) if index != last))
    else:
        kept = obj(tuple((name, member) for name, member in members(holder) if name != last))
    return put(value, tuple(parents), kept) if parents else kept


def walk(value: Value, path: Path = ()) -> Iterator[tuple[Path, Value]]:
    """Yield every place of a value, outer ones first."""
    yield path, value
    for token, child in _children(value):
        yield from walk(child, (*path, token))


def rename_uniques(value: Value, suffix: str) -> Value:
    """Return the value with each `Unique` made another one: what a second resource of the same kind is made from."""

    def renamed(leaf: Value) -> Value:
        return replace(leaf, name=f"{leaf.name}{suffix}") if isinstance(leaf, Unique) else leaf

    return map_leaves(value, renamed)


def map_leaves(value: Value, change: Callable[[Value], Value]) -> Value:
    """Return the value with `change` applied to everything in it that has no parts."""
    match value:
        case ObjectOf(named):
            return ObjectOf(tuple((name, map_leaves(member, change)) for name, member in named))
        case ArrayOf(inner):
            return ArrayOf(tuple(map_leaves(item, change) for item in inner))
        case Text(parts):
            return Text(tuple(map_leaves(part, change) for part in parts))
        case Literal() | Capture() | Unique() | Credential():
            return change(value)


def obj(named: tuple[tuple[str, Value], ...]) -> Value:
    """Return an object, as a plain literal where nothing in it needs more."""
    if all(isinstance(member, Literal) for _, member in named) and len(dict(named)) == len(named):
        return Literal({name: _plain(member) for name, member in named})
    return ObjectOf(named)


def array(inner: tuple[Value, ...]) -> Value:
    """Return an array, as a plain literal where nothing in it needs more."""
    if all(isinstance(item, Literal) for item in inner):
        return Literal([_plain(item) for item in inner])
    return ArrayOf(inner)


def _plain(value: Value) -> Any:
    assert isinstance(value, Literal)
    return value.value


def _children(value: Value) -> Iterator[tuple[str | int, Value]]:
    yield from members(value)
    yield from enumerate(items(value))


def pointer(path: Path) -> str:
    """Return a place as an RFC 6901 pointer."""
    return "".join(f"/{str(token).replace('~', '~0').replace('/', '~1')}" for token in path)


def tokens(text: str) -> tuple[str, ...]:
    """Return the tokens of an RFC 6901 pointer, unescaped."""
    return tuple(token.replace("~1", "/").replace("~0", "~") for token in text.split("/")[1:])
