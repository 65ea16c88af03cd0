"""Text that is unique to a test and a run; `fill` is copied as it stands into generated suites."""

from __future__ import annotations

import hashlib


def fill(template: str, seed: str) -> str:
    r"""Return the template with each placeholder replaced by a character derived from the seed.

    `#` becomes a decimal digit, `?` a lower-case letter, `~` a capital one, `^` a lower-case hexadecimal digit; a
    backslash makes the next character stand for itself. The same template and seed give the same text on every machine
    and Python.
    """
    letters = "abcdefghijklmnopqrstuvwxyz"
    alphabets = {"#": "0123456789", "?": letters, "~": letters.upper(), "^": "0123456789abcdef"}
    text, escaped = "", False
    for position, character in enumerate(template):
        if character == "\\" and not escaped:
            escaped = True
            continue
        if character in alphabets and not escaped:
            digest = hashlib.sha256(f"{seed}/{position}".encode("utf-8", "surrogatepass")).digest()
            alphabet = alphabets[character]
            character = alphabet[int.from_bytes(digest[:8], "big") % len(alphabet)]  # noqa: PLW2901
        text, escaped = text + character, False
    return text


def unique_seed(run: str, test: str, name: str, template: str) -> str:
    """Return the seed of one unique text: of this run, this test, and this name and template within it."""
    return f"{run}\n{test}\n{name}\n{template}"
