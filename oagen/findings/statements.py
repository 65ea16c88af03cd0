"""Statements of SQL in messages, which are built for each request: what they do to which tables is what stays."""

from __future__ import annotations

import re

_FIRST_STAND_IN = 0xE000  # of the private use area, which no message holds
_MOST = 50
_VERB = (
    r"\b(?P<verb>insert\s+into|delete\s+from|update(?=\s+\S{1,100}\s+set\b)|select(?=\s.{1,2000}?\sfrom\s)"
    r"|with(?=\s+\S{1,100}\s+as\b))"
)
_REST = r"\s(?:\[[^\[\]]{0,1000}\]|[^\[\]])*?"
_FLAGS = re.IGNORECASE | re.DOTALL
_IN_TEXT = re.compile(rf"{_VERB}{_REST}(?=\s-\s|\])", _FLAGS)
_IN_JSON = re.compile(rf"{_VERB}{_REST}(?=\s-\s|\]|(?<!\\)\"[,}}\]])", _FLAGS)
_TABLE = re.compile(r"\b(?:from|into|update|join)\s+(?!set\b)(?:only\s+)?\\?[\"'`]?([A-Za-z_][\w.$]*)", re.IGNORECASE)
_SQL = re.compile(r"\$\d|\?|%s|%\(|:\w|\bwhere\b|\bvalues\b|\blimit\b", re.IGNORECASE)


def without_statements(text: str) -> tuple[str, dict[str, str]]:
    """Return a text with a stand-in of one character for each statement, and what is shown in its place.

    Columns, conditions and values of a statement come from what a request held and left out: `insert into "users"
    ("name", "mail") values ($1, $2)` is `insert into users ...`. What the database said of it stays.
    """
    shown: dict[str, str] = {}

    def stand_in(match: re.Match[str]) -> str:
        if len(shown) >= _MOST or not _SQL.search(match[0]):
            return match[0]
        tables = ", ".join(sorted(set(_TABLE.findall(match[0]))))
        verb = " ".join(match["verb"].lower().split())
        character = chr(_FIRST_STAND_IN + len(shown))
        shown[character] = f"{verb} {tables} ..."
        return character

    pattern = _IN_JSON if text.lstrip()[:1] in ("{", "[") else _IN_TEXT
    return pattern.sub(stand_in, text), shown
