"""A library whose faults need something to be there that their requests do not name."""

from __future__ import annotations

import json
import re
from typing import Any

from oagen.scenario.wire import WireRequest
from oagen.target.model import Answer

_ID = {"type": "integer"}
_NAMED = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string", "minLength": 1}}}
_LOAN = {"type": "object", "required": ["book_id"], "properties": {"book_id": _ID}}
_FINE = {"description": "fine"}


def _body(schema: dict[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _made(schema: dict[str, Any]) -> dict[str, Any]:
    described = {"type": "object", "properties": {"id": _ID, **schema["properties"]}}
    return {"description": "made", "content": {"application/json": {"schema": described}}}


DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Library", "version": "1"},
    "paths": {
        "/books": {
            "post": {"requestBody": _body(_NAMED), "responses": {"201": _made(_NAMED), "422": _FINE}},
            "get": {"responses": {"200": _FINE}},
        },
        "/books/{book_id}": {
            "parameters": [{"name": "book_id", "in": "path", "required": True, "schema": _ID}],
            "get": {"responses": {"200": _FINE, "404": _FINE}},
            "delete": {"responses": {"204": _FINE, "404": _FINE}},
        },
        "/loans": {
            "post": {"requestBody": _body(_LOAN), "responses": {"201": _made(_LOAN), "404": _FINE, "422": _FINE}},
            "get": {"responses": {"200": _FINE}},
        },
        "/tags": {"post": {"requestBody": _body(_NAMED), "responses": {"201": _FINE, "422": _FINE}}},
        "/version": {"get": {"responses": {"200": _FINE}}},
    },
}


class Library:
    """Keeps everything in memory; `forget` starts it afresh.

    Faults: `GET /books` fails when there is a book, `GET /loans` when the book of a loan was deleted, `POST /tags` for
    a name that there is already, `GET /version` always.
    """

    def __init__(self) -> None:
        self.starts = 0
        self.forget()

    def forget(self) -> None:
        self.starts += 1
        self._books: dict[int, str] = {}
        self._loans: dict[int, int] = {}
        self._tags: set[str] = set()
        self._made = 0

    def send(self, request: WireRequest, *, timeout: float | None = None) -> Answer:
        status, value = self._answered(request.method, request.target.partition("?")[0], _plain(request.body))
        if status == 204:
            return Answer(status=204)
        return Answer(status=status, headers=(("Content-Type", "application/json"),), body=json.dumps(value).encode())

    def _answered(self, method: str, path: str, sent: Any) -> tuple[int, Any]:
        match method, path:
            case "GET", "/version":
                return 500, {"error": "KeyError: version"}
            case "GET", "/books":
                return (500, {"error": "ZeroDivisionError: no average"}) if self._books else (200, [])
            case "GET", "/loans":
                lost = any(book not in self._books for book in self._loans.values())
                return (500, {"error": "AttributeError: None has no title"}) if lost else (200, list(self._loans))
            case "POST", "/books":
                name = sent.get("name") if isinstance(sent, dict) else None
                if not isinstance(name, str) or not name:
                    return 422, {"detail": "name"}
                return 201, {"id": self._next(self._books, name), "name": name}
            case "POST", "/loans":
                book = sent.get("book_id") if isinstance(sent, dict) else None
                if type(book) is not int:
                    return 422, {"detail": "book_id"}
                if book not in self._books:
                    return 404, {"detail": "no such book"}
                return 201, {"id": self._next(self._loans, book), "book_id": book}
            case "POST", "/tags":
                name = sent.get("name") if isinstance(sent, dict) else None
                if not isinstance(name, str) or not name:
                    return 422, {"detail": "name"}
                if name in self._tags:
                    return 500, {"error": "IntegrityError: UNIQUE constraint failed"}
                self._tags.add(name)
                return 201, {"name": name}
        found = re.fullmatch(r"/books/(\d+)", path)
        book = int(found[1]) if found else -1
        if not found or method not in ("GET", "DELETE"):
            return 405 if path in DOCUMENT["paths"] or found else 404, {"detail": "no"}
        if book not in self._books:
            return 404, {"detail": "no such book"}
        if method == "DELETE":
            del self._books[book]
            return 204, None
        return 200, {"id": book, "name": self._books[book]}

    def _next(self, kept: dict[int, Any], value: Any) -> int:
        self._made += 1
        kept[self._made] = value
        return self._made

    def close(self) -> None:
        pass


def _plain(body: bytes | None) -> Any:
    try:
        return json.loads(body or b"")
    except (ValueError, RecursionError):
        return None
