"""An API that tells everybody every secret it is sent, in every way it has; for tests of what is kept of that."""

from __future__ import annotations

import itertools
import json
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

LOGIN_TOKEN = "t0k3n-of-the-session-7Qh"  # begins each of them
REFRESH = "r3fr3sh-me-with-this-9Zk"
_OK = {"description": "fine"}
_ITEM = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": {"type": "string"}, "price": {"type": "number"}, "token": {"type": "string"}},
}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Leaky", "version": "1"},
    "security": [{"bearer": []}],
    "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
    "paths": {
        "/session": {"post": {"security": [], "responses": {"200": _OK, "401": _OK}}},
        "/me": {"get": {"responses": {"200": _OK}}},
        "/items": {
            "post": {
                "requestBody": {"required": True, "content": {"application/json": {"schema": _ITEM}}},
                "responses": {"201": _OK, "422": _OK},
            },
            "get": {
                "parameters": [{"name": "token", "in": "query", "schema": {"type": "string"}}],
                "responses": {"200": _OK},
            },
        },
        "/items/{item_id}": {
            "parameters": [{"name": "item_id", "in": "path", "required": True, "schema": {"type": "integer"}}],
            "get": {"responses": {"200": _OK, "404": _OK}},
        },
    },
}


class _Items:
    """Makes and shows items; fails on a name of more than 20 characters, and on what has no price."""

    def __init__(self) -> None:
        self._items: list[dict[str, Any]] = []

    def make(self, body: bytes) -> dict[str, Any]:
        item = json.loads(body)
        if len(item["name"]) > 20:
            raise ValueError(f"too long: {item['name']}")
        self._items.append(item)
        return {"id": len(self._items), **item}

    def show(self, number: int, secret: str) -> dict[str, Any]:
        item = self._items[number - 1] if 0 < number <= len(self._items) else None
        if item is None:
            raise LookupError
        if "price" not in item:
            raise ArithmeticError(f"no price for the caller with {secret}")
        return item


@contextmanager
def leaky(log: Path) -> Iterator[int]:
    """Yield the port of the API; its tracebacks go to a log, secrets included."""
    items = _Items()
    logins = itertools.count(1)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            sent = {name.lower(): value for name, value in self.headers.items()}
            path = self.path.partition("?")[0]
            try:
                status, content = self._answered(path, body, sent)
            except LookupError:
                status, content = 404, {}
            except Exception:  # noqa: BLE001 - what a framework does
                with log.open("a", encoding="utf-8", errors="replace") as file:
                    file.write(f"headers were {sent}, body {body!r}\n{traceback.format_exc()}")
                status, content = 500, {"error": traceback.format_exc(), "headers": sent, "path": self.path}
            text = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("X-Seen", json.dumps(sent))
            self.send_header("Set-Cookie", f"session={LOGIN_TOKEN}")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def _answered(self, path: str, body: bytes, sent: dict[str, str]) -> tuple[int, Any]:
            if path == "/openapi.json":
                return 200, DOCUMENT
            if path == "/session":
                known = b"p4ssw0rd" in body
                token = f"{LOGIN_TOKEN}-{next(logins)}"
                given = {"access_token": token, "refresh_token": REFRESH, "sent": sent}
                return (200, given) if known else (401, {"sent": sent})
            if path == "/me":
                return 200, {"name": "alice", "token": sent.get("authorization"), "all": sent}
            if path == "/items" and self.command == "POST":
                return 201, {**items.make(body), "token": sent.get("authorization"), "key": sent.get("x-api-key")}
            if path == "/items":
                return 200, [{"id": 1, "token": sent.get("authorization"), "path": self.path}]
            return 200, items.show(int(path.rpartition("/")[2]), str(sent))

        do_GET = do_POST = do_DELETE = do_PUT = do_PATCH = answer  # noqa: N815

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
        sys.stderr.flush()
