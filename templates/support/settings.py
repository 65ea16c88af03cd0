"""Where the API is and who calls it.

Command line, then environment, then oagen.toml (or pyproject.toml).
"""

from __future__ import annotations

import ipaddress
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from .current import SUITE
from .leniency import read_waivers
from .logins import Login, read_login

_toml = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")

MARKERS = (
    "unit: the application in process, sockets blocked",
    "integration: status, headers, body and effect over the full HTTP stack",
    "contract: request and answer against the API description",
    "e2e: flows through several operations",
    "auth: who may do what",
)
NOWHERE = (
    "no API to test: give --api-base-url URL or --api-app package.module:attribute "
    "(or OAGEN_API_BASE_URL, OAGEN_API_APP, or [api] in oagen.toml)"
)


@dataclass(frozen=True)
class Settings:
    """What this suite needs to know at run time.

    Attributes:
        base_url: Where the API answers, base path included; empty where an app is used.
        app: `package.module:attribute` of an ASGI or WSGI application; empty where
            a URL is used.
        root: The project's folder: where oagen.toml is, or the suite's own folder.
        waivers: Reasons by operation and status, of those that hold today.
        identities: The headers of each identity whose secrets are in the environment.
        logins: How those of them log in that do.
        unset: The environment variable that each of the other identities lacks.
        rollback: Whether tests of the app undo what they write, where it offers that.
    """

    base_url: str = ""
    app: str = ""
    root: Path = SUITE
    allow_hosts: tuple[str, ...] = ()
    identities: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    logins: Mapping[str, Login] = field(default_factory=dict)
    unset: Mapping[str, str] = field(default_factory=dict)
    waivers: Mapping[tuple[str, str], str] = field(default_factory=dict)
    rollback: bool = True


def add_options(parser: pytest.Parser) -> None:
    """Add the suite's options to the command line of pytest."""
    group = parser.getgroup("api", "the API under test")
    for name, text in (
        ("--api-base-url", "URL of the API under test"),
        (
            "--api-app",
            "ASGI or WSGI application to test in process, package.module:attribute",
        ),
        (
            "--api-allow-host",
            "host outside this machine that tests may send requests to",
        ),
    ):
        try:
            group.addoption(name, default=None, help=text)
        except ValueError:  # another suite in this run has added it
            return


def load_settings(
    config: pytest.Config, *, documents_security: bool = True
) -> Settings:
    """Return the settings of this run.

    The run ends with one message where the configuration can't be read, or where the
    API is on a host that nobody has allowed.

    Args:
        documents_security: False: the API description says of nobody that they need
            credentials, so an identity whose secrets are missing sends none.
    """
    root, table = _project()
    api = _table(table, "api")
    base_url = _first(config, "api_base_url", "OAGEN_API_BASE_URL")
    app = _first(config, "api_app", "OAGEN_API_APP")
    if not base_url and not app:
        base_url, app = str(api.get("base_url") or ""), str(api.get("app") or "")
    allowed = _first(config, "api_allow_host", "OAGEN_API_ALLOW_HOSTS").split(",")
    identities, logins, unset = _identities(_table(table, "identities"))
    if not documents_security:
        identities |= {name: {} for name in unset}
    settings = Settings(
        base_url=base_url,
        app=app,
        root=root,
        allow_hosts=(*(host.strip() for host in allowed), *api.get("allow_hosts", ())),
        identities=identities,
        logins=logins,
        unset=unset,
        rollback=_table(table, "suite").get("rollback") is not False,
        waivers=read_waivers(table.get("waivers"), datetime.now().astimezone().date()),
    )
    host = urlsplit(base_url).hostname or ""
    if base_url and not is_loopback(host) and host not in settings.allow_hosts:
        pytest.exit(
            f"these tests create, change and delete data at {host}, "
            f"which is not this machine: allow it with --api-allow-host {host}, "
            "or allow_hosts in [api] of oagen.toml",
            returncode=4,
        )
    return settings


def is_loopback(host: str) -> bool:
    """Return whether a host name means this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _first(config: pytest.Config, option: str, variable: str) -> str:
    return str(config.getoption(option, default=None) or os.environ.get(variable) or "")


def _project() -> tuple[Path, Mapping[str, Any]]:
    """Return the nearest folder upwards with oagen's configuration, and the latter."""
    for folder in (SUITE, *SUITE.parents):
        for name in ("oagen.toml", "pyproject.toml"):
            file = folder / name
            if not file.is_file():
                continue
            try:
                table = _toml.loads(file.read_text(encoding="utf-8"))
            except (OSError, ValueError) as error:
                pytest.exit(f"{file} can't be read: {error}", returncode=4)
            if name == "pyproject.toml":
                table = _table(_table(table, "tool"), "oagen")
            if table:
                return folder, table
    return Path.cwd(), {}


def _table(table: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = table.get(name, {})
    return value if isinstance(value, dict) else {}


def _identities(
    table: Mapping[str, Any],
) -> tuple[dict[str, dict[str, str]], dict[str, Login], dict[str, str]]:
    """Return headers and logins of each identity whose secrets are there.

    Of each of the others, the environment variable that is not set.
    """
    identities, logins, unset = {}, {}, {}
    for name in table:
        identity = _table(table, name)
        try:
            if login := _table(identity, "login"):
                logins[name] = read_login(login, _expanded)
            identities[name] = {
                header: _expanded(str(text))
                for header, text in _table(identity, "headers").items()
            }
        except KeyError as error:
            unset[name] = str(error.args[0])
            logins.pop(name, None)
    return identities, logins, unset


_VARIABLE = re.compile(r"\$\$\{|\$\{([^}]*)\}")


def _expanded(text: str) -> str:
    """Return the text with each `${VAR}` replaced; `$${` stands for `${` itself."""
    return _VARIABLE.sub(
        lambda found: "${" if found[0] == "$${" else os.environ[found[1]], text
    )
