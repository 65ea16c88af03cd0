"""Texts that identify a thing become templates of their own in every test, within the schema's bounds."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

from oagen.scenario.model import Literal, Unique, Value
from oagen.scenario.uniqueness import fill
from oagen.scenario.values.checking import SchemaChecker
from oagen.scenario.values.names import is_identifying, words
from oagen.scenario.values.pattern_text import escaped, templates_for
from oagen.scenario.values.scalars import lengths
from oagen.scenario.values.shapes import Choices, FittingChoices, Shape, shape_of
from oagen.scenario.values.trees import to_json, to_value
from oagen.spec.model import Schema

FEWEST_FILLS = 10_000
"""A template that stands for fewer texts is not used."""

_PLENTY = 100_000
"""Of so many texts, those of a suite hardly meet; a template that stands for fewer comes last."""

_SEEDS = ("one", "two", "three", "four", "five")
_NUMBERS = ("1########", "1######", "1#####", "1####")
"""Integers of 32 bits, those with the most room first; none is near the greatest, which stands for an unknown one."""
_DEEPEST = 4


def with_uniques(checker: SchemaChecker, schema: Schema, value: Any, name: str = "") -> Value:
    """Return an example with the properties that identify a thing as `Unique`.

    Every template is proved: its texts are valid where it stands, and there are at least `FEWEST_FILLS` of them.
    Objects inside objects and arrays are looked into. A unique is named by its path, `owner.email`, so that two with
    the same template differ.
    """
    found = _Uniques(checker).replaced((schema,), value, name, (name,) if name else ())
    tree = to_value(found)
    if isinstance(tree, Literal):
        return tree
    if checker.is_valid(schema, value) and not all(checker.is_valid(schema, to_json(tree, seed)) for seed in _SEEDS):
        return Literal(value)
    return tree


def unique_text(checker: SchemaChecker, schemas: tuple[Schema, ...], text: str, name: str) -> Unique | None:
    """Return a template for a text, or None where the schema leaves no room for one."""
    shape = shape_of(schemas, Choices(0))
    least, most = lengths(shape)
    for template in sorted(_templates(text, shape, name), key=lambda each: fills(each) < _PLENTY):
        texts = [fill(template, seed) for seed in _SEEDS]
        if (
            fills(template) >= FEWEST_FILLS
            and least <= len(texts[0]) <= (most or len(texts[0]))
            and all(checker.is_valid(schema, each) for schema in schemas for each in texts)
        ):
            return Unique(template, name)
    return None


def unique_number(checker: SchemaChecker, schema: Schema, name: str) -> Unique | None:
    """Return a template for an integer, or None where the schema is a choice or leaves no room for one.

    The first digit is fixed, so that the number has no leading zero; the least and the greatest are proved too.
    """
    shape = shape_of((schema,), Choices(0))
    if any(keyword in {"enum", "const"} for keyword, _ in shape.examples):
        return None
    for template in _NUMBERS:
        digits = template.count("#")
        lead = template.removesuffix("#" * digits)
        texts = (*(fill(template, seed) for seed in _SEEDS), lead + "0" * digits, lead + "9" * digits)
        if all(checker.is_valid(schema, int(text)) for text in texts):
            return Unique(template, name, integer=True)
    return None


def fills(template: str) -> int:
    """Return how many different texts a template stands for."""
    bare = re.sub(r"\\.", "", template)
    return math.prod({"#": 10, "?": 26, "~": 26, "^": 16}.get(character, 1) for character in bare)


class _Uniques:
    def __init__(self, checker: SchemaChecker) -> None:
        self._checker = checker

    def replaced(self, schemas: tuple[Schema, ...], value: Any, name: str, path: tuple[str, ...]) -> Any:
        """Return the value with `Unique` nodes in it."""
        if isinstance(value, str):
            return self._text(schemas, value, name, ".".join(path))
        if not isinstance(value, dict | list) or len(path) > _DEEPEST:
            return value
        shape = shape_of(schemas, FittingChoices(value, self._checker.is_valid))
        if isinstance(value, list):
            items = tuple(shape.items)
            return [
                self.replaced(items, item, name, (*path, str(index))) if isinstance(item, dict) else item
                for index, item in enumerate(value)
            ]
        free = shape.properties.keys() - shape.tags.keys()
        return {
            key: self.replaced(tuple(shape.properties[key]), member, key, (*path, key)) if key in free else member
            for key, member in value.items()
        }

    def _text(self, schemas: tuple[Schema, ...], text: str, name: str, path: str) -> Any:
        if not is_identifying(name):
            return text
        shape = shape_of(schemas, Choices(0))
        fixed = any(keyword in {"enum", "const", "default"} for keyword, _ in shape.examples)
        if fixed or (shape.types is not None and "string" not in shape.types):
            return text
        found = unique_text(self._checker, schemas, text, name)
        return text if found is None else Unique(found.template, path)


def _templates(text: str, shape: Shape, name: str) -> Iterator[str]:
    """Yield templates whose head reads as the text does, the plainest first; not yet proved."""
    _least, most = lengths(shape)
    room = 255 if most is None else most
    formats = set(shape.formats)
    if re.fullmatch(r"[^@\s]+@[^@\s]+", text):
        local, _, domain = text.rpartition("@")
        yield f"{_cut(local, room - len(domain) - 10)}-????????@{escaped(domain)}"
        yield f"{'?' * 8}@{escaped(domain)}"
        return
    if formats & {"uuid"}:
        yield escaped(text[:24]) + "^" * 12
        return
    if formats & {"uri", "url", "iri", "uri-reference", "iri-reference"} or "://" in text:
        yield f"{escaped(text.rstrip('/'))}-????????"
        yield f"{escaped(text.rstrip('/'))}/????????"
    if formats & {"hostname", "idn-hostname"} or {"domain", "hostname", "host"} & set(words(name)):
        yield f"????????.{escaped(text)}"
    yield from _appended(text, name, room)
    yield from _replaced_tails(text)
    for pattern in shape.patterns:
        yield from templates_for(pattern, *lengths(shape))
    if room >= 4:  # noqa: PLR2004 - four letters are enough fills
        yield "?" * min(8, room)


def _appended(text: str, name: str, room: int) -> Iterator[str]:
    parts = set(words(name))
    if re.fullmatch(r"\d+", text):
        return
    if {"username", "login", "user", "nickname", "handle"} & parts and text.isalnum():
        yield f"{_cut(text, room - 8)}????????"
    if parts == {"name"} and re.fullmatch(r"[A-Z][a-z]+", text):
        # What is called just `name` is more often a thing than a person, and servers want it fit for a URL.
        yield f"{_cut(text.lower(), room - 9)}-????????"
    if text.isupper() or re.fullmatch(r"[A-Z0-9_-]+", text):
        yield f"{_cut(text, room - 9)}-########"
        yield f"{_cut(text, room - 6)}######"
    if re.search(r"[A-Z ]", text):
        yield f"{_cut(text, room - 7)} ??????"
    else:
        yield f"{_cut(text, room - 9)}-????????"
    yield f"{_cut(text, room - 9)}-????????"
    yield f"{_cut(text, room - 8)}????????"
    yield f"{_cut(text, room - 5)} ????"
    yield f"{_cut(text, room - 4)}????"


def _cut(text: str, length: int) -> str:
    return escaped(text[: max(length, 0)].rstrip(" -_."))


def _replaced_tails(text: str) -> Iterator[str]:
    """Yield the text with its last digits or letters as placeholders, as few as make it unique."""
    digit, lower, upper = {"#": str.isdigit}, {"?": str.islower}, {"~": str.isupper}
    for kinds in (digit, lower, digit | lower, upper, digit | upper):
        pieces = [escaped(character) for character in text]
        made, wanted = 1, 10**10
        for index in range(len(text) - 1, -1, -1):
            for placeholder, test in kinds.items():
                if text[index].isascii() and test(text[index]) and made < wanted:
                    pieces[index] = placeholder
                    made *= 10 if placeholder == "#" else 26
        if made >= FEWEST_FILLS:
            yield "".join(pieces)
