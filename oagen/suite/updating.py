"""Decide what an update of a suite writes, and what it leaves to its user."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from oagen.errors import OutputError
from oagen.learn.model import Learned
from oagen.outcomes.model import Outcomes
from oagen.suite.file_system import FileSystem
from oagen.suite.manifest import MANIFEST, TEXTS, GeneratedFile, Manifest, dump_manifest, load_manifest
from oagen.suite.matrix import Matrix
from oagen.suite.merging import MergeRules, departed, merge
from oagen.suite.resolution import Resolution
from oagen.suite.units import NotDivisible, Unit, divided, words
from oagen.suite.writing import STAGING, FileChange, manifest_changes, place_of

_UNKNOWN = frozenset({""})
_NOBODYS = frozenset({STAGING, "__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".DS_Store", ".gitkeep"})


@dataclass(slots=True, kw_only=True)
class Update:
    """What an update does; nothing has been written yet.

    Attributes:
        changes: Files to write, the manifest's included.
        conflicts: What the user and the generator both changed, as `path` or `path::TestX::test_y`; left as it is.
        obsolete: Tests that left the document, and are kept.
        removed: Tests and files that the user took away, and that stay away.
        stale: A file of the suite, or what the manifest says of it, is not as it would be generated now.
    """

    folder: Path
    changes: list[FileChange] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    obsolete: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    stale: bool = False

    @property
    def is_clean(self) -> bool:
        """Whether the suite on disk is up to date."""
        return not self.stale and not self.conflicts

    @property
    def files(self) -> list[FileChange]:
        """The changes, without the manifest's own files."""
        return [change for change in self.changes if change.path not in (MANIFEST, TEXTS)]

    def diff(self) -> Iterator[str]:
        """Yield the lines of a unified diff from what is on disk to what would be written."""
        for change in self.files:
            before = (change.before or b"").decode("utf-8", "replace").splitlines(keepends=True)
            after = change.after.decode("utf-8", "replace").splitlines(keepends=True)
            source = "/dev/null" if change.before is None else f"a/{change.path}"
            for line in difflib.unified_diff(before, after, source, f"b/{change.path}"):
                yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def plan_update(
    folder: Path,
    generated: Mapping[str, str],
    *,
    user_owned: frozenset[str],
    document: str,
    matrix: Matrix,
    learned: Learned | None = None,
    outcomes: Outcomes | None = None,
    rules: MergeRules | None = None,
    file_system: FileSystem | None = None,
) -> Update:
    """Return what it takes to bring the suite in a folder up to date.

    Args:
        generated: Every file's text by path relative to the folder.
        user_owned: Those that are only written where they are missing.
        document: Name of the API description, for the manifest.
        learned: What a live target has shown, for the manifest.
        outcomes: Those of collaborators, for the manifest.

    Raises:
        OutputError: The folder holds somebody else's files, or a file can't be read or stands in the way.
        StoreError: The manifest is damaged.
    """
    return _Planner(folder, generated, rules or MergeRules(), file_system or FileSystem()).plan(
        user_owned, document, matrix, learned, outcomes
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _OnDisk:
    """A file as its user left it; `text` is None where it is no text."""

    data: bytes
    text: str | None
    newline: str

    def encoded(self, text: str) -> bytes:
        return text.replace("\n", self.newline).encode()


class _Planner:
    def __init__(self, folder: Path, generated: Mapping[str, str], rules: MergeRules, files: FileSystem) -> None:
        self._folder = folder
        self._generated = generated
        self._rules = replace(rules, needed=_UNKNOWN)
        self._files = files
        self._update = Update(folder=folder)
        self._manifest = self._own_manifest()
        self._records: dict[str, GeneratedFile] = {}
        self._disk: dict[str, _OnDisk | None] = {}
        self._kept: list[str] = []
        self._superseded: frozenset[str] = frozenset()

    def plan(
        self,
        user_owned: frozenset[str],
        document: str,
        matrix: Matrix,
        learned: Learned | None,
        outcomes: Outcomes | None,
    ) -> Update:
        before = self._manifest.files if self._manifest else {}
        if self._manifest is not None:
            self._superseded = _superseded(self._manifest.matrix, matrix)
        paths = sorted({*self._generated, *before}, key=lambda path: (not _holds_tests(path), path))
        for path in paths:
            self._disk[path] = self._read(path)
        for path in paths:  # tests first: they tell what has to stay in the other modules
            if not _holds_tests(path) and self._rules.needed is _UNKNOWN:
                self._rules = replace(self._rules, needed=self._needed())
            self._plan_file(path, before.get(path), owned=path in user_owned)
        self._update.changes.sort(key=lambda change: change.path)
        manifest = Manifest(document=document, files=self._records, matrix=matrix, learned=learned, outcomes=outcomes)
        self._update.stale = bool(self._update.changes) or not _same(manifest, self._manifest)
        self._update.changes.extend(manifest_changes(self._folder, manifest, self._files))
        return self._update

    def _own_manifest(self) -> Manifest | None:
        if not self._folder.exists():
            return None
        if not self._folder.is_dir():
            raise OutputError(f"{self._folder} is a file, not a folder", hint="choose another --out")
        try:
            strangers = [entry.name for entry in self._folder.iterdir() if entry.name not in _NOBODYS]
        except OSError as error:
            raise OutputError(f"{self._folder} can't be read: {error.strerror}") from error
        manifest = load_manifest(self._folder, self._files)
        if manifest is None and strangers:
            message = f"{self._folder} holds other files ({min(strangers)!r}), and no manifest of oagen"
            raise OutputError(message, hint="choose an empty or new folder with --out; nothing was written")
        return manifest

    def _read(self, path: str) -> _OnDisk | None:
        place = place_of(self._folder, path)
        try:
            data = self._files.read(place)
        except OSError as error:
            raise OutputError(f"{place} can't be read: {error.strerror}") from error
        if data is None:
            return None
        newline = "\r\n" if b"\r\n" in data else "\n"
        try:
            text = data.decode("utf-8").replace("\r\n", "\n")
        except UnicodeDecodeError:
            text = None
        return _OnDisk(data=data, text=text, newline=newline)

    def _base(self, path: str, record: GeneratedFile) -> str | None:
        """Return the text that was generated last, from the disk where it is still there unchanged."""
        disk = self._disk[path]
        if disk is not None and disk.text is not None and GeneratedFile.of(disk.text, record) is record:
            return disk.text
        return record.text()

    def _needed(self) -> frozenset[str]:
        """Return the names used by what stays although the generator no longer makes it, or never did."""
        before = self._manifest.files if self._manifest else {}
        support: list[Unit] = []
        for path, record in before.items():
            theirs = self._generated.get(path)
            if path.endswith(".py") and not _holds_tests(path) and theirs is not None:
                new = GeneratedFile.of(theirs, record)
                support.extend(departed(self._base(path, record) or "", theirs) if new is not record else ())
        needed = words([*self._kept, *self._texts_of_the_user()]) if support else frozenset()
        while more := [unit for unit in support if unit.name in needed]:
            support = [unit for unit in support if unit.name not in needed]
            needed |= words(unit.text for unit in more)
        return needed

    def _texts_of_the_user(self) -> Iterator[str]:
        """Yield the Python files that somebody else has put into the suite's folder."""
        for file in sorted(self._folder.rglob("*.py")):
            if file.relative_to(self._folder).as_posix() not in self._disk:
                yield (self._files.read(file) or b"").decode("utf-8", "replace")

    def _write(self, path: str, text: str, disk: _OnDisk | None) -> None:
        after = disk.encoded(text) if disk else text.encode()
        before = disk.data if disk else None
        if after != before:
            self._update.changes.append(FileChange(path=path, before=before, after=after))

    def _plan_file(self, path: str, record: GeneratedFile | None, *, owned: bool) -> None:
        theirs, disk = self._generated.get(path), self._disk[path]
        if owned:
            self._keep(disk)
            if disk is None and theirs is not None:
                self._write(path, theirs, None)
        elif theirs is None:
            if record is not None and disk is not None:
                self._keep(disk)
                self._records[path] = record
                self._update.obsolete.extend(self._tests_in(path, disk))
        elif disk is None:
            self._records[path] = GeneratedFile.of(theirs, record)
            if record is None or self._rules.restore:
                self._write(path, theirs, None)
            else:
                self._update.removed.append(path)
        else:
            self._merge(path, record, theirs, disk)

    def _merge(self, path: str, record: GeneratedFile | None, theirs: str, disk: _OnDisk) -> None:
        new = GeneratedFile.of(theirs, record)
        if disk.text == theirs:
            self._records[path] = new
            return
        if new is record and not self._rules.restore:
            self._keep(disk)
            self._records[path] = new
            return
        base = self._base(path, record) if record else None
        if base is None or disk.text is None:
            self._settle_whole(path, record, theirs, disk)
            return
        if disk.text == base and not departed(base, theirs):
            self._records[path] = new
            self._write(path, theirs, disk)
            return
        superseded = frozenset(test.removeprefix(f"{path}::") for test in self._superseded)
        merged = merge(path, base, disk.text, theirs, replace(self._rules, superseded=superseded))
        self._kept.append(merged.text)
        self._records[path] = GeneratedFile.of(merged.base, new)
        self._write(path, merged.text, disk)
        self._update.conflicts.extend(_named(path, name) for name in merged.conflicts)
        self._update.removed.extend(_named(path, name) for name in merged.removed)
        if _holds_tests(path):
            self._update.obsolete.extend(_named(path, name) for name in merged.obsolete)

    def _keep(self, disk: _OnDisk | None) -> None:
        if disk is not None:
            self._kept.append(disk.text or "")

    def _settle_whole(self, path: str, record: GeneratedFile | None, theirs: str, disk: _OnDisk) -> None:
        """Decide on a file of which the versions can't be compared: one in the way, one that is no text."""
        self._keep(disk)
        if self._rules.resolution is Resolution.KEEP_AND_REPORT:
            self._update.conflicts.append(path)
            if record is not None:
                self._records[path] = record
            return
        self._records[path] = GeneratedFile.of(theirs, record)
        if self._rules.resolution is Resolution.GENERATED:
            self._write(path, theirs, disk)

    def _tests_in(self, path: str, disk: _OnDisk) -> list[str]:
        try:
            units = divided(disk.text or "")
        except NotDivisible:
            return [path]
        return [_named(path, test) for unit in units for test in unit.tests()] or [path]


def _superseded(before: Matrix, now: Matrix) -> frozenset[str]:
    """Return the tests of an older matrix in whose place others stand now: their response is documented as it was."""
    tested = {(cell.operation, cell.status, cell.level): cell.tests for cell in now.cells if cell.tests}
    return frozenset(
        test
        for cell in before.cells
        for test in cell.tests
        if test not in tested.get((cell.operation, cell.status, cell.level), (test,))
    )


def _same(manifest: Manifest, stored: Manifest | None) -> bool:
    """Tell whether two manifests are written alike."""
    return stored is not None and dump_manifest(manifest) == dump_manifest(stored)


def _named(path: str, test: str) -> str:
    return f"{path}::{test}" if test else path


def _holds_tests(path: str) -> bool:
    return PurePosixPath(path).name.startswith("test_")
