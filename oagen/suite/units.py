"""A Python module as the units that a person would move: imports, classes, methods, functions, statements."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

_WORD = re.compile(r"[^\W\d]\w*")


class NotDivisible(Exception):  # noqa: N818 - says what the text is; the caller merges by lines instead
    """The text is no Python, or holds two statements on one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """Whole lines of a module that belong together, blank lines and comments before them included.

    Attributes:
        key: Tells the unit from its neighbours, the same in every version of the module.
        name: What a reader calls it: `TestPets`, `test_404_...`; empty for what has no name.
        head: Of a class: its lines before the first method. Otherwise the whole text.
        members: Of a class: what follows the head.
        imported: Of an import: the names it imports, as `(name, alias)`.
    """

    key: str
    name: str = ""
    head: str
    members: tuple[Unit, ...] = ()
    imported: frozenset[tuple[str, str | None]] = frozenset()

    @property
    def text(self) -> str:
        """All its lines."""
        return self.head + "".join(member.text for member in self.members)

    @property
    def is_import(self) -> bool:
        """Whether it imports something."""
        return bool(self.imported)

    @property
    def is_test(self) -> bool:
        """Whether pytest would collect it, going by its name."""
        return self.name.startswith(("test_", "Test"))

    def tests(self) -> Iterator[str]:
        """Yield the names of the tests in it, `TestPets::test_404_...` for the methods of a class."""
        inner = [f"{self.name}::{member.name}" for member in self.members if member.is_test]
        yield from inner or ([self.name] if self.is_test else [])


def divided(text: str) -> tuple[Unit, ...]:
    """Return the units of a module; their texts put together are the module's.

    Raises:
        NotDivisible: The text can't be divided.
    """
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise NotDivisible from error
    lines = re.findall(r"[^\n]*\n|[^\n]+$", text)
    return tuple(_units(tree.body, lines, 0, len(lines)))


def words(texts: Iterable[str]) -> frozenset[str]:
    """Return every identifier-like word in the texts."""
    return frozenset(word for text in texts for word in _WORD.findall(text))


def _units(body: list[ast.stmt], lines: list[str], start: int, end: int) -> Iterator[Unit]:
    seen: dict[str, int] = {}
    found: list[Unit] = []
    for node in body:
        stop = node.end_lineno or node.lineno
        if stop <= start or _first_line(node) <= start:
            raise NotDivisible
        unit = _unit(node, lines, start, stop)
        start = stop
        if not unit.key:  # statements without a name go by what they follow, together
            if found and found[-1].key.startswith("after "):
                found[-1] = replace(found[-1], head=found[-1].head + unit.head)
                continue
            unit = replace(unit, key=f"after {found[-1].key if found else 'nothing'}")
        count = seen[unit.key] = seen.get(unit.key, 0) + 1
        found.append(replace(unit, key=f"{unit.key} ({count})") if count > 1 else unit)
    if start < end:
        found.append(Unit(key="end", head="".join(lines[start:end])))
    yield from found


def _first_line(node: ast.stmt) -> int:
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    return node.lineno


def _unit(node: ast.stmt, lines: list[str], start: int, stop: int) -> Unit:
    whole = "".join(lines[start:stop])
    match node:
        case ast.ClassDef(name=name, body=body):
            methods = next(
                (i for i, item in enumerate(body) if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)), None
            )
            if methods is None:
                return Unit(key=f"class {name}", name=name, head=whole)
            head_end = (body[methods - 1].end_lineno or 0) if methods else _end_of_class_line(node, lines)
            members = tuple(_units(body[methods:], lines, head_end, stop))
            return Unit(key=f"class {name}", name=name, head="".join(lines[start:head_end]), members=members)
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return Unit(key=f"def {name}", name=name, head=whole)
        case ast.Import(names=names):
            imported = frozenset((item.name, item.asname) for item in names)
            return Unit(key=f"import {', '.join(item.name for item in names)}", head=whole, imported=imported)
        case ast.ImportFrom(module=module, names=names, level=level):
            imported = frozenset((item.name, item.asname) for item in names)
            return Unit(key=f"from {'.' * level}{module or ''}", head=whole, imported=imported)
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return Unit(key=f"assign {name}", name=name, head=whole)
        case ast.Expr(value=ast.Constant(value=str())):
            return Unit(key="docstring", head=whole)
        case _:
            return Unit(key="", head=whole)


def _end_of_class_line(node: ast.ClassDef, lines: list[str]) -> int:
    first = _first_line(node.body[0]) - 1  # comments and blank lines before the first method are the method's
    while first > node.lineno and (not lines[first - 1].strip() or lines[first - 1].lstrip().startswith("#")):
        first -= 1
    return first
