from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import oagen_in

DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Pets \x1b[31m", "version": "1"},
    "servers": [{"url": "https://pets.example/v1"}],
    "security": [{"token": []}],
    "paths": {
        "/pets": {
            "get": {"operationId": "listPets", "tags": ["pets"], "responses": {"200": {"description": "x"}}},
            "post": {"responses": {"201": {"description": "x"}, "default": {"description": "x"}}, "security": []},
        },
        "/broken": {"get": 7},
    },
    "webhooks": {"newPet": {"post": {"responses": {"200": {"description": "x"}}}}},
    "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
}


def document(folder: Path) -> None:
    (folder / "openapi.json").write_text(json.dumps(DOCUMENT, indent=1))


def test_shows_operations_responses_security_and_diagnostics(tmp_path: Path) -> None:
    document(tmp_path)

    ended = oagen_in(tmp_path, "inspect", "openapi.json")

    assert ended.code == 0
    assert ended.out.startswith("Pets \\x1b[31m 1 (OpenAPI 3.1): ")
    lines = [line.split() for line in ended.out.splitlines()]
    assert ["GET", "/pets", "200", "token", "listPets"] in lines
    assert ["POST", "/pets", "201", "default"] in lines
    assert "servers: https://pets.example/v1" in ended.out
    assert "security schemes: token (http bearer)" in ended.out
    assert "webhooks (listed, not tested): newPet" in ended.out
    assert "openapi.json:" in ended.out
    assert "/paths/~1broken/get" in ended.out


OFFERING = """\
async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    found = scope["path"] == "/openapi.json"
    body = open("offered.json", "rb").read() if found else b""
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200 if found else 404, "headers": headers})
    await send({"type": "http.response.body", "body": body})
"""


@pytest.mark.parametrize(("served", "code"), [("[ci]\nstart = 'serve'\n", 0), ("", 2)], ids=["by a job", "elsewhere"])
def test_an_api_that_only_jobs_serve_is_described_by_its_application(tmp_path: Path, served: str, code: int) -> None:
    (tmp_path / "offered.json").write_text(json.dumps(DOCUMENT))
    (tmp_path / "shop.py").write_text(OFFERING)
    configuration = f'[api]\napp = "shop:app"\nbase_url = "http://127.0.0.1:9"\n\n{served}'
    (tmp_path / "oagen.toml").write_text(configuration)

    ended = oagen_in(tmp_path, "inspect")

    assert ended.code == code, ended.err
    assert ("listPets" in ended.out) is (code == 0)


def test_shows_the_same_as_json(tmp_path: Path) -> None:
    document(tmp_path)

    ended = oagen_in(tmp_path, "inspect", "openapi.json", "--json")

    value = json.loads(ended.out)
    assert [operation["operation"] for operation in value["operations"]][:2] == ["GET /pets", "POST /pets"]
    assert value["operations"][0]["security"] == [{"token": []}]
    assert value["operations"][1]["responses"][0] == {"status": "201", "media_types": []}
    assert value["webhooks"] == ["newPet"]
    assert any(item["pointer"].startswith("/paths/~1broken") for item in value["diagnostics"])


def test_strict_stops_at_what_can_not_be_read(tmp_path: Path) -> None:
    document(tmp_path)

    ended = oagen_in(tmp_path, "inspect", "openapi.json", "--strict")

    assert (ended.code, ended.out) == (2, "")
    assert "openapi.json" in ended.err


def test_selects_operations(tmp_path: Path) -> None:
    document(tmp_path)

    ended = oagen_in(tmp_path, "inspect", "openapi.json", "--json", "--include", "tag:pets")

    assert [operation["operation"] for operation in json.loads(ended.out)["operations"]] == ["GET /pets"]


def test_a_selection_of_nothing_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "openapi.json").write_text(json.dumps(DOCUMENT | {"paths": {"/pets": DOCUMENT["paths"]["/pets"]}}))

    ended = oagen_in(tmp_path, "inspect", "openapi.json", "--include", "tag:nope")

    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("error: no operation matches 'tag:nope'\nhint: ")


def test_filters_that_leave_nothing_together_are_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "openapi.json").write_text(json.dumps(DOCUMENT | {"paths": {"/pets": DOCUMENT["paths"]["/pets"]}}))

    ended = oagen_in(tmp_path, "inspect", "openapi.json", "--method", "GET", "--exclude", "method:GET")

    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("error: no operation is selected\nhint: ")


def test_takes_the_document_from_the_configuration_or_stdin(tmp_path: Path) -> None:
    document(tmp_path)
    (tmp_path / "oagen.toml").write_text('[api]\ndocument = "openapi.json"\n')
    below = tmp_path / "below"
    below.mkdir()

    configured = oagen_in(below, "inspect", "--json")
    piped = oagen_in(tmp_path, "inspect", "-", "--json", stdin=json.dumps(DOCUMENT))

    assert json.loads(configured.out)["operations"] == json.loads(piped.out)["operations"]
