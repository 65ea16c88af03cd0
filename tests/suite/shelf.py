"""A small API, its description and scenarios by hand, for tests of the renderer."""

from __future__ import annotations

import functools
import json
import tempfile
from pathlib import Path
from typing import Any

from oagen.scenario.model import (
    RESPONSE,
    Argument,
    Body,
    BodyCheck,
    Capture,
    Effect,
    Expectation,
    HeaderCheck,
    HeaderRule,
    Literal,
    ObjectOf,
    ProviderState,
    Request,
    Scenario,
    Step,
    Unique,
    Value,
)
from oagen.spec.loading import load_description
from oagen.spec.model import ApiDescription, ParameterLocation, Style

_BOOK = {
    "type": "object",
    "required": ["title", "isbn", "shelf_id"],
    "properties": {
        "title": {"type": "string", "minLength": 1},
        "isbn": {"type": "string"},
        "shelf_id": {"type": "integer"},
        "pages": {"type": "integer", "minimum": 1},
    },
}
_STORED = {
    "allOf": [{"$ref": "#/components/schemas/Book"}],
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": "integer"}},
}
_PROBLEM = {"type": "object", "required": ["detail"], "properties": {"detail": {"type": "string"}}}


def _json(name: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}


def _answers(**by_status: str) -> dict[str, Any]:
    return {
        status.removeprefix("s"): {"description": status, **({"content": _json(schema)} if schema else {})}
        for status, schema in by_status.items()
    }


_BOOK_ID = {"name": "book_id", "in": "path", "required": True, "schema": {"type": "integer"}}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Shelf", "version": "1"},
    "paths": {
        "/shelves": {
            "post": {
                "operationId": "createShelf",
                "tags": ["shelves"],
                "requestBody": {"required": True, "content": _json("Shelf")},
                "responses": _answers(s201="StoredShelf"),
            }
        },
        "/books": {
            "get": {
                "operationId": "listBooks",
                "tags": ["Books"],
                "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1}}],
                "responses": _answers(s200="Books", s422="Problem", s503="Problem"),
            },
            "post": {
                "operationId": "createBook",
                "tags": ["Books"],
                "requestBody": {"required": True, "content": _json("Book")},
                "responses": _answers(s201="StoredBook", s401="Problem", s409="Problem", s422="Problem"),
            },
        },
        "/books/{book_id}": {
            "get": {
                "operationId": "getBook",
                "tags": ["Books"],
                "parameters": [_BOOK_ID],
                "responses": _answers(s200="StoredBook", s404="Problem"),
            },
            "delete": {
                "operationId": "deleteBook",
                "tags": ["Books"],
                "parameters": [_BOOK_ID],
                "responses": _answers(s204="", s404="Problem"),
            },
        },
    },
    "components": {
        "schemas": {
            "Book": _BOOK,
            "StoredBook": _STORED,
            "Books": {"type": "array", "items": {"$ref": "#/components/schemas/StoredBook"}},
            "Shelf": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
            "StoredShelf": {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}},
            "Problem": _PROBLEM,
        }
    },
}

APP = '''
"""The shelf, as an ASGI application of the standard library."""

import itertools
import json
import re

BOOKS = {}
SHELVES = {}
NUMBERS = itertools.count(1)


def answer(method, path, query, headers, body):
    if path == "/shelves" and method == "POST":
        shelf = {"id": next(NUMBERS), **json.loads(body)}
        SHELVES[shelf["id"]] = shelf
        return 201, shelf, {}
    if path == "/books" and method == "GET":
        if "limit=0" in query:
            return 422, {"detail": "limit is too small"}, {}
        return 200, list(BOOKS.values()), {}
    if path == "/books" and method == "POST":
        if headers.get("authorization") != "Bearer sesame":
            return 401, {"detail": "who are you"}, {"www-authenticate": 'Bearer realm="shelf", error="x"'}
        book = json.loads(body)
        if not book.get("title") or "isbn" not in book or not isinstance(book.get("pages", 1), int):
            return 422, {"detail": "not a book"}, {}
        if any(other["isbn"] == book["isbn"] for other in BOOKS.values()):
            return 409, {"detail": "there is one already"}, {}
        book = {"id": next(NUMBERS), **book}
        BOOKS[book["id"]] = book
        return 201, book, {"location": "/books/%s" % book["id"]}
    found = re.fullmatch("/books/([0-9]+)", path)
    if found and int(found[1]) in BOOKS:
        if method == "DELETE":
            del BOOKS[int(found[1])]
            return 204, None, {}
        return 200, BOOKS[int(found[1])], {}
    return 404, {"detail": "no such thing"}, {}


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    headers = {name.decode(): value.decode() for name, value in scope["headers"]}
    body = (await receive())["body"]
    status, value, more = answer(scope["method"], scope["path"], scope["query_string"].decode(), headers, body)
    sent = [(name.encode(), text.encode()) for name, text in more.items()]
    content = b""
    if value is not None:
        content = json.dumps(value).encode()
        sent.append((b"content-type", b"application/json"))
    await send({"type": "http.response.start", "status": status, "headers": sent})
    await send({"type": "http.response.body", "body": content})
'''


@functools.cache
def description() -> ApiDescription:
    """Return the description of the shelf."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "shelf.json"
        file.write_text(json.dumps(DOCUMENT))
        return load_description(str(file))


def _book_id(value: Value) -> Argument:
    return Argument(name="book_id", where=ParameterLocation.PATH, value=value, style=Style.SIMPLE, explode=False)


def _body(value: Value) -> Body:
    return Body(media_type="application/json", value=value)


_SHELF = Step(
    name="shelf",
    request=Request(method="POST", path="/shelves", body=_body(Literal({"name": "Poetry"}))),
    status="201",
)


def _book(**changes: Value) -> ObjectOf:
    members: dict[str, Value] = {
        "title": Literal("Dubliners"),
        "isbn": Unique("978-##########"),
        "shelf_id": Capture("shelf", "/id"),
        "pages": Literal(152),
    }
    return ObjectOf(tuple({**members, **changes}.items()))


def _create(body: Value, identity: str | None = "alice") -> Request:
    return Request(method="POST", path="/books", body=_body(body), identity=identity)


_GIVEN_BOOK = Step(name="book", request=_create(_book()), status="201")


def _get(value: Value) -> Request:
    return Request(method="GET", path="/books/{book_id}", arguments=(_book_id(value),))


def _scenario(title: str, operation: str, when: Request, **more: Any) -> Scenario:
    status = title.split(maxsplit=1)[0]
    method, path = operation.split()
    pointer = f"/paths/{path.replace('/', '~1')}/{method.lower()}/responses/{status}"
    then = more.pop("then", {})
    return Scenario(
        operation=operation,
        status=status,
        technique="by hand",
        title=title,
        document="shelf.json",
        pointer=pointer,
        when=when,
        then=Expectation(status=status, **then),
        **more,
    )


JSON = ("application/json",)


def scenarios() -> tuple[Scenario, ...]:
    """Return scenarios for every documented response of the shelf."""
    problem = {"media_types": JSON}
    unchanged = Effect(
        reason="a refused request changes nothing",
        request=_get(Capture("book", "/id")),
        statuses=("200",),
        body=(BodyCheck(pointer="/title", value=Literal("Dubliners")),),
    )
    return (
        _scenario("201 for a valid request", "POST /shelves", _SHELF.request, then={"media_types": JSON}),
        _scenario("200 for a valid request", "GET /books", Request(method="GET", path="/books"), then=problem),
        _scenario(
            "422 when limit is below its minimum",
            "GET /books",
            Request(
                method="GET",
                path="/books",
                arguments=(Argument(name="limit", where=ParameterLocation.QUERY, value=Literal(0)),),
            ),
            then=problem,
        ),
        _scenario(
            "503 when the store is down",
            "GET /books",
            Request(method="GET", path="/books"),
            given=(ProviderState(name="the store is down", parameters=(("seconds", Literal(2)),)),),
        ),
        _scenario(
            "201 for a valid request",
            "POST /books",
            _create(_book()),
            given=(_SHELF,),
            then={
                "media_types": JSON,
                "headers": (HeaderCheck(name="Location", rule=HeaderRule.PRESENT),),
                "body": (BodyCheck(pointer="/pages", value=Literal(152)),),
                "effects": (
                    Effect(
                        reason="what was created can be read",
                        request=_get(Capture(RESPONSE, "/id")),
                        statuses=("200",),
                        body=(BodyCheck(pointer="/shelf_id", value=Capture("shelf", "/id")),),
                    ),
                ),
            },
        ),
        _scenario(
            "401 without credentials",
            "POST /books",
            _create(_book(), identity=None),
            given=(_SHELF,),
            auth=True,
            then={
                "headers": (HeaderCheck(name="WWW-Authenticate", rule=HeaderRule.CHALLENGE, values=("Bearer",)),),
            },
        ),
        _scenario(
            "409 when there is such a book already",
            "POST /books",
            _create(_book(isbn=Capture("book", "/isbn"))),
            given=(_SHELF, _GIVEN_BOOK),
            then={**problem, "effects": (unchanged,)},
        ),
        _scenario(
            "422 when title is shorter than its minimum",
            "POST /books",
            _create(_book(title=Literal(""))),
            given=(_SHELF,),
            then=problem,
        ),
        _scenario(
            "422 when isbn is missing",
            "POST /books",
            _create(ObjectOf(tuple(member for member in _book().members if member[0] != "isbn"))),
            given=(_SHELF,),
            then=problem,
        ),
        _scenario(
            "200 for a valid request",
            "GET /books/{book_id}",
            _get(Capture("book", "/id")),
            given=(_SHELF, _GIVEN_BOOK),
            then=problem,
        ),
        _scenario("404 when book_id is unknown", "GET /books/{book_id}", _get(Literal(999999)), then=problem),
        _scenario(
            "204 for a valid request",
            "DELETE /books/{book_id}",
            Request(method="DELETE", path="/books/{book_id}", arguments=(_book_id(Capture("book", "/id")),)),
            given=(_SHELF, _GIVEN_BOOK),
            then={
                "effects": (
                    Effect(
                        reason="what was deleted is gone",
                        request=_get(Capture("book", "/id")),
                        statuses=("404", "410"),
                    ),
                )
            },
        ),
        _scenario(
            "404 when book_id is unknown",
            "DELETE /books/{book_id}",
            Request(method="DELETE", path="/books/{book_id}", arguments=(_book_id(Literal(999999)),)),
            then=problem,
        ),
    )
