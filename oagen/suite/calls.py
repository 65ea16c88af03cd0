"""Requests of a scenario as calls of the suite's `Api`.

The one serialiser, `oagen.scenario.wire`, writes every URL, header and odd body, with tokens where a value is known
only when the test runs; a plain query and a plain body are left to the `Api`, which writes them as the serialiser does.
"""

from __future__ import annotations

import dataclasses
import re
from typing import Protocol

from oagen.scenario.model import Argument, Body, Capture, Credential, Literal, Request, Unique, Value
from oagen.scenario.wire import Dynamic, encode, resolve
from oagen.scenario.wire.media_types import essence, is_json, is_xml
from oagen.scenario.wire.multipart import Part, parts_of
from oagen.scenario.wire.resolving import as_bytes
from oagen.spec.model import ParameterLocation, Style
from oagen.suite.expressions import Captured, Imports, expression, is_json_value, is_scalar, members_of
from oagen.suite.python_source import PythonSource, call, literal, mapping, sequence, source, string

_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
_FORM = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/form-data"
_TOKEN = re.compile(r"oagenTOKEN(\d+)NEKOTnegao")
_URL_TOKEN = re.compile(r"%22oagenTOKEN(\d+)NEKOTnegao%22|oagenTOKEN(\d+)NEKOTnegao")
"""In a URL, where a value that JSON in a parameter holds stands in quotes, which it has only if it is text."""
_JSON_TOKEN = re.compile(r'"oagenTOKEN(\d+)NEKOTnegao"|oagenTOKEN(\d+)NEKOTnegao')


class Bodies(Protocol):
    """Knows a shorter way to say a JSON body than its display: a factory with changes."""

    def payload(self, operation: str, value: Value, captured: Captured, imports: Imports) -> PythonSource | None:
        """Return the source of a body, or None where its display says it best."""


class RequestWriter:
    """Writes the requests of one piece of source (a test, a set-up function).

    Args:
        captured: How that source reaches captured values.
        imports: Takes note of what it uses.
        bodies: Where a JSON body may be said through a factory.
    """

    def __init__(self, captured: Captured, imports: Imports, bodies: Bodies | None = None) -> None:
        self._captured = captured
        self._imports = imports
        self._bodies = bodies
        self._tokens: list[Dynamic] = []

    def call(
        self, request: Request, *, identity: PythonSource | None = None, body: PythonSource | None = None
    ) -> PythonSource:
        """Return the call that sends a request, as `api.post("/orders", json=make_order(), as_="alice")`.

        Args:
            identity: Source that stands for the identity instead of its name.
            body: Source that stands for the JSON body, such as a variable that holds it.
        """
        params = [item for item in request.arguments if _is_query(item)]
        plain_query = all(_is_plain(item) for item in params)
        kept = [item for item in request.arguments if not (plain_query and _is_query(item))]
        sent = encode(
            dataclasses.replace(request, arguments=tuple(kept), body=None),
            self._token,
        )
        keywords: dict[str, str | None] = {
            "params": self._params(params) if params and plain_query else None,
            "headers": self._headers(sent.headers),
        }
        if request.body is not None:
            keywords.update(self._body(request.operation, request.body))
        if body is not None and "json" in keywords:
            keywords["json"] = body
        if request.identity is not None:
            keywords["as_"] = identity or string(request.identity)
        url = self._url(sent.target)
        if request.method in _METHODS:
            return call(f"api.{request.method.lower()}", url, **keywords)
        return call("api.request", string(request.method), url, **keywords)

    def json_body(self, request: Request) -> PythonSource | None:
        """Return the source of a request's JSON body, or None where it has none that Python can say."""
        return self._body(request.operation, request.body).get("json") if request.body is not None else None

    def value(self, value: Value) -> PythonSource:
        """Return the expression of a value."""
        return expression(value, self._captured, self._imports)

    def _token(self, dynamic: Dynamic) -> str:
        self._tokens.append(dynamic)
        return f"oagenTOKEN{len(self._tokens) - 1}NEKOTnegao"

    def _url(self, target: str) -> PythonSource:
        found: list[PythonSource] = []
        for token in _URL_TOKEN.finditer(target):
            value = self.value(self._tokens[int(token[1] or token[2])])
            found.append(call(self._imports.use("json_text"), value) if token[1] else value)
        if not found:
            return string(target)
        return call(self._imports.use("path"), string(_URL_TOKEN.sub("{}", target)), *found)

    def _text(self, text: str, within: str = "") -> PythonSource:
        """Return text in which tokens stand for dynamic values.

        Args:
            within: Function of the support package that makes a value safe for its place.
        """
        if not _TOKEN.search(text):
            return string(text)
        if (alone := _TOKEN.fullmatch(text)) and not within and _is_text(self._tokens[int(alone[1])]):
            return self.value(self._tokens[int(alone[1])])
        parts: list[PythonSource] = []
        for index, piece in enumerate(_TOKEN.split(text)):
            if index % 2:
                written = self.value(self._tokens[int(piece)])
                parts.append(call(self._imports.use(within), written) if within else written)
            elif piece:
                parts.append(string(piece))
        return call(self._imports.use("text"), *parts)

    def _header(self, name: str, value: str) -> PythonSource:
        """Return the value of a header: text, but bytes where it holds what may not stand in text."""
        if not value.isascii():
            return literal(value.encode("utf-8", "surrogateescape"))
        return self._text(value, "cookie_value" if name.lower() == "cookie" else "")

    def _params(self, params: list[Argument]) -> PythonSource:
        pairs = [(item.name, self.value(item.value)) for item in params]
        if len({name for name, _ in pairs}) == len(pairs):
            return mapping(pairs)
        return sequence(source("(", string(name), ", ", value, ")") for name, value in pairs)

    def _headers(self, headers: tuple[tuple[str, str], ...]) -> PythonSource | None:
        if not headers:
            return None
        pairs = [(name, self._header(name, value)) for name, value in headers]
        if len({name.lower() for name, _ in pairs}) == len(pairs):
            return mapping(pairs)
        return sequence(source("(", string(name), ", ", value, ")") for name, value in pairs)

    def _body(self, operation: str, body: Body) -> dict[str, PythonSource | None]:
        if not body.raw and body.media_type is not None:
            if is_json(body.media_type) and is_json_value(body.value):
                payload = self._bodies and self._bodies.payload(operation, body.value, self._captured, self._imports)
                content_type = None if body.media_type == "application/json" else string(body.media_type)
                return {"json": payload or self.value(body.value), "content_type": content_type}
            if essence(body.media_type) == _FORM and not body.encodings and _is_form(body.value):
                payload = self._bodies and self._bodies.payload(operation, body.value, self._captured, self._imports)
                content_type = None if body.media_type == _FORM else string(body.media_type)
                return {"data": payload or self.value(body.value), "content_type": content_type}
            parts = parts_of(body.media_type, resolve(body.value, self._token), body.encodings)
            if body.media_type.lower() == _MULTIPART and parts and all(map(_is_plain_part, parts)):
                return self._multipart(parts)
        sent = encode(Request(method="POST", path="/", body=body), self._token)
        content_type = next((string(value) for name, value in sent.headers if name == "Content-Type"), None)
        return {"content": self._content(sent.body or b"", body), "content_type": content_type}

    def _multipart(self, parts: list[Part]) -> dict[str, PythonSource | None]:
        """Return the fields of a form, and its files as `{"photo": ("photo.png", b"...", "image/png")}`."""
        fields: dict[str, list[PythonSource]] = {}
        files: list[tuple[str, PythonSource]] = []
        for part in parts:
            name = part.name or ""
            if part.content_type is None:
                fields.setdefault(name, []).append(self._part(part))
            else:
                file = literal(part.file)
                files.append((name, source("(", file, ", ", self._part(part), ", ", string(part.content_type), ")")))
        listed = [(name, values[0] if len(values) == 1 else sequence(values)) for name, values in fields.items()]
        once = len({name for name, _ in files}) == len(files)
        pairs = [source("(", string(name), ", ", file, ")") for name, file in files]
        return {
            "data": mapping(listed) if listed else None,
            "files": mapping(files) if once else sequence(pairs),
        }

    def _part(self, part: Part) -> PythonSource:
        content = as_bytes(part.content)
        try:
            text = content.decode()
        except UnicodeDecodeError:
            return self._bytes(content)
        json_type = part.content_type is not None and is_json(part.content_type)
        return self._json(text) if json_type and _TOKEN.search(text) else self._text(text)

    def _content(self, content: bytes, body: Body) -> PythonSource:
        try:
            text = content.decode()
        except UnicodeDecodeError:
            return self._bytes(content)
        if body.raw or body.media_type is None or not _TOKEN.search(text):
            return self._text(text)
        if essence(body.media_type) == _FORM:
            return self._text(text, "quoted")
        if is_xml(body.media_type):
            return self._text(text, "xml_text")
        return self._json(text)

    def _json(self, text: str) -> PythonSource:
        """Return JSON text in which tokens stand for dynamic values."""
        parts, end = [], 0
        for found in _JSON_TOKEN.finditer(text):
            parts.append(string(text[end : found.start()]))
            inner = self.value(self._tokens[int(found[1] or found[2])])
            parts.append(call(self._imports.use("json_text"), inner) if found[1] else inner)
            end = found.end()
        return call(self._imports.use("text"), *parts, string(text[end:]))

    def _bytes(self, content: bytes) -> PythonSource:
        pieces = re.split(_TOKEN.pattern.encode(), content)
        if len(pieces) == 1:
            return literal(content)
        parts = [
            source(call(self._imports.use("text"), self.value(self._tokens[int(piece)])), ".encode()")
            if index % 2
            else literal(piece)
            for index, piece in enumerate(pieces)
        ]
        return source('b"".join(', sequence(parts), ")")


def _is_text(dynamic: Dynamic) -> bool:
    """Return whether a dynamic value is text for certain, whatever the API answers."""
    match dynamic:
        case Capture():
            return dynamic.header is not None
        case Unique():
            return not dynamic.integer
        case Credential():
            return True


def _is_query(argument: Argument) -> bool:
    return argument.where is ParameterLocation.QUERY


def _is_plain(argument: Argument) -> bool:
    """Return whether a query parameter is one name and one text, or one for each item."""
    if argument.raw or argument.media_type or argument.allow_reserved or argument.style is not Style.FORM:
        return False
    return is_scalar(argument.value) or (argument.explode and _is_list_of_scalars(argument.value))


def _is_list_of_scalars(value: Value) -> bool:
    return (
        isinstance(value, Literal) and isinstance(value.value, list) and all(is_scalar(Literal(i)) for i in value.value)
    )


def _is_plain_part(part: Part) -> bool:
    """Return whether httpx writes a part as the serialiser does, and it is text or bytes."""
    names = [part.name or "", part.file or "", part.content_type or ""]
    sayable = part.name is not None and all(name.isprintable() and not set(name) & set('"\\') for name in names)
    return sayable and (part.content_type or "").isascii()


def _is_form(value: Value) -> bool:
    """Return whether a form's members are texts, or lists of texts, under names of their own."""
    members = members_of(value)
    return (
        members is not None
        and is_json_value(value)
        and all(is_scalar(item) or _is_list_of_scalars(item) for _, item in members)
    )
