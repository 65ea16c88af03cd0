"""The only place where text becomes part of a shell command."""

from __future__ import annotations

import re

_PLAIN = re.compile(r"[A-Za-z0-9_@%+=:,./-]+")
_SHOWN = range(0x20, 0x7F)


def quoted(text: str) -> str:
    """Return one word of a command line: as it is, in single quotes, or as `$'...'` where a terminal might obey it.

    Characters that can't be in an argument (NUL) are left out.
    """
    if _PLAIN.fullmatch(text):
        return text
    if text.isprintable():
        return "'" + text.replace("'", "'\\''") + "'"
    return "$'" + "".join(_escaped(byte) for byte in _bytes(text) if byte) + "'"


def double_quoted(text: str) -> str:
    """Return text as it stands inside double quotes, nothing in it expanded; control characters are left out."""
    kept = "".join(character for character in text if character.isprintable())
    return re.sub(r'([\\"`$])', r"\\\1", kept)


def expansion(name: str) -> str:
    """Return the expansion of a shell variable, as one word."""
    return f'"${name}"'


def variable_name(text: str) -> str:
    """Return a name for a shell variable made from any text."""
    name = re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_")
    return f"v_{name}" if not name or name[0].isdigit() else name


def printf_argument(data: bytes) -> str:
    """Return the format with which `printf` of any POSIX shell writes these bytes."""
    shown = "".join(
        {"\\": "\\\\", "%": "%%", "'": "'\\''"}.get(chr(byte), chr(byte)) if byte in _SHOWN else f"\\{byte:03o}"
        for byte in data
    )
    return f"'{shown}'"


def _escaped(byte: int) -> str:
    if byte in b"'\\":
        return f"\\{chr(byte)}"
    return chr(byte) if byte in _SHOWN else f"\\x{byte:02x}"


def _bytes(text: str) -> bytes:
    """Encode as UTF-8; bytes that were smuggled in as surrogates (PEP 383) come out as they were."""
    return b"".join(
        bytes([ord(character) - 0xDC00])
        if "\udc80" <= character <= "\udcff"
        else character.encode("utf-8", "surrogatepass")
        for character in text
    )
