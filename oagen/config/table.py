"""A table of the configuration that is read key by key, and refuses what nobody asked it for."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from oagen.config.places import line_of
from oagen.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The file that a table stands in."""

    path: Path
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A TOML table with its place.

    Each reading method returns None (or nothing) for a key that is absent, and raises ConfigError with key, file and
    line for one of the wrong type. Call `refuse_unknown` once everything known has been read.

    Attributes:
        keys: Path of the table from the file's root, `("api",)`; a number counts in an array of tables.
    """

    source: Source
    keys: tuple[str | int, ...]
    values: Mapping[str, Any] = field(repr=False)
    known: set[str] = field(default_factory=set, repr=False)

    def problem(self, message: str, *keys: str | int, hint: str | None = None) -> ConfigError:
        """Return an error about the key below this table, with the file and the line."""
        path = (*self.keys, *keys)
        line = line_of(self.source.text, path)
        place = f"{self.source.path}:{line}" if line else str(self.source.path)
        name = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path).lstrip(".")
        return ConfigError(f"{place}: {name}: {message}" if name else f"{place}: {message}", hint=hint)

    def _wrong(self, wanted: str, value: object, *keys: str | int) -> ConfigError:
        return self.problem(f"must be {wanted}, not {_kind(value)}", *keys)

    def text(self, key: str) -> str | None:
        """Return a text that is not blank."""
        self.known.add(key)
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, str):
            raise self._wrong("a text", value, key)
        if not value.strip():
            raise self.problem("must not be empty", key)
        return value

    def needed_text(self, key: str) -> str:
        """Return a text that must be there."""
        value = self.text(key)
        if value is None:
            raise self.problem(f"lacks {key!r}")
        return value

    def number(self, key: str, *, least: float, most: float = float("inf")) -> float | None:
        """Return a number within bounds."""
        self.known.add(key)
        value = self.values.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._wrong("a number", value, key)
        if not least <= value <= most:
            bounds = f"at least {least:g}" if most == float("inf") else f"from {least:g} to {most:g}"
            raise self.problem(f"must be {bounds}, not {value:g}", key)
        return float(value)

    def flag(self, key: str, *, otherwise: bool = False) -> bool:
        """Return true or false; the other value where it is absent."""
        self.known.add(key)
        value = self.values.get(key, otherwise)
        if not isinstance(value, bool):
            raise self._wrong("true or false", value, key)
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return an array of texts."""
        self.known.add(key)
        value = self.values.get(key, [])
        if not isinstance(value, list):
            raise self._wrong("an array of texts", value, key)
        for item in value:
            if not isinstance(item, str):
                raise self.problem(f"must hold texts only, not {_kind(item)}", key)
        return tuple(value)

    def text_map(self, key: str) -> tuple[tuple[str, str], ...]:
        """Return a table of texts as pairs in the file's order."""
        self.known.add(key)
        value = self.values.get(key, {})
        if not isinstance(value, Mapping):
            raise self._wrong("a table of texts", value, key)
        for name, item in value.items():
            if not isinstance(item, str):
                raise self._wrong("a text", item, key, name)
        return tuple(value.items())

    def needed_date(self, key: str) -> dt.date:
        """Return a date that must be there; TOML's date, or a text in the form of ISO 8601."""
        self.known.add(key)
        value = self.values.get(key)
        if value is None:
            raise self.problem(f"lacks {key!r}", hint=f"{key} is a date, as in: {key} = 2030-06-30")
        if isinstance(value, dt.datetime):
            return value.date()
        if isinstance(value, dt.date):
            return value
        try:
            return dt.date.fromisoformat(value)
        except (TypeError, ValueError):
            raise self._wrong("a date such as 2030-06-30", value, key) from None

    def table(self, key: str) -> Table:
        """Return the table below; an empty one where it is absent."""
        self.known.add(key)
        value = self.values.get(key, {})
        if not isinstance(value, Mapping):
            raise self._wrong("a table", value, key)
        return Table(source=self.source, keys=(*self.keys, key), values=value)

    def named_tables(self, key: str) -> Iterator[tuple[str, Table]]:
        """Yield the tables below by the user's own names, in the file's order."""
        inner = self.table(key)
        for name in inner.values:
            yield name, inner.table(name)

    def tables(self, key: str) -> Iterator[Table]:
        """Yield each table of an array of tables (`[[waivers]]`)."""
        self.known.add(key)
        value = self.values.get(key, [])
        if not isinstance(value, list):
            raise self._wrong("an array of tables", value, key)
        for number, item in enumerate(value):
            if not isinstance(item, Mapping):
                raise self.problem(f"must hold tables only, not {_kind(item)}", key)
            yield Table(source=self.source, keys=(*self.keys, key, number), values=item)

    def refuse_unknown(self) -> None:
        """Raise ConfigError for a key that nobody asked for, with the nearest name that is known."""
        for key in self.values:
            if key not in self.known:
                near = difflib.get_close_matches(key, sorted(self.known), n=1, cutoff=0.6)
                listed = ", ".join(sorted(self.known))
                hint = f"did you mean {near[0]!r}?" if near else f"known here: {listed}"
                raise self.problem("is not a known key", key, hint=hint)


def _kind(value: object) -> str:
    match value:
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case list():
            return "an array"
        case Mapping():
            return "a table"
        case dt.date() | dt.time():
            return "a date or time"
        case _:
            return type(value).__name__
