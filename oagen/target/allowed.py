"""Which hosts may be sent generated traffic."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Collection
from urllib.parse import SplitResult, urlsplit

from oagen.errors import TargetError

_PORTS = {"http": 80, "https": 443}


def require_allowed(base_url: str, allow_hosts: Collection[str] = ()) -> None:
    """Refuse a base URL that is not on this machine, unless its host was named.

    Every address that the host's name resolves to must be a loopback address.

    Args:
        base_url: Where requests would go.
        allow_hosts: Hosts that the user named, as `api.example.com` or `api.example.com:8443`.

    Raises:
        TargetError: The URL is none, its host is unknown, or it is neither loopback nor named.
    """
    parts = split_base_url(base_url)
    host = (parts.hostname or "").rstrip(".")
    port = parts.port or _PORTS[parts.scheme]
    named = {item.lower().strip().rstrip(".").removeprefix("[").removesuffix("]") for item in allow_hosts}
    if {host, f"{host}:{port}", f"{host}]:{port}"} & named:
        return
    if not resolves_to_loopback(host, port):
        raise TargetError(
            f"{host} is not this machine, and generated requests are sent to this machine alone",
            hint=f"If you may test it, name it: --allow-host {host}",
        )


def split_base_url(base_url: str) -> SplitResult:
    """Return the parts of a base URL; raises TargetError where it is not an http(s) URL with a host."""
    try:
        parts = urlsplit(base_url)
        port = parts.port
    except ValueError as error:
        raise TargetError(f"{base_url!r} is not a URL: {error}", hint="Write it as http://127.0.0.1:8000") from error
    if parts.scheme not in _PORTS or not parts.hostname or port == 0:
        raise TargetError(
            f"{base_url!r} is not an http or https URL with a host", hint="Write it as http://127.0.0.1:8000"
        )
    return parts


def resolves_to_loopback(host: str, port: int) -> bool:
    """Whether every address of a host is a loopback address; raises TargetError where it has none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise TargetError(f"the host {host!r} is unknown", hint="Check the base URL, and your network.") from error
    return bool(found) and all(is_loopback(str(address[0])) for *_, address in found)


def is_loopback(address: str) -> bool:
    """Whether an IP address, IPv4 mapped into IPv6 included, is a loopback address."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(parsed, "ipv4_mapped", None)
    return (mapped or parsed).is_loopback
