"""What a client error says is wrong with a request: which field, and what it should be.

Frameworks word it in their own ways: pydantic's `loc` and `msg`, RFC 9457 with `pointer` or `errors`, JSON Schema's
"'name' is a required property", Django's and marshmallow's `{"field": ["This field is required."]}`, plain sentences.
What is read here is only ever tried as a value in a request.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

_MOST = 12
_DEEPEST = 6
_LONGEST = 500

_NAMING = ("field", "pointer", "path", "param", "parameter", "property", "name", "instancePath", "dataPath", "location")
_SAYING = ("msg", "message", "detail", "description", "reason", "error", "title", "code")
_WRAPPING = frozenset({"body", "json", "query", "path", "header", "headers", "cookie", "form", "errors", "detail"})
_OUTSIDE_BODY = frozenset({"query", "path", "header", "headers", "cookie"})

_QUOTED = r"['\"`\u2018\u201c]([\w.\-\[\] /:]{1,60})['\"`\u2019\u201d]"
_MISSING = re.compile(
    r"required|missing|must be (?:present|set|provided|specified|given)|can(?:not|'t) be (?:blank|null)", re.IGNORECASE
)
_UNWANTED = re.compile(
    r"extra (?:inputs?|fields?)|not permitted|unknown (?:field|property|parameter|key)|additional propert"
    r"|unexpected (?:field|property|parameter|key)|unrecognized|not allowed here",
    re.IGNORECASE,
)
_CHOICE = re.compile(
    r"one of|should be ['\"`]|must be ['\"`]|valid (?:values|choices|options)|expected ['\"`]|permitted:", re.IGNORECASE
)
_NUMBER = r"(-?\d+(?:\.\d+)?)"
_AT_LEAST = re.compile(
    rf"(?:at least|greater than or equal to|no less than|minimum(?: of| is|:)?|>=|min(?: length)?(?: is|:)?)"
    rf" ?{_NUMBER}",
    re.IGNORECASE,
)
_MORE_THAN = re.compile(rf"(?:greater than|more than|larger than|>) ?{_NUMBER}", re.IGNORECASE)
_AT_MOST = re.compile(
    rf"(?:at most|less than or equal to|no more than|maximum(?: of| is|:)?|<=|max(?: length)?(?: is|:)?) ?{_NUMBER}",
    re.IGNORECASE,
)
_LESS_THAN = re.compile(rf"(?:less than|fewer than|smaller than|<) ?{_NUMBER}", re.IGNORECASE)
_LENGTH = re.compile(r"character|length|long|short|item|element", re.IGNORECASE)
_KIND = re.compile(
    r"\b(uuid|e-?mail|url|uri|date-?time|date|time|integer|int|number|float|boolean|bool|string|str|array|list|object"
    r"|dict(?:ionary)?|ipv4|ipv6|hostname)\b",
    re.IGNORECASE,
)
_KINDS = {
    "e-mail": "email",
    "url": "uri",
    "datetime": "date-time",
    "int": "integer",
    "float": "number",
    "bool": "boolean",
    "str": "string",
    "list": "array",
    "dict": "object",
    "dictionary": "object",
}
TAKEN = re.compile(
    r"already|taken|must be unique|not unique|unique constraint|duplicate|in use\b|exists\b", re.IGNORECASE
)
"""What is said of a value that is right, but there before."""

OF_KIND: Mapping[str, Any] = {
    "integer": 1,
    "number": 1,
    "boolean": True,
    "string": "example",
    "array": [],
    "object": {},
    "uuid": "3f2b8c1e-5a77-4c1e-9f53-2a4b6c8d0e1f",
    "email": "someone@example.com",
    "uri": "https://example.com/",
    "date": "2030-01-31",
    "time": "12:30:00",
    "date-time": "2030-01-31T12:30:00Z",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "hostname": "host.example.com",
}
"""A value of each kind that an error may ask for."""

_NAMED = (
    re.compile(rf"{_QUOTED} (?:is|was|are) (?:a )?(?:required|missing|not|invalid)", re.IGNORECASE),
    re.compile(rf"(?:missing|required|unknown|invalid)[a-z ]*?:? {_QUOTED}", re.IGNORECASE),
    re.compile(rf"(?:field|parameter|property|key|argument|value of|attribute) {_QUOTED}", re.IGNORECASE),
    re.compile(rf"^{_QUOTED}", re.IGNORECASE),
    re.compile(r"\b(?:missing|required)(?: (?:field|parameter|property|key|argument))?:? (\w{2,40})$", re.IGNORECASE),
    re.compile(r"^(\w{2,40}(?:\.\w{1,40}){0,5}) (?:is|must|should|can(?:not|'t)|has to)\b", re.IGNORECASE),
)


class Wanted(enum.Enum):
    """What a field should be."""

    PRESENT = enum.auto()
    ABSENT = enum.auto()
    ONE_OF = enum.auto()
    OF_KIND = enum.auto()
    AT_LEAST = enum.auto()
    AT_MOST = enum.auto()
    LONGER = enum.auto()
    SHORTER = enum.auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """One thing that an error says.

    Attributes:
        place: Where: names, and indices as numbers, from the outside inwards.
        outside_body: It is said to be a parameter.
        values: The choices; one kind (`integer`, `uuid`); or one bound.
    """

    place: tuple[str | int, ...]
    wanted: Wanted
    values: tuple[Any, ...] = ()
    outside_body: bool = False


def hints_in(body: Any) -> list[Hint]:
    """Return what the JSON body of a client error says, at most a few things, each once."""
    found: list[Hint] = []
    for place, text in _complaints(body, (), _DEEPEST):
        hint = _read(place, text[:_LONGEST])
        if hint is not None and hint not in found:
            found.append(hint)
        if len(found) == _MOST:
            break
    return found


def complaints(body: Any) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield the sentences of a client error, each with the place that it is about, empty where it does not say."""
    for place, text in islice(_complaints(body, (), _DEEPEST), _MOST):
        yield _bare(place), text[:_LONGEST]


def _bare(place: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Return a place without what wraps it, and without the word that stands for the whole object."""
    while place and place[0] in _WRAPPING:
        place = place[1:]
    if place and isinstance(place[-1], str) and (place[-1].startswith("__") or place[-1] == "_schema"):
        place = place[:-1]
    return place


def _complaints(value: Any, place: tuple[str | int, ...], depth: int) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield the sentences of an error with the place that each is about, empty where it does not say."""
    if depth == 0:
        return
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, list):
        for item in value[:_MOST]:
            yield from _complaints(item, place, depth - 1)
    elif isinstance(value, dict):
        named = _place_named(value)
        said = [value[key] for key in _SAYING if isinstance(value.get(key), str)]
        if named is not None and said:
            yield (*named,), " ".join(said[:2])
            return
        for name, member in value.items():
            inner = place if name in _SAYING or name == "errors" else (*place, str(name))
            yield from _complaints(member, inner, depth - 1)


def _place_named(error: dict[str, Any]) -> tuple[str | int, ...] | None:
    place = error.get("loc")
    if isinstance(place, list) and all(isinstance(token, (str, int)) for token in place):
        return tuple(place)
    for key in _NAMING:
        value = error.get(key)
        if isinstance(value, str) and value and len(value) < _LONGEST:
            tokens = re.split(r"[/.\[\]]+", value.lstrip("#$"))
            return tuple(int(token) if token.isdecimal() else token for token in tokens if token)
    return None


def _read(place: tuple[str | int, ...], text: str) -> Hint | None:
    outside = bool(place) and place[0] in _OUTSIDE_BODY
    place = _bare(place)
    if not place:
        named = next((match[1] for pattern in _NAMED if (match := pattern.search(text))), None)
        if named is None or " " in named:
            return None
        place = tuple(re.split(r"[./]+", named))
    wanted = _wanted(text)
    return Hint(place=place, wanted=wanted[0], values=wanted[1], outside_body=outside) if wanted else None


def _wanted(text: str) -> tuple[Wanted, tuple[Any, ...]] | None:
    if TAKEN.search(text):
        return None
    choices = _choices(text)
    if choices:
        return Wanted.ONE_OF, choices
    if _UNWANTED.search(text):
        return Wanted.ABSENT, ()
    if _MISSING.search(text):
        return Wanted.PRESENT, ()
    about_length = bool(_LENGTH.search(text))
    for pattern, step, kind, length in (
        (_AT_LEAST, 0, Wanted.AT_LEAST, Wanted.LONGER),
        (_AT_MOST, 0, Wanted.AT_MOST, Wanted.SHORTER),
        (_MORE_THAN, 1, Wanted.AT_LEAST, Wanted.LONGER),
        (_LESS_THAN, -1, Wanted.AT_MOST, Wanted.SHORTER),
    ):
        if match := pattern.search(text):
            number = float(match[1]) + step
            return (length if about_length else kind), (int(number) if number.is_integer() else number,)
    if kind_named := _KIND.search(text):
        word = kind_named[1].lower()
        return Wanted.OF_KIND, (_KINDS.get(word, word),)
    return None


def _choices(text: str) -> tuple[str, ...]:
    match = _CHOICE.search(text)
    if match is None:
        return ()
    start = match.start() if match[0].lower().startswith(("should", "must", "expected")) else match.end()
    tail = text[start:]
    quoted = re.findall(_QUOTED, tail)
    if quoted:
        return tuple(dict.fromkeys(quoted))
    listed = re.match(r"[:\s]*[\[({]?([\w\-., |]+)", tail)
    words = re.split(r"[,|\s]+", listed[1]) if listed else []
    return tuple(dict.fromkeys(word.strip(".") for word in words if word.strip(".") and word not in ("or", "and")))
