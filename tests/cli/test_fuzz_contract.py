"""Broken promises from `oagen fuzz` on: in the store, replayed, and as tests."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import oagen_in
from tests.suite.running import run

pytestmark = pytest.mark.timeout(280)

APP = """
import json
import os
from fastapi import FastAPI, Request, Response

KEPT = os.path.exists("kept")
ITEM = {
    "type": "object",
    "required": ["id", "tags"],
    "properties": {"id": {"type": "integer"}, "tags": {"type": "array", "items": {"type": "string", "maxLength": 5}}},
}
NAME = {"type": "string", "minLength": 1, "maxLength": 20}
NEW = {"type": "object", "required": ["name"], "properties": {"name": NAME}}


def answer(schema, **more):
    return {"description": "", "content": {"application/json": {"schema": schema}}, **more}


COUNT = {"X-Count": {"required": True, "schema": {"type": "integer"}}}
PATHS = {
    "/items": {
        "post": {
            "requestBody": {"required": True, "content": {"application/json": {"schema": NEW}}},
            "responses": {"201": answer({"$ref": "#/components/schemas/Item"}), "422": answer({})},
        },
        "get": {"responses": {"200": answer({"type": "array"}, headers=COUNT)}},
    },
    "/report": {"get": {"responses": {"200": answer({"type": "object"})}}},
    "/old": {"get": {"responses": {"200": answer({"type": "object"})}}},
}
DOCUMENT = {"openapi": "3.1.0", "info": {"title": "Items", "version": "1"}, "paths": PATHS,
            "components": {"schemas": {"Item": ITEM}}}
app = FastAPI()
app.openapi = lambda: DOCUMENT
items = []


@app.post("/items")
async def create(request: Request):
    try:
        name = json.loads(await request.body())["name"]
    except Exception:
        return Response("{}", 422, media_type="application/json")
    if not isinstance(name, str) or not 1 <= len(name) <= 20:
        return Response("{}", 422, media_type="application/json")
    items.append({"id": len(items), "tags": ["a", "b" if KEPT else "much too long"]})
    return Response(json.dumps(items[-1]), 201, media_type="application/json")


@app.get("/items")
async def listed():
    headers = {"X-Count": "3"} if KEPT else {}
    return Response("[]", 200, headers, "application/json")


@app.get("/report")
async def report():
    return Response("{}", media_type="application/json" if KEPT else "text/html")


@app.get("/old")
async def old():
    return Response("{}", 200 if KEPT else 410, media_type="application/json")
"""


def _kinds(folder: Path, *more: str) -> tuple[int, dict[str, str]]:
    ended = oagen_in(
        folder,
        "fuzz",
        "--app",
        "shop:app",
        "--max-requests",
        "250",
        "--max-time",
        "60",
        "--report",
        "json=r.json",
        *more,
    )
    assert "Traceback" not in ended.err
    report = json.loads((folder / "r.json").read_text())
    assert report["withheld"] == 0
    return ended.code, {finding["kind"]: finding["operation"] for finding in report["findings"]}


def test_broken_promises_are_kept_replayed_and_written_as_tests(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(APP)
    code, kinds = _kinds(tmp_path, "--emit-tests", "found")

    assert code == 1
    assert kinds == {
        "schema": "POST /items",
        "headers": "GET /items",
        "content-type": "GET /report",
        "undocumented-status": "GET /old",
    }
    assert oagen_in(tmp_path, "findings", "list").out.count("open") == 4
    assert oagen_in(tmp_path, "replay", "--app", "shop:app").out.count("still there") == 4
    broken = run(tmp_path / "found", "--api-app", "shop:app", "-rA")
    assert (broken.code, "4 xfailed" in broken.output) == (0, True), broken.output

    (tmp_path / "kept").touch()
    replayed = oagen_in(tmp_path, "replay", "--app", "shop:app")
    assert (replayed.code, replayed.out.count("fixed:")) == (0, 4)
    mended = run(tmp_path / "found", "--api-app", "shop:app", "-rA")
    assert mended.code == 1
    assert mended.output.count("[XPASS(strict)]") >= 4
    assert _kinds(tmp_path) == (0, {})


def test_oracles_are_chosen_and_findings_need_not_fail(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(APP)

    assert _kinds(tmp_path, "--oracle", "headers", "--oracle", "status", "--fail-on", "never") == (
        0,
        {"headers": "GET /items", "undocumented-status": "GET /old"},
    )
    wrong = oagen_in(tmp_path, "fuzz", "--app", "shop:app", "--oracle", "nope")
    assert wrong.code == 2
    assert "connection-dropped" in wrong.err
