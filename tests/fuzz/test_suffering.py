"""Servers that hang, die, drip, flood or refuse everything: one finding each, or one message, and the report comes."""

from __future__ import annotations

import gzip
import itertools
import socket
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from oagen.errors import StoreError
from oagen.findings.model import Finding, FindingKind, StoredVerdict
from oagen.findings.store import Store
from oagen.fuzz.campaign import Campaign
from oagen.fuzz.events import CampaignOptions, Finished, Noticed, Stop
from oagen.fuzz.oracles import Oracle
from oagen.scenario.wire import WireRequest
from oagen.target.agent.client import AgentTarget
from oagen.target.agent.options import AgentOptions
from oagen.target.http import HttpOptions, HttpTarget
from oagen.target.model import Answer, FailureKind
from tests.fuzz.apps import Answering, OrdersApi, described
from tests.target.servers import Script, answer, serving

pytestmark = pytest.mark.timeout(120)

DELETION = b"DELETE /orders/"
NOT_FOUND = answer(b"{}", "404 Not Found")
Answered = tuple[Finished, list[str]]


def _campaign(tmp_path: Path, target: Any, requests: int = 250, **more: Any) -> Answered:
    options = CampaignOptions(max_seconds=60, max_requests=requests, timeout=more.pop("timeout", 0.3))
    events = list(Campaign(described(tmp_path), target, options, **more).run())
    assert isinstance(events[-1], Finished)
    return events[-1], [event.message for event in events if isinstance(event, Noticed)]


def _against(tmp_path: Path, script: Script, requests: int = 250) -> Answered:
    with serving(script) as served, closing(HttpTarget(served.url, HttpOptions(timeout=0.3))) as target:
        return _campaign(tmp_path, target, requests)


def _served(special: Callable[[socket.socket, bytes], bool]) -> Script:
    """Return a script that answers 404 to what is not dealt with."""

    def script(connected: socket.socket, request: bytes) -> None:
        if not special(connected, request):
            connected.sendall(NOT_FOUND)

    return script


def _silences(finished: Finished) -> list[tuple[str, FindingKind]]:
    return [(item.operation, item.kind) for item in finished.findings if item.status is None]


def test_one_route_that_hangs_is_a_finding_while_others_answer(tmp_path: Path) -> None:
    def hangs(_connected: socket.socket, request: bytes) -> bool:
        return request.startswith(DELETION)

    finished, _ = _against(tmp_path, _served(hangs))

    assert _silences(finished) == [("DELETE /orders/{order_id}", FindingKind.TIMEOUT)]
    assert finished.stop is Stop.REQUESTS


def test_a_process_that_hangs_ends_the_campaign_and_names_the_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("oagen.fuzz.watching._WAIT_FOR_TARGET", 0.5)
    hung = False

    def hangs(_connected: socket.socket, request: bytes) -> bool:
        nonlocal hung
        hung = hung or request.startswith(DELETION)
        return hung

    finished, notes = _against(tmp_path, _served(hangs))

    assert _silences(finished) == [("DELETE /orders/{order_id}", FindingKind.TIMEOUT)]
    assert finished.stop is Stop.DEAD
    assert len([note for note in notes if "DELETE /orders/{order_id}" in note]) == 1


def test_a_route_that_drops_connections_is_one_finding(tmp_path: Path) -> None:
    def drops(connected: socket.socket, request: bytes) -> bool:
        if request.startswith(DELETION):
            connected.shutdown(socket.SHUT_RDWR)
            return True
        return False

    finished, _ = _against(tmp_path, _served(drops))

    assert _silences(finished) == [("DELETE /orders/{order_id}", FindingKind.DROPPED)]


def test_one_slow_answer_or_one_dropped_connection_is_no_finding(tmp_path: Path) -> None:
    slips = [FailureKind.TIMEOUT, FailureKind.DROPPED]
    api = OrdersApi(broken=False)

    def respond(request: WireRequest) -> Answer | FailureKind:
        return slips.pop() if slips and len(api.sent) % 50 == 49 else api.send(request)

    finished, _ = _campaign(tmp_path, Answering(respond), 400)

    assert not slips
    assert 401 not in {finding.status for finding in finished.findings}


def test_an_operation_that_is_slow_now_and_then_is_no_finding(tmp_path: Path) -> None:
    asked: set[WireRequest] = set()

    def respond(request: WireRequest) -> Answer | FailureKind:
        slow = request.method == "DELETE" and request not in asked
        asked.add(request)
        return FailureKind.TIMEOUT if slow else Answer(status=404)

    finished, _ = _campaign(tmp_path, Answering(respond), 400)

    assert _silences(finished) == []


def test_a_network_that_is_gone_is_no_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oagen.fuzz.watching._WAIT_FOR_TARGET", 0.3)
    api = OrdersApi(broken=False)

    def respond(request: WireRequest) -> Answer | FailureKind:
        if len(api.sent) < 60:
            return api.send(request)
        api.sent.append(request)
        return FailureKind.TIMEOUT if len(api.sent) == 61 else FailureKind.UNREACHABLE

    finished, notes = _campaign(tmp_path, Answering(respond))

    assert 401 not in {finding.status for finding in finished.findings}
    assert finished.stop is Stop.DEAD
    assert len(notes) == 1


def test_an_answer_without_end_is_told_once_and_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oagen.fuzz.silence._ENDLESS", 0.2)

    def drips(connected: socket.socket, request: bytes) -> bool:
        if not request.startswith(DELETION):
            return False
        connected.sendall(b"HTTP/1.1 404 No\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            connected.sendall(b"1\r\na\r\n")
            time.sleep(0.05)

    finished, notes = _against(tmp_path, _served(drips))

    assert _silences(finished) == []
    (note,) = [note for note in notes if "404" not in note]
    assert note.startswith("DELETE /orders/{order_id} sends an answer that does not end in time")
    assert finished.responses["DELETE /orders/{order_id}"]["404"] < 10


def test_gigabytes_and_bombs_cost_no_more_than_their_beginning(tmp_path: Path) -> None:
    bomb = gzip.compress(bytes(50_000_000))

    def floods(connected: socket.socket, request: bytes) -> bool:
        if request.startswith(b"GET /orders/"):
            connected.sendall(answer(bomb, "404 No", "Content-Encoding: gzip"))
            return True
        if request.startswith(DELETION):
            connected.sendall(b"HTTP/1.1 404 No\r\nContent-Length: 9000000000\r\n\r\n")
            while True:
                connected.sendall(bytes(1_000_000))
        return False

    finished, _ = _against(tmp_path, _served(floods), 120)

    assert _silences(finished) == []
    assert finished.stop is Stop.REQUESTS


def test_a_body_that_is_not_as_compressed_as_it_says_is_no_http(tmp_path: Path) -> None:
    def lies(connected: socket.socket, request: bytes) -> bool:
        if request.startswith(DELETION):
            connected.sendall(answer(b"plain", "404 No", "Content-Encoding: gzip"))
        return request.startswith(DELETION)

    finished, _ = _against(tmp_path, _served(lies))

    assert _silences(finished) == [("DELETE /orders/{order_id}", FindingKind.PROTOCOL)]


def test_redirects_elsewhere_are_not_followed(tmp_path: Path) -> None:
    def redirects(connected: socket.socket, request: bytes) -> bool:
        if request.startswith(b"GET"):
            connected.sendall(answer(b"", "302 Found", "Location: http://192.0.2.1/"))
        return request.startswith(b"GET")

    started = time.monotonic()
    finished, _ = _against(tmp_path, _served(redirects), 100)

    assert finished.responses["GET /orders"]["302"] > 0
    assert time.monotonic() - started < 40


def test_credentials_that_nobody_accepts_end_it_early(tmp_path: Path) -> None:
    def respond(request: WireRequest) -> Answer:
        return Answer(status=404 if request.target == "/" else 401)

    finished, notes = _campaign(tmp_path, Answering(respond), 3000)

    assert finished.stop is Stop.UNAUTHORIZED
    assert finished.requests < 100
    assert 401 not in {finding.status for finding in finished.findings}
    assert any("401" in note for note in notes)


def test_credentials_that_may_do_nothing_are_told_of_once(tmp_path: Path) -> None:
    def respond(request: WireRequest) -> Answer:
        return Answer(status=404 if request.target == "/" else 403)

    finished, notes = _campaign(tmp_path, Answering(respond), 400)

    assert finished.stop is not Stop.UNAUTHORIZED
    assert finished.requests > 300
    assert sum("403" in note for note in notes) == 1


def test_a_disk_that_is_full_loses_nothing_but_the_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path / "store.sqlite")
    record, recorded = store.record, 0

    def fails(finding: Finding, run: int) -> StoredVerdict:
        nonlocal recorded
        recorded += 1
        if recorded > 2:
            raise StoreError("the store can't be used: database or disk is full", hint="Make room.")
        return record(finding, run)

    monkeypatch.setattr(store, "record", fails)
    finished, notes = _campaign(tmp_path, OrdersApi(), 3000, store=store)
    store.close()

    assert finished.stop is Stop.STORE
    assert len(finished.findings) >= 1
    assert notes == ["the store can't be used: database or disk is full. Make room."]


APP = """
import os
from fastapi import FastAPI

app = FastAPI()

def counted(number):
    while number == 13:
        pass
    return number

@app.get("/spin/{number}")
async def spin(number: int) -> int:
    return counted(number)

@app.get("/end/{number}")
async def end(number: int) -> int:
    if number == 13:
        os._exit(3)
    return number
"""


def test_an_application_that_hangs_or_dies_in_process_is_a_finding_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "spinning.py").write_text(APP)
    with closing(AgentTarget("spinning:app", AgentOptions(cwd=tmp_path, timeout=0.5))) as target:
        (tmp_path / "openapi.json").write_text(
            (target.document() or "").replace('"type": "integer"', '"enum": [13, 7]')
        )
        from oagen.spec.loading import load_description

        options = CampaignOptions(max_requests=60, timeout=0.5, oracles=(Oracle.TIMEOUT, Oracle.DROPPED))
        events = list(Campaign(load_description(str(tmp_path / "openapi.json")), target, options).run())

    finished = events[-1]
    assert isinstance(finished, Finished)
    found = {item.kind: item for item in finished.findings}
    assert set(found) == {FindingKind.TIMEOUT, FindingKind.DROPPED}
    assert found[FindingKind.TIMEOUT].operation == "GET /spin/{number}"
    assert (found[FindingKind.TIMEOUT].frame or "").split(":")[0].endswith("spinning.py")
    assert found[FindingKind.DROPPED].operation == "GET /end/{number}"


def test_what_is_under_way_when_a_campaign_ends_is_counted_with_its_answer(tmp_path: Path) -> None:
    numbers = itertools.count(1)

    def respond(_request: WireRequest) -> Answer:
        return Answer(status=404 if 36 <= next(numbers) <= 42 else 401)

    finished, _ = _campaign(tmp_path, Answering(respond), 3000)

    assert finished.stop is Stop.UNAUTHORIZED
    assert finished.requests == sum(sum(counts.values()) for counts in finished.responses.values())
    assert 401 not in {finding.status for finding in finished.findings}
