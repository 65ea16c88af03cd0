from __future__ import annotations

import socketserver
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from oagen.errors import DocumentError
from oagen.spec.discovery import fetch_document, usual_documents


def test_usual_documents_of_a_project(tmp_path: Path) -> None:
    for name, text in {
        "docs/openapi.yaml": "openapi: 3.0.0",
        "openapi.json": '{"openapi": "3.1.0"}',
        "api/swagger.yml": "swagger: '2.0'",
        "api.yaml": "something: else",
        "openapi.txt": "openapi: 3.0.0",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "swagger.json").mkdir()

    found = [path.relative_to(tmp_path).as_posix() for path in usual_documents(tmp_path)]
    assert found == ["openapi.json", "docs/openapi.yaml", "api/swagger.yml"]


class _Api(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        found = self.server.answers.get(self.path)  # type: ignore[attr-defined]
        self.send_response(404 if found is None else 200)
        self.end_headers()
        self.wfile.write(found or b"<html>not here</html>")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


@pytest.fixture
def api() -> Iterator[Any]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Api) as server:
        server.answers = {}  # type: ignore[attr-defined]
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", server.answers  # type: ignore[attr-defined]
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("base", "place"),
    [
        ("", "/openapi.json"),
        ("/api", "/api/openapi.json"),
        ("/api/", "/v3/api-docs"),
        ("/x", "/swagger/v1/swagger.json"),
    ],
)
def test_the_document_of_a_running_api(api: Any, base: str, place: str) -> None:
    url, answers = api
    answers["/openapi.json"] = b'{"message": "a page that answers 200 to everything"}'
    answers[place] = b'{"openapi": "3.0.0"}'

    assert fetch_document(url + base) == url + place


def test_an_api_that_serves_none(api: Any) -> None:
    with pytest.raises(DocumentError, match="at none of the usual places"):
        fetch_document(api[0])


def test_an_api_that_is_down() -> None:
    with pytest.raises(DocumentError, match="can't be reached"):
        fetch_document("http://127.0.0.1:9")
