"""Texts with a form of their own, and one thing wrong in the middle of it."""

from __future__ import annotations

from oagen.fuzz.luck import Luck

_PIECES: tuple[str, ...] = (
    "\r", "\n", "\0", "\t", " ", "-", ".", ",", ":", "=", "/", "\\", '"', "'", "%", "(", "\u00e9", "\u0130", "\ud800",
)  # fmt: skip
_DIGITS: tuple[str, ...] = ("\u00b2", "\u0663", "\u2460", "\uff11", "a", "", "-1", "99999")
"""In the place of a digit: two of them are digits that no number is made of, two are digits of other scripts."""


def twisted(text: str, luck: Luck) -> str:
    """Return the text with one character changed, left out or added, or without its end.

    What reads durations, tables, versions, addresses or codes accepts its form up to there.
    """
    if not text:
        return luck.choice(_PIECES)
    at = luck.randrange(len(text))
    before, character, after = text[:at], text[at], text[at + 1 :]
    if character.isdigit() and luck.random() < 0.5:  # noqa: PLR2004
        return before + luck.choice(_DIGITS) + after
    return luck.choice(
        (
            before + luck.choice(_PIECES) + character + after,
            before + luck.choice(_PIECES) + after,
            before + character * 2 + after,
            before + after,
            before + character,
            before + (character.lower() if character.isupper() else character.upper()) + after,
        )
    )
