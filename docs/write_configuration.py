"""Write docs/configuration.md from the code that reads `oagen.toml`; with --check, tell whether it is up to date."""

from __future__ import annotations

import dataclasses
import datetime as dt
import inspect
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pages import written

from oagen.config import reading
from oagen.config.ci import read_ci
from oagen.config.environment import overridden
from oagen.config.logins import read_login
from oagen.config.settings import ApiSettings, CiSettings, Identity, Login, Settings, SuiteSettings, Waiver
from oagen.config.table import Source, Table

PAGE = Path(__file__).parent / "configuration.md"
HEAD = """\
# Configuration

Written by `make docs` from the code that reads it. oagen looks for `oagen.toml` in the current folder and above, and
for `[tool.oagen]` in `pyproject.toml`; the tables have the same names there (`[tool.oagen.api]`). Paths in the file are
seen from its own folder. Options of the command line win over `OAGEN_*` variables, these over the file. A key that is
not known is refused, with the nearest one that is. `oagen init` writes a first file; for editors there is a
[JSON Schema](oagen.schema.json).

`${VAR}` in headers and logins stands for an environment variable, so that no secret stands in the file; `$${` is `${`
itself.
"""
_WORDS = (
    (r"\bNone where\b", "left out where"),
    (r"\bNone:", "left out:"),
    (r",? seen from the current folder", ""),
    (r" and is expanded where it is used, by `[\w.]+`", ""),
)
_RENAMED = {"property": "property_tests", "cookie": "cookies"}


@dataclasses.dataclass(frozen=True)
class Section:
    """A table of the configuration.

    Attributes:
        title: As it is written.
        about: One sentence.
        settings: What is read from it, whose docstring says what each key means.
        read: Reads it.
        least: The least that it has to hold.
    """

    title: str
    about: str
    settings: type[Any]
    read: Callable[[Table], object]
    least: Mapping[str, Any] = dataclasses.field(default_factory=dict)


SECTIONS = (
    Section(
        "[api]", "Which API is meant, and how it is reached.", ApiSettings, lambda table: reading._api(table, Path())
    ),
    Section(
        "[identities.NAME]",
        "Somebody who uses the API; the first one sends ordinary requests. See [identities](identities.md).",
        Identity,
        lambda table: reading._identity("NAME", table, []),
    ),
    Section(
        "[identities.NAME.login]",
        "The request that an identity gets its credentials from.",
        Login,
        lambda table: read_login(table, []),
        {"path": "/login", "token": "/token"},
    ),
    Section("[suite]", "The generated suite.", SuiteSettings, lambda table: reading._suite(table, Path())),
    Section(
        "[[waivers]]",
        "Documented responses that need not be shown to happen, for a time.",
        Waiver,
        reading._waiver,
        {"operation": "GET /", "status": 503, "reason": "x", "until": dt.date(2030, 1, 31)},
    ),
    Section("[ci]", "What the jobs do that `oagen ci` writes.", CiSettings, lambda table: read_ci(table, Path())),
)


def page() -> str:
    """Return the text that docs/configuration.md should have."""
    return HEAD + "".join(f"\n## {item.title}\n\n{item.about}\n\n{_table(item)}" for item in SECTIONS)


def _table(section: Section) -> str:
    lines = ["| key | meaning | by default |", "|---|---|---|"]
    lines += [f"| `{key}` | {meaning} | {default} |" for key, meaning, default in _rows(section)]
    return "\n".join(lines) + "\n"


def _rows(section: Section) -> Iterator[tuple[str, str, str]]:
    """Yield every key that the code asks for, in the order of the settings."""
    table = Table(source=Source(path=Path("oagen.toml"), text=""), keys=("x",), values=dict(section.least))
    section.read(table)
    names = [field.name for field in dataclasses.fields(section.settings)]
    told = _attributes(section.settings)
    for key in sorted(table.known, key=lambda key: (names.index(_RENAMED.get(key, key)), key)):
        name = _RENAMED.get(key, key)
        meaning = told.get(name, _MORE.get((section.title, key), ""))
        if not meaning:
            raise SystemExit(f"{section.title} {key}: the docstring of {section.settings.__name__} does not say it")
        variable = _variable(section.title, key)
        yield key, meaning.replace("|", "\\|") + (f" `{variable}`" if variable else ""), _default(section, name, key)


_MORE = {
    ("[identities.NAME]", "role"): "What it may do, in a word: `user`, `admin`. Techniques for 403 compare them.",
    ("[identities.NAME.login]", "method"): "Method of the request.",
    ("[suite]", "out"): "The suite's folder.",
    ("[[waivers]]", "reason"): "Why.",
    ("[api]", "base_url"): "Where the API answers.",
}


def _attributes(settings: type[Any]) -> dict[str, str]:
    """Return what a docstring says of each attribute."""
    text = inspect.cleandoc(settings.__doc__ or "").partition("Attributes:")[2]
    found = re.findall(r"^    (\w+): (.*(?:\n        .*)*)", text, re.MULTILINE)
    return {name: _plain(" ".join(words.split())) for name, words in found}


def _plain(text: str) -> str:
    """Return what a docstring says as the reader of a file needs it."""
    for pattern, instead in _WORDS:
        text = re.sub(pattern, instead, text)
    return text


def _variable(title: str, key: str) -> str | None:
    """Return the variable that wins over a key."""
    section = title.strip("[]").upper()
    if section not in ("API", "SUITE"):
        return None
    name = f"OAGEN_{section}_{key.upper()}"
    changed = overridden(Settings(), {name: "1"}) != Settings()
    return name if changed else None


def _default(section: Section, name: str, key: str) -> str:
    if key in section.least and key != "token":
        return "must be given"
    field = next(field for field in dataclasses.fields(section.settings) if field.name == name)
    value = field.default
    match value:
        case None | () | dataclasses.MISSING:
            return "none"
        case bool():
            return f"`{str(value).lower()}`"
        case tuple():
            return f"`{': '.join(value)}`" if name == "header" else f"`{list(value)}`"
        case _:
            return f"`{value}`"


if __name__ == "__main__":
    sys.exit(written(PAGE, page()))
