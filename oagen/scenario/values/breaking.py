"""Ways to break the constraints of one node of a value; not yet proved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from oagen.scenario.values.distinct import others
from oagen.scenario.values.formats import FORMATS, INTEGER_RANGES
from oagen.scenario.values.pattern_text import texts_for
from oagen.scenario.values.phrasing import TYPES
from oagen.scenario.values.scalars import LONGEST_TEXT, fitted, lengths, plain_number
from oagen.scenario.values.sites import Site

Change = Callable[[Any], Any]

_RANKS = {
    keyword: rank
    for rank, keywords in enumerate(
        (
            ("required",),
            ("type",),
            ("enum", "const", "discriminator"),
            ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
            ("minLength", "maxLength"),
            ("pattern",),
            ("format",),
            ("minItems", "maxItems", "uniqueItems"),
            ("additionalProperties", "unevaluatedProperties"),
            ("multipleOf", "minProperties", "maxProperties", "dependentRequired"),
        )
    )
    for keyword in keywords
}
_MOST_ITEMS = 1000
_CONSEQUENCES = {
    "type": {"enum", "const", "format"},
    "enum": {"pattern", "format", "minLength", "maxLength", "const", "type"},
    "const": {"pattern", "format", "minLength", "maxLength", "enum", "type"},
    "minimum": {"exclusiveMinimum", "format"},
    "maximum": {"exclusiveMaximum", "format"},
    "minLength": {"pattern", "format"},
    "maxLength": {"pattern", "format"},
    "pattern": {"format"},
    "format": {"pattern"},
    "minItems": {"contains"},
    "required": {"dependentRequired", "minProperties"},
    "additionalProperties": {"unevaluatedProperties"},
    "minProperties": {"required"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """One change that should break one constraint.

    Attributes:
        path: Of the node that is changed, and at which the error is found.
        pointer: What is wrong, missing or too much.
        rank: How uncertain it is that an API refuses it; the lowest comes first.
        consequences: Keywords that may be broken at the same place by the same cause.
    """

    path: tuple[str | int, ...]
    pointer: str
    keyword: str
    phrase: str
    change: Change
    rank: tuple[int, int]
    consequences: frozenset[str]


def breaks(site: Site) -> Iterator[Break]:
    """Yield ways to break the constraints of a node."""
    for keyword, phrase, replacement in _replacements(site):
        yield _break(site, keyword, f"{site.label or 'the body'} {phrase}", _always(replacement))
    if not site.textual:
        yield from _uncertain(site)
    if isinstance(site.value, dict) and site.present:
        yield from _object_breaks(site, site.value)


def _break(
    site: Site, keyword: str, phrase: str, change: Change, *, member: str | None = None, certain: bool = True
) -> Break:
    group = 2 if not site.present else int(len(site.path) > (1 if member is None else 0))
    group += 0 if certain else 3
    return Break(
        path=site.path,
        pointer=site.pointer if member is None else _below(site, member),
        keyword=keyword,
        phrase=phrase,
        change=change,
        rank=(group, _RANKS[keyword]),
        consequences=frozenset(_CONSEQUENCES.get(keyword, ())),
    )


def _always(replacement: Any) -> Change:
    return lambda _node: replacement


def _below(site: Site, member: str) -> str:
    return f"{site.pointer}/{member.replace('~', '~0').replace('/', '~1')}"


def _replacements(site: Site) -> Iterator[tuple[str, str, Any]]:
    """Yield keyword, the end of a phrase, and what to put in the node's place."""
    shape = site.shape
    yield from _wrong_types(site)
    for keyword, phrase in (("enum", "is not one of the allowed values"), ("const", "is not the expected value")):
        if any(each == keyword for each, _ in shape.examples):
            yield from ((keyword, phrase, other) for other in _outsiders(site.value))
    match site.value:
        case bool():
            return
        case int() | float():
            yield from _wrong_numbers(site)
        case str():
            yield from _wrong_texts(site, site.value)
        case list():
            yield from _wrong_arrays(site, site.value)


def _wrong_types(site: Site) -> Iterator[tuple[str, str, Any]]:
    types = [kind for kind in site.shape.types or () if kind != "null"]
    if not types:
        return
    article = TYPES.get(types[0], "of the right type")
    phrase = f"is not {article}" if len(types) == 1 else "is of a wrong type"
    word = f"not-{article.replace(' ', '-')}"
    if site.textual:
        if not {"string", "array", "object"} & set(types):
            yield "type", phrase, word
        return
    drafts: tuple[Any, ...] = ({"unexpected": "object"}, ["unexpected"], word) if "string" in types else (word, {}, [])
    for draft in (*drafts, 12, True):
        yield "type", phrase, draft


def _outsiders(value: Any) -> Iterator[Any]:
    match value:
        case bool():
            yield not value
        case str():
            yield from ("not-a-documented-value", "x", f"{value}x", "")
        case int() | float():
            yield from (value + step for step in (100, 1000, 12345, -1))
        case _:
            yield from others(value, 3)


def _wrong_numbers(site: Site) -> Iterator[tuple[str, str, Any]]:
    bounds = {key: Decimal(str(bound)) for key, bound in site.shape.bounds.items()}
    step = Decimal(str(site.shape.multiples[0])) if site.shape.multiples else Decimal(1)
    for keyword, phrase, shift in (
        ("minimum", "is below its minimum", -step),
        ("maximum", "is above its maximum", step),
        ("exclusiveMinimum", "is not above its lower bound", 0),
        ("exclusiveMaximum", "is not below its upper bound", 0),
    ):
        if keyword in bounds:
            yield keyword, phrase, plain_number(bounds[keyword] + shift)
    value = Decimal(str(site.value))
    for multiple in site.shape.multiples:
        part = Decimal(str(multiple)) / 2
        fits = part == part.to_integral_value() or "number" in (site.shape.types or ("number",))
        shift = part if fits else Decimal(1)
        for draft in (value + shift, value - shift):
            yield "multipleOf", f"is not a multiple of {multiple}", plain_number(draft)


def _wrong_texts(site: Site, value: str) -> Iterator[tuple[str, str, Any]]:
    least, most = lengths(site.shape)
    if least > 0:
        phrase = "is empty" if least == 1 else "is too short"
        yield from (("minLength", phrase, text) for text in _of_length(site, value, least - 1))
    if most is not None and most < LONGEST_TEXT:
        yield from (("maxLength", "is too long", text) for text in _of_length(site, value, most + 1))
    for _pattern in site.shape.patterns:
        for text in (
            "!",
            f"{value}!",
            f"!{value}",
            value.swapcase(),
            f"{value}x",
            "0",
            "x",
            "!?!",
            f"{value} ",
            "",
            "ä",
        ):
            yield "pattern", "does not match its pattern", fitted(text, least, most) if text else text
    for name in site.shape.formats:
        known = FORMATS.get(name)
        if known is not None and known.wrong is not None:
            for text in (known.wrong, value[: len(value) // 2], f"{value}!"):
                yield "format", f"is not {known.phrase}", fitted(text, least, most)


def _of_length(site: Site, value: str, length: int) -> Iterator[str]:
    for pattern in site.shape.patterns:
        yield from texts_for(pattern, length, length)
    if length < len(value):
        yield value[:length]
    if "@" in value:
        local, _, domain = value.partition("@")
        yield f"{'a' * (length - len(domain) - 1)}@{domain}" if length > len(domain) + 1 else local
    yield fitted(value, length, length)
    yield "a" * length


def _wrong_arrays(site: Site, value: list[Any]) -> Iterator[tuple[str, str, Any]]:
    least, most = int(site.shape.bounds.get("minItems", 0)), site.shape.bounds.get("maxItems")
    if 0 < least <= len(value):
        yield "minItems", "is empty" if least == 1 else "has too few items", value[: least - 1]
    if most is not None and most < _MOST_ITEMS:
        spare = list(others(value[0], int(most) + 1)) if value else []
        distinct = [*value, *(item for item in spare if item not in value)][: int(most) + 1]
        yield "maxItems", "has too many items", distinct
        if value:
            yield "maxItems", "has too many items", (value * (int(most) + 1))[: int(most) + 1]
    if site.shape.unique_items and value:
        yield "uniqueItems", "has the same item twice", [value[0], *value]
        yield "uniqueItems", "has the same item twice", [value[0], *value[:-1]]


def _uncertain(site: Site) -> Iterator[Break]:
    """Yield what frameworks often let pass: null, a fraction for an integer, a number out of its format's range."""
    label = site.label or "the body"
    types = site.shape.types or ()
    if types and "null" not in types:
        yield _break(site, "type", f"{label} is null", _always(None), certain=False)
    if isinstance(site.value, int) and not isinstance(site.value, bool):
        yield _break(site, "type", f"{label} is a fraction", _always(site.value + 0.5), certain=False)
        for name in site.shape.formats:
            if name in INTEGER_RANGES:
                beyond = INTEGER_RANGES[name][1] + 1
                phrase = f"{label} is out of the range of {name}"
                yield _break(site, "format", phrase, _always(beyond), certain=False)


def _object_breaks(site: Site, value: dict[str, Any]) -> Iterator[Break]:
    shape, label = site.shape, site.label or "the body"
    for name in dict.fromkeys(shape.required):
        if name in value:
            called = f"{site.label}.{name}" if site.label else name
            yield _break(site, "required", f"{called} is missing", _without(name), member=name)
    for name in shape.tags:
        if name in value:
            called = f"{site.label}.{name}" if site.label else name
            yield Break(
                path=(*site.path, name),
                pointer=_below(site, name),
                keyword="discriminator",
                phrase=f"{called} is not one of the allowed values",
                change=_always("not-a-documented-value"),
                rank=(int(bool(site.path)), _RANKS["discriminator"]),
                consequences=frozenset({"enum", "const"}),
            )
    for name, dependents in shape.dependent.items():
        for other in dependents:
            if name in value and other in value:
                yield _break(
                    site, "dependentRequired", f"{other} is missing beside {name}", _without(other), member=other
                )
    if shape.closed:
        for keyword in ("additionalProperties", "unevaluatedProperties"):
            phrase = f"{label} has a property that is not allowed"
            yield _break(site, keyword, phrase, lambda node: {**node, "unexpected": "value"}, member="unexpected")
    least, most = shape.bounds.get("minProperties"), shape.bounds.get("maxProperties")
    if least is not None and 0 < least <= len(value):
        kept = [
            *(name for name in value if name in shape.required),
            *(name for name in value if name not in shape.required),
        ]
        dropped = set(kept[int(least) - 1 :])
        yield _break(site, "minProperties", f"{label} has too few properties", _without(*dropped))
    if most is not None and most < _MOST_ITEMS:
        sample = next(iter(value.values()), "value")
        extra = {f"key_{number}": sample for number in range(int(most) + 1)}
        yield _break(site, "maxProperties", f"{label} has too many properties", lambda node: {**node, **extra})


def _without(*names: str) -> Change:
    return lambda node: {name: member for name, member in node.items() if name not in names}
