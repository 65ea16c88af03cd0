"""Names compared as words: `order-items`, `orderItemId` and `order_item` speak of the same thing."""

from __future__ import annotations

import functools
import keyword
import re

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_IDENTIFIER_WORDS = frozenset(
    {"id", "ids", "uuid", "guid", "uid", "pk", "key", "slug", "name", "code", "no", "number", "ref"}
)
_OPAQUE_WORDS = frozenset({"id", "ids", "uuid", "guid", "uid", "pk"})
_IRREGULAR = {
    "shelves": "shelf",
    "halves": "half",
    "leaves": "leaf",
    "knives": "knife",
    "wolves": "wolf",
    "people": "person",
    "children": "child",
    "women": "woman",
    "criteria": "criterion",
    "indices": "index",
    "vertices": "vertex",
    "matrices": "matrix",
    "analyses": "analysis",
    "statuses": "status",
    "aliases": "alias",
    "bonuses": "bonus",
    "campuses": "campus",
    "canvases": "canvas",
    "caches": "cache",
    "sizes": "size",
    "prizes": "prize",
    "quizzes": "quiz",
    "movies": "movie",
    "cookies": "cookie",
}
"""Plurals that the rules below would get wrong, alone or as the last part of a word."""


@functools.lru_cache(maxsize=65536)
def words(name: str) -> tuple[str, ...]:
    """Split a name of any casing into lower-case words."""
    return tuple(word.lower() for word in _WORD.findall(name))


@functools.lru_cache(maxsize=65536)
def singular(word: str) -> str:
    """Return the singular of an English noun, by its ending; what is no plural comes back unchanged."""
    for plural, single in _IRREGULAR.items():
        if word.endswith(plural):
            return word.removesuffix(plural) + single
    if len(word) <= len("gas") or word.endswith(("ss", "us", "is", "news", "series")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zes")):
        return word[:-2]
    return word.removesuffix("s")


@functools.lru_cache(maxsize=65536)
def noun(name: str) -> str:
    """Return what a name stands for, as one word in the singular: `order-items` and `OrderItem` give `orderitem`."""
    parts = words(name)
    if not parts:
        return ""
    return "".join((*parts[:-1], singular(parts[-1])))


def referred_nouns(name: str) -> tuple[str, ...]:
    """Return the nouns that a name may refer to by an identifier, the most specific first; none if it is no such name.

    `shipping_address_id` gives `shippingaddress`, then `address`; `id` alone refers to nothing.
    """
    parts = words(name)
    if not parts[:-1] or parts[-1] not in _IDENTIFIER_WORDS:
        return ()
    stem = parts[:-1]
    return tuple("".join((*stem[start:-1], singular(stem[-1]))) for start in range(len(stem)))


def is_opaque(name: str) -> bool:
    """Tell whether a name is that of an identifier which nobody can guess: `order_id`, `uuid`."""
    parts = words(name)
    return bool(parts) and parts[-1] in _OPAQUE_WORDS


def is_plural_identifier(name: str) -> bool:
    """Tell whether a name is that of a list of identifiers: `book_ids`."""
    parts = words(name)
    return len(parts) > 1 and parts[-1] == "ids"


@functools.lru_cache(maxsize=65536)
def step_name(segment: str) -> str:
    """Return a Python identifier for the thing that a path segment holds: `order-items` gives `order_item`."""
    parts = words(segment)
    name = "_".join((*parts[:-1], singular(parts[-1]))) if parts else "thing"
    if name[0].isdigit():
        name = f"thing_{name}"
    return f"{name}_" if keyword.iskeyword(name) or name in {"response", "self"} else name


def phrase(name: str) -> str:
    """Return a name as words of a sentence: `order_item` gives `order item`."""
    return " ".join(words(name)) or name
