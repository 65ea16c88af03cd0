"""Plain texts that match a pattern, and templates of unique ones, made from the pattern's parse tree."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from re import _constants as sre  # type: ignore[attr-defined,unused-ignore]
from re import _parser  # type: ignore[attr-defined,unused-ignore]
from string import ascii_lowercase, ascii_uppercase, punctuation
from typing import Any

from oagen.scenario.values.patterns import matches
from oagen.scenario.values.shapes import Choices

_DIGITS = "1234567890"
_ALPHABET = ascii_lowercase + ascii_uppercase + _DIGITS + "-_. " + punctuation
_HEX = frozenset("0123456789abcdef")
_MOST_COMBINATIONS = 24
_LONGEST = 10_000
_REPEATS = (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT)


@dataclass(frozen=True, slots=True)
class Piece:
    """One character of a text, and the placeholder of `Unique` that may stand in its place, if any."""

    character: str
    placeholder: str | None = None


class _Unsupported(Exception):  # noqa: N818 - control flow inside this module
    """The pattern has no texts that this generator can make."""


@lru_cache(maxsize=2048)
def texts_for(pattern: str, least: int = 0, most: int | None = None) -> tuple[str, ...]:
    """Return a few texts that match the pattern and have `least` to `most` characters, the plainest first."""
    found: list[str] = []
    for pieces in _pieces(pattern, least):
        text = "".join(piece.character for piece in pieces)
        if least <= len(text) <= (_LONGEST if most is None else most) and text not in found and matches(pattern, text):
            found.append(text)
            if len(found) == 3:  # noqa: PLR2004 - a few
                break
    return tuple(found)


@lru_cache(maxsize=2048)
def templates_for(pattern: str, least: int = 0, most: int | None = None) -> tuple[str, ...]:
    """Return templates of `Unique` whose texts may match the pattern; the caller verifies them."""
    found = []
    for pieces in _pieces(pattern, max(least, 8)):
        if least <= len(pieces) <= (_LONGEST if most is None else most):
            template = "".join(piece.placeholder or escaped(piece.character) for piece in pieces)
            if template not in found:
                found.append(template)
    return tuple(found)


def escaped(text: str) -> str:
    """Return a text as a template of `Unique` that stands for itself."""
    return re.sub(r"([\\#?~^])", r"\\\1", text)


def _pieces(pattern: str, least: int) -> Iterator[list[Piece]]:
    try:
        tree = _parser.parse(_for_python(pattern))
    except (re.error, OverflowError, RecursionError):
        return
    mixed = "(?=" in pattern or "(?!" in pattern
    for length in dict.fromkeys((3, least, 1, 8, 12, 0)):
        number, combinations = 0, 1
        while number < min(combinations, _MOST_COMBINATIONS):
            maker = _Maker(Choices(number), length, mixed=mixed)
            with contextlib.suppress(_Unsupported, RecursionError):
                pieces = maker.sequence(tree)
                yield pieces
                if len(pieces) < least and not length:
                    yield _Maker(Choices(number), 0, mixed=mixed, extra=least - len(pieces)).sequence(tree)
            if maker.exhausted:
                return
            combinations = maker.choices.combinations
            number += 1


_CLASSES = {
    "L": "a-zA-Z", "Letter": "a-zA-Z", "Alphabetic": "a-zA-Z", "Lu": "A-Z", "Uppercase_Letter": "A-Z", "Ll": "a-z",
    "Lowercase_Letter": "a-z", "N": "0-9", "Nd": "0-9", "Number": "0-9", "P": "._-", "Z": " ", "Zs": " ", "S": "+",
}  # fmt: skip


def _for_python(pattern: str) -> str:
    """Return an ECMA 262 pattern in Python's spelling, near enough to make texts from."""
    pattern = re.sub(r"\(\?<(?![=!])", "(?P<", pattern)
    pattern = re.sub(r"\\k<(\w+)>", r"(?P=\1)", pattern)
    pattern = re.sub(r"\\u\{([0-9a-fA-F]{1,6})\}", lambda found: re.escape(chr(int(found[1], 16) % 0x110000)), pattern)

    def property_class(found: re.Match[str]) -> str:
        members = _CLASSES.get(found[1].rpartition("=")[2], "a-z")
        inside = pattern.rfind("[", 0, found.start()) > pattern.rfind("]", 0, found.start())
        return members.replace("-", "\\-") if members == "._-" else members if inside else f"[{members}]"

    return re.sub(r"\\p\{([\w=]+)\}", property_class, pattern)


class _Maker:
    """Walks a parse tree once and makes one text.

    Args:
        choices: Which alternative to take at each `|`.
        length: How often to repeat what may be repeated, within its bounds.
        mixed: Whether characters of every class should appear, for patterns that look ahead for them.
        extra: Characters to add to the first parts that may be repeated.
    """

    def __init__(self, choices: Choices, length: int, *, mixed: bool, extra: int = 0) -> None:
        self.choices = choices
        self._length = length
        self._mixed = mixed
        self._extra = extra
        self._budget = 4 * _LONGEST
        self._groups: dict[int, list[Piece]] = {}
        self._made: dict[str, int] = {}
        self._classes: dict[int, str] = {}

    @property
    def exhausted(self) -> bool:
        """Whether the pattern asks for more than is ever made."""
        return self._budget < 0

    def sequence(self, tree: Any) -> list[Piece]:
        pieces: list[Piece] = []
        for operator, argument in tree:
            self._budget -= 1
            if self._budget < 0:
                raise _Unsupported
            pieces.extend(self._one(operator, argument))
        return pieces

    def _one(self, operator: Any, argument: Any) -> list[Piece]:
        if operator is sre.LITERAL:
            return [Piece(chr(argument))]
        if operator is sre.IN:
            return [self._member(self._class(argument))]
        if operator is sre.NOT_LITERAL:
            return [self._member(_ALPHABET.replace(chr(argument), ""))]
        if operator is sre.ANY:
            return [self._member(_ALPHABET)]
        if operator in _REPEATS:
            least, most, body = argument
            return self._repeated(least, most, body)
        if operator is sre.BRANCH:
            branches = argument[1]
            return self.sequence(branches[self.choices.pick(len(branches))])
        if operator is sre.SUBPATTERN:
            group, body = argument[0], argument[-1]
            pieces = self.sequence(body)
            if group is not None:
                self._groups[group] = pieces
            return pieces
        if operator is sre.ATOMIC_GROUP:
            return self.sequence(argument)
        if operator is sre.GROUPREF:
            return [Piece(piece.character) for piece in self._groups.get(argument, [])]
        if operator in (sre.AT, sre.ASSERT, sre.ASSERT_NOT):
            return []
        raise _Unsupported

    def _repeated(self, least: int, most: int, body: Any) -> list[Piece]:
        count = max(least, min(most, self._length))
        if count * max(1, len(body)) > _LONGEST:
            raise _Unsupported
        outer, self._length = self._length, self._length if count == 1 else min(self._length, 1)
        pieces = [piece for _ in range(count) for piece in self.sequence(body)]
        while self._extra > 0 and count < most and self._budget > 0:
            extra, self._extra = self._extra, 0
            added = self.sequence(body)
            self._extra = extra - len(added)
            if not added or self._extra < 0:
                self._extra = extra
                break
            pieces.extend(added)
            count += 1
        self._length = outer
        return pieces

    def _member(self, members: str) -> Piece:
        if not members:
            raise _Unsupported
        kinds, plain, placeholder = _kinds(members)
        if self._mixed and len(kinds) > 1:
            index = self._counted("mixed")
            kind = kinds[index % len(kinds)]
            return Piece(kind[index // len(kinds) % len(kind)], _placeholder(kind))
        return Piece(plain[self._counted(plain) % len(plain)], placeholder)

    def _class(self, items: Any) -> str:
        found = self._classes.get(id(items))
        if found is None:
            found = self._classes[id(items)] = _members(items)
        return found

    def _counted(self, kind: str) -> int:
        count = self._made.get(kind, 0)
        self._made[kind] = count + 1
        return count


@lru_cache(maxsize=512)
def _kinds(members: str) -> tuple[tuple[str, ...], str, str | None]:
    """Return the characters of a class by kind, the plainest of them, and the placeholder for all."""
    marks = "".join(each for each in members if not each.isalnum() and each not in " \"'\\<>&")
    upper, lower = ("".join(filter(test, members)) for test in (str.isupper, str.islower))
    digits = "".join(each for each in members if each in _DIGITS)
    run = next((run for run in (ascii_lowercase, ascii_uppercase, _DIGITS) if run[0] in members), members)
    plain = "".join(each for each in run if each in members)
    return tuple(filter(None, (upper, lower, digits, marks))), plain, _placeholder(members)


def _placeholder(members: str) -> str | None:
    allowed = set(members)
    if allowed.issuperset(ascii_lowercase):
        return "?"
    if allowed.issuperset(ascii_uppercase):
        return "~"
    if allowed.issuperset(_HEX):
        return "^"
    return "#" if allowed.issuperset(_DIGITS) else None


def _members(items: Any) -> str:
    """Return the characters of a class, plain ones first."""
    negated = bool(items) and items[0][0] is sre.NEGATE
    accepted, listed = [], ""
    for operator, argument in items:
        if operator is sre.LITERAL:
            listed += chr(argument)
        elif operator is sre.RANGE:
            low, high = argument
            listed += "".join(map(chr, range(low, min(high, low + 255) + 1)))
        elif operator is sre.CATEGORY:
            accepted.append(_CATEGORIES.get(argument, str.isalnum))
    chosen = set(listed)
    inside = [character for character in _ALPHABET if character in chosen or any(test(character) for test in accepted)]
    if negated:
        return "".join(character for character in _ALPHABET if character not in inside)
    return "".join(inside) or listed


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


_CATEGORIES: dict[Any, Any] = {
    sre.CATEGORY_DIGIT: str.isdigit,
    sre.CATEGORY_NOT_DIGIT: lambda character: not character.isdigit(),
    sre.CATEGORY_WORD: _is_word,
    sre.CATEGORY_NOT_WORD: lambda character: not _is_word(character),
    sre.CATEGORY_SPACE: str.isspace,
    sre.CATEGORY_NOT_SPACE: lambda character: not character.isspace(),
}
