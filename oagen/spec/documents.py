"""The documents an API description is made of, each read once."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from oagen.errors import DocumentError
from oagen.spec.lines import LineIndex, line_index
from oagen.spec.parsing import Problem, parse
from oagen.spec.sources import STDIN, is_url, read_source, refer, shown

_MAX_DOCUMENTS = 5_000


@dataclass(slots=True, eq=False)
class Document:
    """One file or remote document.

    Attributes:
        name: As shown to the user and used in `Location.document`.
        source: Absolute path or URL, what relative references start from.
        dialect: `2.0`, `3.0`, `3.1` or `3.2`: its own, or that of the root document.
    """

    name: str
    source: str
    value: Any = field(repr=False)
    text: str = field(repr=False)
    is_json: bool
    problems: tuple[Problem, ...]
    dialect: str = ""
    _lines: LineIndex | None = None

    def line_of(self, pointer: str) -> int | None:
        """Return the line of a place, counted from 1."""
        if self._lines is None:
            self._lines = line_index(self.text, is_json=self.is_json)
        return self._lines.line_of(pointer)

    @property
    def is_modern(self) -> bool:
        """Whether its schemas are JSON Schema 2020-12 as they stand (OpenAPI 3.1 and later)."""
        return self.dialect not in ("2.0", "3.0")


class DocumentStore:
    """All documents of one description, by name; others are read when a reference first leads to them."""

    def __init__(self, source: str) -> None:
        self._folder = ""
        self._by_source: dict[str, Document | DocumentError] = {}
        self.by_name: dict[str, Document] = {}
        self.values: dict[str, Any] = {}  # by name as well
        if source == STDIN:
            absolute, name = str(Path.cwd() / "stdin"), "stdin"
        elif is_url(source):
            absolute, name = source, shown(source)
        else:
            absolute = os.path.abspath(source)  # noqa: PTH100 - links are not followed: `..` means what it says
            name = Path(absolute).name
        self._folder = "" if is_url(source) else str(Path(absolute).parent)
        fetched = read_source(source)
        found = fetched.source if is_url(source) else absolute
        self.root = self._add(found, name, parse(fetched.data, shown(source)))

    def referred(self, reference: str, base: Document, at: str = "") -> Document:
        """Return the document that a reference without its fragment names, reading it when it is new.

        Args:
            reference: Relative or absolute, percent-encoded.
            base: The document that holds the reference.
            at: Another base URI (`$self`, `$id`), itself seen from that document.

        Raises:
            DocumentError: It can't be read.
        """
        origin = refer(base.source, at) if at else base.source
        source = refer(origin, reference)
        known = self._by_source.get(source)
        if known is None:
            try:
                known = self._read(source)
            except DocumentError as error:
                known = self._by_source[source] = error
        if isinstance(known, DocumentError):
            raise DocumentError(known.message, hint=known.hint)
        return known

    def _read(self, source: str) -> Document:
        if len(self.by_name) >= _MAX_DOCUMENTS:
            raise DocumentError(f"more than {_MAX_DOCUMENTS} documents refer to each other")
        name = shown(source) if is_url(source) else self._relative(source)
        if name in self.by_name:
            name = f"{name}?{len(self.by_name)}"
        if not is_url(source) and Path(source).exists() and not Path(source).is_file():
            raise DocumentError(f"{name} is not a file")  # a device or a pipe would be read for ever
        try:
            fetched = read_source(source)
        except DocumentError as error:
            raise DocumentError(error.message.replace(source, name), hint=error.hint) from None
        document = self._add(fetched.source, name, parse(fetched.data, name))
        self._by_source[source] = document
        own = document.value.get("openapi", document.value.get("swagger")) if isinstance(document.value, dict) else None
        document.dialect = str(own)[:3] if str(own)[:3] in ("2.0", "3.0", "3.1", "3.2") else self.root.dialect
        return document

    def _relative(self, source: str) -> str:
        try:
            name = Path(os.path.relpath(source, self._folder or ".")).as_posix()
            return name if name.isprintable() else ascii(name)
        except ValueError:  # another drive
            return Path(source).name

    def _add(self, source: str, name: str, parsed: Any) -> Document:
        document = Document(name, source, parsed.value, parsed.text, parsed.is_json, parsed.problems)
        self._by_source[source] = self.by_name[name] = document
        self.values[name] = document.value
        return document
