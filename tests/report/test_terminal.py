"""What a person sees while a campaign runs, and at its end."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from oagen.findings.model import StoredVerdict
from oagen.fuzz.events import Found, Noticed, Progress, Started
from oagen.report.terminal import ProgressView, summary_lines
from tests.findings import faulty
from tests.report.campaigns import FINISHED, SECRET, account, hostile

STATUSES = {"201": 3, "none": 1, "404": 2}
EVENTS = (
    Started(operations=12),
    Progress(phase="sweep", requests=300, seconds=1.0, reached=3, findings=0, corpus=9),
    Found(finding=faulty.BROKEN),
    Progress(phase="sweep", requests=600, seconds=2.0, reached=4, findings=1, corpus=10),
    Found(finding=faulty.BROKEN, again=True),
    Noticed(message="the target answers again"),
    Progress(phase="hunt", requests=900, seconds=3.0, reached=5, findings=1, corpus=11, statuses=STATUSES),
    FINISHED,
)


def test_without_a_terminal_progress_is_a_line_now_and_then() -> None:
    notes: list[str] = []
    view = ProgressView(notes.append)
    for event in EVENTS:
        view.consume(event)

    assert notes == [
        f"found: {faulty.BROKEN.sentence}",
        "sweep: 600 requests, 300/s, 4 of 12 operations reached, 1 findings, corpus of 10",
        "note: the target answers again",
    ]


def test_at_a_terminal_progress_is_shown_in_place() -> None:
    notes: list[str] = []
    shown: list[str] = []
    view = ProgressView(notes.append, shown.append)
    for event in EVENTS:
        view.consume(event)

    assert len(shown) == 3
    assert "answers    3 201, 2 404, 1 without" in shown[-1]
    assert "5 of 12 reached   corpus 11" in shown[-1]
    assert faulty.BROKEN.sentence in shown[-1]
    assert len(notes) == 2


def test_the_summary_has_the_proof_of_each_finding(tmp_path: Path) -> None:
    text = "\n".join(summary_lines(account(tmp_path)))

    assert "aaaa11112222  POST /bottles answers an undocumented 500 (JSONDecodeError at cellar.py:27)" in text
    assert "met 7 times" in text
    assert "given bottle: POST /bottles, answered 201" in text
    assert "| json.decoder.JSONDecodeError: Expecting value" in text
    assert "$ printf '\\000{\\377' | curl" in text
    assert "answers: 100 201, 200 404, 10 405, 8 500, 3 without" in text
    assert "documented and never seen: 3\n    POST /bottles 422\n" in text
    assert "findings: 2 undocumented-5xx" in text


def test_faults_that_look_alike_are_told_as_such(tmp_path: Path) -> None:
    blurred = replace(faulty.BROKEN, exact=False, exception=None, frame=None, traceback=None)
    text = "\n".join(summary_lines(account(tmp_path, blurred), tracebacks=False))

    assert "may be several faults each: name the server's log with --log-file" in text


def test_a_secret_is_not_in_the_summary(tmp_path: Path) -> None:
    assert SECRET not in "\n".join(summary_lines(account(tmp_path, hostile())))


def test_what_was_not_met_is_listed_and_not_counted(tmp_path: Path) -> None:
    fixed = replace(faulty.BROKEN, verdict=StoredVerdict.FIXED)
    text = "\n".join(summary_lines(account(tmp_path, fixed, faulty.DIVIDED)))

    assert f"of earlier campaigns:\n    aaaa11112222  {faulty.BROKEN.sentence}  [fixed]" in text
    assert "findings: 1 undocumented-5xx" in text
