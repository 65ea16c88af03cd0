"""The formats that are checked and made: one row each, with its predicate, a readable example and a phrase.

JSON Schema 2020-12, Validation, section 7, and the OpenAPI format registry. A format that is not listed is an
annotation only, as both specifications have it.
"""

from __future__ import annotations

import base64
import datetime as dt
import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Format:
    """One format.

    Attributes:
        examples: Valid values, the plainest first.
        wrong: Text that is certainly not of this format; None where every text could pass.
        phrase: Says what a wrong value is not, after "is not": `an email address`.
        accepts: Whether a text is of this format.
    """

    examples: tuple[str, ...]
    wrong: str | None
    phrase: str
    accepts: Callable[[str], bool]


def _matches(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern, re.ASCII)
    return lambda text: compiled.fullmatch(text) is not None


def _parses(parse: Callable[[str], Any], errors: tuple[type[Exception], ...] = (ValueError,)) -> Callable[[str], bool]:
    def accepts(text: str) -> bool:
        try:
            parse(text)
        except errors:
            return False
        return True

    return accepts


_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?([zZ]|[+-]([01]\d|2[0-3]):[0-5]\d)", re.ASCII)


def _is_date(text: str) -> bool:
    return _DATE.fullmatch(text) is not None and _parses(dt.date.fromisoformat)(text)


def _is_date_time(text: str) -> bool:
    return len(text) > len("2024-01-01T") and text[10] in "Tt" and _is_date(text[:10]) and _is_time(text[11:])


def _is_time(text: str) -> bool:
    return _TIME.fullmatch(text) is not None


def _is_uri(text: str) -> bool:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+", text, re.ASCII):
        return False
    return _parses(lambda value: urlsplit(value).port)(text)


def _is_reference(text: str) -> bool:
    return not re.search(r"[\s<>\"{}|\\^`]", text) and _parses(urlsplit)(text)


def _is_byte(text: str) -> bool:
    return _parses(lambda value: base64.b64decode(value, validate=True))(text)


_HOST = r"(?=.{1,253}$)([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*"
_EMAIL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+"
_DURATION = r"P(?!$)(\d+W|(\d+Y)?(\d+M)?(\d+D)?(T(?!$)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?)"
_UUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"


def _anything(_text: str) -> bool:
    return True


_EMAIL_FORMAT = Format(("alice@example.com", "a@b.co"), "not-an-email", "an email address", _matches(_EMAIL))
_URI_FORMAT = Format(
    ("https://example.com/alice", "https://example.com", "a:b"), "not a uri", "an absolute URI", _is_uri
)
_HOST_FORMAT = Format(("example.com", "a.co"), "not a host", "a host name", _matches(_HOST))

FORMATS: dict[str, Format] = {
    "uuid": Format(("3fa85f64-5717-4562-b3fc-2c963f66afa6",), "not-a-uuid", "a UUID", _matches(_UUID)),
    "date": Format(("2024-05-17",), "not-a-date", "a date", _is_date),
    "date-time": Format(("2024-05-17T09:30:00Z",), "not-a-date-time", "a date and time", _is_date_time),
    "time": Format(("09:30:00Z",), "not-a-time", "a time", _is_time),
    "duration": Format(("PT30M", "P1D"), "not-a-duration", "a duration", _matches(_DURATION)),
    "email": _EMAIL_FORMAT,
    "idn-email": _EMAIL_FORMAT,
    "hostname": _HOST_FORMAT,
    "idn-hostname": _HOST_FORMAT,
    "uri": _URI_FORMAT,
    "url": _URI_FORMAT,
    "iri": _URI_FORMAT,
    "uri-reference": Format(("/alice", "/"), "not a reference", "a URI reference", _is_reference),
    "iri-reference": Format(("/alice", "/"), "not a reference", "a URI reference", _is_reference),
    "uri-template": Format(("/books/{id}",), None, "a URI template", _anything),
    "ipv4": Format(("192.0.2.1",), "not-an-address", "an IPv4 address", _parses(ipaddress.IPv4Address)),
    "ipv6": Format(("2001:db8::1",), "not-an-address", "an IPv6 address", _parses(ipaddress.IPv6Address)),
    "byte": Format(("T2FnZW4=", "YQ=="), "not base64!", "base64", _is_byte),
    "binary": Format(("file contents",), None, "binary data", _anything),
    "password": Format(("Correct-Horse-42", "Secret-42"), None, "a password", _anything),
    "json-pointer": Format(("/items/0", ""), "not-a-pointer", "a JSON Pointer", _matches(r"(/([^~/]|~[01])*)*")),
    "relative-json-pointer": Format(
        ("0/items",), "not-a-pointer", "a relative JSON Pointer", _matches(r"(0|[1-9]\d*)(#|(/([^~/]|~[01])*)*)")
    ),
    "regex": Format(
        ("^[a-z]+$",), "([a-z", "a regular expression", _parses(re.compile, (re.error, OverflowError, RecursionError))
    ),
}
"""Formats of strings by name."""

INTEGER_RANGES: dict[str, tuple[int, int]] = {
    "int8": (-(2**7), 2**7 - 1),
    "uint8": (0, 2**8 - 1),
    "int16": (-(2**15), 2**15 - 1),
    "uint16": (0, 2**16 - 1),
    "int32": (-(2**31), 2**31 - 1),
    "uint32": (0, 2**32 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "uint64": (0, 2**64 - 1),
}
"""Formats of numbers by name, least and greatest value."""


def conforms(name: str, value: Any) -> bool:
    """Return whether a value is of a format; values of types the format does not speak of always are."""
    if isinstance(value, str):
        known = FORMATS.get(name)
        return known is None or known.accepts(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and name in INTEGER_RANGES:
        least, greatest = INTEGER_RANGES[name]
        return least <= value <= greatest
    return True
