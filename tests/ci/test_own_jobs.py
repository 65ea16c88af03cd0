"""The project uses its own job, for the bookshop; and a job that checks the project."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from oagen.ci.jobs import ACTIONS, job_files
from oagen.ci.provider import Provider
from oagen.ci.writing import plan_jobs
from oagen.config.reading import read_settings
from tests.ci.projects import commit, project
from tests.ci.workflow import only_nightly
from tests.cli.running import ROOT

PROJECT = ROOT / "examples" / "bookshop"
WORKFLOWS = ROOT / ".github" / "workflows"


def test_the_workflows_are_what_oagen_writes_for_the_bookshop() -> None:
    files = job_files(Provider.GITHUB, read_settings(PROJECT / "oagen.toml", seen_from=PROJECT), ROOT)

    assert len(files) == 2
    for path, text in files.items():
        assert (ROOT / path).read_text(encoding="utf-8") == text, f"run oagen ci github in {PROJECT.relative_to(ROOT)}"
    assert plan_jobs(ROOT, files).is_clean


def test_the_script_that_runs_workflows_finds_the_nightly_one(tmp_path: Path) -> None:
    shutil.copytree(WORKFLOWS, project(tmp_path / "p") / ".github" / "workflows")
    commit(tmp_path / "p")

    assert only_nightly(tmp_path / "p") == ".github/workflows/oagen-nightly-examples-bookshop.yml"


def test_ci_runs_what_the_readme_says() -> None:
    document = yaml.safe_load((WORKFLOWS / "checks.yml").read_text(encoding="utf-8"))
    steps = document["jobs"]["checks"]["steps"]
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)

    commands = [step["run"] for step in steps if "run" in step]
    assert commands == ["make lint", "make test"]
    assert "CI runs `make lint` and `make test`" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert {command.removeprefix("make ") for command in commands} <= set(targets)
    assert {step["uses"].partition("@")[2] for step in steps if "uses" in step} <= set(ACTIONS.values())


def test_zizmor_and_the_schema_have_nothing_to_say_of_all_workflows() -> None:
    zizmor = shutil.which("zizmor", path=str(Path(sys.executable).parent))
    assert zizmor is not None, "install the development tools"
    files = [str(file) for file in sorted(WORKFLOWS.glob("*.yml"))]
    by_schema = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows"]

    for command in ([zizmor, "--offline", "--no-progress", "--persona", "pedantic"], by_schema):
        done = subprocess.run([*command, *files], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    assert len(files) == 3
