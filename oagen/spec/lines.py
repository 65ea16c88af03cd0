"""Find the line of a JSON Pointer in a document's text, only when somebody asks."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any, Protocol

from oagen.spec.pointers import split

_SPACE = re.compile(r"[ \t\r\n]*")


class LineIndex(Protocol):
    """Knows the lines of one document."""

    def line_of(self, pointer: str) -> int | None:
        """Return the line of a place or of the nearest place around it, counted from 1."""


def line_index(text: str, *, is_json: bool) -> LineIndex:
    """Return an index for a text that was parsed before."""
    return _JsonLines(text) if is_json else _YamlLines(text)


class _JsonLines:
    """Goes down a JSON text key by key; every object is measured once, and only those on the way."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._decode = json.JSONDecoder(strict=False).raw_decode
        self._children: dict[int, dict[str, tuple[int, int]]] = {}
        self._newlines: list[int] | None = None

    def line_of(self, pointer: str) -> int | None:
        start = shown = self._skip(0)
        for token in split(pointer):
            found = self._members(start).get(token)
            if found is None:
                break
            shown, start = found
        if self._newlines is None:
            self._newlines = [match.start() for match in re.finditer("\n", self._text)]
        return bisect_right(self._newlines, shown) + 1

    def _members(self, start: int) -> dict[str, tuple[int, int]]:
        """Return by key (or index) where each member's key stands, and its value."""
        if start not in self._children:
            opening = self._text[start : start + 1]
            found: dict[str, tuple[int, int]] = {}
            position = self._skip(start + 1)
            while opening in ("{", "[") and self._text[position] not in "}]":
                key, begin = str(len(found)), position
                if opening == "{":
                    key, position = scanstring(self._text, position + 1, False)  # noqa: FBT003
                    position = self._skip(self._skip(position) + 1)
                found[key] = (begin, position)
                _, position = self._decode(self._text, position)
                position = self._skip(position)
                if self._text[position] == ",":
                    position = self._skip(position + 1)
            self._children[start] = found
        return self._children[start]

    def _skip(self, position: int) -> int:
        match = _SPACE.match(self._text, position)
        return match.end() if match else position


class _YamlLines:
    """Composes the text once more, for its marks."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._root: Any = None
        self._composed = False

    def line_of(self, pointer: str) -> int | None:
        if not self._composed:
            self._composed = True
            import yaml

            try:
                self._root = yaml.compose(self._text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
            except yaml.YAMLError:
                self._root = None
        if self._root is None:
            return None
        node, line = self._root, self._root.start_mark.line
        for token in split(pointer):
            key, child = _child(node, token)
            if child is None:
                break
            node, line = child, (key or child).start_mark.line
        return int(line) + 1


def _child(node: Any, token: str) -> tuple[Any, Any]:
    """Return key and value node; the last of doubled keys, as the parser does."""
    import yaml

    if isinstance(node, yaml.MappingNode):
        for key, value in reversed(node.value):
            if isinstance(key, yaml.ScalarNode) and key.value == token:
                return key, value
    elif isinstance(node, yaml.SequenceNode) and token.isdecimal() and int(token) < len(node.value):
        return None, node.value[int(token)]
    return None, None
