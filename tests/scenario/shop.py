"""A small shop's document, and the scenarios that are designed for it."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

from oagen.scenario.design import design
from oagen.scenario.identities import IdentityInfo
from oagen.scenario.model import Argument, Request, Scenario
from oagen.spec.model import ApiDescription
from tests.spec.documents import document, read

PEOPLE = (IdentityInfo("alice", "user"), IdentityInfo("bob", "user"), IdentityInfo("root", "admin"))


def answers(*statuses: str, schema: str | None = None, **described: str) -> dict[str, Any]:
    """Return responses; the 2xx ones show `schema`, `_404="..."` describes one."""
    found: dict[str, Any] = {}
    for status in (*statuses, *(name.removeprefix("_") for name in described)):
        found[status] = {"description": described.get(f"_{status}", "")}
        if schema is not None and status in {"200", "201"}:
            found[status]["content"] = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return found


def takes(schema: str) -> dict[str, Any]:
    """Return a required JSON body."""
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"required": True, "content": content}


def path_parameter(name: str, kind: str = "integer", **more: Any) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": kind, **more}}


SCHEMAS: dict[str, Any] = {
    "AuthorDraft": {
        "type": "object",
        "required": ["name"],
        "properties": {"name": {"type": "string", "minLength": 1, "maxLength": 80}},
    },
    "Author": {
        "type": "object",
        "required": ["id", "name"],
        "properties": {"id": {"type": "integer"}, "name": {"type": "string"}},
    },
    "BookDraft": {
        "type": "object",
        "required": ["author_id", "isbn", "stock"],
        "properties": {
            "author_id": {"type": "integer"},
            "isbn": {"type": "string", "pattern": "^97[89][0-9]{10}$"},
            "stock": {"type": "integer", "minimum": 0},
        },
    },
    "Book": {
        "type": "object",
        "required": ["id", "author_id", "isbn", "stock"],
        "properties": {
            "id": {"type": "integer"},
            "author_id": {"type": "integer"},
            "isbn": {"type": "string"},
            "stock": {"type": "integer"},
        },
    },
    "OrderDraft": {
        "type": "object",
        "required": ["items"],
        "properties": {
            "items": {
                "type": "array",
                "minItems": 1,
                "items": {
                    "type": "object",
                    "required": ["book_id", "quantity"],
                    "properties": {
                        "book_id": {"type": "integer"},
                        "quantity": {"type": "integer", "minimum": 1, "maximum": 100},
                    },
                },
            }
        },
    },
    "Order": {
        "type": "object",
        "required": ["id", "state"],
        "properties": {"id": {"type": "integer"}, "state": {"type": "string"}},
    },
}

_AUTHOR = [path_parameter("author_id")]
_BOOK = [path_parameter("book_id")]
_ORDER = [path_parameter("order_id")]
_ELSE = "The order is somebody else's"

PATHS: dict[str, Any] = {
    "/authors": {
        "post": {
            "requestBody": takes("AuthorDraft"),
            "responses": answers("201", "400", "401", "403", "422", schema="Author"),
        }
    },
    "/authors/{author_id}": {
        "parameters": _AUTHOR,
        "get": {"security": [], "responses": answers("200", "404", schema="Author")},
        "delete": {"responses": answers("204", "401", "403", "404", _409="The author still has books")},
    },
    "/books": {
        "get": {"security": [], "responses": answers("200")},
        "post": {
            "requestBody": takes("BookDraft"),
            "responses": answers("201", "403", "404", schema="Book", _409="Another book has the ISBN"),
        },
    },
    "/books/{book_id}": {
        "parameters": _BOOK,
        "get": {"security": [], "responses": answers("200", "404", "405", schema="Book")},
        "put": {
            "requestBody": takes("BookDraft"),
            "parameters": [{"name": "If-Match", "in": "header", "schema": {"type": "string"}}],
            "responses": answers("200", "403", "412", "428", schema="Book", _409="Another book has the ISBN"),
        },
    },
    "/orders": {
        "post": {
            "requestBody": takes("OrderDraft"),
            "responses": answers("201", "415", schema="Order", _409="The stock is smaller than the quantity"),
        }
    },
    "/orders/{order_id}": {
        "parameters": _ORDER,
        "get": {"responses": answers("200", "404", schema="Order", _403=_ELSE)},
    },
    "/orders/{order_id}/payment": {
        "parameters": _ORDER,
        "post": {
            "summary": "Pay a pending order",
            "responses": answers("200", schema="Order", _403=_ELSE, _409="Not pending", _503="The bank is down"),
        },
    },
    "/orders/{order_id}/shipment": {
        "parameters": _ORDER,
        "post": {
            "summary": "Send a paid order on its way",
            "responses": answers("200", "403", schema="Order", _409="The order is not paid, or has been shipped"),
        },
    },
}

SECURITY: dict[str, Any] = {"bearer": {"type": "http", "scheme": "bearer"}}


def shop_document(**paths: Any) -> dict[str, Any]:
    """Return the shop's document, with more paths."""
    components = {"schemas": deepcopy(SCHEMAS), "securitySchemes": SECURITY}
    return document({**deepcopy(PATHS), **paths}, components=components, security=[{"bearer": []}])


def describe(folder: Path, paths: Any, schemas: Any = None, **more: Any) -> ApiDescription:
    """Read a document of these paths and schemas, without security unless given."""
    return read(folder, document(paths, components={"schemas": schemas or {}}, **more))


def designed(description: ApiDescription, operation: str, status: str, people: Any = PEOPLE) -> list[Scenario]:
    """Return the scenarios of one documented response."""
    scenarios = design(description, identities=people)
    return [item for item in scenarios if item.operation == operation and item.status == status]


def argument(request: Request, name: str) -> Argument:
    return next(item for item in request.arguments if item.name.lower() == name.lower())
