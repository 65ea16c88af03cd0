"""The folder in which oagen keeps what it needs from run to run."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

STATE = ".oagen"
_IGNORE = "# Written by oagen: what lies here is kept by jobs, and not committed.\n*\n"


def make_folder(folder: Path) -> None:
    """Make a folder and those above it; a new `.oagen` among them is kept out of version control, as caches are.

    Raises:
        OSError: It can't be made.
    """
    new = [place for place in (folder, *folder.parents) if place.name == STATE and not place.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for place in new:
        with suppress(OSError):
            (place / ".gitignore").write_text(_IGNORE, encoding="utf-8")
