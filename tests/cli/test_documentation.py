from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from oagen.cli.application import app
from tests.cli.running import ROOT

COMMANDS = [
    *(command.name or getattr(command.callback, "__name__", "") for command in app.registered_commands),
    *(str(group.typer_instance.info.name) for group in app.registered_groups if group.typer_instance),
]


@pytest.mark.parametrize("page", sorted(path.name for path in (ROOT / "docs").glob("write_*.py")))
def test_the_reference_is_what_the_code_says(page: str) -> None:
    done = subprocess.run(
        [sys.executable, f"docs/{page}", "--check"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, ""), "run: make docs"


def test_the_reference_has_every_command() -> None:
    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")

    assert re.findall(r"^## oagen (\w+)$", text, re.MULTILINE) == COMMANDS
    assert re.findall(r"^## oagen findings (\w+)$", text, re.MULTILINE)[:2] == ["list", "show"]
    assert len(COMMANDS) >= 4


def test_the_readme_shows_every_command() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")

    assert [name for name in COMMANDS if f"oagen {name}" not in text] == []
