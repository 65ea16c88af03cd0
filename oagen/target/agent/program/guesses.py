"""What a function without annotations might give back: by what its source returns, and what its callers do with it."""

from __future__ import annotations

import ast
from types import CodeType
from typing import Any

from .proposing import IDENTIFIER, Outcome, Proposer
from .source import Sources, tree_of
from .values import Spec, lit, tell

_NUMBERS = frozenset({"lastrowid", "rowcount", "id", "pk", "inserted_id", "count"})
_MAY_MISS = frozenset({"first", "one_or_none", "scalar_one_or_none", "fetchone", "find_one"})
_MOST_KEYS = 12
_LARGEST = 2000  # characters of an example of an answer


class Guesses:
    """Guesses values.

    Attributes:
        shape: An example of the operation's successful answer, None where there is none.
    """

    def __init__(self, proposer: Proposer, sources: Sources) -> None:
        self._proposer = proposer
        self._sources = sources
        self.shape: Any = None

    def outcomes(self, function: Any, name: str, caller: CodeType | None, line: int) -> list[Outcome]:
        """Return what a function of the application might give back, the likeliest first."""
        tree = tree_of(function, self._sources)
        if tree is None or not isinstance(function.__name__, str):
            return []
        if "<locals>" in getattr(function, "__qualname__", ""):  # what wraps another says nothing of what that gives
            return [{"return": spec} for spec in self._shaped(name)]
        returned = [node.value for node in _own(tree) if isinstance(node, ast.Return)]
        if not any(value is not None and not _is_none(value) for value in returned):
            return [{"return": lit(None)}]
        found = [spec for value in returned if value is not None and (spec := self._told(value)) is not None]
        if not any(spec != lit(None) for spec in found):
            found = [*self._by_use(caller, line, name), *self._shaped(name), *found]
        if any(value is None or _may_be_none(value) for value in returned) or _falls_through(tree):
            found.append(lit(None))
        return [{"return": spec} for index, spec in enumerate(found) if spec not in found[:index]]

    def looks_up(self, function: Any) -> bool:
        """Tell whether a function gives back what a query may not find, whatever it says."""
        tree = tree_of(function, self._sources)
        for node in _own(tree) if tree is not None else ():
            value = node.value if isinstance(node, ast.Return) else None
            value = value.value if isinstance(value, ast.Await) else value
            if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr in _MAY_MISS:
                return True
        return False

    def _told(self, node: ast.expr) -> Spec | None:
        """Return a value for an expression that is returned; None where nothing is known of it."""
        if isinstance(node, ast.IfExp):
            return self._told(node.body)
        if isinstance(node, (ast.Compare, ast.BoolOp)) or (
            isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)
        ):
            return lit(True) if not isinstance(node, ast.BoolOp) else None  # noqa: FBT003
        if isinstance(node, ast.Constant):
            return tell(node.value)
        if isinstance(node, ast.Dict):
            pairs = [
                (key.value, value)
                for key, value in zip(node.keys, node.values)
                if isinstance(key, ast.Constant) and isinstance(key.value, str)
            ]
            told = {key: self._told(value) for key, value in pairs[:_MOST_KEYS]}
            items = [[lit(key), told[key] or self._proposer.example(key)] for key in told]
            return {"k": "dict", "items": items}
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "bool":
            return lit(True)  # noqa: FBT003
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("int", "len"):
            return lit(1)
        if isinstance(node, ast.Attribute) and node.attr in _NUMBERS:
            return lit(IDENTIFIER)
        if isinstance(node, ast.ListComp) and isinstance(node.elt, ast.Dict):
            item = self._told(node.elt)
            return {"k": "list", "items": [item]} if item is not None else None
        return None

    def _dict(self, names: list[str]) -> Spec:
        return {"k": "dict", "items": [[lit(name), self._proposer.example(name)] for name in names[:_MOST_KEYS]]}

    def _by_use(self, caller: CodeType | None, line: int, name: str) -> list[Spec]:
        if caller is None:
            return []
        keys, attributes = self._sources.uses(caller, line, name)
        found: list[Spec] = []
        if attributes:
            members = {member: self._proposer.example(member) for member in attributes[:_MOST_KEYS]}
            found.append({"k": "ns", "kw": members})
        if keys:
            shape = self.shape if isinstance(self.shape, dict) else {}
            found.append(self._dict(list(dict.fromkeys([*keys, *shape]))))
        return found

    def by_shape(self, name: str) -> list[Outcome]:
        """Return what the operation's answer looks like, as a function of this name may give it."""
        return [{"return": spec} for spec in self._shaped(name) if spec["k"] == "dict"]

    def _shaped(self, name: str) -> list[Spec]:
        shape = self.shape
        many = "all" in name or "list" in name or name.endswith("s")
        if isinstance(shape, dict):
            lists = [value for value in shape.values() if isinstance(value, list)]
            options = [*lists, shape] if many else [shape, *lists]
        else:
            options = [shape] if shape is not None else []
        if many:
            options.append([])
        return [_json(item) for item in options if len(str(item)) <= _LARGEST]


def _json(value: Any) -> Spec:
    if isinstance(value, dict):
        return {"k": "dict", "items": [[lit(key), _json(item)] for key, item in value.items()]}
    return {"k": "list", "items": [_json(item) for item in value]} if isinstance(value, list) else lit(value)


def _own(tree: Any) -> list[ast.AST]:
    """Return the nodes of a function, those of functions inside it left out."""
    found: list[ast.AST] = []
    waiting = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            continue
        found.append(node)
        waiting += list(ast.iter_child_nodes(node))
    return found


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _may_be_none(node: ast.expr) -> bool:
    return _is_none(node) or (isinstance(node, ast.IfExp) and (_is_none(node.orelse) or _is_none(node.body)))


def _falls_through(tree: Any) -> bool:
    """Tell whether a function may end without a return."""
    return not isinstance(tree.body[-1], (ast.Return, ast.Raise, ast.With, ast.AsyncWith, ast.Try, ast.If))
