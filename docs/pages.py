"""Write a page, or with --check tell whether it is up to date."""

from __future__ import annotations

import difflib
import sys
from pathlib import Path


def written(page: Path, new: str) -> int:
    """Write a generated page and return the exit code; with `--check`, only compare it."""
    old = page.read_text(encoding="utf-8") if page.exists() else ""
    if "--check" not in sys.argv:
        page.write_text(new, encoding="utf-8")
        return 0
    name = f"docs/{page.name}"
    sys.stderr.writelines(
        difflib.unified_diff(old.splitlines(keepends=True), new.splitlines(keepends=True), name, "make docs")
    )
    return int(old != new)
