"""Readable texts and numbers within the bounds of a shape."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, InvalidOperation
from typing import Any

from oagen.scenario.values.formats import FORMATS, INTEGER_RANGES, conforms
from oagen.scenario.values.names import number_for, text_for, words
from oagen.scenario.values.pattern_text import texts_for
from oagen.scenario.values.patterns import matches
from oagen.scenario.values.shapes import Shape

LONGEST_TEXT = 10_000
"""Longest text that is made, in characters; a schema that asks for more is not satisfied."""


def texts(shape: Shape, name: str) -> Iterator[str]:
    """Yield texts that keep the shape's lengths, patterns and formats, the most readable first."""
    seen = set()
    for text in _drafts(shape, name):
        if text not in seen and keeps(shape, text):
            seen.add(text)
            yield text


def keeps(shape: Shape, text: str) -> bool:
    """Return whether a text keeps the shape's lengths, patterns and formats."""
    least, most = lengths(shape)
    return (
        least <= len(text) <= (most if most is not None else LONGEST_TEXT)
        and all(matches(pattern, text) for pattern in shape.patterns)
        and all(conforms(name, text) for name in shape.formats)
    )


def lengths(shape: Shape) -> tuple[int, int | None]:
    """Return the least and greatest length in characters."""
    most = shape.bounds.get("maxLength")
    return int(shape.bounds.get("minLength", 0)), None if most is None else int(most)


def _drafts(shape: Shape, name: str) -> Iterator[str]:
    least, most = lengths(shape)
    known = [FORMATS[each] for each in shape.formats if each in FORMATS]
    plain = [text for each in shape.formats if each not in FORMATS and (text := text_for(each))]
    named = None if "binary" in shape.formats else text_for(name)  # what is called `photo` holds one then, not its URL
    human = " ".join(words(name)) or "text"
    for text in (*plain, *([named] if named else ()), *(each for row in known for each in row.examples), human):
        yield text
        yield fitted(text, least, most)
    for pattern in shape.patterns:
        yield from texts_for(pattern, least, most)
    for text in ("abc", "Abcdef1!", "Correct-Horse-42", "ABC-1234", "1", "a1", "en", "EN", "1.0.0", "2024-05-17"):
        yield fitted(text, least, most)
    if known:
        yield from _stretched(least)
    for pattern in shape.patterns:  # another pattern, or a format, may ask for another length
        for length in (1, 2, 4, 6, 8, 10, 16, 20, 32, 36, 40, 64):
            yield from texts_for(pattern, length, length)


def fitted(text: str, least: int, most: int | None) -> str:
    """Return a text cut or repeated so that its length is within bounds, at a word's end where that is possible."""
    if most is not None and len(text) > most:
        cut = text[:most]
        head = cut.rpartition(" ")[0].rstrip(" .,")
        text = head if len(head) >= max(least, 1) else cut
    least = min(least, LONGEST_TEXT)
    if len(text) < least:
        joint = " " if " " in text else ""
        unit = (text or "a") + joint
        text = (unit * (least // len(unit) + 1))[:least]
        text = text[:-1] + "a" if text.endswith(" ") else text
    return text


def _stretched(least: int) -> Iterator[str]:
    for head, tail in (("a", "@example.com"), ("https://example.com/a", ""), ("/a", "")):
        yield head + "a" * max(0, least - len(head) - len(tail)) + tail


def numbers(shape: Shape, name: str, *, integer: bool) -> Iterator[int | float]:
    """Yield numbers within the shape's bounds and multiples, the most plausible first."""
    low, high = limits(shape, integer=integer)
    step = _step(shape, integer=integer)
    preferred = number_for(name)
    drafts = [Decimal(str(preferred))] if preferred is not None else []
    drafts += [Decimal(1), Decimal(10), Decimal(0)]
    drafts += [bound + shift for bound in (low, high) if bound is not None for shift in (0, 1, -1)]
    drafts += [(low + high) / 2] if low is not None and high is not None else []
    seen = set()
    for draft in drafts:
        for rounding in (ROUND_FLOOR, ROUND_CEILING):
            value = draft if step is None else (draft / step).to_integral_value(rounding) * step
            if value not in seen and within(shape, value, integer=integer):
                seen.add(value)
                yield plain_number(value)


def limits(shape: Shape, *, integer: bool) -> tuple[Decimal | None, Decimal | None]:
    """Return the least and greatest number, not regarding whether bounds are exclusive."""
    lows = [shape.bounds[key] for key in ("minimum", "exclusiveMinimum") if key in shape.bounds]
    highs = [shape.bounds[key] for key in ("maximum", "exclusiveMaximum") if key in shape.bounds]
    for name in shape.formats:
        if integer and name in INTEGER_RANGES:
            lows.append(INTEGER_RANGES[name][0])
            highs.append(INTEGER_RANGES[name][1])
    return (
        Decimal(str(max(lows))) if lows else None,
        Decimal(str(min(highs))) if highs else None,
    )


def within(shape: Shape, value: Decimal, *, integer: bool) -> bool:
    """Return whether a number keeps the shape's bounds, multiples and formats."""
    bounds = {key: Decimal(str(bound)) for key, bound in shape.bounds.items()}
    return (
        value >= bounds.get("minimum", value)
        and value <= bounds.get("maximum", value)
        and ("exclusiveMinimum" not in bounds or value > bounds["exclusiveMinimum"])
        and ("exclusiveMaximum" not in bounds or value < bounds["exclusiveMaximum"])
        and all(_remainder(value, Decimal(str(multiple))) == 0 for multiple in shape.multiples)
        and (not integer or value == value.to_integral_value())
        and all(conforms(name, plain_number(value)) for name in shape.formats)
    )


def plain_number(value: Decimal) -> int | float:
    """Return a decimal as the JSON number that a reader would write."""
    return int(value) if value == value.to_integral_value() else float(value)


def _remainder(value: Decimal, divisor: Decimal) -> Decimal:
    """Return what a division leaves, 0 where the numbers are too far apart to tell."""
    try:
        return value % divisor
    except InvalidOperation:
        return Decimal(0)


def _step(shape: Shape, *, integer: bool) -> Decimal | None:
    step: Decimal | None = None
    for multiple in (*shape.multiples, *([1] if integer else ())):
        each: Any = Decimal(str(multiple))
        if step is None or _remainder(each, step) == 0:
            step = each
        elif _remainder(step, each):
            step = step * each
    return step
