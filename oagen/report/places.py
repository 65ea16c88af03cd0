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
        path: Relative to the project's folder where it is in it, with `/`; else as it is known, never absolute.
        line: Counted from 1; None where it can't be told.
    """

    path: str
    line: int | None = None


def document_place(name: str, pointer: str, description: ApiDescription, root: Path) -> Place | None:
    """Return the line of a place in the API description; None where the scenario names none.

    Args:
        name: Of the document, as in `Location.document`.
    """
    if not name:
        return None
    line = description.resolver.line_of(Location(name, pointer))
    if "://" in name or "://" in description.source:
        return Place(path=name, line=line)
    folder = Path(description.source).absolute().parent
    return Place(path=_within(folder / name, root) or name, line=line)


def source_place(finding: Finding, root: Path) -> Place | None:
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
                within = _within(Path(frame.file), root)
                if within is not None:
                    return Place(path=within, line=line)
    parts = PurePosixPath(found[1]).parts
    for start in range(len(parts)):
        if parts[start] != "/" and root.joinpath(*parts[start:]).is_file():
            return Place(path="/".join(parts[start:]), line=line)
    return Place(path=found[1].lstrip("/"), line=line)


def _within(path: Path, root: Path) -> str | None:
    """Return a path as seen from a folder above it; None where it is elsewhere."""
    try:
        return path.resolve().relative_to(root.resolve()).as_posix()
    except (ValueError, OSError):
        return None
