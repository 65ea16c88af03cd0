"""Who a campaign is, as far as what it sends tells."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping

from oagen.fuzz.events import CampaignOptions
from oagen.fuzz.resources import is_scalar

_OF_THE_TOKEN = frozenset({"iss", "aud", "exp", "nbf", "iat", "jti", "typ", "alg", "type", "fresh", "nonce", "azp"})


def known_caller(options: CampaignOptions) -> Mapping[str, str]:
    """Return what is known about who sends the requests of a campaign."""
    if options.identity is None or options.identity not in options.identities:
        return options.caller
    return {**options.caller, **caller_of(options.identities[options.identity])}


def caller_of(headers: Mapping[str, str]) -> dict[str, str]:
    """Return what the headers of an identity tell about who it is: a user name, or the claims of a token."""
    found: dict[str, str] = {}
    for value in headers.values():
        scheme, _, rest = value.partition(" ")
        if scheme.lower() == "basic":
            try:
                found["username"] = base64.b64decode(rest).decode().partition(":")[0]
            except (ValueError, UnicodeDecodeError):
                continue
        else:
            found |= {name: text for name, text in _claims_of(value).items() if name not in _OF_THE_TOKEN}
    return found


def _claims_of(token: str) -> dict[str, str]:
    """Return the texts in the claims of a JSON Web Token (RFC 7519), by name; nothing for what is none."""
    parts = token.strip().rpartition(" ")[2].split(".")
    if len(parts) != 3:  # noqa: PLR2004
        return {}
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, RecursionError):
        return {}
    return {name: str(item) for name, item in claims.items() if is_scalar(item)} if isinstance(claims, dict) else {}
