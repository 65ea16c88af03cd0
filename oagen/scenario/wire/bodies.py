"""Bodies by media type (OpenAPI 3.2, Media Type Object and Encoding Object)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from oagen.scenario.model import Body, PartEncoding
from oagen.scenario.wire.media_types import essence, is_json, is_json_lines, is_json_sequence, is_text, is_xml
from oagen.scenario.wire.multipart import encode_multipart
from oagen.scenario.wire.resolving import Bind, as_bytes, as_json, as_text, members_of, resolve
from oagen.scenario.wire.styles import encode_component, query_pairs
from oagen.spec.model import Style


def encode_body(body: Body, bind: Bind) -> tuple[str | None, bytes]:
    """Return the `Content-Type` to send, None for none, and the body's bytes."""
    plain = resolve(body.value, bind)
    media_type = body.media_type
    if body.raw or media_type is None:
        return media_type, as_bytes(plain)
    name = essence(media_type)
    if is_json(media_type):
        return media_type, as_bytes(as_json(plain))
    if name == "application/x-www-form-urlencoded":
        return media_type, as_bytes(encode_form(plain, body.encodings))
    if name.startswith("multipart/"):
        return encode_multipart(media_type, plain, body.encodings)
    if is_xml(media_type) and not isinstance(plain, str | bytes):
        from oagen.scenario.wire.xml import encode_xml  # its library is slow to import, and seldom needed

        return media_type, encode_xml(plain)
    if isinstance(plain, list | tuple):
        if is_json_lines(media_type):
            return media_type, b"".join(as_bytes(as_json(item)) + b"\n" for item in plain)
        if is_json_sequence(media_type):
            return media_type, b"".join(b"\x1e" + as_bytes(as_json(item)) + b"\n" for item in plain)
        if name == "text/event-stream":
            return media_type, b"".join(_event(item) for item in plain)
        if is_text(media_type):
            return media_type, b"\n".join(as_bytes(item) for item in plain)
    return media_type, as_bytes(plain)


def encode_form(plain: Any, encodings: Sequence[PartEncoding]) -> str:
    """Return `application/x-www-form-urlencoded` text; a space is `%20`, which every decoder reads.

    A property without an encoding is sent once for each item of an array; an object in it is JSON (OpenAPI 3.2,
    Encoding Object, `contentType`).
    """
    pairs = members_of(plain)
    if pairs is None:
        return encode_component(as_text(plain))
    by_name = {encoding.name: encoding for encoding in encodings}
    texts: list[str] = []
    for name, value in pairs:
        encoding = by_name.get(name, PartEncoding(name=name))
        if encoding.style is None and encoding.explode is None:
            items = value if isinstance(value, list | tuple) and not _as_json(encoding) else [value]
            texts += [f"{encode_component(name)}={encode_component(_property(item, encoding))}" for item in items]
            continue
        style = encoding.style or Style.FORM
        explode = encoding.explode if encoding.explode is not None else style is Style.FORM
        found = query_pairs(name, value, style=style, explode=explode, encode=encode_component)
        texts += [f"{key}={text}" for key, text in found]
    return "&".join(texts)


def _as_json(encoding: PartEncoding) -> bool:
    return encoding.content_type is not None and is_json(encoding.content_type)


def _property(value: Any, encoding: PartEncoding) -> Any:
    return as_json(value) if _as_json(encoding) else value


def _event(item: Any) -> bytes:
    """Return one server-sent event: an object's fields (`event`, `data`, ...), else the value as its data."""
    fields = members_of(item) or (("data", item),)
    lines = [f"{name}: ".encode() + line for name, value in fields for line in as_bytes(value).splitlines() or [b""]]
    return b"\n".join(lines) + b"\n\n"
