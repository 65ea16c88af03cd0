"""Response headers against what was promised of them."""

from __future__ import annotations

import contextlib
import datetime as dt
import email.utils
import re
from collections.abc import Iterator
from typing import Any

from oagen.runner.challenges import parse_challenges
from oagen.scenario.model import HeaderCheck, HeaderRule
from oagen.scenario.values.checking import SchemaChecker
from oagen.spec.model import Header, Schema
from oagen.target.model import Answer

_METHODS = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_INTEGER = re.compile(r"[+-]?[0-9]{1,400}")


def header_problem(check: HeaderCheck, answer: Answer) -> str | None:
    """Return what is wrong with a header, as a sentence without its name; None where nothing is."""
    text = answer.header(check.name)
    if text is None:
        return "is missing" if check.required else None
    match check.rule:
        case HeaderRule.PRESENT:
            return None
        case HeaderRule.EQUALS:
            return None if text in check.values else f"is {text!r}, not {' or '.join(map(repr, check.values))}"
        case HeaderRule.CHALLENGE:
            return _challenge_problem(text, check.values)
        case HeaderRule.METHODS:
            return _methods_problem(text, check.values)
        case HeaderRule.DELAY:
            return None if is_delay(text) else f"is {text!r}: neither seconds nor an HTTP date"


def is_delay(text: str) -> bool:
    """Whether a text is seconds or an HTTP date (RFC 9110, 10.2.3)."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return True
    for form in ("%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y"):  # RFC 9110, 5.6.7
        try:
            dt.datetime.strptime(text, form).replace(tzinfo=dt.UTC)
        except ValueError:
            continue
        return email.utils.parsedate(text) is not None
    return False


def documented_problem(header: Header, answer: Answer, checker: SchemaChecker) -> str | None:
    """Return what is wrong with a header that the document describes; None where nothing is.

    `Content-Type` is not looked at: its description is to be ignored (OpenAPI 3.2, Response Object).
    """
    if header.name.lower() == "content-type":
        return None
    text = answer.header(header.name)
    if text is None:
        return "is missing, and the document requires it" if header.required else None
    if header.schema is None:
        return None
    values = list(readings(text, header.schema))
    if not values or any(checker.is_valid(header.schema, value) for value in values):
        return None
    errors = checker.errors(header.schema, values[0])
    return f"is {text!r}: {errors[0].message if errors else 'not as documented'}"


def readings(text: str, schema: Schema) -> Iterator[Any]:
    """Yield the values that a header's text may stand for (style `simple`), the likeliest first.

    Nothing for an object, whose pairs look like a plain list.
    """
    raw = schema.resolved().raw
    kinds = raw.get("type", ()) if isinstance(raw, dict) else ()
    kinds = [kinds] if isinstance(kinds, str) else list(kinds)
    if "object" in kinds:
        return
    if _INTEGER.fullmatch(text) and "string" not in kinds[:1]:
        yield int(text)
    if "number" in kinds or not kinds:
        with contextlib.suppress(ValueError):
            yield float(text)
    if text in ("true", "false"):
        yield text == "true"
    if "array" in kinds:
        items = [item.strip() for item in text.split(",")]
        yield [int(item) if _INTEGER.fullmatch(item) else item for item in items]
        yield items
    yield text


def _challenge_problem(text: str, schemes: tuple[str, ...]) -> str | None:
    try:
        challenges = parse_challenges(text)
    except ValueError as error:
        return f"is no well-formed challenge: {error}"
    offered = [challenge.scheme for challenge in challenges]
    if schemes and not {scheme.lower() for scheme in schemes} & set(offered):
        return f"offers {', '.join(offered)}, but the document has {', '.join(schemes)}"
    return None


def _methods_problem(text: str, wanted: tuple[str, ...]) -> str | None:
    listed = [item.strip() for item in text.split(",") if item.strip()]
    if wrong := [item for item in listed if not _METHODS.fullmatch(item)]:
        return f"lists {wrong[0]!r}, which is no method"
    if missing := [method for method in wanted if method not in listed]:
        return f"is {text!r}: without {', '.join(missing)}, which the document has"
    return None
