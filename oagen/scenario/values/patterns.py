"""Regular expressions of documents (ECMA 262), matched in bounded time."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

Matcher = Callable[[str], bool]

_LONGEST_BACKTRACKED = 64
"""Longest text that Python's backtracking engine is shown, in characters."""


@lru_cache(maxsize=4096)
def matcher(pattern: str) -> Matcher | None:
    r"""Return a function that searches a text for the pattern; None where the pattern can't be understood.

    The engine is jsonschema-rs's (ECMA 262 rules, bounded backtracking). A pattern that only Python knows (`\Z`,
    `(?P<name>...)`) is searched for by `re`, and taken as matched in texts too long to backtrack over safely.
    """
    import jsonschema_rs

    try:
        validator = jsonschema_rs.validator_for({"type": "string", "pattern": pattern})
    except (ValueError, jsonschema_rs.ValidationError):
        return _python_matcher(pattern)
    return validator.is_valid


def matches(pattern: str, text: str) -> bool:
    """Return whether the pattern is found in the text; a pattern that can't be understood always is."""
    search = matcher(pattern)
    return search is None or search(text)


def _python_matcher(pattern: str) -> Matcher | None:
    try:
        compiled = re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        return None
    return lambda text: len(text) > _LONGEST_BACKTRACKED or compiled.search(text) is not None
