"""One request of a scenario as it goes on the wire."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field
from typing import Any

from oagen.scenario.model import Argument, Request
from oagen.scenario.wire.bodies import encode_body, encode_form
from oagen.scenario.wire.media_types import essence, is_json
from oagen.scenario.wire.resolving import Bind, as_json, resolve
from oagen.scenario.wire.styles import (
    encode_component,
    encode_cookie,
    encode_header,
    encode_path,
    encode_query,
    encode_token,
    label,
    matrix,
    query_pairs,
    simple,
)
from oagen.spec.model import ParameterLocation, Style

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_SAFE_IN_TEMPLATE = "/:@!$&'()*+,;=?%[]"


@dataclass(frozen=True, slots=True, kw_only=True)
class WireRequest:
    """A request, nothing left to decide.

    Attributes:
        target: Path and query exactly as sent (RFC 9112, 3.2.1), without the API's base path.
        headers: In order, repeated ones included; without those that a client adds (Host, Content-Length).
        body: None where there is none, which is not the same as an empty one.
        operation: What it is counted as; no part of what is sent.
    """

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    operation: str = field(default="", compare=False)


def encode(request: Request, bind: Bind) -> WireRequest:
    """Return what is sent for a request.

    The credentials of `request.identity` are not in it: whoever sends it adds them.

    Args:
        request: The request in logical values.
        bind: Gives the value of what is dynamic.
    """
    path = _PLACEHOLDER.sub(lambda found: _path_value(request, found[1], bind), _template(request.path))
    headers: list[tuple[str, str]] = []
    cookies: list[str] = []
    query: list[str] = []
    for argument in request.arguments:
        match argument.where:
            case ParameterLocation.QUERY | ParameterLocation.QUERYSTRING:
                query += _query_texts(argument, bind)
            case ParameterLocation.HEADER:
                headers.append((encode_token(argument.name), _header_text(argument, bind)))
            case ParameterLocation.COOKIE:
                cookies += _cookie_texts(argument, bind)
    if cookies:
        headers.append(("Cookie", "; ".join(cookies)))
    body = None
    if request.body is not None:
        content_type, body = encode_body(request.body, bind)
        if content_type is not None and not any(name.lower() == "content-type" for name, _ in headers):
            headers.append(("Content-Type", encode_header(content_type)))
    target = path
    if query:
        target += ("&" if "?" in path else "?") + "&".join(query)
    return WireRequest(
        method=request.method, target=target or "/", headers=tuple(headers), body=body, operation=request.operation
    )


@functools.lru_cache(maxsize=16384)
def _template(path: str) -> str:
    """Return a path template whose fixed part is safe to send, its placeholders as they are."""
    pieces = re.split(r"(\{[^{}]*\})", path)
    return "".join(
        piece if index % 2 else encode_component(piece, _SAFE_IN_TEMPLATE) for index, piece in enumerate(pieces)
    )


def _raw_text(argument: Argument, bind: Bind) -> str:
    plain = resolve(argument.value, bind)
    return plain.decode("utf-8", "surrogateescape") if isinstance(plain, bytes) else _text(plain)


def _text(plain: Any) -> str:
    return plain if isinstance(plain, str) else as_json(plain)


def _content(plain: Any, media_type: str) -> Any:
    """Return the text of a `content` parameter, not yet percent-encoded."""
    if is_json(media_type):
        return as_json(plain)
    if essence(media_type) == "application/x-www-form-urlencoded":
        return encode_form(plain, ())
    return plain


def _path_value(request: Request, name: str, bind: Bind) -> str:
    for argument in request.arguments:
        if argument.where is ParameterLocation.PATH and argument.name == name:
            break
    else:
        return encode_component("{" + name + "}")
    if argument.raw:
        return _raw_text(argument, bind)
    plain = resolve(argument.value, bind)

    def safe(item: Any) -> str:
        return encode_path(item, allow_reserved=argument.allow_reserved)

    if argument.media_type is not None:
        return safe(_content(plain, argument.media_type))
    match argument.style:
        case Style.LABEL:
            return label(plain, explode=argument.explode, encode=safe)
        case Style.MATRIX:
            return matrix(name, plain, explode=argument.explode, encode=safe)
        case _:
            return simple(plain, explode=argument.explode, encode=safe)


def _query_texts(argument: Argument, bind: Bind) -> list[str]:
    whole = argument.where is ParameterLocation.QUERYSTRING
    if argument.raw:
        text = _raw_text(argument, bind)
        return [text if whole else f"{encode_component(argument.name)}={text}"]
    plain = resolve(argument.value, bind)

    def safe(item: Any) -> str:
        return encode_query(item, allow_reserved=argument.allow_reserved)

    if whole:
        if essence(argument.media_type or "") == "application/x-www-form-urlencoded":
            return [text] if (text := encode_form(plain, ())) else []
        return [safe(_content(plain, argument.media_type or ""))]
    if argument.media_type is not None:
        return [f"{encode_component(argument.name)}={safe(_content(plain, argument.media_type))}"]
    pairs = query_pairs(argument.name, plain, style=argument.style, explode=argument.explode, encode=safe)
    return [f"{name}={text}" for name, text in pairs]


def _header_text(argument: Argument, bind: Bind) -> str:
    if argument.raw:
        return _raw_text(argument, bind)
    plain = resolve(argument.value, bind)
    if argument.media_type is not None:
        return encode_header(_content(plain, argument.media_type))
    return simple(plain, explode=argument.explode, encode=encode_header)


def _cookie_texts(argument: Argument, bind: Bind) -> list[str]:
    name = encode_token(argument.name)
    if argument.raw:
        return [f"{name}={_raw_text(argument, bind)}"]
    plain = resolve(argument.value, bind)

    def safe(item: Any) -> str:
        return encode_cookie(item, keep_percent=argument.style is Style.COOKIE)

    if argument.media_type is not None:
        return [f"{name}={safe(_content(plain, argument.media_type))}"]
    pairs = query_pairs(argument.name, plain, style=Style.FORM, explode=argument.explode, encode=safe)
    return [f"{key}={text}" for key, text in pairs]
