"""A small HTTP server on which a campaign can lose its identity in every way that real ones offer."""

from __future__ import annotations

import base64
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_OK = {"description": "fine"}
_TEXT = {"type": "string", "minLength": 1, "maxLength": 30}
_RIGHTS = ["notes", "users", "roles", "tokens"]


def _body(properties: dict[str, Any], example: dict[str, Any] | None = None) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object", "required": list(properties), "properties": properties}
    if example is not None:
        schema["example"] = example
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _item(name: str) -> list[dict[str, Any]]:
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "integer"}}]


def _collection(name: str, properties: dict[str, Any]) -> dict[str, Any]:
    answers = {"200": _OK, "401": _OK, "403": _OK}
    return {
        f"/{name}": {
            "get": {"responses": answers},
            "post": {"requestBody": _body(properties), "responses": {"201": _OK, "422": _OK}},
        },
        f"/{name}/{{{name[:-1]}_id}}": {
            "parameters": _item(f"{name[:-1]}_id"),
            "get": {"responses": {**answers, "404": _OK}},
            "put": {"requestBody": _body(properties), "responses": {**answers, "404": _OK, "422": _OK}},
            "delete": {"responses": {"204": _OK, "404": _OK}},
        },
    }


_USERS = _collection("users", {"name": _TEXT, "role": {"type": "integer"}})
_ROLES = _collection("roles", {"name": _TEXT})
_SPECIAL: dict[str, dict[str, Any]] = {
    "/roles/{role_id}/rights": {
        "parameters": _item("role_id"),
        "get": {"responses": {"200": _OK}},
        "put": {
            "requestBody": _body({"rights": {"type": "array", "items": {"enum": _RIGHTS}}}, {"rights": []}),
            "responses": {"200": _OK, "404": _OK, "422": _OK},
        },
    },
    "/tokens/{token_id}": {"parameters": _item("token_id"), "delete": {"responses": {"204": _OK, "404": _OK}}},
    "/tokens": {
        "get": {"responses": {"200": _OK}},
        "post": {"requestBody": _body({"name": _TEXT}), "responses": {"201": _OK, "422": _OK}},
    },
    "/me/password": {
        "put": {"requestBody": _body({"password": _TEXT}), "responses": {"204": _OK, "422": _OK}},
    },
    "/mode": {
        "post": {
            "requestBody": _body({"enabled": {"type": "boolean"}}, {"enabled": True}),
            "responses": {"200": _OK, "422": _OK},
        },
    },
    "/house-rules": {
        "get": {"responses": {"200": _OK}},
        "put": {
            "requestBody": _body({"open": {"enum": ["no", "yes"]}, "title": _TEXT}),
            "responses": {"200": _OK, "422": _OK},
        },
    },
    "/sweep": {"post": {"responses": {"200": _OK}}},
}


def document(*special: str, fixed: str = "") -> dict[str, Any]:
    """Return a description with notes, users and roles, and these paths besides; nothing can be added to `fixed`."""
    notes: dict[str, Any] = {}
    for name in ("notes", "memos", "lists", "plans"):
        notes |= _collection(name, {"text": _TEXT})
    me = {"get": {"responses": {"200": _OK, "401": _OK}}}
    paths = {**notes, "/me": me, **_USERS, **_ROLES, **{path: _SPECIAL[path] for path in special}}
    if fixed:
        paths[fixed] = {"get": paths[fixed]["get"]}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Accounts", "version": "1"},
        "security": [{"token": []}],
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        "paths": paths,
    }


class Accounts:
    """What the server knows: things by kind and identifier; user 1 is the campaign's, with role 1 and token 1.

    Attributes:
        answered: Method, path and status of everything that was asked for, in order.
        broken: Whether a note that is not there can't be deleted without a server error.
        roles_stay: Whether a user's role is never changed.
        sessions_last: Whether a session goes on after its password was changed.
        never_again: Whether a password that was used before is refused.
        limit: Requests that are answered before 429 comes for a second; None for no limit.
        changed_by: The users whose password was changed.
    """

    def __init__(self, *, limit: int | None = None) -> None:
        self.answered: list[tuple[str, str, int]] = []
        self.limit = limit
        self.broken = False
        self.roles_stay = False
        self.sessions_last = False
        self.never_again = False
        self.resets = 0
        self.logins = 0
        self.changed_by: set[int] = set()
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        """Go back to the start state."""
        self.resets += 1
        self.maintenance = False
        self.next = 2
        self.closed_until = 0.0
        self.credit = self.limit
        self.settings = {"open": "yes", "title": "Accounts"}
        self.passwords = {1: "first"}
        self.used = {"first"}
        self.sessions: dict[str, int] = {}
        self.things: dict[str, dict[int, Any]] = {
            "users": {1: {"id": 1, "name": "admin", "role": 1}},
            "roles": {1: {"id": 1, "name": "admins", "rights": list(_RIGHTS)}},
            "tokens": {1: {"id": 1, "name": "admin", "user": 1, "value": "token-1"}},
        }

    def refused_after(self, index: int) -> float:
        """Return the share of refusals among the answers from this one on."""
        later = [status for _, _, status in self.answered[index:]]
        return sum(status in (401, 403, 429, 503) for status in later) / max(len(later), 1)

    def first(self, method: str, path: str, status: int) -> int:
        """Return the index of the first such answer; the end where there is none."""
        wanted = (method, path, status)
        return next((index for index, item in enumerate(self.answered) if item == wanted), len(self.answered))

    def answer(self, method: str, path: str, authorization: str, body: bytes) -> tuple[int, Any]:
        """Return status and value of an answer."""
        with self._lock:
            status, value = self._answer(method, path, authorization, body)
            self.answered.append((method, path, status))
            return status, value

    def _answer(self, method: str, path: str, authorization: str, body: bytes) -> tuple[int, Any]:
        if self._is_over_limit():
            return 429, {"detail": "slower"}
        value = _parsed(body)
        if (method, path) == ("POST", "/login"):
            return self._login(value)
        caller = self._caller(authorization)
        if caller is None:
            return 401, {"detail": "who are you?"}
        if path == "/mode":
            return self._switch(method, value)
        if self.maintenance and method != "GET":
            return 503, {"detail": "down for maintenance"}
        if path == "/house-rules":
            return self._set(method, value)
        if self.settings["open"] == "no":
            return 403, {"detail": "closed"}
        return self._served(method, path, caller, value)

    def _is_over_limit(self) -> bool:
        if self.limit is None:
            return False
        if time.monotonic() < self.closed_until:
            return True
        self.credit = (self.limit if not self.credit else self.credit) - 1
        if self.credit == 0:
            self.closed_until = time.monotonic() + 1.0
        return False

    def _login(self, value: Any) -> tuple[int, Any]:
        if (
            not isinstance(value, dict)
            or self.passwords.get(1) != value.get("password")
            or 1 not in self.things["users"]
        ):
            return 401, {"detail": "wrong password"}
        self.logins += 1
        session = f"session-{self.logins}"
        self.sessions[session] = 1
        return 200, {"token": session}

    def _caller(self, authorization: str) -> Any:
        if authorization.startswith("Basic "):
            known = base64.b64encode(f"admin:{self.passwords[1]}".encode()).decode()
            return self.things["users"].get(1) if authorization == f"Basic {known}" else None
        text = authorization.removeprefix("Bearer ")
        owner = next((token["user"] for token in self.things["tokens"].values() if token["value"] == text), None)
        return self.things["users"].get(self.sessions.get(text, 0) if owner is None else owner)

    def _switch(self, method: str, value: Any) -> tuple[int, Any]:
        if method != "POST":
            return 405, {}
        if not isinstance(value, dict) or type(value.get("enabled")) is not bool:
            return 422, {}
        self.maintenance = value["enabled"]
        return 200, {"enabled": self.maintenance}

    def _served(self, method: str, path: str, caller: Any, value: Any) -> tuple[int, Any]:
        if path == "/me":
            return (200, caller) if method == "GET" else (405, {})
        if path == "/me/password":
            return self._change_password(method, caller, value)
        if path == "/sweep":
            if method == "POST":
                self.things["users"].clear()
            return (200, {"swept": True}) if method == "POST" else (405, {})
        found = re.fullmatch(r"/([a-z]+)(?:/(\d{1,9})(/rights)?)?", path)
        if not found or found[1] not in ("notes", "memos", "lists", "plans", "users", "roles", "tokens"):
            return 404, {"detail": "no such path"}
        rights = self.things["roles"].get(caller["role"], {"rights": []})["rights"]
        if (found[1] if found[1] in _RIGHTS else "notes") not in rights:
            return 403, {"detail": "you may not"}
        kind = self.things.setdefault(found[1], {})
        if found[2] is None:
            return self._in_collection(method, found[1], kind, value)
        if int(found[2]) not in kind and self.broken and (method, found[1]) == ("DELETE", "notes"):
            return 500, {"detail": "KeyError"}
        if int(found[2]) not in kind:
            return 404, {"detail": "no such thing"}
        return self._on_item(method, kind, int(found[2]), found[3], value)

    def _set(self, method: str, value: Any) -> tuple[int, Any]:
        if method == "GET":
            return 200, self.settings
        if method != "PUT":
            return 405, {}
        if (
            not isinstance(value, dict)
            or value.get("open") not in ("yes", "no")
            or not _is_valid({"name": value.get("title")})
        ):
            return 422, {}
        self.settings = {"open": value["open"], "title": value["title"]}
        return 200, self.settings

    def _change_password(self, method: str, caller: Any, value: Any) -> tuple[int, Any]:
        if method != "PUT":
            return 405, {}
        if not isinstance(value, dict) or not isinstance(value.get("password"), str) or not value["password"]:
            return 422, {}
        if self.never_again and value["password"] in self.used:
            return 422, {"detail": "not again"}
        self.used.add(value["password"])
        self.passwords[1] = value["password"]
        self.changed_by.add(caller["id"])
        if not self.sessions_last:
            self.sessions = {}
        return 204, None

    def _in_collection(self, method: str, name: str, kind: dict[int, Any], value: Any) -> tuple[int, Any]:
        if method == "GET":
            return 200, [_shown(item) for item in kind.values()][:50]
        if method != "POST":
            return 405, {}
        if not _is_valid(value):
            return 422, {"detail": "not valid"}
        self.next += 1
        extra: dict[str, Any] = {"rights": []} if name == "roles" else {}
        if name == "tokens":
            extra = {"user": 1, "value": f"token-{self.next}"}
        kind[self.next] = {**value, **extra, "id": self.next}
        return 201, _shown(kind[self.next])

    def _on_item(self, method: str, kind: dict[int, Any], name: int, part: str | None, value: Any) -> tuple[int, Any]:
        if part:
            if method == "GET":
                return 200, {"rights": kind[name].get("rights", [])}
            rights = value.get("rights") if isinstance(value, dict) else None
            if method != "PUT" or not isinstance(rights, list) or any(item not in _RIGHTS for item in rights):
                return 422, {}
            kind[name]["rights"] = rights
            return 200, {"rights": rights}
        if method == "GET":
            return 200, _shown(kind[name])
        if method == "DELETE":
            del kind[name]
            return 204, None
        if method != "PUT":
            return 405, {}
        if not _is_valid(value):
            return 422, {"detail": "not valid"}
        fixed = {"id", "role"} if self.roles_stay else {"id"}
        kind[name] |= {key: item for key, item in value.items() if key in kind[name] and key not in fixed}
        return 200, _shown(kind[name])


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _is_valid(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    texts = [value[name] for name in ("name", "text") if name in value]
    numbers = [value[name] for name in ("role",) if name in value]
    return (
        len(texts) == 1
        and isinstance(texts[0], str)
        and 0 < len(texts[0]) <= 30
        and all(type(number) is int and abs(number) < 2**31 for number in numbers)
    )


def _shown(thing: dict[str, Any]) -> dict[str, Any]:
    return {name: item for name, item in thing.items() if name not in ("value", "rights")}


@contextmanager
def serving(accounts: Accounts) -> Iterator[str]:
    """Yield the base URL of a server with these accounts."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def _respond(self) -> None:
            length = self.headers.get("Content-Length") or "0"
            body = self.rfile.read(int(length)) if length.isdigit() else b""
            path = self.path.partition("?")[0]
            status, value = accounts.answer(self.command, path, self.headers.get("Authorization") or "", body)
            sent = b"" if status == 204 else json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            if status != 204:
                self.send_header("Content-Length", str(len(sent)))
            if status == 429:
                self.send_header("Retry-After", "1")
            self.end_headers()
            self.wfile.write(b"" if self.command == "HEAD" else sent)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = do_TRACE = _respond  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of what it overrides
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
