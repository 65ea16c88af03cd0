"""What the path of a request names, and what an answer or a request describes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote

from oagen.fuzz.pool import key_of
from oagen.scenario.model import Argument, Literal, Request
from oagen.scenario.nouns import singular
from oagen.scenario.wire import encode
from oagen.scenario.wire.resolving import as_text
from oagen.spec.model import ParameterLocation, Style
from oagen.target.model import Answer

_PARAMETER = re.compile(r"\{([^{}]*)\}")
_NUMBER = re.compile(r"[0-9]{1,18}")
_WRAPPERS = frozenset({"data", "item", "items", "result", "results", "response", "content", "records"})
_LARGEST_BODY = 262_144
MOST_ITEMS = 50


@dataclass(frozen=True, slots=True)
class Resource:
    """What a path names: its kind (`order`, `item/authors`) and the text that identifies it."""

    kind: str
    name: str


def last_resource(request: Request) -> Resource | None:
    """Return what the last parameter of a request's path names: what the request is about; None without any."""
    named = _PARAMETER.findall(request.path)
    if not named:
        return None
    texts = path_arguments(request)
    before = request.path.rpartition("{" + named[-1] + "}")[0]
    return Resource(_kind(before, texts), texts[named[-1]]) if named[-1] in texts else None


def kind_of(request: Request) -> str:
    """Return the kind of what a collection's path lists or makes."""
    return _kind(request.path, path_arguments(request))


def _kind(path: str, texts: Mapping[str, str]) -> str:
    below: list[str] = []
    for segment in reversed([segment for segment in path.split("/") if segment]):
        if not segment.startswith("{"):
            return "/".join([singular(key_of(segment)), *reversed(below)])
        below.append(texts.get(segment[1:-1], ""))
    return ""


def path_arguments(request: Request) -> dict[str, str]:
    """Return the texts of the parameters in a request's path as they are sent, by name."""
    placed = tuple(item for item in request.arguments if item.where is ParameterLocation.PATH)
    if not placed:
        return {}
    plain = {item.name: text for item in placed if (text := _plain_text(item)) is not None}
    literal = plain if len(plain) == len(placed) else _as_sent(request, placed)
    return {name: str(int(text)) if _NUMBER.fullmatch(text) else text for name, text in literal.items()}


def _plain_text(argument: Argument) -> str | None:
    """Return the text of a parameter that stands in the path as it is, but for its encoding; None of any other."""
    value = argument.value
    if argument.raw or argument.style is not Style.SIMPLE or argument.media_type or not isinstance(value, Literal):
        return None
    text = as_text(value.value) if isinstance(value.value, str | int | float) else None
    return text if isinstance(text, str) else None


def _as_sent(request: Request, placed: tuple[Argument, ...]) -> dict[str, str]:
    literal = {item.name: str(item.value.value) for item in placed if isinstance(item.value, Literal)}
    template = request.path.split("/")
    sent = _sent_path(replace(request, arguments=placed, body=None)).split("/")
    if len(template) == len(sent):
        for named, text in zip(template, sent, strict=True):
            if named.startswith("{") and named.endswith("}"):
                literal[named[1:-1]] = unquote(text)
    return literal


def _sent_path(request: Request) -> str:
    try:
        return encode(request, _unbound).target.partition("?")[0]
    except (ValueError, TypeError, RecursionError, OverflowError):
        return ""


def _unbound(value: object) -> object:
    raise ValueError(f"{value!r} is not a literal")


def value_of(answer: Answer) -> Any:
    """Return an answer's JSON object or array; None where it has none, or one that is too large to look at."""
    if len(answer.body) > _LARGEST_BODY or answer.truncated or answer.body[:1] not in (b"{", b"["):
        return None
    try:
        return answer.json()
    except ValueError:
        return None


def objects_in(value: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    """Yield the objects that an answer describes, what wraps them left out."""
    if isinstance(value, list):
        for item in value[:MOST_ITEMS]:
            yield from objects_in(item, depth)
    elif isinstance(value, dict):
        yield value
        inner = [item for name, item in value.items() if isinstance(item, dict | list) and _wraps(name, value)]
        if depth < 2:  # noqa: PLR2004
            for item in inner:
                yield from objects_in(item, depth + 1)


def _wraps(name: str, value: Mapping[str, Any]) -> bool:
    return key_of(name) in _WRAPPERS or sum(isinstance(item, dict | list) for item in value.values()) == 1


def texts_sent(request: Request) -> Iterator[str]:
    """Yield the texts among the values of a request."""
    for item in request.arguments:
        if isinstance(item.value, Literal) and isinstance(item.value.value, str):
            yield item.value.value
    if request.body is not None and isinstance(request.body.value, Literal):
        yield from _scalars(request.body.value.value)


def _scalars(value: Any, depth: int = 0) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif depth < 4 and isinstance(value, dict):  # noqa: PLR2004
        for item in value.values():
            yield from _scalars(item, depth + 1)
    elif depth < 4 and isinstance(value, list):  # noqa: PLR2004
        for item in value[:MOST_ITEMS]:
            yield from _scalars(item, depth + 1)


def is_scalar(value: Any) -> bool:
    """Whether a JSON value can identify something."""
    return isinstance(value, str) or type(value) is int
