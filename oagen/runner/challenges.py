"""`WWW-Authenticate`, read by its grammar (RFC 9110, 11.6.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_TOKEN68 = re.compile(r"([A-Za-z0-9._~+/-]+=*)[ \t]*(?=,|$)")
_QUOTED = re.compile(r'"((?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t \x21-\x7e\x80-\xff])*)"')
_EQUALS = re.compile(r"[ \t]*=[ \t]*")
_SEPARATOR = re.compile(r"[ \t]*(?:,[ \t]*)+")
_BLANKS = re.compile(r" +")


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """One challenge.

    Attributes:
        scheme: In lower case (schemes compare so).
        token: The `token68`, where it has one instead of parameters.
        parameters: Names in lower case, values unquoted.
    """

    scheme: str
    token: str | None = None
    parameters: tuple[tuple[str, str], ...] = ()


def parse_challenges(text: str) -> tuple[Challenge, ...]:
    """Return the challenges of a `WWW-Authenticate` value, repeated headers joined by a comma.

    Raises:
        ValueError: It does not follow the grammar; the message says where.
    """
    found: list[Challenge] = []
    position = _skip(re.compile(r"[ \t,]*"), text, 0)
    while position < len(text):
        scheme = _TOKEN.match(text, position)
        if scheme is None:
            raise ValueError(f"no scheme at {text[position:][:20]!r}")
        position = scheme.end()
        token: str | None = None
        parameters: list[tuple[str, str]] = []
        after_blanks = _skip(_BLANKS, text, position)
        if after_blanks > position and after_blanks < len(text) and text[after_blanks] != ",":
            if token68 := _TOKEN68.match(text, after_blanks):
                token, position = token68[1], token68.end()
            else:
                parameters, position = _parameters(text, after_blanks)
        found.append(Challenge(scheme=scheme[0].lower(), token=token, parameters=tuple(parameters)))
        position = _skip(re.compile(r"[ \t]*"), text, position)
        if position == len(text):
            break
        separator = _SEPARATOR.match(text, position)
        if separator is None:
            raise ValueError(f"no comma before {text[position:][:20]!r}")
        position = separator.end()
    if not found:
        raise ValueError("there is no challenge")
    return tuple(found)


def _parameters(text: str, position: int) -> tuple[list[tuple[str, str]], int]:
    """Return the parameters from a position on, and where they end: at the end, or at the comma before a scheme."""
    found: list[tuple[str, str]] = []
    while True:
        name = _TOKEN.match(text, position)
        equals = _EQUALS.match(text, name.end()) if name else None
        if name is None or equals is None:
            raise ValueError(f"no parameter at {text[position:][:20]!r}")
        value = _QUOTED.match(text, equals.end()) or _TOKEN.match(text, equals.end())
        if value is None:
            raise ValueError(f"the parameter {name[0]!r} has no value that ends")
        plain = re.sub(r"\\(.)", r"\1", value[1]) if value.re is _QUOTED else value[0]
        if any(name[0].lower() == known for known, _ in found):
            raise ValueError(f"the parameter {name[0]!r} stands twice")
        found.append((name[0].lower(), plain))
        separator = _SEPARATOR.match(text, value.end())
        following = _TOKEN.match(text, separator.end()) if separator else None
        if separator is None or following is None or not _EQUALS.match(text, following.end()):
            return found, value.end()
        position = separator.end()


def _skip(pattern: re.Pattern[str], text: str, position: int) -> int:
    skipped = pattern.match(text, position)
    return skipped.end() if skipped else position
