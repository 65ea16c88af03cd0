"""Documents that attack: nothing of their text becomes code, a path or an import."""

from __future__ import annotations

import ast
import os
import re
from pathlib import Path

import pytest

from oagen.scenario.design import design
from oagen.spec.loading import load_description
from oagen.suite.build import build_suite
from oagen.suite.formatting import format_sources
from oagen.suite.model import Level, Suite, SuiteSettings
from tests.suite.running import run, write

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("OAGEN_SHARED", ROOT.parent / "shared")) / "specs" / "edge"
DOCUMENTS = [ROOT / "sample_specs" / "hostile-names.yaml", *sorted(SHARED.glob("mermade-rapid7-*"))]
DOCUMENTS += [file for file in [SHARED / "self-names.yaml"] if file.exists()]


def _suite(document: Path) -> Suite:
    description = load_description(str(document))
    return build_suite(description, design(description), SuiteSettings())


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: file.name)
def test_only_what_was_planned_is_code(document: Path) -> None:
    for name, text in _suite(document).files.items():
        if not name.endswith(".py"):
            continue
        tree = ast.parse(text)
        if "/test_" not in name:
            continue
        for node in tree.body[1:]:
            assert isinstance(node, ast.Import | ast.ImportFrom | ast.Assign | ast.ClassDef), ast.dump(node)
            if isinstance(node, ast.Import):
                assert [alias.name for alias in node.names] == ["pytest"]
            if isinstance(node, ast.ClassDef):
                assert re.fullmatch(r"Test[A-Za-z0-9]+", node.name)
                for method in node.body[1:]:
                    assert isinstance(method, ast.FunctionDef)
                    assert re.fullmatch(r"test_[a-z0-9_]+", method.name)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: file.name)
def test_files_have_safe_names_of_their_own(document: Path) -> None:
    names = list(_suite(document).files)

    assert len({name.casefold() for name in names}) == len(names)
    for name in names:
        assert re.fullmatch(r"([a-z0-9]+/)?[a-z0-9_.]+", name)
        assert len(name) < 100
        assert ".." not in name


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: file.name)
def test_every_pair_has_a_test_with_an_id_of_its_own(document: Path) -> None:
    description = load_description(str(document))
    suite = _suite(document)

    documented = {(operation.key, response.status) for operation, response in description.documented()}
    for level in (Level.UNIT, Level.INTEGRATION, Level.CONTRACT):
        assert {(test.operation, test.status) for test in suite.tests if test.level is level} == documented
    assert len({test.id for test in suite.tests}) == len(suite.tests)


def test_it_is_collected_as_it_was_told(tmp_path: Path) -> None:
    suite = _suite(DOCUMENTS[0])
    write(suite, tmp_path / "api_tests")

    ran = run(tmp_path / "api_tests", "--collect-only", "-q")

    collected = {line.removeprefix("api_tests/") for line in ran.output.splitlines() if "::" in line}
    assert collected == {test.id for test in suite.tests}


def test_a_folder_whose_name_is_no_identifier(tmp_path: Path) -> None:
    folder = tmp_path / "tmp.x-1"
    description = load_description(str(DOCUMENTS[0]))
    suite = build_suite(description, design(description), SuiteSettings.for_folder(folder))
    write(suite, folder)

    ran = run(folder, "-q", "-rs")

    assert ran.code == 0, ran.output
    assert "no API to test" in ran.output


def test_layout_changes_nothing_but_layout() -> None:
    suite = _suite(DOCUMENTS[0])

    for name, text in format_sources(suite.files).items():
        if name.endswith(".py"):
            assert ast.dump(ast.parse(text)) == ast.dump(ast.parse(suite.files[name])), name
