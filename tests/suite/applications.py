"""Small applications beside a suite whose tests are written by hand."""

from __future__ import annotations

import textwrap
from pathlib import Path

from oagen.suite.build import build_suite
from oagen.suite.model import SuiteSettings
from tests.suite import running, shelf


def project(folder: Path, modules: dict[str, str], tests: str) -> Path:
    """Write an application, and a suite whose only tests are these."""
    suite = folder / "api_tests"
    files = running.write(build_suite(shelf.description(), shelf.scenarios(), SuiteSettings()), suite)
    for name in files:
        if Path(name).name.startswith("test_"):
            (suite / name).unlink()
    (suite / "integration" / "test_notes.py").write_text(textwrap.dedent(tests), encoding="utf-8")
    for name, source in modules.items():
        (folder / f"{name}.py").write_text(textwrap.dedent(source), encoding="utf-8")
    return suite
