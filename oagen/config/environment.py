"""Environment variables: `${VAR}` in the configuration, and `OAGEN_*` over it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from oagen.config.settings import Identity, Settings
from oagen.errors import ConfigError

_VARIABLE = re.compile(r"\$\$\{|\$\{([^}]*)\}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def expanded(template: str, environ: Mapping[str, str], *, what: str) -> str:
    """Return the template with each `${VAR}` replaced; `$${` stands for `${` itself.

    No message ever holds a value.

    Args:
        what: Names the template in messages, as `identities.alice.headers.Authorization`.

    Raises:
        ConfigError: A variable is not set, or its value can't be part of one line.
    """

    def value_of(match: re.Match[str]) -> str:
        if match[0] == "$${":
            return "${"
        name = match[1]
        if name not in environ:
            hint = f"set it in the environment, or change {what} in the configuration"
            raise ConfigError(f"{what} needs the environment variable {name}, which is not set", hint=hint)
        if any(ord(character) < ord(" ") for character in environ[name]):
            hint = "often the variable was filled from a file with a line break at its end"
            raise ConfigError(f"{what}: the environment variable {name} holds a control character", hint=hint)
        return environ[name]

    return _VARIABLE.sub(value_of, template)


def variables(template: str) -> tuple[str, ...]:
    """Return the names of the variables in a template, in order.

    Raises:
        ValueError: What stands in `${...}` can't be the name of a variable.
    """
    names = tuple(match[1] for match in _VARIABLE.finditer(template) if match[0] != "$${")
    for name in names:
        if not _NAME.fullmatch(name):
            raise ValueError(name)
    return names


def headers_of(identity: Identity, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that an identity sends, secrets included: never print or store them.

    Raises:
        ConfigError: A variable is not set.
    """
    return {
        name: expanded(template, environ, what=f"identities.{identity.name}.headers.{name}")
        for name, template in identity.headers
    }


def variables_of(identity: Identity) -> tuple[str, ...]:
    """Return the names of all variables that an identity needs, those of its login included."""
    templates = [template for _, template in identity.headers]
    if (login := identity.login) is not None:
        templates += [login.path, *(template for _, template in login.form), *texts_in(login.json)]
    return tuple(dict.fromkeys(name for template in templates for name in variables(template)))


def header_templates(identity: Identity) -> tuple[tuple[str, str], ...]:
    """Return the headers of an identity as templates to show; what a login gives becomes a variable of its own."""
    login = identity.login
    if login is None:
        return identity.headers
    prefix = re.sub(r"\W", "_", identity.name, flags=re.ASCII).upper()
    given: list[tuple[str, str]] = []
    if login.token is not None:
        name, template = login.header
        given.append((name, template.replace("{token}", f"${{{prefix}_TOKEN}}")))
    if login.cookies:
        cookies = [f"{name}=${{{prefix}_{re.sub(r'[^0-9A-Za-z]', '_', name).upper()}}}" for name in login.cookies]
        given.append(("Cookie", "; ".join(cookies)))
    taken = {name.lower() for name, _ in given}
    return (*(item for item in identity.headers if item[0].lower() not in taken), *given)


def texts_in(value: Any) -> Iterator[str]:
    """Yield every text in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from texts_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts_in(item)


def overridden(settings: Settings, environ: Mapping[str, str]) -> Settings:
    """Return the settings with those that `OAGEN_<SECTION>_<KEY>` sets: `OAGEN_API_BASE_URL`, `OAGEN_SUITE_OUT`...

    Lists are separated by commas, paths are seen from the current folder, and an empty variable counts as not set.
    """

    def text(name: str, otherwise: str | None) -> str | None:
        return environ.get(f"OAGEN_{name}") or otherwise

    def texts(name: str, otherwise: tuple[str, ...]) -> tuple[str, ...]:
        value = environ.get(f"OAGEN_{name}")
        return tuple(item.strip() for item in value.split(",") if item.strip()) if value else otherwise

    def path(name: str, otherwise: Path | None) -> Path | None:
        value = environ.get(f"OAGEN_{name}")
        return Path(value) if value else otherwise

    api, suite = settings.api, settings.suite
    return replace(
        settings,
        api=replace(
            api,
            document=text("API_DOCUMENT", api.document),
            base_url=text("API_BASE_URL", api.base_url),
            app=text("API_APP", api.app),
            python=text("API_PYTHON", api.python),
            allow_hosts=texts("API_ALLOW_HOSTS", api.allow_hosts),
            reset_command=text("API_RESET_COMMAND", api.reset_command),
        ),
        suite=replace(
            suite,
            out=path("SUITE_OUT", suite.out) or suite.out,
            templates=path("SUITE_TEMPLATES", suite.templates),
            include=texts("SUITE_INCLUDE", suite.include),
            exclude=texts("SUITE_EXCLUDE", suite.exclude),
        ),
    )
