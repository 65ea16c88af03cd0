"""Run the command line as a user does."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import oagen
from tests.forked import Ended, Forks

ROOT = Path(oagen.__file__).parents[1]
_FORKS = Forks(
    "oagen.cli.application",
    "oagen.cli.hunting",
    "oagen.cli.replay",
    "oagen.learn.witnesses",
    "oagen.suite.generating",
    "rich.progress",
    "schemathesis.openapi",
)


def oagen_in(
    folder: Path, *arguments: str, environment: Mapping[str, str] | None = None, stdin: str | None = None
) -> Ended:
    """Run `oagen` in a folder, in a process of its own."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("OAGEN_")}
    return _FORKS.run(
        "oagen",
        *arguments,
        folder=folder,
        environment=clean | {"PYTHONPATH": str(ROOT), "NO_COLOR": "1"} | dict(environment or {}),
        stdin=stdin,
        timeout=300,
    )
