"""The only place that quotes and names things: text of a document becomes Python source here, or nowhere."""

from __future__ import annotations

import builtins
import keyword
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

LONGEST_NAME = 70
LONG_TEXT = 60
LONGEST_PERIOD = 60

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_LONG_RUN = re.compile(rf"(.)\1{{{LONG_TEXT - 1},}}", re.DOTALL)
_TOOL_COMMENT = re.compile(r"(?i)noqa|\b(type|fmt|ruff|mypy|isort|pragma|yapf|pylint|pyright|flake8|nosec)\s*:")
_RESERVED = frozenset(dir(builtins)) | frozenset(keyword.kwlist) | frozenset(keyword.softkwlist)


class PythonSource(str):
    """Text that is Python source already; made by this module alone, everything else is data."""

    __slots__ = ()


def source(*parts: str) -> PythonSource:
    """Return source put together from pieces that are source, or fixed text of oagen itself."""
    return PythonSource("".join(parts))


def _is_shown(character: str) -> bool:
    """Return whether a character outside ASCII may stand in source: a letter that neither hides nor turns direction."""
    if "\u00c0" <= character <= "\u024f":
        return character.isalpha()
    return unicodedata.category(character) == "Lo" and unicodedata.bidirectional(character) == "L"


def _escaped(text: str) -> str:
    """Return the text with control, bidirectional, invisible and confusable characters as escapes."""
    if text.isascii() and text.isprintable():
        return text
    shown = []
    for character in text:
        if character.isprintable() if character.isascii() else _is_shown(character):
            shown.append(character)
        elif character in "\n\r\t":
            shown.append({"\n": "\\n", "\r": "\\r", "\t": "\\t"}[character])
        elif ord(character) > 0xFFFF:  # noqa: PLR2004
            shown.append(f"\\U{ord(character):08x}")
        elif ord(character) > 0xFF:  # noqa: PLR2004
            shown.append(f"\\u{ord(character):04x}")
        else:
            shown.append(f"\\x{ord(character):02x}")
    return "".join(shown)


def _quoted(text: str) -> str:
    return '"' + _escaped(text.replace("\\", "\\\\").replace('"', '\\"')) + '"'


def string(text: str) -> PythonSource:
    """Return a string literal; what repeats itself becomes `"a" * 300`, or `("Hello! " * 20)[:130]`."""
    if len(text) < LONG_TEXT:
        return PythonSource(_quoted(text))
    if (period := _period(text)) <= len(text) // 3:
        times, rest = divmod(len(text), period)
        repeated = f"{_quoted(text[:period])} * {times + bool(rest)}"
        return PythonSource(f"({repeated})[:{len(text)}]" if rest else f"({repeated})")
    pieces, end = [], 0
    for run in _LONG_RUN.finditer(text):
        if run.start() > end:
            pieces.append(_quoted(text[end : run.start()]))
        pieces.append(f"{_quoted(run[1])} * {len(run[0])}")
        end = run.end()
    if end < len(text):
        pieces.append(_quoted(text[end:]))
    return PythonSource(pieces[0] if len(pieces) == 1 else f"({' + '.join(pieces)})")


def _period(text: str) -> int:
    """Return the length of the shortest text that, repeated and cut off, gives this one."""
    for length in range(1, min(LONGEST_PERIOD, len(text) // 3) + 1):
        if text[length:] == text[:-length]:
            return length
    return len(text)


def literal(value: Any) -> PythonSource:
    """Return the source of a JSON value, or of bytes, NaN and the infinities.

    Raises:
        TypeError: The value is of another type, so it does not come from a document.
    """
    match value:
        case str():
            return string(value)
        case None | bool() | int():
            return PythonSource(repr(value))
        case float():
            return PythonSource(repr(value) if math.isfinite(value) else f'float("{value}")')
        case bytes():
            return _bytes(value)
        case Mapping():
            return mapping((key, literal(item)) for key, item in value.items())
        case list() | tuple():
            return sequence(literal(item) for item in value)
    raise TypeError(f"{type(value).__name__} is no value of a document")


def _bytes(value: bytes) -> PythonSource:
    run = len(value) >= LONG_TEXT and value == value[:1] * len(value)
    return PythonSource(f"{value[:1]!r} * {len(value)}" if run else repr(value))


def mapping(members: Iterable[tuple[str, PythonSource]]) -> PythonSource:
    """Return a dict display; keys are data, values source."""
    return PythonSource("{" + ", ".join(f"{string(key)}: {value}" for key, value in members) + "}")


def sequence(items: Iterable[PythonSource]) -> PythonSource:
    """Return a list display."""
    return PythonSource(f"[{', '.join(items)}]")


def call(function: str, *arguments: str, **keywords: str | None) -> PythonSource:
    """Return a call; keywords that are None are left out, a keyword `**` unpacks a mapping."""
    named = [
        f"**{value}" if name == "**" else f"{name}={value}" for name, value in keywords.items() if value is not None
    ]
    return PythonSource(f"{function}({', '.join([*arguments, *named])})")


def docstring(text: str) -> PythonSource:
    """Return a docstring of one line."""
    line = _escaped(" ".join(text.split()).replace("\\", "\\\\")).replace('"""', '\\"\\"\\"')
    return PythonSource(f'"""{line[:-1]}\\""""' if line.endswith('"') and not line.endswith('\\"') else f'"""{line}"""')


def comment(text: str) -> PythonSource:
    """Return a comment of one line, without a word that a linter or type checker would obey."""
    line = _TOOL_COMMENT.sub(
        lambda word: word[0].replace(":", " -").replace("noqa", "no-qa").replace("NOQA", "NO-QA"),
        " ".join(text.split()),
    )
    return PythonSource(f"# {_escaped(re.sub('(?i)noqa', 'no-qa', line))}")


# -- names ----------------------------------------------------------------------------------------------------------


def words(text: str) -> list[str]:
    """Return the ASCII words of a text in lower case: `getPetById` is get, pet, by, id."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return [word.lower() for word in re.split(r"[^0-9A-Za-z]+", _CAMEL.sub("_", plain)) if word]


def snake_name(text: str, fallback: str = "") -> PythonSource:
    """Return the text's words as a lower-case ASCII identifier, no keyword or builtin; `fallback` without any."""
    name = "_".join(words(text))[:LONGEST_NAME].rstrip("_")
    if not name:
        return PythonSource(fallback)
    if name[0].isdigit():
        name = f"n{name}"
    return PythonSource(f"{name}_" if name in _RESERVED else name)


def class_name(text: str, fallback: str = "") -> PythonSource:
    """Return the text's words in capitals, `ShowPetById`, to stand behind a prefix such as `Test`."""
    return PythonSource("".join(word[:1].upper() + word[1:] for word in words(text))[:LONGEST_NAME] or fallback)


def is_plain_name(text: str) -> bool:
    """Return whether a text can be a keyword argument as it is."""
    return text.isascii() and text.isidentifier() and not keyword.iskeyword(text) and not text.startswith("__")


class NameScope:
    """Gives each thing a name of its own; names that differ in case alone count as the same (file systems)."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = {name.casefold() for name in taken}

    def name(self, wanted: str, separator: str = "_", otherwise: Iterable[str] = ()) -> PythonSource:
        """Return the wanted identifier, else the first free one of `otherwise`, else one with a number from 2."""
        free = (name for name in otherwise if name.casefold() not in self._taken)
        candidate, number = (next(free, wanted) if wanted.casefold() in self._taken else wanted), 1
        while candidate.casefold() in self._taken:
            number += 1
            candidate = f"{wanted}{number}" if wanted.endswith("_") else f"{wanted}{separator}{number}"
        self._taken.add(candidate.casefold())
        return PythonSource(candidate)
