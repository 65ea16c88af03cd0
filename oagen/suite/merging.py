"""Merge what was newly generated into a file that its user may have edited.

Three versions meet: *base*, which was generated last; *ours*, which is on disk; *theirs*, which was generated now.
Python is merged by its units (see `units`), so that a test can arrive next to an edited one, and other text by lines.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace

from oagen.suite.import_merging import merged_imports
from oagen.suite.line_merging import merged_lines
from oagen.suite.resolution import Resolution
from oagen.suite.units import NotDivisible, Unit, divided, words
from oagen.suite.weaving import woven

Units = tuple[Unit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeRules:
    """How a merge decides.

    Attributes:
        restore: What the user took away comes back.
        needed: Names that tests use which are kept although they left the document; what bears such a name is kept.
        superseded: Tests whose response is documented as before and has others now; they go unless they were edited.
    """

    resolution: Resolution = Resolution.KEEP_AND_REPORT
    restore: bool = False
    needed: frozenset[str] = frozenset()
    superseded: frozenset[str] = frozenset()


@dataclass(slots=True, kw_only=True)
class Merged:
    """The result of a merge.

    Attributes:
        text: What the file is to hold.
        base: What the next merge is to take as generated last: the new text, but the old one where a conflict is not
            settled, and with the tests that left the document.
        conflicts: What was changed on both sides, `TestPets::test_404_...`; empty text for the file as a whole.
        obsolete: Tests that left the document, and are kept.
        removed: Tests that the user took away, and that stay away.
    """

    text: str
    base: str
    conflicts: list[str] = field(default_factory=list)
    obsolete: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)


def merge(path: str, base: str, ours: str, theirs: str, rules: MergeRules | None = None) -> Merged:
    """Return the three versions of one file merged; the user's changes are never lost unless the rules say so."""
    rules = rules or MergeRules()
    if path.endswith(".py"):
        try:
            return _PythonMerge(rules).modules(divided(base), divided(ours), divided(theirs))
        except NotDivisible:
            pass
    result = Merged(text=ours, base=theirs)
    merged = merged_lines(base, ours, theirs)
    if merged is not None:
        result.text = merged
    elif rules.resolution is Resolution.GENERATED:
        result.text = theirs
    elif rules.resolution is Resolution.KEEP_AND_REPORT:
        result.base = base
        result.conflicts.append("")
    return result


def departed(base: str, theirs: str) -> tuple[Unit, ...]:
    """Return the units, methods included, that the new text no longer has."""
    try:
        before, after = divided(base), divided(theirs)
    except NotDivisible:
        return ()
    present = {unit.key: unit for unit in after}
    gone: list[Unit] = []
    for unit in before:
        if unit.is_import or unit.key == "end":
            continue
        if (now := present.get(unit.key)) is None:
            gone.append(unit)
        else:
            kept = {member.key for member in now.members}
            gone.extend(member for member in unit.members if member.key not in kept)
    return tuple(gone)


class _PythonMerge:
    """The merge of one module, which collects what it reports."""

    def __init__(self, rules: MergeRules) -> None:
        self._rules = rules
        self._report = Merged(text="", base="")
        self._dropped: list[str] = []

    def modules(self, base: Units, ours: Units, theirs: Units) -> Merged:
        body, body_base = self._units(_body(base), _body(ours), _body(theirs), "")
        used = words(unit.text for unit in body)
        if missing := used.intersection(self._dropped):  # what stays uses what was to go
            rules = replace(self._rules, needed=self._rules.needed | missing)
            return _PythonMerge(rules).modules(base, ours, theirs)
        made = words(unit.text for unit in _body(theirs))
        imports, imports_base = merged_imports(_imports(base), _imports(ours), _imports(theirs), used, made)
        text = _assembled([*imports, *body], ours, theirs)
        try:
            ast.parse(text)
        except SyntaxError as error:
            raise NotDivisible from error
        return replace(self._report, text=text, base=_assembled([*imports_base, *body_base], theirs, base))

    def _units(self, base: Units, ours: Units, theirs: Units, owner: str) -> tuple[list[Unit], list[Unit]]:
        """Return the merged units, and those of the next base, in order."""
        before, mine, new = ({unit.key: unit for unit in units} for units in (base, ours, theirs))
        merged: dict[str, Unit] = {}
        next_base: dict[str, Unit] = {}
        for key in dict.fromkeys([*mine, *new, *before]):
            unit, its_base = self._unit(before.get(key), mine.get(key), new.get(key), owner)
            if unit is not None:
                merged[key] = unit
            if its_base is not None:
                next_base[key] = its_base
        order = woven(list(mine), list(new))
        base_order = woven(list(new), list(before))
        return [merged[key] for key in order if key in merged], [
            next_base[key] for key in base_order if key in next_base
        ]

    def _unit(
        self, base: Unit | None, ours: Unit | None, theirs: Unit | None, owner: str
    ) -> tuple[Unit | None, Unit | None]:
        match base, ours, theirs:
            case None, None, Unit():
                return theirs, theirs
            case None, Unit(), None:
                return ours, None
            case Unit(), None, Unit():
                if self._rules.restore:
                    return theirs, theirs
                self._report.removed.extend(owner + test for test in theirs.tests())
                return None, theirs
            case Unit(), Unit(), None:
                return self._departed(base, ours, owner)
            case Unit(), Unit(), Unit() if base.members and ours.members and theirs.members:
                return self._class(base, ours, theirs, owner)
            case _, Unit(), Unit():
                return self._text(base and _flat(base), _flat(ours), _flat(theirs), owner)
            case _:
                return None, None

    def _departed(self, base: Unit, ours: Unit, owner: str) -> tuple[Unit | None, Unit | None]:
        """Decide on what the generator no longer makes: tests stay, other things where they are needed or edited."""
        if ours.is_test:
            tests = [owner + test for test in ours.tests()]
            if ours.text == base.text and self._rules.superseded.issuperset(tests):
                return None, None
            self._report.obsolete.extend(tests)
            return ours, base
        if ours.text != base.text or (ours.name and ours.name in self._rules.needed):
            return ours, base
        self._dropped.append(ours.name)
        return None, None

    def _class(self, base: Unit, ours: Unit, theirs: Unit, owner: str) -> tuple[Unit, Unit]:
        head, head_base = self._text(base, ours, theirs, owner)
        inner = f"{owner}{ours.name}::"
        members, members_base = self._units(base.members, ours.members, theirs.members, inner)
        return (
            replace(ours, head=head.head, members=tuple(_apart(members, "\n"))),
            replace(theirs, head=(head_base or base).head, members=tuple(members_base)),
        )

    def _text(self, base: Unit | None, ours: Unit, theirs: Unit, owner: str) -> tuple[Unit, Unit | None]:
        """Merge the heads of three units; the members are those of ours."""
        if ours.head == theirs.head:
            return ours, theirs
        merged = merged_lines(base.head, ours.head, theirs.head) if base else None
        if merged is not None:
            return replace(ours, head=merged), theirs
        match self._rules.resolution:
            case Resolution.MINE:
                return ours, theirs
            case Resolution.GENERATED:
                return replace(ours, head=theirs.head), theirs
            case Resolution.KEEP_AND_REPORT:
                self._report.conflicts.append(owner + (ours.name or ours.key))
                return ours, base


def _flat(unit: Unit) -> Unit:
    return replace(unit, head=unit.text, members=())


def _imports(units: Units) -> Units:
    return tuple(unit for unit in units if unit.is_import)


def _body(units: Units) -> Units:
    return tuple(unit for unit in units if not unit.is_import)


def _assembled(units: list[Unit], first: Units, second: Units) -> str:
    """Return the text of units in the order of the first version, what only the second has in its place there."""
    by_key = {unit.key: unit for unit in units}
    order = woven([unit.key for unit in first], [unit.key for unit in second])
    texts = [unit.text for unit in _apart([by_key[key] for key in order if key in by_key], "\n\n")]
    return "".join(text if text.endswith("\n") else text + "\n" for text in texts).lstrip("\n")


def _apart(units: list[Unit], blank: str) -> list[Unit]:
    """Return the units with blank lines before each definition that is no longer the first one."""
    return [
        replace(unit, head=blank + unit.head)
        if index and unit.key.startswith(("def ", "class ")) and not unit.head.startswith("\n")
        else unit
        for index, unit in enumerate(units)
    ]
