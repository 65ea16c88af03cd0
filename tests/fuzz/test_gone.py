"""References to what was deleted or never was, and writes that collide."""

from __future__ import annotations

import json
import random
import re
import threading
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from oagen.findings.model import Finding
from oagen.fuzz.campaign import Campaign
from oagen.fuzz.events import CampaignOptions, Finished
from oagen.fuzz.pool import Pool
from oagen.runner.run import RunContext, run_scenario
from oagen.scenario.model import Argument, Capture, Literal, Request
from oagen.scenario.wire import WireRequest
from oagen.spec.model import ParameterLocation
from oagen.target.model import Answer
from tests.fuzz.apps import described

pytestmark = pytest.mark.timeout(120)

_OK = {"description": "fine"}


def _body(**properties: Any) -> dict[str, Any]:
    schema = {"type": "object", "required": list(properties), "properties": properties}
    return {"required": True, "content": {"application/json": {"schema": schema}}}


_TEXT = {"type": "string", "minLength": 1, "maxLength": 40}
_ID = [{"name": "rack_id", "in": "path", "required": True, "schema": {"type": "string"}}]
_DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Racks", "version": "1"},
    "paths": {
        "/racks": {"post": {"requestBody": _body(label=_TEXT), "responses": {"201": _OK, "422": _OK}}},
        "/racks/{rack_id}": {
            "parameters": _ID,
            "get": {"responses": {"200": _OK, "404": _OK}},
            "put": {"requestBody": _body(label=_TEXT), "responses": {"200": _OK, "404": _OK, "422": _OK}},
            "delete": {"responses": {"204": _OK, "404": _OK}},
        },
        "/books": {
            "post": {
                "requestBody": _body(title=_TEXT, rack_id={"type": "string"}),
                "responses": {"201": _OK, "422": _OK},
            },
            "get": {
                "parameters": [{"name": "rack_id", "in": "query", "schema": {"type": "string"}}],
                "responses": {"200": _OK},
            },
        },
        "/codes": {"post": {"requestBody": _body(code=_TEXT), "responses": {"201": _OK, "409": _OK, "422": _OK}}},
    },
}


class Racks:
    """Fails where it is asked for a rack that it has deleted, and where a code is taken between look and write.

    Attributes:
        asked: How often it was asked so for racks that are there, were deleted, and never were.
        failed: Which of its faults were met.
    """

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.failed: set[str] = set()
        self.sent: list[WireRequest] = []
        self._there: dict[str, str] = {}
        self._gone: set[str] = set()
        self._codes: set[str] = set()
        self._made = 0
        self._meeting = threading.Barrier(2)
        self._writing = threading.Lock()

    def send(self, request: WireRequest, *, timeout: float | None = None) -> Answer:
        self.sent.append(request)
        path, _, query = request.target.partition("?")
        try:
            value = json.loads(request.body or b"null")
        except (ValueError, RecursionError):
            return Answer(status=422)
        value = value if isinstance(value, dict) else {}
        found = re.fullmatch(r"/racks/([A-Za-z0-9-]+)", path)
        if found:
            return self._on_rack(request.method, found[1], value)
        match request.method, path:
            case "POST", "/racks":
                return self._make(value)
            case "POST", "/books" if isinstance(value.get("title"), str):
                return self._refer("body", value.get("rack_id"), 201)
            case "GET", "/books":
                given = re.fullmatch(r"rack_id=([A-Za-z0-9-]+)", query)
                return self._refer("query", given[1], 200) if given else Answer(status=200)
            case "POST", "/codes":
                return self._claim(value.get("code"))
        return Answer(status=404)

    def _make(self, value: dict[str, Any]) -> Answer:
        if not isinstance(value.get("label"), str) or not 0 < len(value["label"]) <= 40:
            return Answer(status=422)
        self._made += 1
        name = f"rack-{self._made:04d}"
        self._there[name] = value["label"]
        return _json(201, {"id": name, "label": value["label"]})

    def _on_rack(self, method: str, name: str, value: dict[str, Any]) -> Answer:
        if method == "PUT" and isinstance(value.get("label"), str):
            return self._refer("path", name, 200)
        if name not in self._there:
            return Answer(status=404)
        if method == "DELETE":
            del self._there[name]
            self._gone.add(name)
            return Answer(status=204)
        return _json(200, {"id": name, "label": self._there[name]}) if method == "GET" else Answer(status=405)

    def _refer(self, where: str, name: Any, status: int) -> Answer:
        if not isinstance(name, str):
            return Answer(status=422)
        known = "there" if name in self._there else "gone" if name in self._gone else "never was"
        self.asked[f"{where}: {known}"] += 1
        if known == "never was" and re.fullmatch(r"[a-z0-9]{4}-[a-z0-9]{4}", name):
            self.asked[f"{where}: never was, of the same form"] += 1
        if known == "gone":
            self.failed.add(where)
            return _json(500, {"error": f"a rack is lost, says {where}"})
        return _json(status, {}) if known == "there" else Answer(status=404 if where == "path" else 422)

    def _claim(self, code: Any) -> Answer:
        if not isinstance(code, str) or not 0 < len(code) <= 40:
            return Answer(status=422)
        if code in self._codes:
            return Answer(status=409)
        if threading.current_thread() is not threading.main_thread():
            with suppress(threading.BrokenBarrierError):
                self._meeting.wait(0.5)  # both have looked, neither has written: only two equal, new codes meet here
            self._meeting.reset()
        with self._writing:
            if code in self._codes:
                self.failed.add("collision")
                return _json(500, {"error": "the code is taken"})
            self._codes.add(code)
        return _json(201, {"code": code})

    def close(self) -> None:
        pass


def _json(status: int, value: Any) -> Answer:
    return Answer(status=status, headers=(("Content-Type", "application/json"),), body=json.dumps(value).encode())


def _hunt(tmp_path: Path, api: Racks, seed: int, requests: int = 3000) -> tuple[Finding, ...]:
    options = CampaignOptions(seed=seed, max_seconds=100, max_requests=requests, other_methods=False)
    finished = list(Campaign(described(tmp_path, _DOCUMENT), api, options).run())[-1]
    assert isinstance(finished, Finished)
    return tuple(finding for finding in finished.findings if finding.status == 500)


@pytest.mark.parametrize("seed", [1, 2])
def test_what_was_deleted_is_referred_to_in_paths_bodies_and_queries(tmp_path: Path, seed: int) -> None:
    api = Racks()

    findings = _hunt(tmp_path, api, seed)

    assert api.failed >= {"path", "body", "query"}
    assert {"PUT /racks/{rack_id}", "POST /books", "GET /books"} <= {finding.operation for finding in findings}
    for where in ("path", "body", "query"):
        assert api.asked[f"{where}: never was, of the same form"]


def test_a_finding_of_something_deleted_makes_and_deletes_it_first(tmp_path: Path) -> None:
    findings = _hunt(tmp_path, Racks(), seed=1)

    finding = next(item for item in findings if item.operation == "PUT /racks/{rack_id}")
    assert [step.request.operation for step in finding.scenario.steps] == [
        "POST /racks",
        "DELETE /racks/{rack_id}",
    ]
    assert isinstance(finding.scenario.when.arguments[0].value, Capture)
    trace = run_scenario(finding.scenario, Racks(), RunContext(run="again"))
    assert trace.decisive is not None, trace.reason
    assert trace.decisive.answer is not None
    assert trace.decisive.answer.status == 500


def _request(method: str, path: str, **arguments: Any) -> Request:
    return Request(
        method=method,
        path=path,
        arguments=tuple(
            Argument(name=name, where=ParameterLocation.PATH, value=Literal(value)) for name, value in arguments.items()
        ),
    )


def test_what_was_deleted_is_given_no_more_but_where_it_is_asked_for() -> None:
    pool, made = Pool(random.Random(1)), _request("POST", "/racks")
    for name in (7, 8):
        pool.learn(made, _json(201, {"id": name}))
    delete = _request("DELETE", "/racks/{rack_id}", rack_id=7)
    pool.learn(delete, Answer(status=204))

    assert {pool.pick("rack_id", "/racks/{rack_id}") for _ in range(20)} == {8}
    assert pool.reference("rack_id", "/books") == 8
    assert pool.deleted("rack_id", "/books") == 7
    assert pool.deleted("id", "/racks/{id}") == 7
    assert pool.deleted("book_id", "/books/{book_id}") is None
    assert pool.deletion_of("rack_id", "/books", 7) == delete
    assert pool.deletion_of("rack_id", "/books", 8) is None


def test_what_is_below_a_resource_is_not_taken_for_it() -> None:
    pool = Pool(random.Random(1))
    pool.learn(_request("POST", "/racks"), _json(201, {"id": 7}))
    pool.learn(_request("DELETE", "/racks/{rack_id}/books", rack_id=7), Answer(status=204))

    assert pool.pick("rack_id", "/racks/{rack_id}") == 7
    assert pool.deleted("rack_id", "/racks/{rack_id}") is None


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_two_writes_claim_the_same_new_name_at_the_same_moment(tmp_path: Path, seed: int) -> None:
    api = Racks()

    findings = _hunt(tmp_path, api, seed)

    assert "collision" in api.failed
    assert [item.scenario.alongside for item in findings if item.operation == "POST /codes"] == [
        (item.scenario.when,) for item in findings if item.operation == "POST /codes"
    ]
