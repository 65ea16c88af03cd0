"""Which files are the application's own."""

from __future__ import annotations

import importlib.util
import os
import sys
import sysconfig

_LIBRARY_FOLDERS = frozenset({"site-packages", "dist-packages", ".venv", "venv", ".tox", ".nox", "node_modules"})


class ApplicationFiles:
    """Says which files are the application's own: those below its roots, but not the libraries installed there.

    A root may lie among the installed libraries itself, where the application is an installed package.
    """

    def __init__(self, roots: list[str]) -> None:
        self._roots = [os.path.abspath(root) for root in roots]
        paths = sysconfig.get_paths()
        self._libraries = [os.path.abspath(path) + os.sep for path in (paths["stdlib"], sys.prefix)]
        self._known: dict[str, bool] = {}

    def __call__(self, filename: str) -> bool:
        """Return whether this file of a code object is the application's own."""
        known = self._known.get(filename)
        if known is None:
            known = self._known[filename] = filename[:1] != "<" and self._within(os.path.abspath(filename))
        return known

    def _within(self, path: str) -> bool:
        for root in self._roots:
            if path == root:
                return True
            prefix = root if root.endswith(os.sep) else root + os.sep
            if path.startswith(prefix) and _LIBRARY_FOLDERS.isdisjoint(path[len(prefix) :].split(os.sep)):
                below = [library for library in self._libraries if library.startswith(prefix)]
                if not any(path.startswith(library) for library in below):
                    return True
        return False


def roots_of(module_name: str, folder: str) -> list[str]:
    """Return the roots of an application: the folder it is started in, and its package or where that lies."""
    roots = [folder]
    try:
        found = importlib.util.find_spec(module_name.partition(".")[0])
    except (ImportError, ValueError, AttributeError):
        found = None
    places = [] if found is None else list(found.submodule_search_locations or [found.origin or ""])
    for place in places:
        if os.path.exists(place):
            around = os.path.dirname(os.path.abspath(place))
            installed = not _LIBRARY_FOLDERS.isdisjoint(around.split(os.sep))
            roots.append(os.path.abspath(place) if installed else around)
    return list(dict.fromkeys(roots))
