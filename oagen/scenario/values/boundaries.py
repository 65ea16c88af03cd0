"""Valid values at the edges of what a schema allows, one edge each."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from oagen.scenario.model import Literal, Value
from oagen.scenario.values.distinct import others
from oagen.scenario.values.examples import ExampleMaker
from oagen.scenario.values.pattern_text import texts_for
from oagen.scenario.values.scalars import LONGEST_TEXT, fitted, lengths, limits, plain_number
from oagen.scenario.values.sites import Site, SiteFinder
from oagen.scenario.values.trees import changed
from oagen.spec.model import Schema

_MOST_ITEMS = 100
_MOST_MEMBERS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Boundary:
    """A whole valid value, at one edge.

    Attributes:
        pointer: RFC 6901, into the value: what is at its edge.
        keyword: Of the edge: `minimum`, `maxLength`, `enum`, `oneOf`, ...; `type` for the edges of a type.
        phrase: Reads after "when": `quantity is at its maximum`.
    """

    pointer: str
    keyword: str
    phrase: str
    value: Value


def boundaries(maker: ExampleMaker, schema: Schema, *, name: str = "") -> Iterator[Boundary]:
    """Yield valid values at the edges of a schema, each proved; without documented bounds, the edges of the type.

    Texts have at most `LONGEST_TEXT` characters, arrays a hundred items.
    """
    plain = maker.plain(schema, name)
    checker = maker.checker
    if not checker.is_valid(schema, plain):
        return
    seen: set[str] = set()
    sites = SiteFinder(maker, textual=False).sites((schema,), plain, name=name, label=name)
    for site, keyword, phrase, value in _drafts(maker, schema, plain, name, sites):
        if _text(value) not in seen and checker.is_valid(schema, value):
            seen.add(_text(value))
            label = (site.label if site else name) or "the body"
            pointer = site.pointer if site else ""
            yield Boundary(pointer=pointer, keyword=keyword, phrase=f"{label} {phrase}", value=Literal(value))


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def _drafts(
    maker: ExampleMaker, schema: Schema, plain: Any, name: str, sites: Iterator[Site]
) -> Iterator[tuple[Site | None, str, str, Any]]:
    for number, value in enumerate(maker.branches(schema, name), start=1):
        yield None, "oneOf", f"takes its branch {number}", value
    for site in sites:
        for keyword, phrase, replacement in _edges(site):
            yield site, keyword, phrase, changed(plain, site.path, _always(replacement))


def _always(value: Any) -> Callable[[Any], Any]:
    return lambda _node: value


def _edges(site: Site) -> Iterator[tuple[str, str, Any]]:
    members = [member for keyword, member in site.shape.examples if keyword == "enum"]
    for member in members[:_MOST_MEMBERS]:
        yield "enum", f"is {member}"[:60], member
    if "null" in (site.shape.types or ()):
        yield "type", "is null", None
    if members:
        return
    match site.value:
        case bool():
            yield "type", f"is {str(not site.value).lower()}", not site.value
        case int() | float():
            yield from _numbers(site)
        case str():
            yield from _texts(site, site.value)
        case list():
            yield from _arrays(site, site.value)
        case dict():
            required = {name: member for name, member in site.value.items() if name in site.shape.required}
            yield "required", "has only what is required", required


def _numbers(site: Site) -> Iterator[tuple[str, str, Any]]:
    integer = "number" not in (site.shape.types or ("number",))
    low, high = limits(site.shape, integer=integer)
    step = Decimal(str(site.shape.multiples[0])) if site.shape.multiples else Decimal(1)
    for keyword, bound, towards in (("minimum", low, step), ("maximum", high, -step)):
        if bound is not None:
            yield keyword, f"is at its {keyword}", plain_number(bound)
            yield keyword, f"is next to its {keyword}", plain_number(bound + towards)
            if not integer:
                yield keyword, f"is just inside its {keyword}", float(bound + towards / 1000)
    beyond = () if integer else (0.1, 1e-9, 1e15)
    for value in (0, -1, 2**31 - 1, 2**31, -(2**31), 2**53, 2**63 - 1, *beyond):
        yield "type", f"is {value}", value


def _texts(site: Site, value: str) -> Iterator[tuple[str, str, Any]]:
    least, most = lengths(site.shape)
    longest = LONGEST_TEXT if most is None else min(most, LONGEST_TEXT)
    for keyword, phrase, length in (
        ("minLength", "is as short as allowed", least),
        ("minLength", "is one longer than its shortest", least + 1),
        ("maxLength", "is as long as allowed", longest),
        ("maxLength", "is one shorter than its longest", longest - 1),
    ):
        for pattern in site.shape.patterns:
            yield from ((keyword, phrase, text) for text in texts_for(pattern, length, length))
        yield keyword, phrase, "" if length <= 0 else fitted(value, length, length)
    for phrase, text in (
        ("has letters of another alphabet", "Žluťoučký kůň Ωμέγα"),
        ("has an emoji", "📚 Dune"),
        ("has quotes and markup", 'O\'Brien "<b>&amp;</b>"'),
        ("has spaces around it", f" {value} "),
        ("is a digit", "0"),
    ):
        yield "type", phrase, text if most is None else text[:most]


def _arrays(site: Site, value: list[Any]) -> Iterator[tuple[str, str, Any]]:
    least, most = int(site.shape.bounds.get("minItems", 0)), site.shape.bounds.get("maxItems")
    yield "minItems", "has as few items as allowed", value[:least]
    longest = _MOST_ITEMS if most is None else min(int(most), _MOST_ITEMS)
    if value and longest > len(value):
        spare = [item for item in others(value[0], longest) if item not in value]
        yield "maxItems", "has as many items as allowed", [*value, *spare][:longest]
        yield "maxItems", "has one item as often as allowed", (value * longest)[:longest]
