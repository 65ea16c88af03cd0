"""What oagen keeps from run to run is not committed by accident."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from oagen.findings.folder import make_folder
from oagen.findings.store import Store
from tests.ci.projects import git


def test_git_does_not_see_what_is_kept(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    with closing(Store(tmp_path / ".oagen" / "findings.sqlite")):
        pass
    make_folder(tmp_path / ".oagen" / "reports")
    (tmp_path / ".oagen" / "reports" / "findings.json").touch()

    assert git(tmp_path, "status", "--porcelain", "--untracked-files=all") == ""


def test_who_wants_it_seen_is_left_alone(tmp_path: Path) -> None:
    make_folder(tmp_path / ".oagen")
    (tmp_path / ".oagen" / ".gitignore").unlink()

    make_folder(tmp_path / ".oagen" / "reports")

    assert [file.name for file in (tmp_path / ".oagen").iterdir()] == ["reports"]


def test_other_folders_are_plain(tmp_path: Path) -> None:
    make_folder(tmp_path / "a" / "b")

    assert [file.name for file in tmp_path.rglob("*")] == ["a", "b"]
