"""Read how CI runs oagen: `[ci]`."""

from __future__ import annotations

import re
from pathlib import Path

from oagen.config.settings import CiSettings
from oagen.config.table import Table

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_VERSION = re.compile(r"3(\.\d+){0,2}")
_OLDEST = 11  # of Python 3
_CRON_FIELD = re.compile(r"[0-9A-Za-z*,/-]+")
_CRON_FIELDS = 5
_SECONDS_OF_A_DAY = 86_400


def read_ci(table: Table, base: Path) -> CiSettings:
    """Return what the table says, its paths seen from the current folder.

    Raises:
        ConfigError: A key is unknown, of the wrong type, or out of bounds.
    """
    plain = CiSettings()
    compose, log = table.text("compose"), table.text("log")
    settings = CiSettings(
        install=tuple(_command(table, "install", number, text) for number, text in enumerate(table.texts("install"))),
        oagen=_line(table, "oagen"),
        python=table.text("python") or plain.python,
        start=_line(table, "start"),
        compose=base / compose if compose else None,
        health=_line(table, "health"),
        wait=table.number("wait", least=1, most=3600) or plain.wait,
        log=base / log if log else None,
        schedule=table.text("schedule") or plain.schedule,
        budget=table.number("budget", least=1, most=_SECONDS_OF_A_DAY) or plain.budget,
        pull_request_budget=table.number("pull_request_budget", least=1, most=_SECONDS_OF_A_DAY)
        or plain.pull_request_budget,
        require=_require(table, plain.require),
        issues=table.flag("issues", otherwise=plain.issues),
        code_scanning=table.flag("code_scanning", otherwise=plain.code_scanning),
        secrets=_secrets(table),
    )
    table.refuse_unknown()
    if settings.start is not None and settings.compose is not None:
        raise table.problem("only one of start and compose can serve the API", "compose")
    if not _VERSION.fullmatch(settings.python):
        raise table.problem("is no version of Python 3", "python", hint='as in: python = "3.12"')
    if any(int(minor) < _OLDEST for minor in settings.python.split(".")[1:2]):
        hint = "install another for the application by [ci] install, and name it as python in [api]"
        raise table.problem("is too old for oagen, which needs 3.11", "python", hint=hint)
    fields = settings.schedule.split()
    if len(fields) != _CRON_FIELDS or not all(_CRON_FIELD.fullmatch(field) for field in fields):
        hint = 'five fields, as in: schedule = "17 2 * * *" (each day at 2:17 UTC)'
        raise table.problem("is no schedule of cron", "schedule", hint=hint)
    if settings.health is not None and not settings.health.startswith(("/", "http://", "https://")):
        raise table.problem("must be a path or a URL", "health", hint='as in: health = "/health"')
    return settings


def _line(table: Table, key: str) -> str | None:
    text = table.text(key)
    return None if text is None else _command(table, key, None, text)


def _command(table: Table, key: str, number: int | None, text: str) -> str:
    if not text.strip() or any(ord(character) < ord(" ") for character in text):
        raise table.problem("must be one line", *([key] if number is None else [key, number]))
    return text


def _require(table: Table, otherwise: float) -> float:
    """Return a share in per cent: a number, or a text such as `90%`."""
    text = table.values.get("require")
    if isinstance(text, str) and re.fullmatch(r"\s*\d+(\.\d+)?\s*%\s*", text):
        table.known.add("require")
        value = float(text.strip().removesuffix("%"))
        if value > 100:  # noqa: PLR2004 - per cent
            raise table.problem("must be from 0% to 100%", "require")
        return value
    value_or_none = table.number("require", least=0, most=100)
    return otherwise if value_or_none is None else value_or_none


def _secrets(table: Table) -> tuple[str, ...]:
    names = table.texts("secrets")
    for number, name in enumerate(names):
        if not _VARIABLE.fullmatch(name):
            hint = "the secret's name in the provider's secret store, never its value"
            raise table.problem("does not name an environment variable", "secrets", number, hint=hint)
    return names
