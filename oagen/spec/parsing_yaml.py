"""YAML text to values: the core schema of YAML 1.2, mapping keys as strings, aliases bounded.

OpenAPI asks for YAML 1.2 with JSON's types, so `no`, `on` and dates are strings. PyYAML's composer follows YAML 1.1;
only its parser (libyaml where it is there) is used, event by event, which is also twice as fast.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

import yaml

from oagen.errors import DocumentError

_MAX_DEPTH = 500
_MAX_ALIASED = 1_000_000  # nodes that aliases may add; real documents stay far below
_MAX_DIGITS = 4000  # Python refuses longer integers

_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_SURROGATES = re.compile(r"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")
_NUMERIC = frozenset("0123456789+-.")
_WORDS: dict[str, Any] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_SPECIAL_FLOATS = {
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
}
_SECOND = "a second YAML document starts here; it is not read"
_MERGE = "<<"
_UNSET = object()
_STRING_TAG = "tag:yaml.org,2002:str"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something read that its author hardly meant: a doubled key, a second document."""

    message: str
    tokens: tuple[str, ...]
    line: int


def parse_yaml(text: str, name: str) -> tuple[Any, list[Note]]:
    """Return the values of the first document in a YAML text, and what was odd.

    An aliased node is one object that stands in several places.

    Raises:
        DocumentError: It is not YAML, an alias holds itself, or aliases multiply beyond all bounds.
    """
    try:
        return _Builder(name).build(_events(text))
    except yaml.YAMLError as error:
        if "\\ud" in text.lower() and "escape" in str(error) and (joined := _SURROGATES.sub(_join, text)) != text:
            return parse_yaml(joined, name)
        raise _not_yaml(name, text, error) from None


def plain_value(text: str) -> Any:
    """Return what an unquoted scalar means in YAML's core schema (YAML 1.2.2, section 10.3.2)."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] in _NUMERIC:
        if _INTEGER.fullmatch(text):
            return int(text) if len(text) < _MAX_DIGITS else text
        if _FLOAT.fullmatch(text):
            return float(text)
        if _BASED.fullmatch(text):
            return int(text, 0) if len(text) < _MAX_DIGITS else text
        return _SPECIAL_FLOATS.get(text, text)
    return text


def _events(text: str) -> Iterator[Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    try:
        next_event = loader.get_event
        while (event := next_event()) is not None:
            yield event
    finally:
        loader.dispose()


@dataclass(slots=True)
class _Frame:
    """A mapping or sequence being filled.

    Attributes:
        key: The key whose value comes next; `_UNSET` where a key comes next.
        size: Nodes below, with aliases counted as if they were written out.
    """

    container: Any
    line: int
    anchor: str | None
    key: Any = _UNSET
    size: int = 1
    merged: list[Any] | None = None


class _Builder:
    def __init__(self, name: str) -> None:
        self.name = name
        self.notes: list[Note] = []
        self.stack: list[_Frame] = []
        self.anchors: dict[str, tuple[Any, int] | None] = {}
        self.aliased = 0
        self.root: Any = None

    def build(self, events: Iterator[Any]) -> tuple[Any, list[Note]]:
        scalar, alias = yaml.ScalarEvent, yaml.AliasEvent
        mapping, sequence = yaml.MappingStartEvent, yaml.SequenceStartEvent
        ends = (yaml.MappingEndEvent, yaml.SequenceEndEvent)
        documents = 0
        for event in events:
            kind = type(event)
            if kind is scalar:
                self._scalar(event)
            elif kind is mapping:
                self._open({}, event)
            elif kind is sequence:
                self._open([], event)
            elif kind in ends:
                self._close()
            elif kind is alias:
                self._alias(event)
            elif kind is yaml.DocumentStartEvent:
                documents += 1
                if documents > 1:
                    line = event.start_mark.line + 1
                    self.notes.append(Note(message=_SECOND, tokens=(), line=line))
                    break
        return self.root, self.notes

    def _scalar(self, event: Any) -> None:
        stack = self.stack
        text: str = event.value
        if stack and type(stack[-1].container) is dict and stack[-1].key is _UNSET:
            if event.anchor:
                self.anchors[event.anchor] = (text, 1)
            self._key(stack[-1], text, event.start_mark.line + 1)
            return
        tag = event.tag
        if tag == _STRING_TAG:
            value = text
        elif event.implicit[0] or (
            tag is not None and tag.startswith("tag:yaml.org,2002:") and not tag.endswith(":binary")
        ):
            value = plain_value(text)
        else:
            value = text
        if event.anchor:
            self.anchors[event.anchor] = (value, 1)
        self._put(value, 1)

    def _key(self, frame: _Frame, text: str, line: int) -> None:
        if text in frame.container and text != _MERGE:
            message = f"the key {text!r} stands twice, the last one counts"
            self.notes.append(Note(message=message, tokens=(*self._tokens(), text), line=line))
        frame.key = text

    def _open(self, container: Any, event: Any) -> None:
        stack = self.stack
        if stack and type(stack[-1].container) is dict and stack[-1].key is _UNSET:
            self._fail(event, "a mapping or a list can't be a key")
        if len(stack) >= _MAX_DEPTH:
            self._fail(event, f"nested more than {_MAX_DEPTH} levels deep")
        if event.anchor:
            self.anchors[event.anchor] = None
        stack.append(_Frame(container, event.start_mark.line + 1, event.anchor))

    def _close(self) -> None:
        frame = self.stack.pop()
        if frame.merged:
            for source in frame.merged:
                for key, value in source.items():
                    frame.container.setdefault(key, value)
        if frame.anchor:
            self.anchors[frame.anchor] = (frame.container, frame.size)
        self._put(frame.container, frame.size)

    def _alias(self, event: Any) -> None:
        if event.anchor not in self.anchors:
            self._fail(event, f"the alias *{event.anchor} has no anchor")
        target = self.anchors[event.anchor]
        if target is None:
            self._fail(event, f"the alias *{event.anchor} stands inside of its own anchor")
        value, size = target
        self.aliased += size
        if self.aliased > _MAX_ALIASED or (self.stack and self.stack[-1].size + size > _MAX_ALIASED * 4):
            self._fail(event, "aliases make the document grow without measure (a YAML bomb?)")
        frame = self.stack[-1] if self.stack else None
        if frame is not None and type(frame.container) is dict and frame.key is _UNSET:
            if not isinstance(value, str):
                self._fail(event, "a mapping or a list can't be a key")
            self._key(frame, value, event.start_mark.line + 1)
            return
        self._put(value, size)

    def _put(self, value: Any, size: int) -> None:
        if not self.stack:
            self.root = value
            return
        frame = self.stack[-1]
        frame.size += size
        if type(frame.container) is list:
            frame.container.append(value)
            return
        key, frame.key = frame.key, _UNSET
        if key == _MERGE and (sources := _merge_sources(value)) is not None:
            frame.merged = (frame.merged or []) + sources
        else:
            frame.container[key] = value

    def _tokens(self) -> list[str]:
        return [
            str(len(frame.container)) if type(frame.container) is list else str(frame.key) for frame in self.stack[:-1]
        ]

    def _fail(self, event: Any, reason: str) -> NoReturn:
        raise DocumentError(f"{self.name}, line {event.start_mark.line + 1} can't be read as YAML: {reason}")


def _merge_sources(value: Any) -> list[dict[str, Any]] | None:
    """Return the mappings a merge key takes in; None where it is an ordinary key named `<<`."""
    if isinstance(value, dict):
        return [value]
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        return value
    return None


def _join(match: re.Match[str]) -> str:
    """Write a surrogate pair, which JSON allows and YAML does not, as one character's escape."""
    high, low = int(match[1], 16), int(match[2], 16)
    return f"\\U{0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00):08x}"


def _not_yaml(name: str, text: str, error: yaml.YAMLError) -> DocumentError:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    reason = getattr(error, "problem", None) or str(error).splitlines()[0]
    if mark is None:
        position = getattr(error, "position", None)
        line = text.count("\n", 0, position) + 1 if isinstance(position, int) else None
        place = f", line {line}" if line else ""
        return DocumentError(f"{name}{place} can't be read as YAML: {getattr(error, 'reason', reason)}")
    lines = text.splitlines()
    number = mark.line + 1
    indented = lines[mark.line] if mark.line < len(lines) else ""
    hint = (
        "YAML is indented with spaces, never with tabs" if "\t" in indented else "mend the syntax there or just above"
    )
    return DocumentError(f"{name}, line {number} is not YAML (nor JSON): {reason}", hint=hint)
