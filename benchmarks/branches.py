"""Find the branches of an application that answer a status code, and take one of them away.

A branch is a `raise` or `return` of a call that names a status (`raise Problem(409, ...)`,
`raise HTTPException(status_code=404)`, `return Response(status_code=status.HTTP_304_NOT_MODIFIED)`)
under an `if` or an `except`. Redirections and errors (300 to 599) count, successes do not.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_NAMED_STATUS = re.compile(r"^HTTP_([345]\d\d)(?:_|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A place where an application answers a status.

    Attributes:
        file: The module, relative to the application's root.
        line: Where the statement that answers stands, from 1.
        function: The dotted name of what it stands in.
        status: What it answers.
        start: First line of what is taken away, from 1.
        end: Its last line.
        column: The indentation of its first line.
    """

    file: Path
    line: int
    function: str
    status: int
    start: int
    end: int
    column: int


def find_branches(root: Path, folder: Path) -> list[Branch]:
    """Return the branches of all modules below `folder`, by file and line; paths are relative to `root`."""
    return [
        branch
        for file in sorted(folder.rglob("*.py"))
        for branch in branches_of(file.read_text(encoding="utf-8"), file.relative_to(root))
    ]


def branches_of(source: str, file: Path) -> list[Branch]:
    """Return the branches of one module."""
    lines = source.splitlines()
    return [
        Branch(
            file=file,
            line=statement.lineno,
            function=function,
            status=status,
            start=removed.lineno,
            end=removed.end_lineno or removed.lineno,
            column=removed.col_offset,
        )
        for statement, removed, function, status in _walk(ast.parse(source), "", lines)
    ]


def without(source: str, branch: Branch) -> str:
    """Return the module with a `pass` in the branch's place; all other lines keep their numbers."""
    lines = source.splitlines(keepends=True)
    count = branch.end - branch.start + 1
    lines[branch.start - 1 : branch.end] = [" " * branch.column + "pass\n", *["\n"] * (count - 1)]
    return "".join(lines)


def _walk(node: ast.AST, function: str, lines: list[str]) -> Iterator[tuple[ast.stmt, ast.stmt, str, int]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield from _walk(child, f"{function}.{child.name}".lstrip("."), lines)
            continue
        if isinstance(node, ast.If | ast.ExceptHandler) and isinstance(child, ast.Raise | ast.Return):
            status = _status(child)
            if status is not None:
                yield child, _removable(node, child, lines), function, status
        yield from _walk(child, function, lines)


def _removable(parent: ast.If | ast.ExceptHandler, statement: ast.stmt, lines: list[str]) -> ast.stmt:
    """Return the whole `if` where it does nothing else, otherwise the statement alone."""
    alone = isinstance(parent, ast.If) and parent.body == [statement] and not parent.orelse
    if alone and isinstance(parent, ast.If) and lines[parent.lineno - 1][parent.col_offset :].startswith("if"):
        return parent
    return statement


def _status(statement: ast.Raise | ast.Return) -> int | None:
    answer = statement.exc if isinstance(statement, ast.Raise) else statement.value
    calls = [node for node in ast.walk(answer) if isinstance(node, ast.Call)] if answer else []
    for call in calls:
        for value in [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg)]:
            if isinstance(value, ast.Constant) and type(value.value) is int and 300 <= value.value <= 599:
                return value.value
            named = _NAMED_STATUS.match(value.attr) if isinstance(value, ast.Attribute) else None
            if named:
                return int(named.group(1))
    return None
