"""Parameters by style and explode (OpenAPI 3.2, Style Values and Appendix C; RFC 6570)."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from oagen.scenario.wire.resolving import as_text, members_of, utf8
from oagen.spec.model import Style

Encode = Callable[[Any], str]
"""Makes a scalar safe for its place."""

_RESERVED_IN_PATH = ":@!$&'()*+,;="
_RESERVED_IN_QUERY = ":/?@!$'()*,;="
_NOT_IN_HEADER = re.compile(rb"[^\t\x20-\x7e]")
_TRIPLET = re.compile(r"(%[0-9A-Fa-f]{2})")
_SHORT = 100  # characters of a text that is likely to be sent again
_DELIMITERS = {Style.SPACE_DELIMITED: "%20", Style.PIPE_DELIMITED: "%7C"}


def encode_component(value: Any, safe: str = "") -> str:
    """Percent-encode all but unreserved characters (RFC 3986, 2.1) of a scalar, or of a container's JSON text."""
    text = as_text(value)
    if isinstance(text, str):
        return _quoted(text, safe) if len(text) <= _SHORT else quote(utf8(text), safe=safe)
    return quote(text, safe=safe)


@functools.lru_cache(maxsize=16_384)
def _quoted(text: str, safe: str) -> str:
    return quote(utf8(text), safe=safe)


def encode_path(value: Any, *, allow_reserved: bool = False) -> str:
    """Percent-encode one value of a path; `.` and `..` are encoded too, since clients would take them for steps."""
    text = _reserved(value, _RESERVED_IN_PATH) if allow_reserved else encode_component(value)
    return text.replace(".", "%2E") if text in (".", "..") else text


def encode_query(value: Any, *, allow_reserved: bool = False) -> str:
    """Percent-encode one value of a query; `#`, `&` and `+` always, since they would end or change it."""
    return _reserved(value, _RESERVED_IN_QUERY) if allow_reserved else encode_component(value)


def encode_cookie(value: Any, *, keep_percent: bool = False) -> str:
    """Percent-encode what is no cookie-octet (RFC 6265, 4.1.1)."""
    return encode_component(value, "!#$&'()*+-./:<=>?@[]^_`{|}~" + ("%" if keep_percent else ""))


def encode_header(value: Any) -> str:
    """Percent-encode what is not visible ASCII, space or tab (RFC 9110, 5.5), so that nothing can end the header."""
    text = as_text(value)
    raw = text if isinstance(text, bytes) else utf8(text)
    return _NOT_IN_HEADER.sub(lambda found: b"%%%02X" % found[0][0], raw).decode("ascii")


def encode_token(name: str) -> str:
    """Percent-encode what may not stand in a header's or cookie's name (RFC 9110, 5.6.2)."""
    return quote(utf8(name), safe="!#$%&'*+-.^_`|~")


def _reserved(value: Any, safe: str) -> str:
    text = as_text(value)
    if isinstance(text, bytes):
        return quote(text, safe=safe)
    pieces = _TRIPLET.split(text)
    return "".join(piece if index % 2 else quote(utf8(piece), safe=safe) for index, piece in enumerate(pieces))


def simple(value: Any, *, explode: bool, encode: Encode) -> str:
    """Return the `simple` form, of path and header parameters: `a,b` and `k,v` or, exploded, `k=v`."""
    return _joined(value, explode=explode, encode=encode, separator=",")


def label(value: Any, *, explode: bool, encode: Encode) -> str:
    """Return the `label` form of a path parameter: `.a.b` exploded, else `.a,b`."""
    return "." + _joined(value, explode=explode, encode=encode, separator="." if explode else ",")


def matrix(name: str, value: Any, *, explode: bool, encode: Encode) -> str:
    """Return the `matrix` form of a path parameter: `;name=a;name=b` exploded, else `;name=a,b`."""
    pairs = exploded(name, value) if explode else None
    if pairs is None:
        texts = [(encode(name), _joined(value, explode=False, encode=encode, separator=","))]
    else:
        texts = [(encode(key), encode(item)) for key, item in pairs]
    return "".join(f";{key}={text}" if text else f";{key}" for key, text in texts)


def query_pairs(name: str, value: Any, *, style: Style, explode: bool, encode: Encode) -> list[tuple[str, str]]:
    """Return the encoded names and values that a query, cookie or form holds for one parameter.

    An empty array or object sends nothing in an exploded form, as RFC 6570, 3.2.1 has it for lists without members.
    """
    if style is Style.DEEP_OBJECT and members_of(value) is not None:
        return [(encode_component(key), encode(item)) for key, item in _deep(name, value)]
    if explode and (pairs := exploded(name, value)) is not None:
        return [(encode_component(key), encode(item)) for key, item in pairs]
    separator = _DELIMITERS.get(style, ",")
    return [(encode_component(name), _joined(value, explode=False, encode=encode, separator=separator))]


def exploded(name: str, value: Any) -> list[tuple[str, Any]] | None:
    """Return an array's items under the parameter's name or an object's members under their own; None of a scalar."""
    if (pairs := members_of(value)) is not None:
        return list(pairs)
    return [(name, item) for item in value] if isinstance(value, list | tuple) else None


def _joined(value: Any, *, explode: bool, encode: Encode, separator: str) -> str:
    if (pairs := members_of(value)) is not None:
        if explode:
            return separator.join(f"{encode(key)}={encode(item)}" for key, item in pairs)
        return separator.join(encode(text) for pair in pairs for text in pair)
    if isinstance(value, list | tuple):
        return separator.join(encode(item) for item in value)
    return encode(value)


def _deep(name: str, value: Any) -> list[tuple[str, Any]]:
    if (pairs := members_of(value)) is not None:
        return [leaf for key, item in pairs for leaf in _deep(f"{name}[{key}]", item)]
    if isinstance(value, list | tuple):
        return [(name, item) for item in value]
    return [(name, value)]
