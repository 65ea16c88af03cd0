"""From bytes to plain values: which notation a document is in, and what could be read."""

from __future__ import annotations

import codecs
import json
from dataclasses import dataclass, field
from typing import Any

from oagen.errors import DocumentError
from oagen.spec.parsing_json import parse_json

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WANTED = "an OpenAPI document is a JSON or YAML object that starts with `openapi` or `swagger`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something that was read, but surely not as its author meant it.

    Attributes:
        tokens: The place, as tokens of a JSON Pointer.
        line: Counted from 1; None where the notation does not tell.
    """

    message: str
    tokens: tuple[str, ...] = ()
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """A parsed document: plain values, and the text they came from."""

    value: Any
    text: str = field(repr=False)
    is_json: bool
    problems: tuple[Problem, ...]


def parse(data: bytes, name: str) -> Parsed:
    """Return the values of a document, whether it is JSON or YAML (1.2, JSON-like scalars, keys as strings).

    Args:
        data: The document as it was stored.
        name: What messages call it.

    Raises:
        DocumentError: It is empty, binary, HTML, or neither JSON nor YAML; the message has the line.
    """
    text, problems = _decode(data, name)
    stripped = text.lstrip()
    if not stripped:
        raise DocumentError(f"{name} is empty", hint=_WANTED)
    if stripped[0] == "<":
        raise DocumentError(f"{name} is HTML or XML, not an API description", hint=_WANTED)
    if stripped[0] in "{[":
        try:
            value, doubled = _json(text, problems)
        except ValueError as error:
            if name.endswith(".json"):
                raise _not_json(name, text, error) from None
        except RecursionError:
            raise DocumentError(f"{name} is nested too deeply to be an API description") from None
        else:
            problems += [Problem(message=f"the key {key!r} stands twice, the last one counts", tokens=tokens)
                         for key, tokens in doubled]  # fmt: skip
            return Parsed(value=value, text=text, is_json=True, problems=tuple(problems))
    from oagen.spec.parsing_yaml import parse_yaml

    value, notes = parse_yaml(text, name)
    problems += [Problem(message=note.message, tokens=note.tokens, line=note.line) for note in notes]
    return Parsed(value=value, text=text, is_json=False, problems=tuple(problems))


def _json(text: str, problems: list[Problem]) -> tuple[Any, list[tuple[str, tuple[str, ...]]]]:
    """Parse JSON; control characters in strings are forgiven and noted."""
    try:
        return parse_json(text)
    except json.JSONDecodeError as error:
        if not error.msg.startswith("Invalid control character"):
            raise
        found = parse_json(text, strict=False)
        problems.append(Problem(message="a control character in a string has to be escaped", line=error.lineno))
        return found


def _decode(data: bytes, name: str) -> tuple[str, list[Problem]]:
    """Return the text of a document; the encoding is UTF-8 unless its first bytes say otherwise."""
    encoding = next((encoding for mark, encoding in _BYTE_ORDER_MARKS if data.startswith(mark)), None)
    if encoding is None and b"\0" in data[:4]:
        encoding = {b"\0": "utf-16-be"}.get(data[:1], "utf-16-le")
    try:
        text = data.decode(encoding or "utf-8")
    except UnicodeDecodeError as error:
        if encoding or b"\0" in data:
            raise DocumentError(f"{name} is binary, not an API description", hint=_WANTED) from None
        line = data.count(b"\n", 0, error.start) + 1
        message = f"byte 0x{data[error.start]:02x} is not UTF-8; the document was read as Latin-1"
        return data.decode("latin-1"), [Problem(message=message, line=line)]
    if "\0" in text:
        raise DocumentError(f"{name} is binary, not an API description", hint=_WANTED)
    return text, []


def _not_json(name: str, text: str, error: ValueError) -> DocumentError:
    position: int | None = getattr(error, "pos", None)
    reason = getattr(error, "msg", None) or str(error)
    if position is None:
        return DocumentError(f"{name} is not JSON: {reason}")
    if position >= len(text.rstrip()):
        reason += " (the text ends too early)"
    line = text.count("\n", 0, position) + 1
    return DocumentError(f"{name}, line {line} is not JSON: {reason}", hint="mend the syntax there")
