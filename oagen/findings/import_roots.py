"""The folder that a module's name counts from: the same for the same code, wherever that lies."""

from __future__ import annotations

import functools
import re
from pathlib import Path

_PROJECT = ("pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", ".git")
"""What lies in a project's folder before oagen comes: a fault keeps its name when a configuration is written."""

_DEEPEST = 4  # folders that a module without a project may lie in
_MOST_MODULES = 50  # of a folder that are asked which folders they import from
_LARGEST = 200_000  # bytes of a module that is asked


@functools.lru_cache(maxsize=512)
def import_root(folder: Path) -> Path | None:
    """Return the folder that the modules in a folder are named from; None where it is not on this machine.

    That is the folder that their package lies in, else that of the project, else the outermost one whose own modules
    import from there (folders without `__init__.py` are packages, too: PEP 420), else the folder itself.
    """
    top = folder
    while (top / "__init__.py").is_file() and top != top.parent:
        top = top.parent
    if top != folder:
        return top
    above = (folder, *folder.parents)
    project = next((item for item in above if any((item / name).exists() for name in _PROJECT)), None)
    if project is not None:
        return project
    if not folder.is_dir():
        return None
    importing = (item.parent for item in above[:_DEEPEST] if item.name.isidentifier() and _is_imported(item))
    return max(importing, key=lambda item: -len(item.parts), default=folder)


def _is_imported(folder: Path) -> bool:
    """Whether a module beside a folder imports from it by its name."""
    imports = re.compile(rf"^\s*(?:from|import)\s+{re.escape(folder.name)}\b".encode(), re.MULTILINE)
    try:
        beside = sorted(folder.parent.glob("*.py"))[:_MOST_MODULES]
        return any(imports.search(file.read_bytes()) for file in beside if file.stat().st_size <= _LARGEST)
    except OSError:
        return False
