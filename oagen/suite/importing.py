"""Import statements of generated modules, in the order that ruff and isort want."""

from __future__ import annotations

import re
from collections.abc import Iterable

from oagen.suite.expressions import Imports
from oagen.suite.python_source import PythonSource

_GAP = PythonSource("")


def import_statements(
    imports: Imports, *, package: bool, depth: int, others: Iterable[PythonSource] = ()
) -> list[PythonSource]:
    """Return the imports of a module: of other packages first, then of the suite's own modules.

    Args:
        package: The suite is a package, so its modules are imported relatively.
        depth: Folders between the module and the suite's folder.
        others: Import statements of other packages, in order.
    """
    own = [
        own_import(module, names, package=package, depth=depth)
        for module, names in (
            ("factories", imports.factories),
            ("given", imports.given),
            ("support", imports.support),
        )
        if names
    ]
    others = list(others)
    return [*others, *([_GAP] if others and own else []), *own]


def own_import(module: str, names: Iterable[str], *, package: bool, depth: int) -> PythonSource:
    """Return the statement that imports names of one of the suite's own modules."""
    where = "." * (depth + 1) + module if package else module
    return PythonSource(f"from {where} import {', '.join(sorted(names, key=member_order))}")


def member_order(name: str) -> tuple[int, list[tuple[int, str]]]:
    """Order as ruff does: CONSTANTS, Classes, functions; numbers in names by value."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    pieces = re.split(r"(\d+)", name)
    return kind, [(int(piece), "") if piece.isdecimal() else (0, piece) for piece in pieces]


def contract_import(*, package: bool) -> list[PythonSource]:
    """Return the import of the contract folder's own module, apart from those of a suite that is no package."""
    return [*([] if package else [_GAP]), PythonSource("from .checking import Contract")]
