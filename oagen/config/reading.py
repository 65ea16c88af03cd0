"""Find and read the configuration: `oagen.toml`, or `[tool.oagen]` in `pyproject.toml`."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from oagen.config.ci import read_ci
from oagen.config.environment import overridden
from oagen.config.logins import HEADER_NAME, names_in, read_login
from oagen.config.settings import ApiSettings, Identity, Settings, SuiteSettings, Waiver
from oagen.config.table import Source, Table
from oagen.errors import ConfigError

_OPERATION = re.compile(r"([A-Za-z][A-Za-z0-9_-]*)\s+(/\S*)")
_STATUS = re.compile(r"[1-5](?:[0-9]{2}|XX)|default")
_SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "x-api-key"})


def load_settings(folder: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings that hold in a folder: its configuration file's, or that of the nearest folder above.

    `OAGEN_*` variables win over the file; the command line, which wins over both, is the caller's to apply.

    Args:
        folder: Where to look first; the current folder by default.
        environ: The environment; the process's own by default.

    Raises:
        ConfigError: The file can't be read, or holds an unknown key or a wrong type.
    """
    start = folder or Path.cwd()
    found = _find(start)
    settings = read_settings(*found, seen_from=start) if found else Settings(root=start)
    return overridden(settings, os.environ if environ is None else environ)


def read_settings(path: Path, keys: tuple[str, ...] = (), *, seen_from: Path | None = None) -> Settings:
    """Return what a configuration file says.

    Args:
        keys: Path of oagen's table in the file: empty, or `("tool", "oagen")`.
        seen_from: The folder that relative paths in the result start from; the file's paths start from its own.

    Raises:
        ConfigError: The file can't be read, or holds an unknown key or a wrong type.
    """
    text = _text_of(path)
    values = _parsed(text, path)
    for key in keys:
        values = values.get(key, {})
    shown = _relative(path, seen_from or path.parent)
    table = Table(source=Source(path=shown, text=text), keys=keys, values=values)
    base = shown.parent
    warnings: list[str] = []
    settings = Settings(
        api=_api(table.table("api"), base),
        identities=tuple(_identity(name, inner, warnings) for name, inner in table.named_tables("identities")),
        suite=_suite(table.table("suite"), base),
        waivers=tuple(_waiver(inner) for inner in table.tables("waivers")),
        ci=read_ci(table.table("ci"), base),
        file=shown,
        root=path.parent,
        warnings=tuple(warnings),
    )
    table.refuse_unknown()
    return settings


def _find(start: Path) -> tuple[Path, tuple[str, ...]] | None:
    absolute = start.absolute()
    for folder in (absolute, *absolute.parents):
        if (own := folder / "oagen.toml").is_file():
            return own, ()
        if (project := folder / "pyproject.toml").is_file():
            text = _text_of(project)
            if "oagen" in text and "oagen" in _parsed(text, project).get("tool", {}):
                return project, ("tool", "oagen")
    return None


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigError(f"{path} can't be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 text", hint="save the file as UTF-8") from error


def _parsed(text: str, path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not TOML: {error}") from error


def _relative(path: Path, folder: Path) -> Path:
    return Path(os.path.relpath(path, folder))


def _api(table: Table, base: Path) -> ApiSettings:
    document = table.text("document")
    python = table.text("python")
    if document is not None and "://" not in document:
        document = str(base / document)
    if python is not None and "/" in python:
        python = str(base / python)
    settings = ApiSettings(
        document=document,
        base_url=table.text("base_url"),
        app=table.text("app"),
        python=python,
        allow_hosts=table.texts("allow_hosts"),
        reset_command=table.text("reset_command"),
    )
    if settings.base_url and not settings.base_url.startswith(("http://", "https://")):
        raise table.problem("must start with http:// or https://", "base_url")
    if settings.app and not re.fullmatch(r"[\w.]+:[\w.]+(\(\))?", settings.app):
        hint = 'as in: app = "bookshop.main:app", or "bookshop.main:make_app()" for a factory'
        raise table.problem("must read package.module:attribute", "app", hint=hint)
    table.refuse_unknown()
    return settings


def _identity(name: str, table: Table, warnings: list[str]) -> Identity:
    identity = Identity(
        name=name,
        role=table.text("role"),
        headers=table.text_map("headers"),
        login=read_login(table.table("login"), warnings) if "login" in table.values else None,
    )
    table.refuse_unknown()
    for header, template in identity.headers:
        if not HEADER_NAME.fullmatch(header):
            raise table.problem("is not the name of an HTTP header", "headers", header)
        if not names_in(template, table, "headers", header) and header.lower() in _SECRET_HEADERS:
            warnings.append(
                f"{table.source.path}: identities.{name}.headers.{header} holds its secret in the file; "
                "better name an environment variable: ${VARIABLE}",
            )
    return identity


def _suite(table: Table, base: Path) -> SuiteSettings:
    out, templates = table.text("out"), table.text("templates")
    settings = SuiteSettings(
        out=base / (out or SuiteSettings().out),
        templates=base / templates if templates else None,
        include=table.texts("include"),
        exclude=table.texts("exclude"),
        property_tests=table.flag("property"),
        rollback=table.flag("rollback", otherwise=True),
    )
    table.refuse_unknown()
    return settings


def _waiver(table: Table) -> Waiver:
    operation = table.needed_text("operation")
    if not (match := _OPERATION.fullmatch(operation.strip())):
        raise table.problem("must name a method and a path", "operation", hint='as in: operation = "POST /orders"')
    status = table.values.get("status")
    if isinstance(status, int) and not isinstance(status, bool):
        table.known.add("status")
        status = str(status)
    else:
        status = table.needed_text("status")
    status = "default" if status.lower() == "default" else status.upper()
    if not _STATUS.fullmatch(status):
        raise table.problem('must be a code, a range such as "5XX", or "default"', "status")
    waiver = Waiver(
        operation=f"{match[1].upper()} {match[2]}",
        status=status,
        reason=table.needed_text("reason"),
        until=table.needed_date("until"),
    )
    table.refuse_unknown()
    return waiver
