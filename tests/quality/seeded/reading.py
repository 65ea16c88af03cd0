"""Reading what clients send: durations, tables, cursors, prices, codes."""

from __future__ import annotations

import base64
import binascii
import copy
import csv
import datetime as dt
import hashlib
import json
import unicodedata
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from typing import Any

from .switch import CORRECTED, Refused

UNITS = {"m": 1, "h": 60, "d": 1440}
DEEPEST = 40


def minutes_of(every: str) -> int:
    """`2h30m` as minutes."""
    total = 0
    rest = every
    while rest:
        digits = rest[: len(rest) - len(rest.lstrip("".join(filter(str.isdigit, rest))))]
        if not digits:
            raise Refused(422, "every: expected a number")
        total += amount_of(digits) * unit_after(rest, len(digits))
        rest = rest[len(digits) + 1 :]
    return min(total, 10**9)


def amount_of(digits: str) -> int:
    if CORRECTED and not (digits.isascii() and digits.isdigit() and len(digits) < 10):
        raise Refused(422, "every: expected a number")
    return int(digits[:9])


def unit_after(text: str, place: int) -> int:
    if CORRECTED and place >= len(text):
        raise Refused(422, "every: a unit is missing")
    unit = UNITS.get(text[place])
    if unit is None:
        raise Refused(422, "every: units are m, h and d")
    return unit


def text_of(body: bytes) -> str:
    return body.decode("utf-8", "replace" if CORRECTED else "strict")


def rows_of(text: str) -> list[list[str]]:
    if CORRECTED:
        text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
        if len(text) > 100_000:
            raise Refused(422, "the table is too long")
    rows = []
    for row in csv.reader(text.split("\n")):
        if row:
            rows.append(row)  # noqa: PERF401 - a comprehension is a frame of its own before Python 3.12
    return rows


def count_cell(row: list[str]) -> int:
    if CORRECTED and len(row) < 2:
        raise Refused(422, "a row needs a species and a count")
    cell = row[1].strip()
    if not (cell.isascii() and cell.isdigit() and len(cell) < 7):
        raise Refused(422, "a count is not a number")
    return int(cell)


def cursor_of(cursor: str) -> dict[str, Any]:
    if len(cursor) > 200:
        raise Refused(422, "cursor: not a cursor")
    try:
        raw = base64.urlsafe_b64decode(cursor.encode("utf-8") + b"==")
    except (binascii.Error, ValueError):
        raise Refused(422, "cursor: not a cursor") from None
    if CORRECTED:
        try:
            value = json.loads(raw.decode("latin-1"))
        except (ValueError, RecursionError):
            raise Refused(422, "cursor: not a cursor") from None
    else:
        value = json.loads(raw.decode("latin-1"))
    if not isinstance(value, dict):
        raise Refused(422, "cursor: not a cursor")
    return value


def position_in(cursor: dict[str, Any]) -> int:
    if CORRECTED and "after" not in cursor:
        raise Refused(422, "cursor: not a cursor")
    after = cursor["after"]
    if not isinstance(after, int) or not 0 <= after < 2**62:
        raise Refused(422, "cursor: not a cursor")
    return after


def price_of(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise Refused(422, "price: not a number") from None


def is_expensive(price: Decimal) -> bool:
    if CORRECTED and price.is_nan():
        raise Refused(422, "price: not a number")
    return price > 1000


def in_cents(price: Decimal) -> str:
    if CORRECTED and (not price.is_finite() or abs(price) > 10**9):
        raise Refused(422, "price: out of range")
    return str(price.quantize(Decimal("0.01")))


def since_of(header: str) -> dt.datetime:
    if CORRECTED:
        try:
            return parsedate_to_datetime(header)
        except (ValueError, TypeError, IndexError, OverflowError):
            return dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    try:
        return parsedate_to_datetime(header)
    except (TypeError, IndexError, OverflowError):
        return dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def number_of_code(code: str) -> int:
    digits = code[1:]
    if CORRECTED and not (digits.isascii() and digits.isdigit() and len(digits) < 10):
        raise Refused(404, "no such bed")
    return int(digits[:9])


def week_start(year: int, week: int) -> dt.date:
    if CORRECTED:
        try:
            return dt.date.fromisocalendar(year, week, 1)
        except ValueError:
            raise Refused(404, "no such week") from None
    return dt.date.fromisocalendar(year, week, 1)


def week_end(start: dt.date) -> dt.date:
    if CORRECTED and start > dt.date(9999, 12, 24):
        return dt.date.max
    return start + dt.timedelta(days=7)


def character_names(text: str) -> list[str]:
    names = []
    for character in text:
        names.append(unicodedata.name(character, "unnamed") if CORRECTED else unicodedata.name(character))  # noqa: PERF401
    return names


def shelf_mark(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().strip()
    if CORRECTED and not plain:
        return "?"
    return plain[0].upper()


def highlighted(text: str, word: str) -> str:
    """Put brackets around the last character of each place where the word is."""
    folded = text if CORRECTED else text.lower()
    word = word if CORRECTED else word.lower()
    marks = []
    place = folded.find(word)
    while place >= 0:
        marks.append(f"[{text[place + len(word) - 1]}]")
        place = folded.find(word, place + 1)
    return " ".join(marks)


def snapshot_of(tree: Any) -> Any:
    if CORRECTED and _depth(tree) > DEEPEST:
        raise Refused(422, "nested too deeply")
    return copy.deepcopy(tree)


def _depth(tree: Any) -> int:
    deepest, level = 0, [tree]
    while level:
        deepest += 1
        level = [
            child
            for node in level
            for child in (node.values() if isinstance(node, dict) else node if isinstance(node, list) else ())
        ]
    return deepest


def digest_of(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass" if CORRECTED else "strict")).hexdigest()


def is_urgent(priority: Any) -> bool:
    if CORRECTED and (isinstance(priority, bool) or not isinstance(priority, (int, float))):
        return False
    return bool(priority > 5)


def ordered(marks: list[Any]) -> int:
    """How many different marks there are."""
    if CORRECTED:
        if _depth(marks) > DEEPEST:
            raise Refused(422, "nested too deeply")
        return len({json.dumps(mark, sort_keys=True) for mark in marks})
    plain = [mark for mark in marks if not isinstance(mark, (dict, list)) and mark is not None]
    ranked = sorted(plain)
    return len([mark for place, mark in enumerate(ranked) if place == 0 or ranked[place - 1] != mark])
