"""Every class of values and bodies that programs stumble over is sent, to an API that is as usual as any."""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from collections.abc import Iterator
from email.parser import BytesParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from oagen.fuzz.broken_forms import FILE_NAMES, broken_forms
from oagen.fuzz.campaign import Campaign
from oagen.fuzz.events import CampaignOptions
from oagen.scenario.model import Body, Literal
from oagen.scenario.wire import WireRequest
from oagen.spec.model import Location, MediaType
from oagen.target.model import Answer
from tests.fuzz.apps import Answering, described

pytestmark = pytest.mark.timeout(120)

_OK = {"description": "fine"}
_ORDER = {
    "type": "object",
    "required": ["quantity", "note", "customer_id"],
    "properties": {
        "quantity": {"type": "integer", "minimum": 1, "maximum": 100},
        "price": {"type": "number"},
        "note": {"type": "string", "maxLength": 50},
        "due": {"type": "string", "format": "date"},
        "lines": {"type": "array", "items": {"type": "string"}},
        "customer_id": {"type": "integer"},
        "tree": {"description": "Whatever it is"},
    },
}
_FORM = {
    "type": "object",
    "required": ["title"],
    "properties": {"title": {"type": "string"}, "age": {"type": "integer"}},
}
_UPLOAD = {
    "type": "object",
    "required": ["title", "file"],
    "properties": {"title": {"type": "string"}, "file": {"type": "string", "format": "binary"}},
}


def _writes(media_type: str, schema: dict[str, Any]) -> dict[str, Any]:
    body = {"required": True, "content": {media_type: {"schema": schema}}}
    return {"post": {"requestBody": body, "responses": {"201": _OK, "422": _OK}}}


_DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Usual", "version": "1"},
    "paths": {
        "/customers": _writes("application/json", {"type": "object", "properties": {"name": {"type": "string"}}}),
        "/customers/{customer_id}": {
            "parameters": [{"name": "customer_id", "in": "path", "required": True, "schema": {"type": "integer"}}],
            "get": {"responses": {"200": _OK, "404": _OK}},
            "delete": {"responses": {"204": _OK, "404": _OK}},
        },
        "/orders": {
            **_writes("application/json", _ORDER),
            "get": {
                "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer"}}],
                "responses": {"200": _OK},
            },
        },
        "/notes/{note_id}": {
            "parameters": [{"name": "note_id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "get": {"responses": {"200": _OK, "404": _OK}},
        },
        "/uploads": _writes("multipart/form-data", _UPLOAD),
        "/forms": _writes("application/x-www-form-urlencoded", _FORM),
    },
}


class Recorder:
    """Answers plausibly, and writes down what it is sent.

    Attributes:
        seen: How often each class of trouble was sent.
    """

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()
        self._made = 0
        self._there: set[int] = set()
        self._gone: set[int] = set()
        self._inside = 0
        self._lock = threading.Lock()

    def respond(self, request: WireRequest) -> Answer:
        with self._lock:
            self._inside += 1
            if self._inside > 1 and request.method == "POST":
                self.seen["two writes at the same moment"] += 1
        if threading.current_thread() is not threading.main_thread():
            threading.Event().wait(0.02)  # one of two that are sent together is still here when the other comes
        try:
            return self._answer(request)
        finally:
            with self._lock:
                self._inside -= 1

    def _answer(self, request: WireRequest) -> Answer:
        path, _, query = request.target.partition("?")
        content_type = next((value for name, value in request.headers if name.lower() == "content-type"), "")
        self.seen.update(set(_in_target(path, query)))
        body = request.body or b""
        if request.method == "POST" and path == "/uploads":
            self.seen.update(set(_in_multipart(content_type, body)))
        elif request.method == "POST" and path == "/forms":
            self.seen.update(set(_in_form(body)))
        elif request.method == "POST":
            return self._of_json(path, content_type, body)
        found = re.fullmatch(r"/customers/(\d{1,12})", path)
        if found and int(found[1]) in self._there and request.method in ("GET", "DELETE"):
            if request.method == "DELETE":
                self._there.discard(int(found[1]))
                self._gone.add(int(found[1]))
            return Answer(status=204 if request.method == "DELETE" else 200)
        self.seen["a path of what was deleted"] += bool(found and int(found[1]) in self._gone)
        return Answer(status=404 if "{" not in path and found else 200 if request.method == "POST" else 404)

    def _of_json(self, path: str, content_type: str, body: bytes) -> Answer:
        self.seen["another content type"] += content_type != "application/json"
        self.seen.update(set(_in_json(body)))
        try:
            value = json.loads(body)
        except (ValueError, RecursionError):
            return Answer(status=422)
        if not isinstance(value, dict):
            return Answer(status=422)
        if path == "/orders":
            customer = value.get("customer_id")
            if type(customer) is int and customer not in self._there:
                self.seen[
                    "a body with what was deleted" if customer in self._gone else "a body with what never was"
                ] += 1
            self.seen["a missing key"] += len(value) > 0 and not {"quantity", "note", "customer_id"} <= set(value)
        if path == "/customers":
            self._made += 1
            self._there.add(self._made)
            return _json(201, {"id": self._made})
        return Answer(status=201 if path == "/orders" and "note" in value else 422)


def _json(status: int, value: Any) -> Answer:
    return Answer(status=status, headers=(("Content-Type", "application/json"),), body=json.dumps(value).encode())


def _in_target(path: str, query: str) -> Iterator[str]:
    if "%2f" in path.lower():
        yield "an encoded slash"
    if "%00" in path + query:
        yield "NUL in a URL"
    if re.search(r"%(?![0-9a-fA-F]{2})", path + query):
        yield "a broken escape in a URL"
    if re.search(r"(?i)%ff|%c0%af|%ed%a0%80", path + query):
        yield "bytes in a URL that are no UTF-8"
    names = [pair.partition("=")[0] for pair in query.split("&") if pair]
    if len(set(names)) < len(names):
        yield "a parameter twice"
    if "limit=" in query and unquote(query).rpartition("limit=")[2] in (str(2**63), str(2**31)):
        yield "a query beyond what integers hold"


_NUMBERS = {
    "zero": {0},
    "a negative number": {-1},
    "a number at the limits of 32 bits": {2**31 - 1, 2**31, -(2**31) - 1, 2**32},
    "a number at the limits of 64 bits": {2**63 - 1, 2**63, -(2**63) - 1, 2**64},
    "a number beyond all limits": {10**30, 10**400},
}


def _in_json(body: bytes) -> Iterator[str]:
    if not body:
        yield "no body"
        return
    if b"NaN" in body:
        yield "NaN"
    doubled: list[bool] = []

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        doubled.append(len({name for name, _ in pairs}) < len(pairs))
        return dict(pairs)

    try:
        value = json.loads(body, object_pairs_hook=members)
    except (ValueError, RecursionError):
        yield "deep JSON" if body.count(b"[") > 1000 else "broken JSON"
        return
    if re.search(rb'"tree": ?(?:\[{700}|(?:{"a":){700})', body):
        yield "deep JSON in a member of any type"
    if any(doubled):
        yield "a doubled key"
    yield from _in_value(value)
    if body.startswith((b"[" * 100, b'{"a":' * 100)) or b"[" * 100 in body:
        yield "deep JSON"


def _in_value(value: Any, depth: int = 0) -> Iterator[str]:
    if depth > 60:
        yield "deep JSON"
        return
    if isinstance(value, dict | list):
        if len(value) >= 1000:
            yield f"a wide {'object' if isinstance(value, dict) else 'array'}"
        if not value:
            yield f"an empty {'object' if isinstance(value, dict) else 'array'}"
        if isinstance(value, list) and any(value.count(item) > 1 for item in value[:5]):
            yield "the same item twice"
        for name, item in list(value.items() if isinstance(value, dict) else enumerate(value))[:30]:
            yield from _in_text(str(name))
            yield from _in_value(item, depth + 1)
    elif value is None:
        yield "null"
    elif isinstance(value, str):
        yield from _in_text(value)
    elif isinstance(value, int) and not isinstance(value, bool):
        yield from (name for name, numbers in _NUMBERS.items() if value in numbers)
    elif isinstance(value, float):
        yield "a float"
        if abs(value) == float("inf"):
            yield "an infinite number"


def _in_text(text: str) -> Iterator[str]:
    if not text:
        yield "an empty text"
    if len(text) >= 5000:
        yield "a huge text"
    if "\0" in text:
        yield "NUL"
    if re.search("[\ud800-\udfff]", text):
        yield "a lone surrogate"
    if "\u202e" in text:
        yield "bidirectional text"
    if re.search("[\u0300-\u036f]", text):
        yield "combining characters"
    if text.startswith(("0001-01-01", "9999-12-31", "0000-00-00", "2024-02-30")):
        yield "a date at the edge"


def _in_form(body: bytes) -> Iterator[str]:
    names = [pair.partition(b"=")[0] for pair in body.split(b"&") if pair]
    if len(set(names)) < len(names):
        yield "form: a doubled key"
    if re.search(rb"%(?![0-9a-fA-F]{2})", body):
        yield "form: a broken escape"
    if re.search(rb"(?i)%ff|\xff", body):
        yield "form: bytes that are no UTF-8"
    if len(names) > 1000:
        yield "form: very many pairs"


def _in_multipart(content_type: str, body: bytes) -> Iterator[str]:
    found = re.search(r'boundary="?([^";]*)', content_type)
    if not content_type.startswith("multipart/form-data"):
        return
    if found is None:
        yield "multipart: no boundary"
        return
    mark = b"--" + found[1].encode()
    if not body.startswith(mark):
        yield "multipart: a wrong boundary"
        return
    if not body.endswith(mark + b"--\r\n"):
        yield "multipart: cut off"
    heads = [part.partition(b"\r\n\r\n") for part in body.split(mark)[1:-1]]
    names = [re.search(rb'[ ;]name="([^"]*)"', head) for head, _, _ in heads]
    if not heads:
        yield "multipart: no parts"
    if len(heads) > 1000:
        yield "multipart: very many parts"
    if any(b"content-disposition" not in head.lower() for head, _, _ in heads):
        yield "multipart: a part without Content-Disposition"
    if any(
        b"content-disposition" in head.lower() and name is None for (head, _, _), name in zip(heads, names, strict=True)
    ):
        yield "multipart: a part without a name"
    known = [name[1] for name in names if name is not None]
    if len(set(known)) < len(known):
        yield "multipart: a part twice"
    for head, _, content in heads:
        if b'filename="' in head and not content.strip():
            yield "multipart: an empty file"
        for file_name, what in (
            (b"../../", "leads out of the folder"),
            (b"a\0b", "holds a NUL"),
            (b'\\"', "holds a quote"),
            (b"x" * 5000, "is very long"),
        ):
            if b'filename="' in head and file_name in head:
                yield f"multipart: a file name {what}"
        if b"application/xml" in head:
            yield "multipart: a part of another type"


CLASSES = {
    *_NUMBERS, "a float", "an infinite number", "NaN", "an empty text", "a huge text", "NUL", "a lone surrogate",
    "bidirectional text", "combining characters", "a date at the edge", "deep JSON",
    "deep JSON in a member of any type", "a wide object", "a wide array",
    "null", "an empty object", "an empty array", "the same item twice", "a missing key", "a doubled key", "no body",
    "another content type", "broken JSON", "an encoded slash", "NUL in a URL", "a broken escape in a URL",
    "bytes in a URL that are no UTF-8", "a parameter twice", "a query beyond what integers hold",
    "a path of what was deleted", "a body with what was deleted", "a body with what never was",
    "two writes at the same moment",
    "form: a doubled key", "form: a broken escape", "form: bytes that are no UTF-8", "form: very many pairs",
    "multipart: no boundary", "multipart: a wrong boundary", "multipart: cut off", "multipart: no parts",
    "multipart: very many parts", "multipart: a part without Content-Disposition", "multipart: a part without a name",
    "multipart: a part twice", "multipart: an empty file", "multipart: a file name leads out of the folder",
    "multipart: a file name holds a NUL", "multipart: a file name holds a quote", "multipart: a file name is very long",
    "multipart: a part of another type",
}  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2])
def test_all_of_it_is_sent_in_3000_requests(tmp_path: Path, seed: int) -> None:
    recorder = Recorder()
    options = CampaignOptions(seed=seed, max_seconds=100, max_requests=3000, other_methods=False)

    list(Campaign(described(tmp_path, _DOCUMENT), Answering(recorder.respond), options).run())

    assert sorted(name for name in CLASSES if not recorder.seen[name]) == []


def _media_type(name: str) -> MediaType:
    return MediaType(name=name, schema=None, location=Location("", ""))


def test_each_broken_form_is_wrong_in_another_way() -> None:
    valid = Body(media_type="multipart/form-data", value=Literal({"title": "a", "file": b"content"}))

    bodies = list(broken_forms(_media_type("multipart/form-data"), valid))

    assert len(set(bodies)) == len(bodies) > len(FILE_NAMES) + 30
    assert all(body.raw for body in bodies)
    whole = next(body for body in bodies if body.media_type == "multipart/form-data")
    assert isinstance(whole.value, Literal)
    assert b'name="file"; filename="file"' in whole.value.value
    assert b"content" in whole.value.value


def test_a_file_name_out_of_the_folder_arrives_as_it_is() -> None:
    bodies = broken_forms(_media_type("multipart/form-data"), None)
    contents = [(body.media_type or "", body.value.value) for body in bodies if isinstance(body.value, Literal)]

    messages = [
        BytesParser().parsebytes(f"Content-Type: {name}\r\n\r\n".encode() + content)
        for name, content in contents
        if b"../../" in content
    ]
    (message,) = messages
    (part,) = (part for part in message.walk() if part.get_filename())
    assert part.get_filename() == "../../../../etc/passwd"


def test_what_is_no_form_has_no_broken_ones() -> None:
    assert list(broken_forms(_media_type("application/json"), None)) == []
    assert list(broken_forms(_media_type("*/*"), None)) == []
