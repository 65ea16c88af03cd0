"""Trees of scenario values: to JSON for a check, and with one node replaced."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeGuard, get_args

from oagen.scenario.model import ArrayOf, Literal, ObjectOf, Text, Unique, Value
from oagen.scenario.uniqueness import fill

Unknown = Callable[[Value], Any]


def to_json(value: Value, seed: str = "", unknown: Unknown = lambda _value: "captured") -> Any:
    """Return the JSON value that a tree stands for.

    Args:
        value: The tree.
        seed: What uniques are filled with.
        unknown: Gives the JSON value of a node known only when the test runs (a capture, a credential).
    """
    match value:
        case Literal():
            return value.value
        case Unique():
            text = fill(value.template, seed + value.name)
            return int(text) if value.integer else text
        case Text():
            return "".join(str(to_json(part, seed, unknown)) for part in value.parts)
        case ArrayOf():
            return [to_json(item, seed, unknown) for item in value.items]
        case ObjectOf():
            return {name: to_json(member, seed, unknown) for name, member in value.members}
        case _:
            return unknown(value)


def to_value(value: Any) -> Value:
    """Return a tree from a value that may hold trees inside lists and dictionaries, literals kept whole."""
    if isinstance(value, dict):
        members = {name: to_value(member) for name, member in value.items()}
        if all(isinstance(member, Literal) for member in members.values()):
            return Literal({name: member.value for name, member in members.items() if isinstance(member, Literal)})
        return ObjectOf(tuple(members.items()))
    if isinstance(value, list):
        items = [to_value(item) for item in value]
        if all(isinstance(item, Literal) for item in items):
            return Literal([item.value for item in items if isinstance(item, Literal)])
        return ArrayOf(tuple(items))
    return value if is_value(value) else Literal(value)


def is_value(node: Any) -> TypeGuard[Value]:
    """Return whether a node is a scenario value rather than JSON."""
    return isinstance(node, get_args(Value))


def opened(value: Value) -> Any:
    """Return a tree with its objects and arrays as dictionaries and lists, other nodes as they are."""
    match value:
        case Literal(dict() as members):
            return dict(members)
        case Literal(list() as items):
            return list(items)
        case Literal():
            return value.value
        case ObjectOf():
            return {name: opened(member) for name, member in value.members}
        case ArrayOf():
            return [opened(item) for item in value.items]
        case _:
            return value


def changed(tree: Any, path: Sequence[str | int], change: Callable[[Any], Any]) -> Any:
    """Return an opened tree with the node at `path` replaced, or added, by what `change` makes of it."""
    if not path:
        return change(tree)
    head, *rest = path
    if isinstance(tree, dict):
        return {**tree, str(head): changed(tree.get(str(head)), rest, change)}
    return [changed(item, rest, change) if index == head else item for index, item in enumerate(tree)]
