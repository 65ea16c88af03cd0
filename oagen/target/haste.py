"""What an answer of 429 asks for (RFC 6585, 4)."""

from __future__ import annotations

import datetime as dt
from email.utils import parsedate_to_datetime

from oagen.target.model import Answer

TOO_MANY = 429


def retry_after(answer: Answer, *, now: dt.datetime | None = None) -> float | None:
    """Return the seconds that `Retry-After` asks to wait, at least 0; None where it says nothing readable.

    It is a number of seconds or a date (RFC 9110, 10.2.3).

    Args:
        now: The current time; None for that of the system.
    """
    text = (answer.header("Retry-After") or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    date = date if date.tzinfo is not None else date.replace(tzinfo=dt.UTC)
    return max((date - (now or dt.datetime.now(dt.UTC))).total_seconds(), 0.0)
