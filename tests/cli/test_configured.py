"""What the command line says, over what stands in oagen.toml."""

from __future__ import annotations

from pathlib import Path

import pytest

from oagen.cli.configured import settings_for
from oagen.cli.terminal import Terminal


@pytest.fixture
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "oagen.toml").write_text('[api]\ndocument = "orders.yaml"\nbase_url = "http://127.0.0.1:1"\n')
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("_project")
def test_the_document_of_a_project_counts_wherever_its_api_is_reached() -> None:
    settings = settings_for(Terminal(), base_url="http://127.0.0.1:2")

    assert settings.api.base_url == "http://127.0.0.1:2"
    assert Path(settings.api.document or "").name == "orders.yaml"


@pytest.mark.usefixtures("_project")
def test_a_document_on_the_command_line_comes_first() -> None:
    assert settings_for(Terminal(), document="other.yaml").api.document == "other.yaml"
