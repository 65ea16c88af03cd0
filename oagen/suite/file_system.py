"""The few things that writing a suite does to a file system, so that a test can fail any one of them."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path


class FileSystem:
    """The real one; each method raises OSError as the operating system does."""

    def read(self, path: Path) -> bytes | None:
        """Return what a file holds; None where there is none."""
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None

    def write(self, path: Path, data: bytes) -> None:
        """Write a new file, its folder included, and wait until it is on disk."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())

    def replace(self, source: Path, target: Path) -> None:
        """Move a file to its place at once; what is there before is replaced."""
        target.parent.mkdir(parents=True, exist_ok=True)
        source.replace(target)

    def make_folder(self, path: Path) -> None:
        """Make a folder and those around it; one that exists is fine."""
        path.mkdir(parents=True, exist_ok=True)

    def remove_folder(self, path: Path) -> None:
        """Remove a folder and all in it; one that is not there is fine."""
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(path)

    def settle(self, folder: Path) -> None:
        """Wait until the names in a folder are on disk, where the system can tell."""
        if os.name != "posix":
            return
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
