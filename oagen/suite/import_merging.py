"""Merge the imports of a module as sets of names, so that neighbouring lines do not conflict."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from oagen.suite.formatting import LINE_LENGTH
from oagen.suite.units import Unit
from oagen.suite.weaving import woven


def merged_imports(
    base: Iterable[Unit], ours: Iterable[Unit], theirs: Iterable[Unit], used: frozenset[str], generated: frozenset[str]
) -> tuple[list[Unit], list[Unit]]:
    """Return the merged import statements, and those of the next base.

    A name that the generator no longer imports stays while the module uses it; one that the user took away comes
    back where the module uses it; one that only tests use which the user took away goes with them.

    Args:
        used: Words of the merged module's body.
        generated: Words of the newly generated module's body.
    """
    before, mine, new = ({unit.key: unit for unit in units} for units in (base, ours, theirs))
    merged: dict[str, Unit] = {}
    for key in dict.fromkeys([*mine, *new]):
        unit = _merged(before.get(key), mine.get(key), new.get(key), used, generated)
        if unit is not None:
            merged[key] = unit
    return [merged[key] for key in woven(list(mine), list(new)) if key in merged], list(new.values())


def _merged(
    base: Unit | None, ours: Unit | None, theirs: Unit | None, used: frozenset[str], generated: frozenset[str]
) -> Unit | None:
    before, mine, new = (unit.imported if unit else frozenset() for unit in (base, ours, theirs))
    names = {name for name in mine | new if _stays(name, before, mine, new, used=used, generated=generated)}
    if not names:
        return None
    for unit in (ours, theirs):
        if unit is not None and names == unit.imported:
            return unit
    pattern = ours or theirs
    assert pattern is not None
    return _with_names(pattern, names)


def _stays(
    name: tuple[str, str | None],
    before: frozenset[tuple[str, str | None]],
    mine: frozenset[tuple[str, str | None]],
    new: frozenset[tuple[str, str | None]],
    *,
    used: frozenset[str],
    generated: frozenset[str],
) -> bool:
    bound = name[1] or name[0].partition(".")[0]
    if name in mine and name in new:
        return bound in used or bound not in generated
    if name not in before:
        return name in mine or bound in used or bound not in generated  # one side has added it
    return bound in used


def _with_names(unit: Unit, names: set[tuple[str, str | None]]) -> Unit:
    leading = re.match(r"(?:[ \t]*(?:#[^\n]*)?\n)*", unit.head)
    before = leading[0] if leading else ""
    ordered = sorted(names, key=lambda name: (_kind(name[0]), name[0]))
    parts = [f"{name} as {alias}" if alias else name for name, alias in ordered]
    line = f"{unit.key.partition(' (')[0]} import {', '.join(parts)}"
    if len(line) > LINE_LENGTH:
        line = f"{unit.key.partition(' (')[0]} import (\n" + "".join(f"    {part},\n" for part in parts) + ")"
    if not unit.key.startswith("from "):
        line = f"import {', '.join(parts)}"
    return replace(unit, head=f"{before}{line}\n", imported=frozenset(names))


def _kind(name: str) -> int:
    """Sort as isort and ruff do: constants, then classes, then the rest."""
    if name.isupper() and len(name) > 1:
        return 0
    return 1 if name[:1].isupper() else 2
