"""Tell whether a `pattern` can be compiled at all, ECMA-262's own syntax included."""

from __future__ import annotations

import re
import warnings
from functools import cache

# What ECMA-262 writes otherwise than Python, as (what, a stand-in that compiles).
_ECMA_ONLY = (
    (re.compile(r"\(\?<(?![=!])([A-Za-z_$][\w$]*)>"), r"(?P<\1>"),
    (re.compile(r"\\k<([A-Za-z_$][\w$]*)>"), r"(?P=\1)"),
    (re.compile(r"\\[pP]\{[^{}]*\}"), "w"),
    (re.compile(r"\\u\{[0-9a-fA-F]+\}|\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}|\\c[A-Za-z]"), "w"),
    (re.compile(r"\\([^\\\w])"), "w"),
    (re.compile(r"\\([a-zA-Z_])(?<![dDwWsSbBnrtfv])"), "w"),
    (re.compile(r"\[\^\]"), "."),
    (re.compile(r"\(\?<[=!]"), "(?="),  # Python wants lookbehind of one width
    (re.compile(r"([*+?}])\+"), r"\1"),  # possessive: Python from 3.11 on, others not at all
)


@cache
def pattern_fault(pattern: str) -> str | None:
    """Return why neither Python nor ECMA-262 would compile this pattern; None where one does."""
    fault = _compile(pattern)
    if fault is None:
        return None
    for what, instead in _ECMA_ONLY:
        pattern = what.sub(instead, pattern)
    return fault if _compile(pattern) is not None else None


def _compile(pattern: str) -> str | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        return str(error)
    return None
