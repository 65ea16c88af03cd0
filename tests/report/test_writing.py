"""Reports are written whole, and asked for plainly."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from oagen.errors import OutputError, UsageError
from oagen.report.writing import STREAMED, Format, ReportFile, asked_reports, write_atomically, write_reports
from tests.report.campaigns import account


@pytest.mark.parametrize("text", ["sarif", "pdf=x", "sarif=", "=x", ""])
def test_what_is_no_report(text: str) -> None:
    with pytest.raises(UsageError, match="is no report") as told:
        asked_reports([text])
    assert "sarif=FILE" in str(told.value.hint)


def test_two_reports_in_one_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="two reports go to"):
        asked_reports([f"json={tmp_path / 'x'}", f"sarif={tmp_path / 'x'}"])


def test_all_formats_at_once_one_on_stdout(tmp_path: Path) -> None:
    printed: list[str] = []
    asked = [
        f"{form.value}={tmp_path / 'deep' / form.value}"
        for form in Format
        if form is not Format.JSON and form not in STREAMED
    ]
    write_reports(asked_reports([*asked, "json=-"]), account(tmp_path), printed.append)

    assert json.loads(printed[0])["requests"] == 321
    assert sorted(path.name for path in (tmp_path / "deep").iterdir()) == ["codequality", "junit", "markdown", "sarif"]


def test_a_report_that_cannot_be_written_leaves_the_others(tmp_path: Path) -> None:
    reports = [
        ReportFile(format=Format.JSON, path=tmp_path / "missing" / "a.json"),
        ReportFile(format=Format.SARIF, path=tmp_path / "b.sarif"),
    ]
    with pytest.raises(OutputError, match=r"a\.json can't be written"):
        write_reports(reports, account(tmp_path), lambda _: None)
    assert json.loads((tmp_path / "b.sarif").read_text())["version"] == "2.1.0"


def test_a_failing_write_leaves_the_old_report_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "report.json"
    file.write_text("old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="No space left"):
        write_atomically(file, "new")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("report.json", "old")]


def test_permissions_stay(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_text("old")
    file.chmod(0o640)
    write_atomically(file, "new")

    assert (file.read_text(), stat.S_IMODE(file.stat().st_mode)) == ("new", 0o640)
