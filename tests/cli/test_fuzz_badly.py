"""`oagen fuzz` against what is not there, refuses everything, or can't be written: one message, and what was done."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.running import ROOT, oagen_in
from tests.fuzz.apps import DOCUMENT
from tests.target.servers import Script, answer, saying, serving

pytestmark = pytest.mark.timeout(180)

ESCAPES = b"\x1b]0;owned\x07\x1b[31m\xff\xfe\xe2\x80\xae broken"


def _document(folder: Path) -> None:
    (folder / "openapi.json").write_text(json.dumps(DOCUMENT))


def _fuzz(folder: Path, script: Script, *more: str) -> tuple[int, str, str]:
    _document(folder)
    with serving(script) as served:
        ended = oagen_in(
            folder, "fuzz", "openapi.json", "--base-url", served.url, "--max-requests", "150", "--max-time", "30", *more
        )
    assert "Traceback" not in ended.err
    return ended.code, ended.out, ended.err


def test_refused_credentials_are_said_early_and_end_with_2(tmp_path: Path) -> None:
    code, out, err = _fuzz(tmp_path, saying(answer(b"", "401 Unauthorized")), "--report", "json=r.json")

    assert code == 2
    assert "401" in err
    assert "the credentials are refused" in out
    report = json.loads((tmp_path / "r.json").read_text())
    assert report["stop"] == "the credentials are refused"
    assert report["findings"] == []
    assert report["requests"] < 100


def test_what_speaks_no_tls_ends_with_2(tmp_path: Path) -> None:
    _document(tmp_path)
    with serving(saying(answer(b"{}"))) as served:
        url = served.url.replace("http:", "https:")
        ended = oagen_in(tmp_path, "fuzz", "openapi.json", "--base-url", url)

    assert ended.code == 2
    assert "TLS" in ended.err
    assert "Traceback" not in ended.err


def test_escapes_and_broken_utf_8_in_bodies_reach_neither_terminal_nor_reports(tmp_path: Path) -> None:
    reports = [f"--report={name}=r.{name}" for name in ("json", "junit", "sarif", "markdown")]
    code, out, err = _fuzz(tmp_path, saying(answer(ESCAPES, "500 Broken")), *reports)

    assert code == 1
    written = "".join((tmp_path / f"r.{name}").read_text() for name in ("json", "junit", "sarif", "markdown"))
    for text in (out, err, written):
        assert "\x1b" not in text
        assert "\x07" not in text
        assert "\u202e" not in text


def test_a_target_that_goes_away_without_a_fault_ends_with_2_and_the_report(tmp_path: Path) -> None:
    _document(tmp_path)
    said = answer(b"{}", "404 Not Found", "Connection: close")
    asked = 0
    with serving(lambda connected, _request: _die_after(connected, said)) as served:
        ended = oagen_in(
            tmp_path,
            "fuzz",
            "openapi.json",
            "--base-url",
            served.url,
            "--max-time",
            "30",
            "--report",
            "json=r.json",
            "--oracle",
            "undocumented-5xx",
        )
        asked = len(served.requests)

    report = json.loads((tmp_path / "r.json").read_text())
    assert asked > 20
    assert (ended.code, report["stop"]) == (2, "the target does not answer any more")
    assert sum(sum(counts.values()) for counts in report["responses"].values()) == report["requests"]


_answered = [0]


def _die_after(connected: object, said: bytes) -> None:
    import socket

    assert isinstance(connected, socket.socket)
    _answered[0] += 1
    if _answered[0] <= 25:
        connected.sendall(said)
    connected.shutdown(socket.SHUT_RDWR)


def test_a_full_disk_is_one_message_and_the_report_comes_all_the_same(tmp_path: Path) -> None:
    _document(tmp_path)
    (tmp_path / ".oagen").mkdir()
    with serving(saying(answer(b"broken", "500 Broken"))) as served:
        done = subprocess.run(
            [sys.executable, "-m", "oagen", "fuzz", "openapi.json", "--base-url", served.url, "--max-time", "20"],
            cwd=tmp_path,
            env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "NO_COLOR": "1", "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (120_000, 120_000)),
        )

    assert "Traceback" not in done.stderr
    assert done.stderr.count("findings.sqlite can't grow: ") == 1
    assert "Make room" in done.stderr
    assert "the store can't be written" in done.stdout
    assert "answers an undocumented 500" in done.stdout
    assert done.returncode == 1


def test_headers_without_end_are_named(tmp_path: Path) -> None:
    _document(tmp_path)
    with serving(saying(b"HTTP/1.1 200 OK\r\n" + b"X-A: a\r\n" * 5000)) as served:
        ended = oagen_in(tmp_path, "fuzz", "openapi.json", "--base-url", served.url, "--max-time", "15")

    assert ended.code == 2
    assert "nothing is answered any more after GET /orders (the answer's headers have no end: " in ended.err
    assert "findings: none" in ended.out


def test_a_body_that_is_cut_is_told(tmp_path: Path) -> None:
    body = b"1" * (5 * 1024 * 1024)
    _document(tmp_path)
    with serving(saying(answer(body))) as served:
        ended = oagen_in(tmp_path, "fuzz", "openapi.json", "--base-url", served.url, "--max-requests", "30")

    assert "sends an answer of more than 4 MiB: only its beginning is looked at" in ended.err


def test_a_store_of_a_newer_oagen_or_none_at_all_is_said_before_anything_is_sent(tmp_path: Path) -> None:
    import sqlite3

    newer = sqlite3.connect(tmp_path / "newer.sqlite")
    newer.execute("PRAGMA user_version = 99")
    newer.close()
    (tmp_path / "broken.sqlite").write_bytes(b"SQLite format 3\x00" + bytes(5000))
    for name, said in (("newer.sqlite", "newer oagen"), ("broken.sqlite", "broken.sqlite")):
        _document(tmp_path)
        with serving(saying(answer(b"{}"))) as served:
            ended = oagen_in(tmp_path, "fuzz", "openapi.json", "--base-url", served.url, "--store", name)

        assert ended.code == 2, name
        assert said in ended.err
        assert "Traceback" not in ended.err
        assert len(served.requests) <= 6  # where the paths begin is asked first
