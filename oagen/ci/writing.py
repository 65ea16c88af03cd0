"""Write the files of jobs, around what the team has changed in them."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from oagen.errors import OutputError, StoreError
from oagen.suite.line_merging import merged_lines
from oagen.suite.manifest import GeneratedFile
from oagen.suite.resolution import Resolution
from oagen.suite.writing import FileChange, place_of

MANIFEST = ".oagen-ci.json"
"""What was last generated, in the repository's root, to be committed."""

_FORMAT = 1


@dataclass(slots=True, kw_only=True)
class JobUpdate:
    """What writing the files of jobs does; nothing has been written yet.

    Attributes:
        changes: Files to write, the manifest among them.
        conflicts: Files in which the team and oagen have changed the same lines; left as they are.
        removed: Files that the team has deleted, and that stay away.
        stale: A file, or what the manifest says of it, is not as it would be written now.
    """

    changes: list[FileChange] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    stale: bool = False

    @property
    def is_clean(self) -> bool:
        """Whether all is up to date."""
        return not self.stale and not self.conflicts

    @property
    def files(self) -> list[FileChange]:
        """The changes, without the manifest."""
        return [change for change in self.changes if change.path != MANIFEST]

    def diff(self) -> Iterator[str]:
        """Yield the lines of a unified diff from what is on disk to what would be written."""
        for change in self.files:
            before = (change.before or b"").decode("utf-8", "replace").splitlines(keepends=True)
            after = change.after.decode("utf-8", "replace").splitlines(keepends=True)
            source = "/dev/null" if change.before is None else f"a/{change.path}"
            yield from difflib.unified_diff(before, after, source, f"b/{change.path}")


def plan_jobs(
    root: Path, generated: Mapping[str, str], *, resolution: Resolution = Resolution.KEEP_AND_REPORT
) -> JobUpdate:
    """Return what it takes to bring the files of jobs up to date: a three-way merge by lines.

    Args:
        root: The repository's root.
        generated: Each file's text by its path in the repository.

    Raises:
        OutputError: A file can't be read.
        StoreError: The manifest is damaged.
    """
    update = JobUpdate()
    data = _read(root / MANIFEST)
    records = _records(data, root)
    kept = dict(records)
    for path, theirs in generated.items():
        disk = _read(place_of(root, path))
        kept[path] = _planned(path, theirs, disk, records.get(path), update=update, resolution=resolution)
    after = _dumped({path: record for path, record in kept.items() if record is not None})
    if after != data:
        update.changes.append(FileChange(path=MANIFEST, before=data, after=after))
    update.stale = bool(update.changes)
    return update


def _planned(
    path: str,
    theirs: str,
    disk: bytes | None,
    record: GeneratedFile | None,
    *,
    update: JobUpdate,
    resolution: Resolution,
) -> GeneratedFile | None:
    """Decide on one file; return what is to be remembered of it."""
    new = GeneratedFile.of(theirs, record)
    if disk is None:
        if record is not None and resolution is not Resolution.GENERATED:
            update.removed.append(path)
        else:
            update.changes.append(FileChange(path=path, before=None, after=theirs.encode()))
        return new
    try:
        ours = disk.decode("utf-8")
    except UnicodeDecodeError as error:
        raise OutputError(f"{path} is not UTF-8 text", hint="save it as UTF-8") from error
    base = record.text() if record is not None else None
    newline = "\r\n" if "\r\n" in ours else "\n"
    merged = theirs if ours == theirs else None
    if merged is None and base is not None:
        merged = merged_lines(base, ours.replace("\r\n", "\n"), theirs)
    if merged is None:
        if resolution is Resolution.KEEP_AND_REPORT:
            update.conflicts.append(path)
            return record
        merged = theirs if resolution is Resolution.GENERATED else ours.replace("\r\n", "\n")
    after = merged.replace("\n", newline).encode()
    if after != disk:
        update.changes.append(FileChange(path=path, before=disk, after=after))
    return new


def _read(place: Path) -> bytes | None:
    try:
        return place.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise OutputError(f"{place} can't be read: {error.strerror}") from error


def _records(data: bytes | None, root: Path) -> dict[str, GeneratedFile | None]:
    if data is None:
        return {}
    try:
        value = json.loads(data)
        if value["format"] > _FORMAT:
            raise StoreError(f"{root / MANIFEST} was written by a newer oagen", hint="upgrade oagen")
        return {
            str(path): GeneratedFile(sha256=str(item["sha256"]), packed=str(item["packed"]))
            for path, item in value["files"].items()
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        hint = "restore it from version control; without it, edits and news can't be told apart"
        raise StoreError(f"{root / MANIFEST} is damaged", hint=hint) from error


def _dumped(records: Mapping[str, GeneratedFile]) -> bytes:
    files = {path: {"sha256": record.sha256, "packed": record.packed} for path, record in sorted(records.items())}
    return (json.dumps({"format": _FORMAT, "files": files}, indent=1) + "\n").encode()
