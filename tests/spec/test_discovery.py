from __future__ import annotations

from pathlib import Path

from oagen.spec.discovery import usual_documents


def test_usual_documents_of_a_project(tmp_path: Path) -> None:
    for name, text in {
        "docs/openapi.yaml": "openapi: 3.0.0",
        "openapi.json": '{"openapi": "3.1.0"}',
        "api/swagger.yml": "swagger: '2.0'",
        "api.yaml": "something: else",
        "openapi.txt": "openapi: 3.0.0",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "swagger.json").mkdir()

    found = [path.relative_to(tmp_path).as_posix() for path in usual_documents(tmp_path)]
    assert found == ["openapi.json", "docs/openapi.yaml", "api/swagger.yml"]
