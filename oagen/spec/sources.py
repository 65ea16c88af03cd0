"""Fetch a document's bytes: from a file, a URL or standard input."""

from __future__ import annotations

import ipaddress
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

from oagen.errors import DocumentError

if TYPE_CHECKING:
    import httpx

STDIN = "-"
_TIMEOUT = 20.0  # seconds for one document, all redirects included
_MAX_BYTES = 200 * 1024 * 1024
_MAX_REDIRECTS = 5


def is_url(source: str) -> bool:
    """Tell whether a source is fetched over HTTP."""
    return source.lower().startswith(("http://", "https://"))


class Fetched(NamedTuple):
    """The bytes of a document, and where they were found after all redirects."""

    data: bytes
    source: str


def read_source(source: str) -> Fetched:
    """Return the bytes of a document.

    Args:
        source: A path, an `http` or `https` URL, or `-` for standard input.

    Raises:
        DocumentError: It is missing, a directory, unreadable, unreachable, or larger than 200 MiB.
    """
    if source == STDIN:
        return Fetched(sys.stdin.buffer.read(_MAX_BYTES), source)
    if is_url(source):
        return _fetch(source)
    path = Path(source)
    try:
        if path.is_dir():
            raise DocumentError(f"{shown(source)} is a directory, not an API description", hint="name the file in it")
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except FileNotFoundError:
        raise DocumentError(f"{shown(source)} does not exist", hint="check the path") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DocumentError(f"{shown(source)} can't be read: {reason}") from None
    if len(data) > _MAX_BYTES:
        raise DocumentError(f"{shown(source)} is larger than {_MAX_BYTES >> 20} MiB")
    return Fetched(data, source)


def shown(source: str) -> str:
    """Return how messages call a source: a URL without user, password and query; a path as it was given."""
    if source == STDIN:
        return "standard input"
    if is_url(source):
        parts = urlsplit(source)
        return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
    return source if source.isprintable() else ascii(source)


def refer(base: str, reference: str) -> str:
    """Return the source that a reference without its fragment names, seen from another source.

    Args:
        base: Absolute path or URL of the document that holds the reference.
        reference: As in the document: percent-encoded, relative or absolute.

    Raises:
        DocumentError: Its scheme is not one that oagen follows, or a remote document points into the local network.
    """
    if is_url(base):
        target = urljoin(base, reference)
        if not is_url(target):
            raise DocumentError(f"the reference {reference!r} in a remote document is refused: it is not http or https")
        host, home = urlsplit(target).hostname or "", urlsplit(base).hostname or ""
        if host != home and _is_private(host):
            raise DocumentError(
                f"the reference {reference!r} is refused: a remote document may not point into this network"
            )
        return target
    if is_url(reference):
        return reference
    scheme = urlsplit(reference).scheme if ":" in reference else ""
    if scheme == "file":
        reference = urlsplit(reference).path
    elif len(scheme) > 1:
        raise DocumentError(f"the reference {reference!r} can't be followed: only files, http and https are")
    folder = os.path.dirname(base)  # noqa: PTH120
    plain = os.path.normpath(os.path.join(folder, reference))  # noqa: PTH118
    return plain if os.path.exists(plain) else os.path.normpath(os.path.join(folder, unquote(reference)))  # noqa: PTH110, PTH118


def _is_private(host: str) -> bool:
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return True
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False


def _fetch(url: str) -> Fetched:
    import httpx

    name = shown(url)
    deadline = time.monotonic() + _TIMEOUT
    accept = "application/openapi+json, application/json, application/yaml, text/yaml, */*;q=0.1"
    try:
        local = _is_private(urlsplit(url).hostname or "")  # a proxy of the environment is for the world outside
        with httpx.Client(timeout=_TIMEOUT / 2, headers={"Accept": accept}, trust_env=not local) as client:
            for _ in range(_MAX_REDIRECTS + 1):
                with client.stream("GET", url) as response:
                    if response.next_request is not None:
                        target = response.next_request.url
                        if target.host != response.url.host or time.monotonic() > deadline:
                            hint = f"if you trust it, name it yourself: {shown(str(target))}"
                            raise DocumentError(f"{name} redirects to another host, {target.host!r}", hint=hint)
                        url = str(target)
                        continue
                    if response.status_code != httpx.codes.OK:
                        raise DocumentError(f"{name} answered {response.status_code} instead of an API description")
                    return Fetched(_limited(response, name, deadline), url)
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        reason = str(error) or type(error).__name__
        raise DocumentError(f"{name} can't be reached: {reason}", hint="check that the server is up") from None
    raise DocumentError(f"{name} redirects more than {_MAX_REDIRECTS} times")


def _limited(response: httpx.Response, name: str, deadline: float) -> bytes:
    chunks = bytearray()
    for chunk in response.iter_bytes():
        chunks += chunk
        if len(chunks) > _MAX_BYTES:
            raise DocumentError(f"{name} is larger than {_MAX_BYTES >> 20} MiB")
        if time.monotonic() > deadline:
            raise DocumentError(f"{name} was not read within {_TIMEOUT:.0f} seconds")
    return bytes(chunks)
