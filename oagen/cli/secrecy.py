"""What a command must not tell anybody: collected once, before anything is sent or written."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from oagen.config.settings import Identity, Login, Settings
    from oagen.findings.redaction import Redaction

_LONG = 8


def redaction_of(
    settings: Settings, *, headers: Iterable[tuple[str, str]] = (), urls: Iterable[str | None] = ()
) -> Redaction:
    """Return what takes the secrets of a run out of whatever is shown or kept.

    They are what identities send and log in with, by their configuration or by the variables that it names, those of
    `[ci] secrets`, the values of `--header`, and what stands in URLs: passwords, and queries whose names tell.

    Args:
        headers: Those of the command line.
        urls: Others than the API's and the document's: that of a proxy.
    """
    from oagen.findings.redaction import Redaction

    hidden = [value for name, value in headers if _is_secret(name, value)]
    for identity in settings.identities:
        hidden += _of_identity(identity)
    hidden += [os.environ.get(name, "") for name in settings.ci.secrets]
    for url in (settings.api.base_url, settings.api.document, *urls):
        hidden += _of_url(url) if url else []
    return Redaction(hidden)


def _is_secret(name: str, value: str) -> bool:
    """Tell whether a header is secret: by its name, or since nobody can tell; a word such as `acme` is none."""
    from oagen.findings.curl import HARMLESS
    from oagen.findings.redaction import is_telling

    return name.lower() not in HARMLESS and (is_telling(name) or len(value) >= _LONG)


def _of_identity(identity: Identity) -> Iterator[str]:
    from oagen.config.environment import variables, variables_of

    yield from (os.environ.get(name, "") for name in variables_of(identity))
    yield from (text for name, text in identity.headers if _is_secret(name, text) and not variables(text))
    if identity.login is not None:
        yield from _of_login(identity.login)


def _of_login(login: Login) -> Iterator[str]:
    """Yield what stands in the configuration as it is under a name that tells, such as `password`."""
    from oagen.config.environment import variables

    for text in (*_telling(dict(login.form)), *_telling(login.json)):
        if not variables(text):
            yield text


def _telling(value: Any, name: str = "") -> Iterator[str]:
    from oagen.findings.redaction import is_telling

    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _telling(item, str(key))
    elif isinstance(value, list):
        for item in value:
            yield from _telling(item, name)
    elif isinstance(value, str) and is_telling(name):
        yield value


def _of_url(url: str) -> Iterator[str]:
    import base64
    from urllib.parse import parse_qsl, unquote, urlsplit

    from oagen.findings.redaction import is_telling

    try:
        parts = urlsplit(url)
    except ValueError:
        return
    if parts.password:
        user, password = unquote(parts.username or ""), unquote(parts.password)
        yield from (password, parts.password, base64.b64encode(f"{user}:{password}".encode()).decode("ascii"))
    yield from (value for name, value in parse_qsl(parts.query) if is_telling(name) or name.lower() in {"key", "sig"})
