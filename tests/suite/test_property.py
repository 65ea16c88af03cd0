"""The property level of a generated suite: it is clean, it finds what was not promised, and it can be left out."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from ruff import find_ruff_bin  # type: ignore[import-untyped]

from oagen.suite.build import build_suite
from oagen.suite.model import Suite, SuiteSettings
from tests.suite import shelf
from tests.suite.running import Ran, run, write

CONFIGURATION = '[identities.alice]\nheaders = { Authorization = "Bearer ${SHELF_TOKEN}" }\n'
TEST = "TestCreateBook::test_answers_as_documented"


def built(*, package: bool = True) -> Suite:
    settings = SuiteSettings(property_tests=True, package=package)
    return build_suite(shelf.description(), shelf.scenarios(), settings)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("project")
    write(built(), root / "api_tests")
    (root / "shelf_app.py").write_text(shelf.APP)
    (root / "oagen.toml").write_text(CONFIGURATION)
    return root


def tried(project: Path, *arguments: str, profile: str = "dev") -> Ran:
    options = ("-m", "property", "-p", "schemathesis.pytest.plugin")
    return run(project / "api_tests", *options, *arguments, SHELF_TOKEN="sesame", OAGEN_PROFILE=profile)


def test_a_suite_without_it_is_the_same_but_for_its_requirements() -> None:
    without = build_suite(shelf.description(), shelf.scenarios(), SuiteSettings()).files
    files = built().files

    others = {name: text for name, text in files.items() if not name.startswith("property/")}
    assert "schemathesis" in others.pop("requirements.txt")
    assert others == {name: text for name, text in without.items() if name != "requirements.txt"}
    assert not [name for name, text in without.items() if "schemathesis" in text.lower()]
    assert files == built().files


@pytest.mark.parametrize(
    "command",
    [
        [find_ruff_bin(), "check", "--isolated", "--no-cache", "--select", "F,W,I,N,UP,B,SIM,PT"],
        [find_ruff_bin(), "format", "--isolated", "--no-cache", "--check"],
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", "/dev/null"],
    ],
    ids=["ruff check", "ruff format", "mypy"],
)
def test_it_is_clean(project: Path, command: list[str]) -> None:
    done = subprocess.run([*command, "api_tests"], cwd=project, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_it_fails_where_an_answer_was_not_promised_and_passes_elsewhere(project: Path) -> None:
    ran = tried(project, "--api-app", "shelf_app:app", profile="ci")

    assert [name for name in ran.ended("failed") if TEST in name], ran.output
    assert "answered 500; the document has 201, 401, 409, 422" in ran.output
    assert "JSONDecodeError" in ran.output
    assert [name for name in ran.ended("passed") if "TestGetBook" in name], ran.output
    assert "sesame" not in ran.output


@pytest.mark.slow
def test_a_folder_that_is_no_package_works_too(project: Path) -> None:
    write(built(package=False), project / "api-tests")

    arguments = ("-m", "property", "-k", "TestGetBook", "-p", "schemathesis.pytest.plugin")
    ran = run(project / "api-tests", *arguments, "--api-app", "shelf_app:app", SHELF_TOKEN="sesame")

    assert ran.code == 0, ran.output
    assert len(ran.ended("passed")) == 1


def test_without_an_api_it_skips_with_one_sentence(project: Path) -> None:
    ran = tried(project, "-rs")

    assert ran.code == 0, ran.output
    assert "passed" not in ran.output
    assert "no API to test: give --api-base-url URL or --api-app" in ran.output


def test_without_schemathesis_it_skips_and_the_other_levels_run(project: Path, tmp_path: Path) -> None:
    (tmp_path / "schemathesis.py").write_text("raise ModuleNotFoundError('schemathesis')\n")
    (tmp_path / "hypothesis.py").write_text("raise ModuleNotFoundError('hypothesis')\n")

    arguments = ("-rs", "-k", "ListBooks or property", "--api-app", "shelf_app:app")
    ran = run(project / "api_tests", *arguments, SHELF_TOKEN="sesame", PYTHONPATH=str(tmp_path))

    assert ran.code == 0, ran.output
    assert "property tests need Schemathesis: pip install -r requirements.txt" in ran.output
    assert "passed" in ran.output
