from __future__ import annotations

import pytest

from oagen.report.terminal_text import on_one_line, shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("GET /pets/{petId}", "GET /pets/{petId}"),
        ("Grüße, 你好 🐍", "Grüße, 你好 🐍"),
        ("a\nb\tc", "a\nb\tc"),
        ("\x1b[2J\x1b]8;;http://evil\x07", "\\x1b[2J\\x1b]8;;http://evil\\x07"),
        ("\r\b\x7f\x9b", "\\x0d\\x08\\x7f\\x9b"),
        ("\u202egnp.exe\u2066", "\\u202egnp.exe\\u2066"),
        ("\u2028\ufeff\U000e0041", "\\u2028\\ufeff\\U000e0041"),
        ("\ud800", "\\ud800"),
    ],
)
def test_what_a_terminal_would_obey_is_shown_as_text(text: str, expected: str) -> None:
    assert shown(text) == expected


def test_text_of_a_document_stays_on_its_line() -> None:
    assert on_one_line("a\n\n  b\x1b") == "a b\\x1b"
