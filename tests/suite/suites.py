"""Small suites for the tests of manifest, update and matrix."""

from __future__ import annotations

from pathlib import Path

from oagen.suite.file_system import FileSystem
from oagen.suite.matrix import Cell, CellState, Matrix
from oagen.suite.merging import MergeRules
from oagen.suite.model import Level
from oagen.suite.updating import Update, plan_update
from oagen.suite.writing import recover, write_changes

STATES = "states.py"


def module_of(*statuses: int, helper: str = "") -> str:
    methods = "\n".join(
        f"    def test_{status}(self, api: Api) -> None:\n        assert api.get({status}) == {status}\n"
        for status in statuses
    )
    return f'"""Tests of pets."""\n\nfrom .support import Api{helper}\n\n\nclass TestPets:\n{methods}'


SUPPORT = "class Api:\n    def get(self, status: int) -> int:\n        return status\n"
FILES = {
    "integration/test_pets.py": module_of(200, 404),
    "contract/test_pets.py": module_of(200),
    "support.py": SUPPORT,
    "README.md": "# Tests\n",
    STATES: "# yours\n",
}
CELLS = (
    Cell(
        operation="GET /pets",
        status="200",
        level=Level.INTEGRATION,
        state=CellState.PLANNED,
        technique="valid request",
        tests=("integration/test_pets.py::TestPets::test_200",),
    ),
)
MATRIX = Matrix(operations=1, documented=1, cells=CELLS)


def planned(
    folder: Path,
    files: dict[str, str],
    *,
    rules: MergeRules | None = None,
    file_system: FileSystem | None = None,
    matrix: Matrix = MATRIX,
) -> Update:
    return plan_update(
        folder,
        files,
        user_owned=frozenset({STATES}),
        document="openapi.yaml",
        matrix=matrix,
        rules=rules,
        file_system=file_system,
    )


def updated(
    folder: Path,
    files: dict[str, str],
    *,
    rules: MergeRules | None = None,
    file_system: FileSystem | None = None,
    matrix: Matrix = MATRIX,
) -> Update:
    recover(folder, file_system)
    update = planned(folder, files, rules=rules, file_system=file_system, matrix=matrix)
    write_changes(folder, update.changes, file_system)
    return update


def contents(folder: Path) -> dict[str, str]:
    """Return every file in a folder, those of the manifest left out."""
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in {"manifest.json", "generated.json"}
    }
