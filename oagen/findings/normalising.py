"""Messages without what changes from one answer to the next."""

from __future__ import annotations

import re
from collections.abc import Iterable

_LONGEST = 2_000
_SHORTEST_VALUE = 3

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
    (re.compile(r"\s+"), " "),
)


def normalise(text: str, values: Iterable[str] = ()) -> str:
    """Return a message with identifiers, times, addresses, numbers and values of the request taken out.

    Two messages of the same fault become equal; what a person reads in it stays.

    Args:
        text: A response body, or the message of an exception.
        values: Texts that the request held; an answer often repeats them.
    """
    text = text[:_LONGEST]
    for value in sorted({item for item in values if len(item) >= _SHORTEST_VALUE}, key=len, reverse=True):
        if value in text:
            text = text.replace(value, "<value>")
    for pattern, name in _CHANGING:
        text = pattern.sub(name, text)
    return text.strip()
