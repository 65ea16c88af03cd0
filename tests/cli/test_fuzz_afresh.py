"""What fails only when something is there: its emitted test makes that, and holds on an empty application."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import oagen_in
from tests.findings.faulty import SERVED
from tests.fuzz.library import DOCUMENT
from tests.suite.running import run

pytestmark = pytest.mark.timeout(180)

_APP = (
    '''
"""A shop of books, as an ASGI application of the standard library."""

import json

BOOKS = {}


'''
    + SERVED
    + """def answered(method, path, body):
    if path != "/books":
        return 404, {}
    if method == "GET":
        return 200, {"average": sum(BOOKS.values()) / len(set(BOOKS.values()) - {1}) if BOOKS else None}
    try:
        book = json.loads(body)
    except (ValueError, RecursionError):
        book = None
    if method != "POST" or not isinstance(book, dict) or not isinstance(book.get("name"), str) or not book["name"]:
        return 422 if method == "POST" else 405, {}
    BOOKS[len(BOOKS) + 1] = 1
    return 201, {"id": len(BOOKS), "name": book["name"]}
"""
)


def test_a_list_that_fails_as_soon_as_it_has_an_item(tmp_path: Path) -> None:
    books = {path: item for path, item in DOCUMENT["paths"].items() if path == "/books"}
    (tmp_path / "openapi.json").write_text(json.dumps(DOCUMENT | {"paths": books}))
    (tmp_path / "shelf.py").write_text(_APP)
    arguments = ("fuzz", "openapi.json", "--app", "shelf:app", "--max-requests", "1200", "--report", "json=found.json")

    ended = oagen_in(tmp_path, *arguments, "--emit-tests", "found")

    assert ended.code == 1, ended.err
    (finding,) = json.loads((tmp_path / "found.json").read_text())["findings"]
    assert (finding["operation"], finding["exception"]) == ("GET /books", "ZeroDivisionError")
    assert (finding["flaky"], finding["steps"]) == (False, 2)
    assert "strict=True" in (tmp_path / "found/regressions/test_books.py").read_text()
    ran = run(tmp_path / "found", "--api-app", "shelf:app")
    assert "1 xfailed" in ran.output, ran.output
