"""Write the files of a suite so that each is the old one or the new one, whatever happens in between.

All new files are first written to a staging folder inside the suite's folder, hence on the same file system. Then a
journal is put beside them: from there on the update counts as decided. The files are moved to their places one by
one, the manifest last, and the staging folder goes. A run that finds a journal completes it before anything else, and
one that finds a staging folder without a journal removes it. A file that is not what the journal expects, since its
user has saved it meanwhile, is left alone, and its old record is kept, so that the next merge sees the edit.
"""

from __future__ import annotations

import contextlib
import errno
import json
import signal
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from types import FrameType
from typing import Any

from oagen.errors import OutputError
from oagen.suite.file_system import FileSystem
from oagen.suite.manifest import MANIFEST, TEXTS, Manifest, dump_manifest, load_manifest, sha256

STAGING = ".oagen-staging"
_JOURNAL = "journal.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """A file that is to be written.

    Attributes:
        path: Relative to the suite's folder, with `/`.
        before: What it held when the change was planned; None where it did not exist.
    """

    path: str
    before: bytes | None
    after: bytes


def place_of(folder: Path, path: str) -> Path:
    """Return where a file of the suite lies, symbolic links followed.

    Raises:
        OutputError: That is outside the suite's folder, or something else stands in its way.
    """
    pure = PurePosixPath(path)
    if pure.is_absolute() or not pure.parts or ".." in pure.parts or "\\" in path or ":" in path or "\0" in path:
        raise OutputError(f"{path!r} is not a path inside a suite")
    place = (folder / pure).resolve()
    if not place.is_relative_to(folder.resolve()):
        hint = "replace the link by a folder of its own, or choose another --out"
        raise OutputError(f"{folder / pure} leads out of the suite's folder through a symbolic link", hint=hint)
    if place.is_dir():
        raise OutputError(f"{folder / pure} is a folder, and a file of that name is to be written")
    for parent in (folder / pure).parents:
        if parent.exists() and not parent.is_dir():
            raise OutputError(f"{parent} is a file, and a folder of that name is needed", hint="choose another --out")
    return place


def interrupted(folder: Path) -> bool:
    """Tell whether an earlier run left something to be completed or cleaned up."""
    return (folder / STAGING).is_dir()


def recover(folder: Path, files: FileSystem | None = None) -> None:
    """Complete what an interrupted run had decided, and clean up what it had not.

    Raises:
        OutputError: A file can't be written.
        StoreError: The manifest is damaged.
    """
    if not interrupted(folder):
        return
    files = files or FileSystem()
    try:
        journal = _journal(files.read(folder / STAGING / _JOURNAL))
        if journal is not None:
            _replay(folder, journal, files)
        else:
            files.remove_folder(folder / STAGING)
    except OSError as error:
        raise _output_error(error, folder / STAGING) from error


def write_changes(folder: Path, changes: Sequence[FileChange], files: FileSystem | None = None) -> None:
    """Write all files, those of the manifest last, or none.

    Raises:
        OutputError: A file can't be written, or has changed since the change was planned.
    """
    files = files or FileSystem()
    staging = folder / STAGING
    is_new = not folder.exists()
    ordered = sorted(
        changes, key=lambda change: (change.path in (TEXTS, MANIFEST), change.path == MANIFEST, change.path)
    )
    try:
        places = {change.path: place_of(folder, change.path) for change in ordered}
        files.make_folder(staging)
        for number, change in enumerate(ordered):
            files.write(staging / str(number), change.after)
        for change in ordered:
            _refuse_if_changed(change, places[change.path], files)
        journal = [
            {
                "path": change.path,
                "before": None if change.before is None else sha256(change.before),
                "after": sha256(change.after),
            }
            for change in ordered
        ]
        files.write(staging / "journal", json.dumps({"files": journal}).encode())
        files.settle(staging)
        files.replace(staging / "journal", staging / _JOURNAL)
    except BaseException as error:
        with contextlib.suppress(OSError):
            files.remove_folder(folder if is_new else staging)
        if isinstance(error, OSError):
            raise _output_error(error, folder) from error
        raise
    try:
        with _interrupts_held():
            files.settle(staging)
            _replay(folder, journal, files)
    except OSError as error:
        hint = "the rest is ready in the suite's folder; mend this and run oagen again, which completes it"
        raise OutputError(_reason(error, folder), hint=hint) from error


def _refuse_if_changed(change: FileChange, place: Path, files: FileSystem) -> None:
    if files.read(place) != change.before:
        raise OutputError(f"{place} was changed while oagen was running", hint="nothing was written; run oagen again")


def _replay(folder: Path, journal: list[dict[str, Any]], files: FileSystem) -> None:
    staging = folder / STAGING
    left_alone: set[str] = set()
    touched = {folder}
    for number, entry in enumerate(journal):
        path = str(entry["path"])
        place = place_of(folder, path)
        if path in (TEXTS, MANIFEST) and left_alone:
            break
        current = files.read(place)
        checksum = None if current is None else sha256(current)
        if checksum == entry["after"]:
            continue
        if checksum == entry["before"]:
            files.replace(staging / str(number), place)
            touched.add(place.parent)
        else:
            left_alone.add(path)
    if left_alone:
        _finish_without(left_alone, folder, journal, files)
    for parent in sorted(touched):
        files.settle(parent)
    files.remove_folder(staging)


def _finish_without(paths: set[str], folder: Path, journal: list[dict[str, Any]], files: FileSystem) -> None:
    """Write the new manifest with the old records of files that were left alone."""
    staging = folder / STAGING
    for number, entry in enumerate(journal):
        if entry["path"] in (TEXTS, MANIFEST) and files.read(staging / str(number)) is not None:
            files.replace(staging / str(number), staging / str(entry["path"]))
    new = load_manifest(staging, files)
    if new is None:
        return
    old = load_manifest(folder, files)
    records = {path: record for path, record in new.files.items() if path not in paths}
    records |= {path: old.files[path] for path in paths if old is not None and path in old.files}
    for name, text in dump_manifest(replace(new, files=records)).items():
        files.write(staging / f"{name}.mended", text.encode())
        files.replace(staging / f"{name}.mended", folder / name)


def manifest_changes(folder: Path, manifest: Manifest, files: FileSystem) -> Iterator[FileChange]:
    """Yield the changes that bring the manifest's files up to date: both, or none."""
    changes = [
        FileChange(path=name, before=files.read(folder / name), after=text.encode())
        for name, text in dump_manifest(manifest).items()
    ]
    if any(change.before != change.after for change in changes):
        yield from changes


def _journal(data: bytes | None) -> list[dict[str, Any]] | None:
    if data is None:
        return None
    try:
        journal: list[dict[str, Any]] = json.loads(data)["files"]
    except (ValueError, KeyError, TypeError):
        return None
    return journal


def _reason(error: OSError, otherwise: Path) -> str:
    return f"{error.filename or otherwise} can't be written: {error.strerror or error}"


def _output_error(error: OSError, otherwise: Path) -> OutputError:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    hint = "make room, and run it again" if full else "choose another folder or mend this"
    return OutputError(_reason(error, otherwise), hint=f"nothing was changed; {hint}")


@contextlib.contextmanager
def _interrupts_held() -> Iterator[None]:
    """Let Ctrl-C wait for the few milliseconds in which files are moved."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked: list[int] = []

    def remember(number: int, _frame: FrameType | None) -> None:
        asked.append(number)

    before = signal.signal(signal.SIGINT, remember)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if asked:
        raise KeyboardInterrupt
