"""The line at which a key stands in a TOML text; `tomllib` does not tell."""

from __future__ import annotations

import re

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_ASSIGNMENT = re.compile(
    r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*="""
)
_PART = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")


def line_of(text: str, keys: tuple[str | int, ...]) -> int | None:
    """Return the line, counted from 1, of the key or, where it can't be told, of the nearest table around it.

    Args:
        text: A TOML document.
        keys: Path of the key; a number counts in an array of tables.
    """
    best: tuple[int, int] | None = None  # how many keys agree, the line
    for path, line in _places(text):
        agreeing = len(path) if path == keys[: len(path)] else 0
        if agreeing and (best is None or agreeing > best[0]):
            best = agreeing, line
    return best[1] if best else None


def _places(text: str) -> list[tuple[tuple[str | int, ...], int]]:
    places: list[tuple[tuple[str | int, ...], int]] = []
    section: tuple[str | int, ...] = ()
    counts: dict[tuple[str, ...], int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            names = _parts(header[2])
            section = names
            if header[1] == "[[":
                counts[names] = counts.get(names, -1) + 1
                section = (*names, counts[names])
            places.append((section, number))
        elif assignment := _ASSIGNMENT.match(line):
            path = (*section, *_parts(assignment[1]))
            places.append((path, number))
            places.extend(
                ((*path, name), number) for name in re.findall(r"([A-Za-z0-9_-]+)\s*=", line[assignment.end() :])
            )
    return places


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))
