"""Run the command line as a user does."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import oagen

ROOT = Path(oagen.__file__).parents[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    code: int
    out: str
    err: str


def oagen_in(
    folder: Path, *arguments: str, environment: Mapping[str, str] | None = None, stdin: str | None = None
) -> Ended:
    """Run `oagen` in a folder, in a process of its own."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("OAGEN_")}
    done = subprocess.run(
        [sys.executable, "-m", "oagen", *arguments],
        cwd=folder,
        env=clean | {"PYTHONPATH": str(ROOT), "NO_COLOR": "1"} | dict(environment or {}),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return Ended(code=done.returncode, out=done.stdout, err=done.stderr)
