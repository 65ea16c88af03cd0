"""Opening targets, and finding the documents they offer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from oagen.errors import TargetError, UsageError
from oagen.target.agent.client import AgentTarget
from oagen.target.agent.options import AgentOptions
from oagen.target.discovery import document_of, is_document
from oagen.target.http import HttpTarget
from oagen.target.open import open_target

SERVING = """
SERVED = {served!r}

def app(environ, start_response):
    path = environ["PATH_INFO"] + ("?" + environ["QUERY_STRING"] if environ["QUERY_STRING"] else "")
    status, headers, body = SERVED.get(path, ("404 Not Found", [], ""))
    start_response(status, headers)
    return [body.encode()]
"""
DOCUMENT = json.dumps({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {}})
PAGE = '<script>SwaggerUIBundle({ "url": "hidden\\/spec.json?v=1" })</script>'


def _app(folder: Path, served: dict[str, tuple[str, list[tuple[str, str]], str]]) -> AgentOptions:
    (folder / "served.py").write_text(SERVING.format(served=served))
    return AgentOptions(cwd=folder)


@pytest.mark.parametrize(
    ("served", "place"),
    [
        ({"/swagger.json": ("200 OK", [], DOCUMENT)}, "/swagger.json"),
        ({"/openapi.json": ("200 OK", [], "{}"), "/openapi.yaml": ("200 OK", [], "openapi: 3.1.0")}, "/openapi.yaml"),
        ({"/api/schema/?format=json": ("200 OK", [], DOCUMENT)}, "/api/schema/?format=json"),
        ({"/docs": ("200 OK", [], PAGE), "/hidden/spec.json?v=1": ("200 OK", [], DOCUMENT)}, "/hidden/spec.json?v=1"),
        ({"/openapi": ("302 Found", [("Location", "/moved")], ""), "/moved": ("200 OK", [], DOCUMENT)}, "/openapi"),
    ],
)
def test_documents_at_the_usual_places(
    tmp_path: Path, served: dict[str, tuple[str, list[tuple[str, str]], str]], place: str
) -> None:
    with AgentTarget("served:app", _app(tmp_path, served)) as target:
        found = document_of(target)
    assert (found.place, found.url) == (place, None)
    assert is_document(found.text)


def test_no_document_is_an_error_with_a_hint(tmp_path: Path) -> None:
    served = {"/openapi.json": ("302 Found", [("Location", "http://192.0.2.1/openapi.json")], "")}
    expected = pytest.raises(TargetError, match="the application served:app offers no OpenAPI document")
    with AgentTarget("served:app", _app(tmp_path, served)) as target, expected as caught:
        document_of(target)
    assert caught.value.hint


def test_nobody_answers() -> None:
    target = HttpTarget("http://127.0.0.1:9")
    with pytest.raises(TargetError, match="does not answer"):
        document_of(target)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (DOCUMENT, True),
        ("\ufeff" + DOCUMENT, True),
        ("# comment\n---\nswagger: '2.0'\n", True),
        ("info:\n  title: x\nopenapi: 3.0.0\n", True),
        ("{'openapi'", False),
        ("[1]", False),
        ('{"info": "openapi"}', False),
        ("<html>openapi: 3</html>", False),
        ("[" * 100_000, False),
        ('{"a":' * 100_000, False),
    ],
)
def test_what_looks_like_a_document(text: str, expected: bool) -> None:
    assert is_document(text) is expected


def test_a_target_is_one_of_two() -> None:
    with pytest.raises(UsageError), open_target():
        pass
    with pytest.raises(UsageError), open_target(base_url="http://127.0.0.1:1", app="a:b"):
        pass


def test_a_host_elsewhere_is_refused() -> None:
    with pytest.raises(TargetError, match="not this machine"), open_target(base_url="http://192.0.2.1"):
        pass


def test_targets_are_opened_and_closed(tmp_path: Path) -> None:
    with open_target(base_url="http://127.0.0.1:9/api/") as http:
        assert http.base_path == "/api"
    with open_target(app="served:app", agent=_app(tmp_path, {})) as target:
        assert isinstance(target, AgentTarget)
        log = target.log_file
        assert log is not None
        assert log.exists()
    assert not log.exists()
