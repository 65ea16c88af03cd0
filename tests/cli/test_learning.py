"""`oagen generate` with an API to learn from, as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from oagen.suite.manifest import load_manifest
from tests.cli.orders import orders_over_http
from tests.cli.running import oagen_in
from tests.fuzz.apps import DOCUMENT


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a folder with the document of the orders API, whose server has a base path that the API lacks."""
    document = DOCUMENT | {"servers": [{"url": "https://orders.example/gateway/v1"}]}
    (tmp_path / "openapi.json").write_text(json.dumps(document), encoding="utf-8")
    return tmp_path


def verified(folder: Path) -> int:
    manifest = load_manifest(folder / "api_tests")
    assert manifest is not None
    return sum(bool(cell.seen) for cell in manifest.matrix.cells)


def test_a_base_path_that_the_api_does_not_have_is_left_out_of_learning_and_of_the_suite(project: Path) -> None:
    with orders_over_http() as (url, _):
        ended = oagen_in(project, "generate", "openapi.json", "--base-url", url, "--budget", "20")

        assert ended.code == 0, ended.err
        assert "answers without the base path of the document, /gateway/v1: it is left out" in ended.err
    assert verified(project) > 0
    conftest = project / "api_tests" / "conftest.py"
    assert 'BASE_PATH = ""' in conftest.read_text(encoding="utf-8")

    again = oagen_in(project, "generate", "openapi.json")

    assert (again.code, conftest.read_text(encoding="utf-8").count('BASE_PATH = ""')) == (0, 1), again.err


def test_a_base_path_of_the_url_itself_leaves_that_of_the_document_in_the_suite(project: Path) -> None:
    with orders_over_http() as (url, _):
        ended = oagen_in(project, "generate", "openapi.json", "--base-url", f"{url}/elsewhere", "--budget", "20")

    assert ended.code == 0, ended.err
    assert 'BASE_PATH = "/gateway/v1"' in (project / "api_tests" / "conftest.py").read_text(encoding="utf-8")
    assert verified(project) == 0
