"""Properties that travel one way: the contract asks for them there alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from oagen.scenario.design import design
from oagen.suite.build import build_suite
from oagen.suite.model import SuiteSettings
from tests.spec.documents import document, read
from tests.suite import running

APP = """
import json

def app(environ, start_response):
    body = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    start_response("201 Created", [("Content-Type", "application/json")])
    return [json.dumps({answer}).encode()]
"""
USER = {
    "type": "object",
    "required": ["id", "name", "password"],
    "properties": {
        "id": {"type": "integer", "readOnly": True},
        "name": {"type": "string"},
        "password": {"$ref": "#/components/schemas/Password"},
    },
}


@pytest.mark.parametrize(
    ("answer", "code"), [('{"id": 7, "name": body["name"]}', 0), ('{"name": body["name"]}', 1)], ids=["kept", "broken"]
)
@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_what_is_required_one_way(tmp_path: Path, version: str, answer: str, code: int) -> None:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/User"}}}
    made = {"description": "made", "content": content}
    post = {"requestBody": {"required": True, "content": content}, "responses": {"201": made}}
    schemas = {"User": USER, "Password": {"type": "string", "writeOnly": True}}
    raw = document({"/users": {"post": post}}, components={"schemas": schemas}) | {"openapi": version}
    description = read(tmp_path, json.loads(json.dumps(raw)))
    suite = tmp_path / "api_tests"
    running.write(build_suite(description, design(description), SuiteSettings()), suite)
    (tmp_path / "shop.py").write_text(APP.format(answer=answer), encoding="utf-8")

    ran = running.run(suite, "--api-app", "shop:app", "-q", "-m", "contract")

    assert ran.code == code, ran.output
    assert len(ran.outcomes) == 1
    assert ("'id' is a required property" in ran.output) == bool(code)
