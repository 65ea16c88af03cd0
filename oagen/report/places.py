"""Lines of files that a finding points at."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from oagen.findings.fingerprint import decisive
from oagen.findings.model import Finding
from oagen.findings.tracebacks import parse_tracebacks
from oagen.spec.model import ApiDescription, Location

_FRAME = re.compile(r"(.+):(\d+)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A line of a file.

    Attributes:
        path: Relative to the folder that a report's paths start from where it is in it, with `/`; else as it is known,
            never absolute.
        line: Counted from 1; None where it can't be told.
        is_inside: Whether it is in that folder.
    """

    path: str
    line: int | None = None
    is_inside: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Folders:
    """Where files are looked for, and what their paths start from.

    Attributes:
        project: The project's folder.
        top: What paths start from: the repository's root, which code scanning takes them for, or the project's folder.
    """

    project: Path
    top: Path

    def named(self, path: Path) -> str | None:
        """Return a path as reports name it; None where it is elsewhere."""
        try:
            return path.resolve().relative_to(self.top.resolve()).as_posix()
        except (ValueError, OSError):
            return None


def document_place(name: str, pointer: str, description: ApiDescription, folders: Folders) -> Place | None:
    """Return the line of a place in the API description; None where the scenario names none.

    Args:
        name: Of the document, as in `Location.document`.
    """
    if not name:
        return None
    line = description.resolver.line_of(Location(name, pointer))
    if "://" in name or "://" in description.source:
        return Place(path=name, line=line, is_inside=False)
    path = folders.named(Path(description.source).absolute().parent / name)
    return Place(path=path or name, line=line, is_inside=path is not None)


def source_place(finding: Finding, folders: Folders) -> Place | None:
    """Return the line of the application that raised; None where no traceback was seen."""
    found = _FRAME.match(finding.frame or "")
    if found is None or found[1].startswith("<"):
        return None
    line = int(found[2])
    traceback = decisive(parse_tracebacks(finding.traceback)) if finding.traceback else None
    for raised in reversed(traceback.chain if traceback else ()):
        for frame in reversed(raised.frames):
            path = PurePosixPath(frame.file.replace("\\", "/"))
            if frame.line == line and str(path).endswith(found[1].lstrip("/")):
                within = folders.named(Path(frame.file))
                if within is not None:
                    return Place(path=within, line=line)
    parts = PurePosixPath(found[1]).parts
    for start in range(len(parts)):
        file = folders.project.joinpath(*parts[start:])
        if parts[start] != "/" and file.is_file() and (within := folders.named(file)) is not None:
            return Place(path=within, line=line)
    return Place(path=found[1].lstrip("/"), line=line, is_inside=False)
