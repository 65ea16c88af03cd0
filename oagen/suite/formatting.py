"""The layout of generated source: ruff's, in one run over the whole suite."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from ruff import find_ruff_bin  # type: ignore[import-untyped]

from oagen.errors import TemplateError

LINE_LENGTH = 88
"""Ruff's own, so that a formatted suite stays as it is wherever it lies."""


def format_sources(files: Mapping[str, str]) -> dict[str, str]:
    """Return the files with their Python source laid out; other files are left as they are.

    The user's configuration of ruff is not looked at.

    Raises:
        TemplateError: A file is not Python: a template of the user is broken.
    """
    python = {name: text for name, text in files.items() if name.endswith(".py")}
    if not python:
        return dict(files)
    with tempfile.TemporaryDirectory(prefix="oagen-") as folder:
        root = Path(folder)
        for name, text in python.items():
            file = root / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8", newline="\n")
        command = [find_ruff_bin(), "format", "--isolated", "--no-cache"]
        command += [f"--line-length={LINE_LENGTH}", "."]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)  # noqa: S603 - our own
        if done.returncode:
            message = done.stderr.strip().splitlines()
            raise TemplateError(f"a generated file can't be formatted: {message[0] if message else 'ruff failed'}")
        formatted = {name: (root / name).read_text(encoding="utf-8") for name in python}
    return {**files, **formatted}
