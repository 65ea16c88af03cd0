"""Which files of a project a Python file rests on: itself, and what it imports, however far."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

_DEPTH = 12  # folders above a file in which its imports are looked for


class ImportGraph:
    """The imports between the files of a project; what lies outside does not count.

    Args:
        root: The project's folder, or the repository's.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._imports = cache(self._imported)

    def closure(self, file: Path) -> frozenset[Path]:
        """Return a file and all that it imports, as resolved paths."""
        waiting, found = [file.resolve()], set[Path]()
        while waiting:
            current = waiting.pop()
            if current not in found and current.is_relative_to(self._root):
                found.add(current)
                waiting.extend(self._imports(current))
        return frozenset(found)

    def _imported(self, file: Path) -> tuple[Path, ...]:
        try:
            tree = ast.parse(file.read_bytes())
        except (OSError, SyntaxError, ValueError):
            return ()
        found: dict[Path, None] = {}
        for node in ast.walk(tree):
            for folder, name in _modules(node, file):
                if place := self._place(folder, name, file):
                    found[place] = None
        return tuple(found)

    def _place(self, folder: Path | None, name: str, file: Path) -> Path | None:
        """Return the file of a module: below a folder, or below one of those around the file that imports it."""
        parts = name.split(".") if name else []
        around = [folder] if folder is not None else [*file.parents][:_DEPTH]
        for start in around:
            if start == self._root.parent:
                break
            stem = start.joinpath(*parts)
            for candidate in (stem.with_suffix(".py") if parts else None, stem / "__init__.py"):
                if candidate is not None and candidate.is_file():
                    return candidate.resolve()
        return None


def _modules(node: ast.AST, file: Path) -> Iterator[tuple[Path | None, str]]:
    """Yield what a statement may import: a folder that is meant (None: any around the file), and a dotted name."""
    match node:
        case ast.Import(names=names):
            yield from ((None, alias.name) for alias in names)
        case ast.ImportFrom(module=module, names=names, level=level):
            folder = None if level == 0 else file.parents[min(level, len(file.parents)) - 1]
            if module:
                yield folder, module
            for alias in names:
                yield folder, f"{module}.{alias.name}" if module else alias.name
