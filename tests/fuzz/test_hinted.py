"""Bodies that no document describes, learned from what refusals say."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from oagen.fuzz.campaign import Campaign
from oagen.fuzz.events import CampaignOptions, Finished
from oagen.fuzz.hinted import Mender
from oagen.fuzz.luck import Luck
from oagen.fuzz.pool import Pool
from oagen.scenario.model import Body, Literal, Request
from oagen.scenario.wire import WireRequest
from oagen.target.model import Answer
from tests.fuzz.apps import Answering, described

_OK = {"description": "fine"}
_PATHS: dict[str, Any] = {
    "/racks": {"get": {"responses": {"200": _OK}}},
    "/books": {"post": {"responses": {"201": _OK, "422": _OK}}},
    "/books/{book_id}": {
        "parameters": [{"name": "book_id", "in": "path", "required": True, "schema": {"type": "string"}}],
        "put": {"responses": {"200": _OK, "422": _OK}},
        "get": {"responses": {"200": _OK, "404": _OK}},
    },
}


def _pydantic(*errors: tuple[str, str]) -> Answer:
    return _json(422, {"detail": [{"loc": ["body", name], "msg": message} for name, message in errors]})


def _plain(*errors: tuple[str, str]) -> Answer:
    return _json(422, {"error": f"'{errors[0][0]}' {errors[0][1].lower()}".replace("field required", "is required")})


def _json(status: int, value: Any) -> Answer:
    return Answer(status=status, headers=(("Content-Type", "application/json"),), body=json.dumps(value).encode())


@pytest.mark.parametrize("refuse", [_pydantic, _plain])
def test_an_undocumented_body_is_learned_field_by_field(tmp_path: Path, refuse: Callable[..., Answer]) -> None:
    books: list[dict[str, Any]] = []

    def respond(request: WireRequest) -> Answer:
        path = request.target.partition("?")[0]
        if request.method == "GET" and path == "/racks":
            return _json(200, [{"id": "rack-7"}])
        if request.method == "GET":
            return _json(200, books[0]) if books else _json(404, {})
        if request.method not in ("POST", "PUT"):
            return _json(405, {})
        try:
            value = json.loads(request.body or b"null")
        except (ValueError, RecursionError):
            return _json(400, {})
        if not isinstance(value, dict) or "title" not in value:
            return refuse(("title", "Field required"))
        if value.get("rack_id") != "rack-7":
            return refuse(("rack_id", "Field required"))
        if value.get("cover") not in ("hard", "soft"):
            return refuse(("cover", "Input should be 'hard' or 'soft'"))
        if request.method == "POST":
            books.append({"id": f"book-{len(books)}", **value})
        return _json(201 if request.method == "POST" else 200, books[-1] if books else value)

    document = {"openapi": "3.1.0", "info": {"title": "Books", "version": "1"}, "paths": _PATHS}
    options = CampaignOptions(max_seconds=60, max_requests=300)

    events = list(Campaign(described(tmp_path, document), Answering(respond), options).run())

    assert isinstance(events[-1], Finished)
    answered = events[-1].responses
    assert answered["POST /books"].get("201", 0) > 0
    assert answered["PUT /books/{book_id}"].get("200", 0) > 0


def test_a_refusal_that_never_ends_is_given_up(tmp_path: Path) -> None:
    document = {"openapi": "3.1.0", "info": {"title": "Books", "version": "1"}, "paths": _PATHS}
    operation = next(item for item in described(tmp_path, document).operations if item.method == "POST")
    mender = Mender(Pool(Luck(1)))
    request: Request | None = Request(method="POST", path="/books")
    fields = 0

    while request is not None:
        refusal = _pydantic((f"field_{fields}", "Field required"))
        last, request = request, mender.mended(request, refusal, operation, 0)
        fields += 1

    assert isinstance(last.body, Body)
    assert isinstance(last.body.value, Literal)
    assert len(last.body.value.value) == fields - 1
    assert 10 < fields < 40


def test_a_field_that_is_complained_about_again_gets_another_value(tmp_path: Path) -> None:
    document = {"openapi": "3.1.0", "info": {"title": "Books", "version": "1"}, "paths": _PATHS}
    operation = next(item for item in described(tmp_path, document).operations if item.method == "POST")
    mender = Mender(Pool(Luck(1)))
    request = Request(method="POST", path="/books")

    tried = [mender.mended(request, _pydantic(("size", "is not valid: required")), operation, 0) for _ in range(4)]

    assert len({str(item) for item in tried}) == 4
