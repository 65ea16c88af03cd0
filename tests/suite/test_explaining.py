"""What a failing test of a generated suite says about a value that is another."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from oagen.suite.build import build_suite
from oagen.suite.model import SuiteSettings
from tests.suite import shelf
from tests.suite.running import write

SAY = """
import json, sys
import httpx
from api_tests.support.explaining import differs
for body, pointer in json.loads(sys.argv[1]):
    response = httpx.Response(200, json=body, request=httpx.Request("GET", "http://localhost/books"))
    print(differs(response, pointer).splitlines()[0])
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("explaining")
    write(build_suite(shelf.description(), shelf.scenarios(), SuiteSettings()), folder / "api_tests")
    return folder


@pytest.mark.parametrize(
    ("body", "pointer", "said"),
    [
        ({"title": "Dubliners"}, "/title", "/title is not as it must be: 'Dubliners'"),
        ({"a": "x" * 60, "b": "y" * 60}, "", f"the body is not as it must be: {{'a': '{'x' * 60}', ..."),
        (["x" * 200], "/0", f"/0 is not as it must be: '{'x' * 99} ..."),
    ],
)
def test_a_value_that_differs_is_cut_between_members(project: Path, body: Any, pointer: str, said: str) -> None:
    command = [sys.executable, "-c", SAY, json.dumps([(body, pointer)])]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.splitlines() == [said], done.stderr
