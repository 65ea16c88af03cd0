"""Operations whose paths say that they change how the whole target works, empty it, or end it.

What is asked is remembered: paths are those of a document, and are asked for with each request.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

from oagen.spec.model import SAFE_METHODS, Operation

_LEAVING = re.compile(
    r"log-?out|sign-?out|revoke|passw|deactivate|invalidate"
    r"|(?:reset|rotat|regenerat|renew|recreat)[a-z]*[-_./]?(?:[a-z]+[-_])*(?:token|key|secret|credential)"
    r"|(?:token|key|secret|credential)s?[-_./]?(?:reset|rotat|regenerat|renew|recreat)",
    re.IGNORECASE,
)
_SIGN_IN = re.compile(
    r"jwt|auth|token|session|log-?in|sign-?in|sso|saml|ldap|oidc|security|access|credential|passw|2fa|mfa|otp",
    re.IGNORECASE,
)
_SWITCH = re.compile(r"setting|config(?!irm)|maintenance|read-?only|lockdown", re.IGNORECASE)
_SWEEPING = re.compile(r"(?:^|[/_-])(?:reset|purge|wipe|clear|truncate|prune|flush|maintenance)", re.IGNORECASE)
_ENDING = re.compile(
    r"(?:^|[/_-])(?:shut-?down|restart|reboot|power-?off|terminate|halt|kill|quit|exit)(?:$|[/_-])", re.IGNORECASE
)
_DEFAULT = re.compile(r"[/_-]default(?:[/_-][^/{]*)?/?$", re.IGNORECASE)
_MOST_SWITCHES = 0.25  # of the operations that write: where there are more, the word says nothing


@functools.cache
def replaces_credentials(path: str) -> bool:
    """Whether who is known by a password, a token or a session may not be known by it afterwards."""
    return _LEAVING.search(path) is not None


@functools.cache
def is_about_sign_in(path: str) -> bool:
    """Whether something is about how callers are known."""
    return _SIGN_IN.search(path) is not None


def switches(operations: Iterable[Operation]) -> frozenset[str]:
    """Return the keys of the operations that change how the whole target works, as far as their paths say so."""
    writing = [operation for operation in operations if operation.method not in SAFE_METHODS]
    found = frozenset(item.key for item in writing if "{" not in item.path and _SWITCH.search(item.path))
    return found if len(found) <= _MOST_SWITCHES * len(writing) else frozenset()


@functools.cache
def sweeps(method: str, path: str) -> bool:
    """Whether a request may empty the target, or change how all of it works."""
    return method not in SAFE_METHODS and (
        _SWEEPING.search(path) is not None or (method == "DELETE" and "{" not in path)
    )


def sets_default(method: str, path: str) -> bool:
    """Whether a request may say what all others get that name nothing: `PUT /mediators/7/default-mediator`."""
    return method not in SAFE_METHODS and _DEFAULT.search(path) is not None


@functools.cache
def ends(path: str) -> bool:
    """Whether a request may end the target: also one that should only read, such as `GET /shutdown`."""
    return _ENDING.search(path) is not None
