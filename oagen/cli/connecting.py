"""What options say of how the API is reached."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from oagen.cli.terminal import Terminal
    from oagen.config.settings import Settings
    from oagen.spec.model import ApiDescription
    from oagen.target.http import HttpOptions
    from oagen.target.model import Target


def http_options(
    *, timeout: float, headers: Iterable[str], ca_bundle: Path | None, client_cert: Path | None, proxy: str | None
) -> HttpOptions:
    """Return how requests are sent.

    Args:
        headers: As `--header` gives them.

    Raises:
        UsageError: A header is of another form.
    """
    from oagen.target.http import HttpOptions

    return HttpOptions(
        timeout=timeout,
        headers=header_pairs(headers),
        ca_bundle=str(ca_bundle) if ca_bundle else None,
        client_certificate=str(client_cert) if client_cert else None,
        proxy=proxy,
    )


def header_pairs(texts: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return the headers that `--header 'Name: value'` gives.

    Raises:
        UsageError: A text is of another form; its value, which may be secret, is not in the message.
    """
    from oagen.errors import UsageError

    found = []
    for text in texts:
        name, colon, value = text.partition(":")
        if not colon or not name.strip():
            raise UsageError("a header is no 'Name: value'", hint="Write --header 'Accept-Language: de'.")
        found.append((name.strip(), value.strip()))
    return tuple(found)


def identity_named(name: str | None, settings: Settings) -> str | None:
    """Return the identity that sends the requests: the one that is named, else the first.

    Raises:
        UsageError: There is none of that name.
    """
    from oagen.errors import UsageError

    names = [item.name for item in settings.identities]
    if name is not None and name not in names:
        known = ", ".join(names) or "none"
        raise UsageError(f"there is no identity {name!r} in oagen.toml", hint=f"There are: {known}.")
    return name or next(iter(names), None)


def located(terminal: Terminal, description: ApiDescription, settings: Settings, http: HttpOptions) -> ApiDescription:
    """Return the description with the base path that the API at `--base-url` answers behind, and tell where it differs.

    Raises:
        TargetError: The URL can't be used.
    """
    from dataclasses import replace

    from oagen.target.base_path import reached_base_path
    from oagen.target.open import open_target

    if settings.api.base_url is None or not description.base_path:
        return description
    with open_target(base_url=settings.api.base_url, http=http, allow_hosts=settings.api.allow_hosts) as target:
        path = reached_base_path(target, description)
        if path == description.base_path or target.base_path:
            return description
    terminal.note(left_out(description))
    return replace(description, base_path=path)


def left_out(description: ApiDescription) -> str:
    """Return what is said where the API does not have the base path of its document."""
    return f"the API answers without the base path of the document, {description.base_path}: it is left out"


def require_listening(target: Target, base_path: str, timeout: float) -> None:
    """Ask the target anything at all; whatever it answers will do.

    Raises:
        TargetError: Nobody listens there, or TLS fails.
    """
    from oagen.errors import TargetError
    from oagen.scenario.wire import WireRequest
    from oagen.target.model import FailureKind, SendFailure

    try:
        target.send(WireRequest(method="GET", target=f"{base_path}/"), timeout=timeout)
    except SendFailure as failure:
        if failure.kind in (FailureKind.REFUSED, FailureKind.UNREACHABLE, FailureKind.TLS):
            tls = failure.kind is FailureKind.TLS
            hint = "check --ca-bundle and --client-cert" if tls else "start the API, or mend --base-url"
            raise TargetError(failure.message, hint=hint) from failure


def request_id_header_of(name: str | None, log_file: Path | None) -> str | None:
    """Return the name that `--request-id-header` gave.

    Raises:
        UsageError: It is no name of a header, or there is no log that could have the ids.
    """
    from oagen.errors import UsageError

    if name is None:
        return None
    if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name):  # RFC 9110, 5.6.2
        raise UsageError(f"{name!r} is no name of a header", hint="--request-id-header X-Request-ID")
    if log_file is None:
        raise UsageError("--request-id-header tells the tracebacks of a log apart", hint="name it with --log-file")
    return name
