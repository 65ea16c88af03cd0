"""Messages without what changes from one answer to the next."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator
from urllib.parse import quote

from oagen.findings.statements import without_statements

_LONGEST = 2_000
_LOOKED_AT = 8_000
_SHORTEST_VALUE = 3
_QUOTED = re.compile(r"""(?P<quote>\\?["'`])(?P<said>[^"'`\\]{1,200})(?P=quote)""")
_ENCODED = re.compile(r"%[0-9A-Fa-f]{2}")
_BETWEEN = re.compile(r"[,;/\s]+")
_STRUCTURE = frozenset(",:;[]{} ")
_COMMON = frozenset(
    {
        *(
            "any",
            "array",
            "asc",
            "boolean",
            "column",
            "data",
            "date",
            "default",
            "desc",
            "error",
            "false",
            "field",
            "for",
        ),
        *(
            "from",
            "function",
            "has",
            "infinity",
            "input",
            "int",
            "integer",
            "invalid",
            "key",
            "list",
            "message",
            "name",
        ),
        *(
            "nan",
            "none",
            "not",
            "null",
            "number",
            "object",
            "out",
            "param",
            "property",
            "query",
            "range",
            "read",
            "row",
        ),
        *("string", "syntax", "table", "text", "the", "true", "type", "undefined", "user", "value", "values", "with"),
    }
)
"""Words of messages themselves: one that the request holds, too, is taken out in quotes alone."""
_TAKEN_OUT = frozenset({"<number>", "<value>"})

_CHANGING = (
    (re.compile(r"\b[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}\b", re.IGNORECASE), "<uuid>"),
    (re.compile(r"\b0x[0-9a-f]+\b", re.IGNORECASE), "<address>"),
    (
        re.compile(
            r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:\s?(?:Z|[+-]\d\d:?\d\d))?)?", re.IGNORECASE
        ),
        "<time>",
    ),
    (re.compile(r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT"), "<time>"),
    (re.compile(r"\b\d\d:\d\d:\d\d(?:[.,]\d+)?\b"), "<time>"),
    (re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b"), "<host>"),
    (re.compile(r"\b(?=[0-9a-f]*\d)(?=\d*[a-f])[0-9a-f]{12,}\b", re.IGNORECASE), "<hash>"),
    (re.compile(r"\b[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\b"), "<token>"),
    (re.compile(r"(?<![A-Za-z_<])[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?", re.IGNORECASE), "<number>"),
    # how Node.js tells which argument it was given (ERR_INVALID_ARG_TYPE)
    (
        re.compile(r"\bReceived (?:type \w+|an instance of \w+|undefined|null)(?: \([^()]{0,200}\))?"),
        "Received <value>",
    ),
    (re.compile(r"\s+"), " "),
)


def normalise(text: str, values: Iterable[str] = ()) -> str:
    """Return a message with identifiers, times, addresses, numbers and values of the request taken out.

    Two messages of the same fault become equal; what a person reads in it stays.

    Args:
        text: A response body, or the message of an exception.
        values: Texts that the request held; an answer often repeats them.
    """
    text, statements = without_statements(text[:_LOOKED_AT])
    given = {item for item in values if item}
    for value in sorted({item for item in given if len(item) >= _SHORTEST_VALUE}, key=len, reverse=True):
        for form in _forms(value, text) if value.lower() not in _COMMON else ():
            text = _alone(form).sub("<value>", text)
    text = _QUOTED.sub(lambda match: _without_value(match, given), text)
    for pattern, name in _CHANGING:
        text = pattern.sub(name, text)
    text = _QUOTED.sub(_without_number, text)
    for stand_in, shown in statements.items():
        text = text.replace(stand_in, shown)
    return text.strip()[:_LONGEST]


def _alone(form: str) -> re.Pattern[str]:
    """Return a pattern for a text, but for where it is a piece of a longer word: `fea` in `feature`."""
    before = r"(?<![A-Za-z0-9_])" if form[0].isalnum() else ""
    return re.compile(before + re.escape(form) + (r"(?![A-Za-z0-9_])" if form[-1].isalnum() else ""))


def _forms(value: str, text: str) -> Iterator[str]:
    """Yield the ways in which a value of the request stands in a text: as it is, percent-encoded, or escaped."""
    if value in text:
        yield value
    if "%" in text and (encoded := quote(value, safe="", errors="surrogatepass")) != value and encoded in text:
        yield encoded
    if "\\" in text and (escaped := json.dumps(value)[1:-1]) != value and escaped in text:
        yield escaped


def _without_value(match: re.Match[str], given: Collection[str]) -> str:
    """Return a quoted text, or its quotes alone around `<value>` where it comes from the request."""
    said, mark = match["said"], match["quote"]
    if not any(character.isalnum() for character in said):  # between two texts of JSON, or `[]`, or what a parser met
        return match[0] if mark == '"' and _STRUCTURE.issuperset(said) else f"{mark}<value>{mark}"
    known = said in given or said.lower() in {item.lower() for item in given if len(item) == len(said)}
    known = known or bool(_ENCODED.search(said))  # percent-encoded: a piece of the URL
    parts = [part for part in _BETWEEN.split(said) if part]
    echoes = any(part in _TAKEN_OUT for part in parts)
    known = known or all(part in given or part in _TAKEN_OUT or (echoes and len(part) == 1) for part in parts)
    known = known or (len(said) == 1 and any(said in item for item in given))
    return f"{mark}<value>{mark}" if known else match[0]


def _without_number(match: re.Match[str]) -> str:
    return f"{match['quote']}<value>{match['quote']}" if match["said"] in _TAKEN_OUT else match[0]
