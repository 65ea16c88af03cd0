"""HAR files are complete after each entry, hold no secret, and what cannot be text is still there."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from oagen.errors import OutputError
from oagen.findings.redaction import Redaction
from oagen.report.har import HarFile, RecordingTarget
from oagen.scenario.wire import WireRequest
from oagen.target.model import Answer, FailureKind, SendFailure
from tests.report.campaigns import HOSTILE, SECRET
from tests.report.schemas import har_problems

ORIGIN = "http://127.0.0.1:8000"
_REQUEST = WireRequest(
    method="POST",
    target="/orders/a%2Fb?limit=3&api_key=zzz",
    headers=(("Content-Type", "application/json"), ("Authorization", "Bearer other"), ("X-Trace", f"a {SECRET}")),
    body=b'{"name": "x"}',
)
_ANSWER = Answer(
    status=201,
    headers=(("Content-Type", "application/json"), ("Set-Cookie", "session=abc"), ("Location", "/orders/1")),
    body=b'{"access_token": "t0ken-of-somebody", "id": 1}',
    seconds=0.25,
)


Opened = Callable[..., HarFile]


@pytest.fixture
def opened() -> Iterator[Opened]:
    """Open HAR files, and close them after the test."""
    files: list[HarFile] = []

    def open_one(path: Path, redaction: Redaction | None = None, **options: Any) -> HarFile:
        files.append(HarFile(path, redaction or Redaction(), origin=ORIGIN, **options))
        return files[-1]

    yield open_one
    for file in files:
        file.close()


def _content(path: Path) -> list[dict[str, Any]]:
    text = path.read_text(encoding="ascii")
    har = json.loads(text)
    assert har_problems(har) == []
    entries: list[dict[str, Any]] = har["log"]["entries"]
    return entries


def test_an_exchange_is_an_entry(tmp_path: Path, opened: Opened) -> None:
    har = opened(tmp_path / "a.har", Redaction([SECRET]))
    har.add(_REQUEST, _ANSWER)

    (entry,) = _content(tmp_path / "a.har")
    sent, answer = entry["request"], entry["response"]
    assert (sent["method"], sent["url"]) == ("POST", f"{ORIGIN}/orders/a%2Fb?limit=3&api_key=%5Bredacted%5D")
    assert sent["queryString"] == [{"name": "limit", "value": "3"}, {"name": "api_key", "value": "[redacted]"}]
    assert {item["name"]: item["value"] for item in sent["headers"]} == {
        "Content-Type": "application/json",
        "Authorization": "[redacted]",
        "X-Trace": "a [redacted]",
    }
    assert sent["postData"] == {"mimeType": "application/json", "params": [], "text": '{"name": "x"}'}
    assert (answer["status"], answer["statusText"], answer["redirectURL"]) == (201, "Created", "/orders/1")
    assert answer["content"]["text"] == '{"access_token": "[redacted]", "id": 1}'
    assert entry["time"] == 250


def test_every_entry_leaves_a_whole_file(tmp_path: Path, opened: Opened) -> None:
    har = opened(tmp_path / "a.har", Redaction([SECRET]))
    assert _content(tmp_path / "a.har") == []
    outcomes: tuple[Answer | SendFailure, ...] = (
        _ANSWER,
        SendFailure(FailureKind.TIMEOUT, f"no answer within 3 s from {SECRET}"),
        Answer(status=500, headers=(("X", HOSTILE),), body=HOSTILE.encode("utf-8", "surrogatepass")),
        Answer(status=799, body=b"\x89PNG\xff" * 3000),
    )
    for number, outcome in enumerate(outcomes, start=1):
        har.add(WireRequest(method="GET", target=f"/{HOSTILE}", body=b"\xff\x00" if number == 2 else None), outcome)
        assert len(_content(tmp_path / "a.har")) == number

    _, silent, hostile, binary = _content(tmp_path / "a.har")
    assert (silent["response"]["status"], silent["comment"]) == (0, "timeout: no answer within 3 s from [redacted]")
    assert base64.b64decode(silent["request"]["postData"]["text"]) == b"\xff\x00"
    assert hostile["response"]["content"]["encoding"] == "base64"
    assert (binary["response"]["content"]["size"], binary["response"]["content"]["comment"]) == (15_000, "cut off")
    assert SECRET not in (tmp_path / "a.har").read_text()


def test_several_processes_write_one_file(tmp_path: Path, opened: Opened) -> None:
    path = tmp_path / "a.har"
    first, second = opened(path), opened(path, fresh=False)
    for har in (second, first, second):
        har.add(_REQUEST, _ANSWER)

    assert len(_content(path)) == 3


def test_beyond_its_size_only_faults_are_added(tmp_path: Path, opened: Opened) -> None:
    har = opened(tmp_path / "a.har", room=2_000)
    for _ in range(10):
        har.add(_REQUEST, _ANSWER)
    before = len(_content(tmp_path / "a.har"))
    har.add(_REQUEST, Answer(status=503))
    har.add(_REQUEST, SendFailure(FailureKind.DROPPED, "gone"))

    entries = _content(tmp_path / "a.har")
    assert 1 <= before < 10
    assert [entry["response"]["status"] for entry in entries[before:]] == [503, 0]


def test_a_kill_leaves_a_whole_file(tmp_path: Path) -> None:
    program = (
        "import pathlib; from oagen.report.har import HarFile; from oagen.findings.redaction import Redaction;"
        "from tests.report import test_har as own;"
        f"har = HarFile(pathlib.Path({str(tmp_path / 'a.har')!r}), Redaction(), origin=own.ORIGIN);"
        "print('go', flush=True);\n"
        "while True: har.add(own._REQUEST, own._ANSWER)"
    )
    for _ in range(3):
        with subprocess.Popen(
            [sys.executable, "-c", program], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"go\n"
            while (tmp_path / "a.har").stat().st_size < 200_000:
                pass
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        assert len(json.loads((tmp_path / "a.har").read_text())["log"]["entries"]) > 50


class _Api:
    def send(self, request: WireRequest, *, timeout: float | None = None) -> Answer:
        if request.target == "/slow":
            raise SendFailure(FailureKind.TIMEOUT, "too slow")
        return _ANSWER

    def close(self) -> None:
        pass


def test_a_recorded_target_answers_as_before(tmp_path: Path, opened: Opened) -> None:
    har = opened(tmp_path / "a.har")
    target = RecordingTarget(_Api(), har)

    assert target.send(_REQUEST) is _ANSWER
    with pytest.raises(SendFailure, match="too slow"):
        target.send(WireRequest(method="GET", target="/slow"))
    assert target.send_together([_REQUEST, _REQUEST]) == (_ANSWER, _ANSWER)
    assert [entry["response"]["status"] for entry in _content(tmp_path / "a.har")] == [201, 0, 201, 201]
    har.close()
    assert target.send(_REQUEST) is _ANSWER  # nobody can write any more


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"a\.har can't be written"):
        HarFile(tmp_path / "none" / "a.har", Redaction(), origin=ORIGIN)
