"""Multipart bodies (RFC 7578; RFC 2046, 5.1), the same bytes for the same values."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from oagen.scenario.model import PartEncoding
from oagen.scenario.wire.media_types import essence, is_json
from oagen.scenario.wire.resolving import as_bytes, as_json, members_of, utf8
from oagen.scenario.wire.styles import encode_header

_BOUNDARY = re.compile(r';\s*boundary="?([^";]+)"?', re.IGNORECASE)
_ESCAPES = {ord('"'): "%22", ord("\r"): "%0D", ord("\n"): "%0A", 0: "%00"}
_BYTES = "application/octet-stream"
_ENDINGS = {
    "application/gzip": ".gz",
    "application/json": ".json",
    "application/pdf": ".pdf",
    "application/xml": ".xml",
    "application/zip": ".zip",
    "image/gif": ".gif",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/svg+xml": ".svg",
    "text/csv": ".csv",
    "text/html": ".html",
    "text/xml": ".xml",
}
"""How a file's name ends, where its content type says so; many a server asks for that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a body.

    Attributes:
        file: Name of the file that it is; None where it is a field.
        content_type: None says nothing, so that it is plain text.
    """

    value: Any
    name: str | None = None
    file: str | None = None
    content_type: str | None = None

    @property
    def content(self) -> str | bytes:
        """The part's text or bytes."""
        as_is = self.content_type is None or not is_json(self.content_type) or isinstance(self.value, bytes)
        return as_bytes(self.value) if as_is else as_json(self.value)


def encode_multipart(media_type: str, plain: Any, encodings: Sequence[PartEncoding]) -> tuple[str, bytes]:
    """Return the `Content-Type` with its boundary, and the body.

    The boundary is the one in `media_type`, else it is derived from the parts.
    """
    parts = [_encoded(part) for part in parts_of(media_type, plain, encodings)]
    if found := _BOUNDARY.search(media_type):
        boundary, content_type = found[1], media_type
    else:
        boundary = "oagen-" + hashlib.sha256(b"\0".join(parts)).hexdigest()[:24]
        content_type = f"{media_type}; boundary={boundary}"
    mark = b"--" + utf8(boundary)
    return content_type, b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts) + mark + b"--\r\n"


def parts_of(media_type: str, plain: Any, encodings: Sequence[PartEncoding]) -> list[Part]:
    """Return the parts of a body; in a form, plain fields come first.

    A value of bytes is a file, as is a text whose encoding names a content type that is neither plain text nor JSON;
    an array is one part for each item, an object a part of JSON.
    """
    form = essence(media_type) == "multipart/form-data"
    by_name = {encoding.name: encoding for encoding in encodings}
    parts: list[Part] = []
    for name, value in _named(plain):
        content_type = _content_type(by_name.get(name or ""))
        whole = content_type is not None and is_json(content_type)
        items = value if isinstance(value, list | tuple) and not whole else [value]
        parts += [_part(name if form else None, item, content_type) for item in items]
    return sorted(parts, key=lambda part: form and part.content_type is not None)


def _named(plain: Any) -> Sequence[tuple[str | None, Any]]:
    if (pairs := members_of(plain)) is not None:
        return pairs
    return [(None, plain)]


def _content_type(encoding: PartEncoding | None) -> str | None:
    """Return the part's content type: the first of several, None where the document has only a range."""
    if encoding is None or encoding.content_type is None:
        return None
    first = encoding.content_type.partition(",")[0].strip()
    return None if "*" in first else first


def _part(name: str | None, value: Any, content_type: str | None) -> Part:
    is_file = isinstance(value, bytes)
    if content_type is None:
        if is_file:
            content_type = _BYTES
        elif isinstance(value, list | tuple) or members_of(value) is not None:
            content_type = "application/json"
    elif isinstance(value, str) and not is_json(content_type) and essence(content_type) != "text/plain":
        is_file = True
    if name is None or not is_file:
        return Part(value=value, name=name, content_type=content_type)
    kind = essence(content_type or "")
    ending = _ENDINGS.get(kind) or (".txt" if kind == _BYTES and isinstance(value, str) else "")
    return Part(value=value, name=name, file=name + ending, content_type=content_type)


def _encoded(part: Part) -> bytes:
    headers = []
    if part.name is not None:
        file = "" if part.file is None else f'; filename="{part.file.translate(_ESCAPES)}"'
        headers.append(f'Content-Disposition: form-data; name="{part.name.translate(_ESCAPES)}"{file}')
    if part.content_type is not None:
        headers.append(f"Content-Type: {encode_header(part.content_type)}")
    return utf8("".join(f"{header}\r\n" for header in headers)) + b"\r\n" + as_bytes(part.content)
