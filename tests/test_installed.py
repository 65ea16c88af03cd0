"""The wheel, installed: what a user gets from the package index."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

import oagen

ROOT = Path(oagen.__file__).parents[1]


def run(*command: str, folder: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "OAGEN_DEBUG"}}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the bin folder of an environment with the wheel, and the dependencies of this one."""
    folder = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    run(*pip, "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT), folder=folder)
    (wheel,) = folder.glob("oagen-*.whl")
    environment = folder / "environment"
    venv.create(environment, with_pip=False)
    (packages,) = environment.glob("lib/python3*/site-packages")
    run(*pip, "install", "--quiet", "--no-deps", "--target", str(packages), str(wheel), folder=folder)
    dependencies = [entry for entry in sys.path if entry.endswith("site-packages")]
    (packages / "dependencies.pth").write_text("\n".join(dependencies) + "\n")
    return environment / "bin"


@pytest.mark.slow
def test_the_installed_command_works_away_from_the_checkout(installed: Path, tmp_path: Path) -> None:
    python = str(installed / "python")

    assert run(python, "-m", "oagen", "--version", folder=tmp_path) == f"oagen {oagen.__version__}\n"
    where = run(python, "-c", "import oagen; print(oagen.__file__)", folder=tmp_path)
    assert where.startswith(str(installed.parent))


@pytest.mark.slow
def test_the_installed_command_finds_its_templates(installed: Path, tmp_path: Path) -> None:
    document = ROOT / "sample_specs" / "tickets-3.0.yaml"

    run(str(installed / "python"), "-m", "oagen", "generate", str(document), folder=tmp_path)

    assert (tmp_path / "api_tests" / "conftest.py").is_file()
    assert list((tmp_path / "api_tests" / "integration").glob("test_*.py"))
