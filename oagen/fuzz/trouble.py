"""Values that programs stumble over."""

from __future__ import annotations

import json
import math
import random
import re
from collections.abc import Sequence
from dataclasses import replace
from string import ascii_lowercase
from typing import Any

from oagen.fuzz.luck import Luck
from oagen.fuzz.twisted import twisted
from oagen.scenario.model import Body, Literal, ObjectOf

_DATE = re.compile(r"\d{4}-\d\d")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_LARGE = 1e300
_WAYS = (50, 25, 25)  # another text, something added at an end, something wrong inside
_LONG = 10_000
_HEXADECIMAL = "0123456789abcdef"

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_CORE_NUMBERS = (0, 2**63, -(2**63) - 1, 10**30, math.nan, math.inf, -1, 2**31)
_CORE_TEXTS = ("\0", "\ud800", "", "\u03a9e\u0301\u202e\U0001f469", "x" * 5000, "%", "{0}")

NUMBERS: tuple[Any, ...] = (
    0, -1, 1, -0.0, 0.5, 2**31 - 1, 2**31, -(2**31) - 1, 2**32, 2**53 + 1, 2**63 - 1, 2**63, -(2**63) - 1, 2**64,
    10**30, 1e308, -1e308, 5e-324, 1e400, math.nan, -math.inf, 10**400, 1.0000000000000001,
)  # fmt: skip

TEXTS: tuple[str, ...] = (
    "", " ", "\u03a9", "\0", "a\0b", "\ud800", "a\udfffb", "\u202etxt.exe", "e\u0301\u0323" * 20, "\ufeff",
    "\U0001f469\u200d\U0001f469", "\u0131", "\u0130", "\u00df", "\ufb00", "\ufffe", "\x7f\x1b[31m", "\r\n", "\n",
    "\t", "x" * 300, "x" * 70_000, "null", "None", "undefined", "true", "NaN", "Infinity", "-Infinity", "0", "-1",
    "1e999", "0x10", "1_000", "\u0663", "9" * 40, "1.5", "../../etc/passwd", "..", ".", "/", "//", "%", "%s%n",
    "%00", "%2F", "{0}", "{}", "{{7*7}}", "${x}", "'", '"', "\\", "';--", "%' OR 1=1", "*", "(", "[", "a{9999999}",
    "(a+)+$", "<x>", "&", "#", "?", ";", ",", ":", "@", "|", "[]", '{"a": 1}', "data:,x", "http://", "http://[",
    "http://[::1", "://", "ftp://a b", "file:///etc/passwd", "mailto:", "a@b", "a" * 60 + "!", "C" * 255 + ".",
    "e30=", "bnVsbA==",
)  # fmt: skip

MOMENTS: tuple[str, ...] = (
    "0000-00-00", "0001-01-01", "9999-12-31", "10000-01-01", "2024-02-30", "2023-02-29", "1970-01-01",
    "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999+14:00", "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:60Z", "2024-01-01T25:00:00Z", "2024-01-01T00:00:00", "2024-01-01T00:00:00+99:99",
    "1969-12-31T23:59:59Z", "P1Y", "-P99999999D", "24:00:00", "00:00",
)  # fmt: skip

IDENTIFIERS: tuple[str, ...] = (
    "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "00000000-0000-0000-0000-00000000000g", "{00000000-0000-4000-8000-000000000000}",
    "urn:uuid:00000000-0000-4000-8000-000000000000", "0", "-1", "me", "self",
)  # fmt: skip

CONTAINERS: tuple[Any, ...] = (
    [], {}, [None], [[]], [{}], {"": ""}, {"a": None}, {"__proto__": {}}, {"__class__": "x"}, {"$ref": "#"}, [0] * 1000,
    ["a", "a"], {"0": 0}, {"a" * 300: 1}, {"$gt": ""}, [1, "a", None, {}],
)  # fmt: skip

SCALARS: tuple[Any, ...] = (None, True, False)

_JSON_TEXTS: tuple[str, ...] = (
    "", "null", "[]", "{}", '""', "0", "{", "[null]", '{"": null}', '{"a": {"a": []}}', "NaN", "\0",
    json.dumps([[]] * 3), "x", "\ud800",
)  # fmt: skip
"""In the place of text that is JSON, or looks like it."""

_SCALARS_AND_NUMBERS = SCALARS + NUMBERS[:4]
_GROUPS: dict[str, Sequence[Any]] = {
    "numbers": NUMBERS,
    "texts": TEXTS,
    "moments": MOMENTS,
    "identifiers": IDENTIFIERS,
    "containers": CONTAINERS,
    "scalars": _SCALARS_AND_NUMBERS,
}

_DEPTHS = (400, 800)  # valid, within what parsers of JSON accept, beyond what recursive code does
DEEP_ARRAYS: tuple[bytes, ...] = tuple(b"[" * depth + b"]" * depth for depth in _DEPTHS)
DEEP_OBJECTS: tuple[bytes, ...] = tuple(b'{"a":' * depth + b"1" + b"}" * depth for depth in _DEPTHS)
DEEP = DEEP_ARRAYS + DEEP_OBJECTS

WIDE: tuple[bytes, ...] = (
    b"[" + b"0," * 9_999 + b"0]",
    json.dumps({f"k{number}": number for number in range(2_000)}).encode(),
)

BODIES: tuple[bytes, ...] = (
    b"", b"{", b"null", b"[]", b"{}", b'""', b"0", b"[{}]", b"\xff\xfe\xfd", b'"\\ud800"', b"[" * 3000, b"true",
    b"[null]", b'{"":', b"NaN", b"\x00", *DEEP, *WIDE,
)  # fmt: skip
"""Bodies sent once to every write: absent keys, no JSON, JSON of the wrong kind, bytes that are no text."""

CONTENT_TYPES: tuple[str, ...] = (
    "text/plain", "application/xml", "application/json; charset=utf-7", "application/json; charset=utf-16",
    "multipart/form-data", "multipart/form-data; boundary=", "application/x-www-form-urlencoded",
    "application/octet-stream", "x", "", "*/*", "application/json; charset=\xff", "application/json, text/plain",
    "application/JSON",
)  # fmt: skip

RAW_SEGMENTS: tuple[str, ...] = (
    "%",
    "%2F",
    "%2e%2e%2f",
    "%00",
    "%FF",
    "%ED%A0%80",
    "a%2Fb",
    "",
    "%u0041",
    "a;b=c",
    "%C0%AF",
)
"""Path segments and query values whose encoding is wrong, or surprising, on purpose."""


def core_trouble(value: Any) -> tuple[Any, ...]:
    """Return the few values that hurt most often in the place of this one; text that is a number counts as both."""
    return {
        "boolean": (2, "x", []),
        "number": _CORE_NUMBERS,
        "date": (*MOMENTS[:2], MOMENTS[3], *MOMENTS[7:10], "\0"),
        "uuid": (*IDENTIFIERS[:3], "\0", "\ud800", ""),
        "digits": (*_CORE_NUMBERS, "\0", "NaN", "1e400", "\u00b2"),
        "json": _JSON_TEXTS,
        "text": _CORE_TEXTS,
        "object": ({}, [], {"a\0": 1}, {"\ud800": None}, {**value, "": {}} if isinstance(value, dict) else {"": {}}),
        "array": ([], [None], [{}], {}),
        "other": (),
    }[kind_of(value)]


def kind_of(value: Any) -> str:
    """Return which of the kinds of values that trouble is sorted by a value is."""
    if isinstance(value, bool) or value is None:
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        if _DATE.match(value):
            return "date"
        if _UUID.fullmatch(value):
            return "uuid"
        if _NUMBER.fullmatch(value):
            return "digits"
        return "json" if value[:1] in ("{", "[") else "text"
    if isinstance(value, dict):
        return "object"
    return "array" if isinstance(value, list) else "other"


def with_doubled_key(body: Body | None) -> Body | None:
    """Return the body with a member twice, each time with another value; None where there is no object with members."""
    if body is None or body.raw or not isinstance(body.value, Literal) or not isinstance(body.value.value, dict):
        return None
    members = [(name, Literal(item)) for name, item in body.value.value.items()]
    if not members:
        return None
    return replace(body, value=ObjectOf((*members, (members[-1][0], Literal(None)))))


def likely(chance: random.Random, share: float) -> bool:
    """Return True in this share of all calls."""
    return chance.random() < share


def trouble_like(value: Any, luck: Luck) -> Any:
    """Return a value that is likely to hurt where this one was fine; three times in four of the same type."""
    if likely(luck, 0.25):
        return any_trouble(luck)
    if value is None or isinstance(value, bool):
        return luck.pick("scalars", _SCALARS_AND_NUMBERS)
    if isinstance(value, int | float):
        return near_number(value, luck) if likely(luck, 0.3) else luck.pick("numbers", NUMBERS)
    if isinstance(value, str):
        return trouble_text(value, luck)
    if isinstance(value, bytes):
        return luck.choice((b"", b"\0", value[:-1], value + b"\xff", b"\x89PNG\r\n", b"PK\x03\x04"))
    return luck.pick("containers", CONTAINERS)


def any_trouble(luck: Luck) -> Any:
    """Return any of the values here."""
    group = luck.pick("groups", tuple(_GROUPS))
    return luck.pick(group, _GROUPS[group])


def trouble_text(value: str, luck: Luck) -> str:
    """Return text that hurts: of the dictionary, of the same form, or the value itself with something added."""
    kind = kind_of(value)
    if kind == "date" and likely(luck, 0.6):
        return luck.pick("moments", MOMENTS)
    if kind == "uuid" and likely(luck, 0.5):
        return luck.pick("identifiers", IDENTIFIERS)
    if kind == "json" and likely(luck, 0.5):
        return luck.pick("json", _JSON_TEXTS)
    way = luck.draw("ways with texts", _WAYS)
    if way == 0:
        return luck.pick("texts", TEXTS)
    if way == 1 or len(value) > _LONG:
        piece = luck.choice(TEXTS[:40])
        return luck.choice((value + piece, value + piece, piece + value, value.swapcase(), value * 2))
    return twisted(value, luck)


def never_was(value: Any, luck: Luck) -> Any:
    """Return an identifier of the same form that is very unlikely to name anything."""
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        return "".join(_another(character, luck) for character in value)
    number = luck.randrange(2**30, 2**31)
    return str(number) if isinstance(value, str) else number


def _another(character: str, luck: Luck) -> str:
    if character in _HEXADECIMAL:
        return luck.choice(_HEXADECIMAL)
    return luck.choice(ascii_lowercase) if character.isalpha() else character


def near_number(value: float, luck: Luck) -> Any:
    """Return a neighbour of a number, or it with another sign, size or type."""
    if abs(value) > _LARGE or math.isnan(value):
        return luck.pick("numbers", NUMBERS)
    return luck.choice((value + 1, value - 1, -value, value * 10**6, value + 0.5, str(value)))
