"""A small API of items, answered in process, that can be told to misbehave."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from oagen.runner.run import RunContext
from oagen.scenario.wire import WireRequest
from oagen.spec.loading import load_description
from oagen.spec.model import ApiDescription
from oagen.target.model import Answer, FailureKind, SendFailure

ITEM: dict[str, Any] = {
    "type": "object",
    "required": ["sku", "count"],
    "properties": {
        "sku": {"type": "string", "minLength": 3, "maxLength": 20},
        "count": {"type": "integer", "minimum": 1, "maximum": 100},
        "size": {"enum": ["small", "large"]},
    },
}
_OK = {"description": "fine"}
_MADE = {
    "description": "made",
    "content": {
        "application/json": {
            "schema": {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}},
        }
    },
}
_TAKEN = {"description": "The sku is taken."}


def document(**responses: dict[str, Any]) -> dict[str, Any]:
    """Return the document; `post` and `get` replace the responses of those operations."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Items", "version": "1"},
        "paths": {
            "/items": {
                "post": {
                    "requestBody": {"required": True, "content": {"application/json": {"schema": ITEM}}},
                    "responses": responses.get("post", {"201": _MADE, "422": _OK, "409": _TAKEN}),
                },
            },
            "/items/{item_id}": {
                "parameters": [{"name": "item_id", "in": "path", "required": True, "schema": {"type": "integer"}}],
                "get": {"responses": responses.get("get", {"200": _OK, "404": _OK})},
                "delete": {"responses": {"204": _OK, "404": _OK}},
            },
        },
    }


def described(**responses: dict[str, Any]) -> ApiDescription:
    """Return the description of `document`."""
    return _loaded(document(**responses))


def describing(paths: dict[str, Any], **parts: dict[str, Any]) -> ApiDescription:
    """Return the description of a document with these paths, and other parts by name."""
    return _loaded({"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": paths, **parts})


def _loaded(document: dict[str, Any]) -> ApiDescription:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "openapi.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        return load_description(str(path))


def context(**identities: dict[str, str]) -> RunContext:
    """Return what a run is done with, and the headers of identities by name."""
    return RunContext(run="run", timeout=1, identities=identities)


class Items:
    """Keeps items in memory.

    Attributes:
        enforced: The keywords whose violation is refused.
        lost: Every item is answered 404, live ones too.
        unstable: Every second creation is answered 500.
        picky: A member that must be there and be one of these, although the document does not say so.
        dead: No request is answered from this one on.
    """

    def __init__(
        self,
        *,
        enforced: frozenset[str] = frozenset({"required", "type", "length", "range", "enum"}),
        lost: bool = False,
        unstable: bool = False,
        picky: tuple[str, tuple[str, ...]] | None = None,
        dead: int | None = None,
    ) -> None:
        self.enforced, self.lost, self.unstable, self.picky, self.dead = enforced, lost, unstable, picky, dead
        self.sent: list[WireRequest] = []
        self.kept: dict[int, Any] = {}
        self._made = 0

    def close(self) -> None:
        """Nothing is open."""

    def send(self, request: WireRequest, *, timeout: float | None = None) -> Answer:
        del timeout
        self.sent.append(request)
        if self.dead is not None and len(self.sent) >= self.dead:
            raise SendFailure(FailureKind.REFUSED, "nobody listens")
        if request.target == "/items":
            return self._create(request)
        number = request.target.removeprefix("/items/")
        if self.lost or not number.isdecimal() or int(number) not in self.kept:
            return _answer(404, {"detail": "no such item"})
        if request.method == "DELETE":
            del self.kept[int(number)]
            return Answer(status=204)
        return _answer(200, {"id": int(number), **self.kept[int(number)]})

    def _create(self, request: WireRequest) -> Answer:
        try:
            body = json.loads(request.body or b"null")
        except (ValueError, RecursionError):
            return _answer(400, {"detail": "no JSON"})
        problem = self._problem(body)
        if problem is not None:
            return _answer(422, {"detail": [problem]})
        body = body if isinstance(body, dict) else {}
        if any(item["sku"] == body.get("sku") for item in self.kept.values()):
            return _answer(409, {"detail": "taken"})
        self._made += 1
        if self.unstable and self._made % 2 == 0:
            return _answer(500, {})
        self.kept[self._made] = {"sku": body.get("sku"), "count": body.get("count")}
        return _answer(201, {"id": self._made, **self.kept[self._made]})

    def _problem(self, body: Any) -> dict[str, Any] | None:
        if not isinstance(body, dict) and "type" not in self.enforced:
            return None
        if not isinstance(body, dict):
            return {"loc": ["body"], "msg": "Input should be an object", "type": "dict_type"}
        for name in ("sku", "count"):
            if "required" in self.enforced and name not in body:
                return {"loc": ["body", name], "msg": "Field required", "type": "missing"}
        if self.picky is not None:
            name, choices = self.picky
            if name not in body:
                return {"loc": ["body", name], "msg": "Field required", "type": "missing"}
            if body[name] not in choices:
                listed = " or ".join(f"'{choice}'" for choice in choices)
                return {"loc": ["body", name], "msg": f"Input should be {listed}", "type": "enum"}
        sku, count = body.get("sku"), body.get("count")
        if "type" in self.enforced and not isinstance(sku, str):
            return {"loc": ["body", "sku"], "msg": "Input should be a valid string", "type": "string_type"}
        if "type" in self.enforced and (not isinstance(count, int) or isinstance(count, bool)):
            return {"loc": ["body", "count"], "msg": "Input should be a valid integer", "type": "int_type"}
        if "length" in self.enforced and isinstance(sku, str) and not 3 <= len(sku) <= 20:
            return {"loc": ["body", "sku"], "msg": "String should have at least 3 characters", "type": "string_short"}
        if "range" in self.enforced and isinstance(count, int) and not 1 <= count <= 100:
            return {"loc": ["body", "count"], "msg": "Input should be greater than or equal to 1", "type": "ge"}
        if "enum" in self.enforced and body.get("size", "small") not in ("small", "large"):
            return {"loc": ["body", "size"], "msg": "Input should be 'small' or 'large'", "type": "enum"}
        return None


def _answer(status: int, body: Any) -> Answer:
    return Answer(status=status, headers=(("Content-Type", "application/json"),), body=json.dumps(body).encode())


def answer(status: int, body: Any = None) -> Answer:
    """Return an answer with a JSON body."""
    return Answer(status=status, headers=(("Content-Type", "application/json"),), body=json.dumps(body).encode())


class Routed:
    """An API of one function."""

    def __init__(self, route: Callable[[WireRequest], Answer]) -> None:
        self._route = route
        self.sent: list[str] = []

    def close(self) -> None:
        """Nothing is open."""

    def send(self, request: WireRequest, *, timeout: float | None = None) -> Answer:
        """Return what the function answers."""
        del timeout
        self.sent.append(f"{request.method} {request.target}")
        return self._route(request)
