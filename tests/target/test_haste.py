from __future__ import annotations

import datetime as dt

import pytest

from oagen.target.haste import retry_after
from oagen.target.model import Answer

NOW = dt.datetime(2030, 1, 1, 12, 0, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        (" 7 ", 7),
        ("99999999999999999999", 999999999),
        ("Tue, 01 Jan 2030 12:01:30 GMT", 90),
        ("Tuesday, 01-Jan-30 12:00:05 GMT", 5),
        ("Tue Jan  1 12:00:02 2030", 2),
        ("Tue, 01 Jan 2030 11:00:00 GMT", 0),
        ("-1", None),
        ("1.5", None),
        ("٣", None),
        ("soon", None),
        ("Tue, 99 Jan 2030 12:00:00 GMT", None),
        ("", None),
    ],
)
def test_retry_after_is_a_number_of_seconds_or_a_date(text: str, seconds: float | None) -> None:
    assert retry_after(Answer(status=429, headers=(("retry-after", text),)), now=NOW) == seconds


def test_nothing_is_asked_for_without_the_header() -> None:
    assert retry_after(Answer(status=429)) is None
