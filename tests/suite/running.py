"""Writes a suite into a folder and runs pytest on it in a process of its own."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from oagen.suite.formatting import format_sources
from oagen.suite.model import Suite
from tests.forked import Forks

_FORKS = Forks("httpx", "openapi_core", "pytest")


def write(suite: Suite, folder: Path) -> dict[str, str]:
    """Write the formatted files of a suite; return them."""
    files = format_sources(suite.files)
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return files


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a run of pytest said and left behind."""

    code: int
    output: str
    outcomes: Mapping[str, Mapping[str, object]]

    def ended(self, outcome: str) -> list[str]:
        """Return the ids of the tests that ended so."""
        return [test for test, found in self.outcomes.items() if found["outcome"] == outcome]


def run(folder: Path, *arguments: str, cwd: Path | None = None, **environment: str) -> Ran:
    """Run pytest on a suite."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("OAGEN_", "PYTEST_"))}
    done = _FORKS.run(
        "pytest",
        *(str(folder), "-p", "no:cacheprovider", *arguments),
        folder=cwd or folder.parent,
        environment={**inherited, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **environment},
        timeout=120,
    )
    file = folder / "outcomes.json"
    outcomes = json.loads(file.read_text())["outcomes"] if file.exists() else {}
    return Ran(code=done.code, output=done.out + done.err, outcomes=outcomes)
