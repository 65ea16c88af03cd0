"""What the source of the application's functions says: what they compare, raise and catch, and ask of a result."""

from __future__ import annotations

import ast
import inspect
import linecache
import sys
from collections.abc import Iterator
from types import CodeType, FrameType
from typing import Any

from .places import Place, public_module
from .values import Spec, UntellableError, build, lit, tell

Function = Any
"""An `ast.FunctionDef` or `ast.AsyncFunctionDef`."""


class Sources:
    """The syntax trees of the application's functions, each file parsed once."""

    def __init__(self) -> None:
        self._files: dict[str, dict[int, Function]] = {}
        self._facts: dict[CodeType, dict[str, Any]] = {}

    def tree(self, code: CodeType) -> Function | None:
        """Return the definition of a function; None where its source can't be had."""
        functions = self._files.get(code.co_filename)
        if functions is None:
            functions = self._files[code.co_filename] = dict(_functions(code.co_filename))
        return functions.get(code.co_firstlineno)

    def facts(self, code: CodeType) -> dict[str, Any]:
        """Return the attributes that a function reads, and the constants it compares values with, by their names."""
        known = self._facts.get(code)
        if known is None:
            tree = self.tree(code)
            known = self._facts[code] = {
                "reads": sorted(set(code.co_names)),
                "compares": _compares(tree),
                "keys": _keys(tree),
            }
        return known

    def raised(self, function: Any) -> list[Spec]:
        """Return the exceptions that a function raises by a statement of its own."""
        code = getattr(function, "__code__", None)
        tree = self.tree(code) if code is not None else None
        found: list[Spec] = []
        for node in ast.walk(tree) if tree is not None else ():
            if isinstance(node, ast.Raise) and node.exc is not None:
                spec = _raising(node.exc, function.__globals__)
                if spec is not None and spec not in found:
                    found.append(spec)
        return found

    def caught(self, caller: CodeType, line: int, names: dict[str, Any]) -> list[Any]:
        """Return the classes that handlers around a line of a function catch, innermost first."""
        tree = self.tree(caller)
        found: list[Any] = []
        blocks = [node for node in ast.walk(tree) if isinstance(node, ast.Try)] if tree is not None else []
        for block in reversed(blocks):
            if block.body[0].lineno <= line <= (block.body[-1].end_lineno or 0):
                for handler in block.handlers:
                    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
                    found += [kind for node in types if isinstance(kind := _resolved(node, names), type)]
        return found

    def uses(self, caller: CodeType, line: int, name: str) -> tuple[list[str], list[str]]:
        """Return the keys and the attributes that a function looks up in what `name()` gives on a line."""
        tree = self.tree(caller)
        keys: list[str] = []
        attributes: list[str] = []
        if tree is None:
            return keys, attributes
        parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and node.lineno <= line <= (node.end_lineno or 0)):
                continue
            if _last(node.func) != name:
                continue
            variable = _assigned(_upwards(node, parents)[1], parents)
            for use in ast.walk(tree) if variable is not None else ():
                if not (isinstance(use, ast.Name) and use.id == variable and isinstance(use.ctx, ast.Load)):
                    continue
                above = parents.get(use)
                key = _key(above) or (_key(parents.get(above)) if isinstance(above, ast.Attribute) else None)
                if key is not None:
                    keys.append(key)
                elif isinstance(above, ast.Attribute) and not isinstance(parents.get(above), ast.Call):
                    attributes.append(above.attr)
        return list(dict.fromkeys(keys)), list(dict.fromkeys(attributes))

    def unpacked(self, caller: CodeType, line: int, name: str) -> int:
        """Return into how many names a function takes apart what `name()` gives on a line; 0 where it does not."""
        tree = self.tree(caller)
        if tree is None:
            return 0
        parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Call)
                and node.lineno <= line <= (node.end_lineno or 0)
                and _last(node.func) == name
            ):
                top = _upwards(node, parents)[1]
                variable = _assigned(top, parents)
                uses = [use for use in ast.walk(tree) if isinstance(use, ast.Name) and use.id == variable]
                for value in [top, *uses]:
                    above = parents.get(value)
                    target = above.targets[0] if isinstance(above, ast.Assign) and above.value is value else None
                    if isinstance(target, ast.Tuple):
                        return len(target.elts)
        return 0

    def is_tail(self, caller: CodeType, line: int, name: str) -> bool:
        """Tell whether a function gives back what `name()` gives on a line, as it is."""
        tree = self.tree(caller)
        for node in ast.walk(tree) if tree is not None else ():
            if isinstance(node, ast.Return) and node.lineno <= line <= (node.end_lineno or 0):
                value = node.value.value if isinstance(node.value, ast.Await) else node.value
                if isinstance(value, ast.Call) and _last(value.func) == name:
                    return True
        return False

    def named(self, caller: FrameType, line: int) -> Place | None:
        """Return the function that is called by name on a line: one whose own frames do not say where it is held."""
        tree = self.tree(caller.f_code)
        names = [
            node.func.id
            for node in (ast.walk(tree) if tree is not None else ())
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.lineno <= line <= (node.end_lineno or 0)
        ]
        for name in names:
            for node in ast.walk(tree) if tree is not None else ():
                if isinstance(node, ast.ImportFrom) and not node.level:
                    module = sys.modules.get(node.module or "")
                    for alias in node.names:
                        held = getattr(module, alias.name, None)
                        if (alias.asname or alias.name) == name and inspect.isfunction(held):
                            return Place(str(node.module), alias.name, inspect.unwrap(held), module, None)
            held = caller.f_globals.get(name)
            if inspect.isfunction(held):
                module_name = str(caller.f_globals.get("__name__"))
                return Place(module_name, name, inspect.unwrap(held), sys.modules.get(module_name), None)
        return None

    def chains(self, caller: CodeType, line: int, name: str) -> list[list[str]]:
        """Return the calls that a function chains on what `name()` gives on a line: `[["scalars", "all"]]`."""
        tree = self.tree(caller)
        if tree is None:
            return []
        parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
        found: list[list[str]] = []
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Call)
                and node.lineno <= line <= (node.end_lineno or 0)
                and _last(node.func) == name
            ):
                path, top = _upwards(node, parents)
                variable = _assigned(top, parents)
                if not path and variable is not None:
                    for use in ast.walk(tree):
                        if isinstance(use, ast.Name) and use.id == variable and isinstance(use.ctx, ast.Load):
                            path, _ = _upwards(use, parents)
                            if path and path not in found:
                                found.append(path)
                elif path not in found:
                    found.append(path)
        return found


def tree_of(function: Any, sources: Sources) -> Function | None:
    """Return the definition of a function; None where its source can't be had."""
    code = getattr(function, "__code__", None)
    return sources.tree(code) if code is not None else None


def _functions(filename: str) -> Iterator[tuple[int, Function]]:
    try:
        tree = ast.parse("".join(linecache.getlines(filename)), filename)
    except (SyntaxError, ValueError, RecursionError):
        return
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield min([node.lineno, *(item.lineno for item in node.decorator_list)]), node


def _compares(tree: Function | None) -> dict[str, list[Spec]]:
    found: dict[str, list[Spec]] = {}
    for node in ast.walk(tree) if tree is not None else ():
        if not isinstance(node, ast.Compare):
            continue
        sides = [node.left, *node.comparators]
        names = [name for side in sides if (name := _field(side)) is not None]
        constants = [spec for side in sides for spec in _constants(side)]
        for name in names:
            held = found.setdefault(name, [])
            held += [spec for spec in constants if spec not in held]
    return found


def _keys(tree: Function | None) -> list[str]:
    """Return the keys that a function looks up, in the order of its source."""
    asked = [node for node in ast.walk(tree) if isinstance(node, (ast.Subscript, ast.Call))] if tree is not None else []
    found = [_field(node) for node in asked]
    return list(dict.fromkeys(key for key in found if key is not None))[:8]


def _field(node: ast.expr) -> str | None:
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
        return node.slice.value
    if (
        isinstance(node, ast.Call)
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and _last(node.func) == "get"
    ):
        return node.args[0].value if isinstance(node.args[0].value, str) else None
    return None


def _key(node: ast.AST | None) -> str | None:
    """Return the text that a subscript, or a call of `get`, looks up."""
    return _field(node) if isinstance(node, (ast.Subscript, ast.Call)) else None


def _constants(node: ast.expr) -> list[Spec]:
    items = node.elts if isinstance(node, (ast.Tuple, ast.List, ast.Set)) else [node]
    return [spec for item in items if isinstance(item, ast.Constant) and (spec := tell(item.value)) is not None]


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _upwards(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> tuple[list[str], ast.AST]:
    """Return the names of the calls chained on an expression, and the outermost of them."""
    path: list[str] = []
    while True:
        above = parents.get(node)
        if isinstance(above, ast.Await):
            node = above
        elif isinstance(above, ast.Attribute) and isinstance(parents.get(above), ast.Call):
            call = parents[above]
            if not (isinstance(call, ast.Call) and call.func is above):
                return path, node
            path.append(above.attr)
            node = call
        else:
            return path, node


def _assigned(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> str | None:
    above = parents.get(node)
    if isinstance(above, ast.Assign) and len(above.targets) == 1 and isinstance(above.targets[0], ast.Name):
        return above.targets[0].id
    if isinstance(above, (ast.AnnAssign, ast.NamedExpr)) and isinstance(above.target, ast.Name):
        return above.target.id
    return None


# -- exceptions -----------------------------------------------------------------------------------------------------


def _raising(node: ast.expr, names: dict[str, Any]) -> Spec | None:
    kind = _resolved(node.func if isinstance(node, ast.Call) else node, names)
    if not (isinstance(kind, type) and issubclass(kind, BaseException)):
        return None
    arguments = [_argument(item, names) for item in node.args] if isinstance(node, ast.Call) else []
    keywords = (
        {item.arg: _argument(item.value, names) for item in node.keywords if item.arg}
        if isinstance(node, ast.Call)
        else {}
    )
    return exception_spec(kind, arguments, keywords)


def exception_spec(kind: Any, arguments: Any = (), keywords: Any = None) -> Spec | None:
    """Return how an exception is made: as the source makes it, else with as little as it takes."""
    module = public_module(kind) or kind.__module__
    of = f"{module}:{kind.__qualname__}"
    attempts: list[tuple[list[Spec], dict[str, Spec]]] = [(list(arguments), dict(keywords or {})), ([], {})]
    attempts += [([lit("it failed")], {}), ([lit("it failed"), lit(None), build_error()], {})]
    for given, named in attempts:
        spec: Spec = {"k": "call", "of": of}
        if given:
            spec["args"] = given
        if named:
            spec["kw"] = named
        try:
            if isinstance(build(spec), BaseException):
                return spec
        except UntellableError:
            continue
    return None


def build_error() -> Spec:
    """Return what database errors wrap."""
    return {"k": "call", "of": "builtins:Exception", "args": [lit("it failed")]}


def _argument(node: ast.expr, names: dict[str, Any]) -> Spec:
    if isinstance(node, ast.Constant):
        return tell(node.value) or lit(None)
    if isinstance(node, ast.JoinedStr):
        parts = [str(item.value) if isinstance(item, ast.Constant) else "..." for item in node.values]
        return lit("".join(parts))
    found = _resolved(node, names)
    return (tell(found) if found is not None else None) or lit("it failed")


def _resolved(node: ast.expr | None, names: dict[str, Any]) -> Any:
    if isinstance(node, ast.Name):
        import builtins

        return names.get(node.id, getattr(builtins, node.id, None))
    if isinstance(node, ast.Attribute):
        return getattr(_resolved(node.value, names), node.attr, None)
    return None
