"""The one place where text from documents, APIs and files is made harmless for a terminal."""

from __future__ import annotations

import unicodedata

_KEPT = frozenset("\n\t")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def shown(text: str) -> str:
    r"""Return text without escape sequences, control characters and marks that turn the reading direction.

    Each is written as its escape (`\x1b`, `\u202e`), so that a hostile document is seen rather than obeyed. Line
    breaks and tabs stay.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character if character in _KEPT or unicodedata.category(character) not in _UNSEEN else _escaped(character)
        for character in text
    )


def on_one_line(text: str) -> str:
    """Return text as `shown`, each run of white space as one space."""
    return shown(" ".join(text.split()))


def _escaped(character: str) -> str:
    if character.isascii():
        return f"\\x{ord(character):02x}"
    return character.encode("ascii", "backslashreplace").decode("ascii")
