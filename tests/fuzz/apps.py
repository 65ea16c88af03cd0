"""Small APIs with planted faults, answered in process."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from itertools import count
from typing import Any
from urllib.parse import parse_qs, unquote

from oagen.scenario.wire import WireRequest
from oagen.spec.loading import load_description
from oagen.spec.model import ApiDescription
from oagen.target.model import Answer, FailureKind, SendFailure

_ORDER = {
    "type": "object",
    "required": ["quantity", "note"],
    "properties": {
        "quantity": {"type": "integer", "minimum": 1, "maximum": 100},
        "note": {"type": "string", "maxLength": 50},
        "due": {"type": "string", "format": "date"},
    },
}
_OK = {"description": "fine"}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Orders", "version": "1"},
    "paths": {
        "/orders": {
            "post": {
                "requestBody": {"required": True, "content": {"application/json": {"schema": _ORDER}}},
                "responses": {"201": _OK, "422": _OK},
            },
            "get": {
                "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1}}],
                "responses": {"200": _OK, "422": _OK},
            },
        },
        "/orders/{order_id}": {
            "parameters": [{"name": "order_id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "get": {"responses": {"200": _OK, "404": _OK}},
            "delete": {"responses": {"204": _OK, "404": _OK, "503": _OK}},
        },
    },
}


class OrdersApi:
    """Keeps orders in memory; `faults` lists which planted faults were met, `broken` switches them on.

    Faults: `limit` (beyond 63 bits), `nul` (in a note), `not-object` (a JSON body that is no object), `stateful`
    (reading an order with a note of more than 40 characters).
    """

    def __init__(self, *, broken: bool = True) -> None:
        self.broken = broken
        self.faults: list[str] = []
        self.sent: list[WireRequest] = []
        self._orders: dict[str, Any] = {}
        self._numbers = count(1000)

    def send(self, request: WireRequest, *, timeout: float | None = None) -> Answer:
        self.sent.append(request)
        path, _, query = request.target.partition("?")
        if path == "/orders" and request.method == "POST":
            return self._create(request.body or b"")
        if path == "/orders" and request.method == "GET":
            return self._list(parse_qs(query, keep_blank_values=True))
        found = re.fullmatch(r"/orders/([^/]+)", path)
        order = self._orders.get(unquote(found[1])) if found else None
        if found and request.method in ("GET", "DELETE"):
            if order is None:
                return _json(404, {"detail": "no such order"})
            if request.method == "DELETE":
                return Answer(status=204 if self._orders.pop(order["id"], None) else 404)  # another may have been first
            if len(order["note"]) > 40 and self.broken:
                return self._fault("stateful", "IndexError: note is too long to show")
            return _json(200, order)
        return _json(405 if path == "/orders" or found else 404, {"detail": "no"})

    def _create(self, body: bytes) -> Answer:
        try:
            value = json.loads(body)
        except (ValueError, RecursionError):
            return _json(422, {"detail": "no JSON"})
        if not isinstance(value, dict):
            return self._fault("not-object", "TypeError: no such thing") if self.broken else _json(422, {})
        quantity, note = value.get("quantity"), value.get("note")
        if type(quantity) is not int or not 1 <= quantity <= 100:
            return _json(422, {"detail": "quantity is wrong"})
        if not isinstance(note, str) or len(note) > 50:
            return _json(422, {"detail": "note is wrong"})
        if "\0" in note and self.broken:
            return self._fault("nul", "ValueError: a string literal can't hold NUL")
        name = f"ord-{next(self._numbers):x}"
        self._orders[name] = {"id": name, "quantity": quantity, "note": note}
        return _json(201, self._orders[name])

    def _list(self, query: dict[str, list[str]]) -> Answer:
        try:
            limit = int(query.get("limit", ["10"])[0])
        except ValueError:
            return _json(422, {"detail": "limit is no number"})
        if limit < 1:
            return _json(422, {"detail": "limit is too small"})
        if limit >= 2**63 and self.broken:
            return self._fault("limit", "OverflowError: Python int too large to convert to SQLite INTEGER")
        return _json(200, list(self._orders.values())[-limit:])

    def _fault(self, name: str, message: str) -> Answer:
        self.faults.append(name)
        return _json(500, {"error": message})

    def close(self) -> None:
        pass


class Answering:
    """A target that is one function."""

    def __init__(self, respond: Callable[[WireRequest], Answer | FailureKind]) -> None:
        self._respond = respond
        self.sent: list[WireRequest] = []

    def send(self, request: WireRequest, *, timeout: float | None = None) -> Answer:
        self.sent.append(request)
        answer = self._respond(request)
        if isinstance(answer, FailureKind):
            raise SendFailure(answer, answer.value)
        return answer

    def close(self) -> None:
        pass


def described(tmp_path: Any, document: dict[str, Any] | None = None) -> ApiDescription:
    file = tmp_path / "api.json"
    file.write_text(json.dumps(document or DOCUMENT))
    return load_description(str(file))


def _json(status: int, value: Any) -> Answer:
    return Answer(status=status, headers=(("Content-Type", "application/json"),), body=json.dumps(value).encode())
