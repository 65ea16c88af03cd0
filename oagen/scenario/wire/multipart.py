"""Multipart bodies (RFC 7578; RFC 2046, 5.1), the same bytes for the same values."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Any

from oagen.scenario.model import PartEncoding
from oagen.scenario.wire.media_types import essence, is_json, is_text
from oagen.scenario.wire.resolving import as_bytes, as_json, members_of, utf8
from oagen.scenario.wire.styles import encode_header

_BOUNDARY = re.compile(r';\s*boundary="?([^";]+)"?', re.IGNORECASE)
_ESCAPES = {ord('"'): "%22", ord("\r"): "%0D", ord("\n"): "%0A", 0: "%00"}


def encode_multipart(media_type: str, plain: Any, encodings: Sequence[PartEncoding]) -> tuple[str, bytes]:
    """Return the `Content-Type` with its boundary, and the body.

    The boundary is the one in `media_type`, else it is derived from the parts. A value of bytes is a file, as is a
    text whose encoding names a content type that is neither text nor JSON; an array is one part for each item, an
    object a part of JSON.
    """
    form = essence(media_type) == "multipart/form-data"
    by_name = {encoding.name: encoding for encoding in encodings}
    parts: list[bytes] = []
    for name, value in _named(plain):
        content_type = _content_type(by_name.get(name or ""))
        whole = content_type is not None and is_json(content_type)
        items = value if isinstance(value, list | tuple) and not whole else [value]
        parts += [_part(name if form else None, item, content_type) for item in items]
    if found := _BOUNDARY.search(media_type):
        boundary, content_type = found[1], media_type
    else:
        boundary = "oagen-" + hashlib.sha256(b"\0".join(parts)).hexdigest()[:24]
        content_type = f"{media_type}; boundary={boundary}"
    mark = b"--" + utf8(boundary)
    return content_type, b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts) + mark + b"--\r\n"


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


def _part(name: str | None, value: Any, content_type: str | None) -> bytes:
    is_file = isinstance(value, bytes)
    if content_type is None:
        if is_file:
            content_type = "application/octet-stream"
        elif isinstance(value, list | tuple) or members_of(value) is not None:
            content_type = "application/json"
    elif isinstance(value, str) and not is_json(content_type) and not is_text(content_type):
        is_file = True
    headers = []
    if name is not None:
        escaped = name.translate(_ESCAPES)
        headers.append(f'Content-Disposition: form-data; name="{escaped}"' + f'; filename="{escaped}"' * is_file)
    if content_type is not None:
        headers.append(f"Content-Type: {encode_header(content_type)}")
    content = as_bytes(as_json(value)) if content_type is not None and is_json(content_type) else as_bytes(value)
    return utf8("".join(f"{header}\r\n" for header in headers)) + b"\r\n" + content
