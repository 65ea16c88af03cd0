"""Reports are on disk while a campaign runs, and writing them takes little of its time."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from oagen.fuzz.events import Found, Progress
from oagen.report.account import Account
from oagen.report.live import LiveReports
from oagen.report.writing import Format, ReportFile
from tests.findings import faulty
from tests.report.campaigns import account

PROGRESS = Progress(phase="sweep", requests=1, seconds=1.0, reached=1, findings=0, corpus=0)


class _Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def _live(folder: Path, clock: _Clock, *, seconds: float = 0.0) -> tuple[LiveReports, list[int]]:
    asked: list[int] = []

    def so_far() -> Account:
        clock.now += seconds
        asked.append(len(asked) + 1)
        return replace(account(folder), requests=len(asked))

    report = ReportFile(format=Format.JSON, path=folder / "found.json")
    return LiveReports([report], so_far, clock), asked


def _requests(folder: Path) -> int:
    return int(json.loads((folder / "found.json").read_text())["requests"])


def test_they_are_written_at_once_then_now_and_then(tmp_path: Path) -> None:
    clock = _Clock()
    live, asked = _live(tmp_path, clock)
    live.write()
    for _ in range(20):
        clock.now += 0.5
        live.consume(PROGRESS)

    assert _requests(tmp_path) == 4  # at the beginning, and every three seconds of ten
    assert asked == [1, 2, 3, 4]


def test_a_new_finding_does_not_wait(tmp_path: Path) -> None:
    clock = _Clock()
    live, _ = _live(tmp_path, clock)
    live.write()
    clock.now += 0.6
    live.consume(Found(finding=faulty.BROKEN))

    assert _requests(tmp_path) == 2


def test_slow_writing_is_rare(tmp_path: Path) -> None:
    clock = _Clock()
    live, asked = _live(tmp_path, clock, seconds=0.2)
    live.write()
    for _ in range(100):
        clock.now += 0.5
        live.consume(Found(finding=faulty.BROKEN))

    assert len(asked) <= 6


def test_what_cannot_be_written_now_is_tried_again(tmp_path: Path) -> None:
    clock = _Clock()
    live, _ = _live(tmp_path, clock)
    (tmp_path / "found.json").mkdir()
    live.write()
    (tmp_path / "found.json").rmdir()
    clock.now += 10
    live.consume(PROGRESS)

    assert _requests(tmp_path) == 2


def test_stdout_waits_for_the_end(tmp_path: Path) -> None:
    def never() -> Account:
        raise AssertionError("nobody asks")

    live = LiveReports([ReportFile(format=Format.JSON, path=Path("-"))], never)
    live.write()
    live.consume(PROGRESS)

    assert list(tmp_path.iterdir()) == []
