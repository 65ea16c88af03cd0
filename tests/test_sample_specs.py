"""The sample documents are legal, and the bookshop's is what the bookshop says of itself."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from openapi_spec_validator import OpenAPIV2SpecValidator, validate

from oagen.spec.loading import load_description
from oagen.spec.model import Severity

SAMPLES = Path(__file__).parents[1] / "sample_specs"
ENTRIES = sorted([*SAMPLES.glob("*.yaml"), SAMPLES / "many-files" / "openapi.yaml"])


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def test_the_bookshop_is_up_to_date() -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "oagen.demo.bookshop.document"],
        capture_output=True,
        check=True,
        cwd=SAMPLES.parent,
        encoding="utf-8",
    )

    assert (SAMPLES / "bookshop.yaml").read_text(encoding="utf-8") == printed.stdout


@pytest.mark.parametrize("path", [path for path in ENTRIES if path.name != "library-2.0.yaml"], ids=lambda p: p.name)
def test_is_legal(path: Path) -> None:
    validate(load(path), base_uri=path.as_uri())


def test_the_library_is_legal() -> None:
    errors = list(OpenAPIV2SpecValidator(load(SAMPLES / "library-2.0.yaml")).iter_errors())

    # `type: file` is legal as a response's schema in 2.0, but the validator reads it as JSON Schema alone.
    assert [error.instance for error in errors] == ["file"]


@pytest.mark.parametrize(
    ("name", "operations", "documented"),
    [
        ("bookshop.yaml", 23, 121),
        ("library-2.0.yaml", 8, 27),
        ("tickets-3.0.yaml", 7, 27),
        ("fleet-3.1.yaml", 6, 29),
        ("streaming-3.2.yaml", 6, 24),
        ("many-files/openapi.yaml", 4, 10),
    ],
)
def test_is_read_without_a_diagnostic(name: str, operations: int, documented: int) -> None:
    description = load_description(str(SAMPLES / name))

    assert description.diagnostics == ()
    assert len(description.operations) == operations
    assert sum(len(operation.responses) for operation in description.operations) == documented


def test_hostile_names_are_read_and_what_is_undeclared_is_said() -> None:
    description = load_description(str(SAMPLES / "hostile-names.yaml"))

    assert len(description.operations) == 11
    assert {diagnostic.severity for diagnostic in description.diagnostics} == {Severity.WARNING}
    assert any("'not a variable' is not declared" in diagnostic.message for diagnostic in description.diagnostics)


def test_the_readme_names_each_sample() -> None:
    readme = (SAMPLES / "README.md").read_text(encoding="utf-8")

    assert [str(path.relative_to(SAMPLES)) for path in ENTRIES if f"`{path.relative_to(SAMPLES)}`" not in readme] == []
