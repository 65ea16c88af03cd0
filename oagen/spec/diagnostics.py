"""Collect what is wrong in a document, each thing once."""

from __future__ import annotations

from oagen.errors import DocumentError
from oagen.spec.documents import DocumentStore
from oagen.spec.model import Diagnostic, Location, Severity

_MAX_QUOTED = 120
_WORDS: dict[object, str] = {None: "null", True: "true", False: "false"}


class Unusable(Exception):  # noqa: N818 - it never leaves this package
    """A part of a document can't be used; whoever asked for it decides what that costs.

    Args:
        message: What is wrong, one sentence.
        location: Where.
    """

    def __init__(self, message: str, location: Location, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.location = location
        self.hint = hint


class DiagnosticLog:
    """What was found wrong so far.

    Args:
        store: Knows the lines.
        strict: The first error ends the reading.
    """

    def __init__(self, store: DocumentStore, *, strict: bool) -> None:
        self._store = store
        self._strict = strict
        self._found: dict[tuple[str, Location], Diagnostic] = {}
        self.operation: str | None = None  # key of the operation being read

    def warn(self, message: str, location: Location, *, hint: str | None = None, line: int | None = None) -> None:
        """Note that something is left incomplete."""
        self._add(Severity.WARNING, message, location, hint=hint, line=line)

    def error(self, message: str, location: Location, *, hint: str | None = None, line: int | None = None) -> None:
        """Note that an operation is left out.

        Raises:
            DocumentError: Reading is strict.
        """
        self._add(Severity.ERROR, message, location, hint=hint, line=line)
        if self._strict:
            raise DocumentError(f"{self.place(location, line)}: {message}", hint=hint)

    def place(self, location: Location, line: int | None = None) -> str:
        """Return file, line and pointer as one text."""
        line = line or self._line_of(location)
        return f"{location.document}{f', line {line}' if line else ''} (#{location.pointer})"

    def all(self) -> tuple[Diagnostic, ...]:
        """Return everything found, in the order of finding."""
        return tuple(self._found.values())

    def _add(self, severity: Severity, message: str, location: Location, *, hint: str | None, line: int | None) -> None:
        if (message, location) not in self._found:
            self._found[message, location] = Diagnostic(
                severity=severity, message=message, location=location, line=line or self._line_of(location), hint=hint,
                operation=self.operation,
            )  # fmt: skip

    def _line_of(self, location: Location) -> int | None:
        document = self._store.by_name.get(location.document)
        return document.line_of(location.pointer) if document else None


def quoted(text: object) -> str:
    """Return text of a document as a message shows it: quoted, on one line, not too long."""
    shown = _WORDS.get(text, repr(text)) if text is None or isinstance(text, bool) else repr(text)
    return shown if len(shown) <= _MAX_QUOTED else f"{shown[:_MAX_QUOTED]}..."
