"""`oagen fuzz --workers` from the outside: one report, and no process is left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from oagen.findings.history import history
from oagen.findings.store import Store
from tests.cli.orders import orders_over_http, write_document
from tests.cli.running import ROOT, oagen_in
from tests.findings import faulty

pytestmark = pytest.mark.timeout(180)


def _report(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "found.json").read_text())
    return found


def test_workers_find_what_one_does_and_tell_it_once(tmp_path: Path) -> None:
    write_document(tmp_path)
    with orders_over_http() as (url, orders):
        arguments = (
            "fuzz",
            "openapi.json",
            "--base-url",
            url,
            "--max-requests",
            "12000",
            "--report",
            "json=found.json",
        )
        ended = oagen_in(tmp_path, *arguments, "--workers", "2", "--oracle", "undocumented-5xx")

    report = _report(tmp_path)
    assert ended.code == 1, ended.err
    operations = {
        "limit": "GET /orders",
        "nul": "POST /orders",
        "not-object": "POST /orders",
        "stateful": "GET /orders/{order_id}",  # needs two requests of the same worker, which is luck
    }
    met = set(orders.faults)
    assert met >= {"limit", "nul", "not-object"}
    assert sorted(finding["operation"] for finding in report["findings"]) == sorted(operations[fault] for fault in met)
    assert 10_000 <= report["requests"] <= 12_000
    assert sum(sum(counts.values()) for counts in report["responses"].values()) == report["requests"]
    assert ended.out.count(" requests in ") == 1
    with closing(Store(tmp_path / ".oagen/findings.sqlite")) as store:
        assert [run.stop for run in history(store)] == [report["stop"]]
        assert {kept.finding.fingerprint: kept.finding.count for kept in store.kept()} == {
            finding["fingerprint"]: finding["count"] for finding in report["findings"]
        }


def test_each_worker_has_an_application_of_its_own(tmp_path: Path) -> None:
    faulty.description(tmp_path)
    (tmp_path / "cellar.py").write_text(faulty.APP + "\nimport os\nopen(f'started-{os.getpid()}', 'w').close()\n")
    arguments = ("fuzz", "openapi.json", "--app", "cellar:app", "--max-requests", "300", "--report", "json=found.json")

    ended = oagen_in(tmp_path, *arguments, "--workers", "2")

    assert ended.code == 1, ended.err
    assert any("cellar.py" in (finding["frame"] or "") for finding in _report(tmp_path)["findings"])
    assert len(list(tmp_path.glob("started-*"))) == 2


def test_what_nobody_can_begin_with_is_one_message(tmp_path: Path) -> None:
    write_document(tmp_path)

    ended = oagen_in(tmp_path, "fuzz", "openapi.json", "--base-url", "http://127.0.0.1:1", "--workers", "3")

    assert ended.code == 2
    assert ended.err.count("error:") == 1
    assert "no connection" in ended.err
    assert "Traceback" not in ended.err


def _started(folder: Path, url: str, workers: int = 2) -> tuple[subprocess.Popen[bytes], list[int]]:
    """Start a campaign of so many workers, and wait until it has found something."""
    arguments = ["fuzz", "openapi.json", "--base-url", url, "--workers", str(workers), "--max-time", "100"]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("OAGEN_")}
    with (folder / "err").open("wb") as err:
        process = subprocess.Popen(
            [sys.executable, "-m", "oagen", *arguments, "--report", "json=found.json"],
            cwd=folder,
            env=clean | {"PYTHONPATH": str(ROOT)},
            stdout=err,
            stderr=err,
        )
    until = time.monotonic() + 60
    while "found:" not in (folder / "err").read_text() and time.monotonic() < until:
        time.sleep(0.1)
    return process, _children(process.pid)


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _are_gone(pids: list[int]) -> bool:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        if not any(Path(f"/proc/{pid}").exists() and _state(pid) != "Z" for pid in pids):
            return True
        time.sleep(0.05)
    return False


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


def test_ctrl_c_ends_all_and_reports(tmp_path: Path) -> None:
    write_document(tmp_path)
    with orders_over_http() as (url, _):
        process, workers = _started(tmp_path, url)
        process.send_signal(signal.SIGINT)
        code = process.wait(60)

    assert len(workers) == 2
    assert code == 130
    assert _are_gone(workers)
    assert _report(tmp_path)["stop"] == "interrupted"
    assert "findings:" in (tmp_path / "err").read_text()


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("later", [0.0, 0.13, 0.61])
def test_ctrl_c_at_any_moment_ends_with_a_report(tmp_path: Path, workers: int, later: float) -> None:
    write_document(tmp_path)
    with orders_over_http() as (url, _):
        process, _workers = _started(tmp_path, url, workers)
        time.sleep(later)
        process.send_signal(signal.SIGINT)
        code = process.wait(30)

    said = (tmp_path / "err").read_text()
    assert code == 130, said
    assert "ignored" not in said
    assert _report(tmp_path)["stop"] == "interrupted"
    assert _report(tmp_path)["findings"]


def test_a_killed_worker_is_told_and_the_campaign_goes_on(tmp_path: Path) -> None:
    write_document(tmp_path)
    with orders_over_http() as (url, _):
        process, workers = _started(tmp_path, url)
        os.kill(workers[1], signal.SIGKILL)
        time.sleep(2)
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        process.wait(60)

    assert "note: worker 2 was ended by SIGKILL; the others go on" in (tmp_path / "err").read_text()
    assert _report(tmp_path)["findings"]


def test_killed_itself_it_leaves_a_store_and_no_process(tmp_path: Path) -> None:
    write_document(tmp_path)
    with orders_over_http() as (url, _):
        process, workers = _started(tmp_path, url)
        process.kill()
        process.wait(10)

        assert len(workers) == 2
        assert _are_gone(workers)
    listed = oagen_in(tmp_path, "findings", "list")
    assert (listed.code, listed.err) == (0, "")
    assert "POST /orders answers an undocumented 500" in listed.out


def test_tracebacks_in_a_log_that_all_fill_are_put_to_the_requests_that_left_them(tmp_path: Path) -> None:
    kinds = {"/a": "KeyError", "/b": "IndexError", "/c": "TypeError", "/d": "AttributeError"}
    schema = {"type": "object", "required": ["q"], "properties": {"q": {"type": "integer", "maximum": 50}}}
    operation = {
        "requestBody": {"content": {"application/json": {"schema": schema}}},
        "responses": {"200": {"description": "fine"}},
    }
    document = {"openapi": "3.1.0", "info": {"title": "log", "version": "1"}}
    (tmp_path / "openapi.json").write_text(json.dumps(document | {"paths": {p: {"post": operation} for p in kinds}}))
    log = tmp_path / "server.log"
    log.touch()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            kind, status = kinds.get(self.path), 200
            if kind is not None and len(body) % 3:
                status = 500
                line = f'  File "/srv/{kind}.py", line 3, in show\n    raise {kind}\n{kind}: no\n'
                with log.open("a") as file:
                    file.write(f"Traceback (most recent call last):\n{line}")
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        arguments = ("--base-url", f"http://127.0.0.1:{server.server_address[1]}", "--log-file", "server.log")
        report = ("--report", "json=found.json", "--oracle", "undocumented-5xx", "--method", "POST")
        ended = oagen_in(
            tmp_path, "fuzz", "openapi.json", *arguments, "--workers", "3", "--max-requests", "600", *report
        )
        server.shutdown()

    assert ended.code == 1, ended.err
    shown = {finding["exception"]: finding["operation"] for finding in _report(tmp_path)["findings"]}
    assert shown == {kind: f"POST {path}" for path, kind in kinds.items()}
    with closing(Store(tmp_path / ".oagen/findings.sqlite")) as store:
        assert all(finding.operations == (finding.operation,) for finding in store.findings())
