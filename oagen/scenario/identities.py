"""Who sends a request: the first identity, another one of the same role, or one that may do more.

Nothing here knows a secret. An identity is a name and a role; where the user has named none, stand-ins take their
place, and the suite skips what needs them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from oagen.spec.model import ApiDescription, Operation, Parameter, ParameterLocation

_PRIVILEGED_ROLE = re.compile(r"admin|root|owner|staff|super|manager|operator|moderator", re.IGNORECASE)
_CREDENTIAL_HEADER = re.compile(r"authorization|(?:x-)?(?:(?:api|auth|access)[-_]?(?:key|token)|token)", re.IGNORECASE)

_REFUSALS = frozenset({"401", "403", "4XX"})
_REFUSALS = frozenset({"401", "403"})


@dataclass(frozen=True, slots=True)
class IdentityInfo:
    """A named identity and its role, as `oagen.toml` gives them; the secret stays there."""

    name: str
    role: str = ""


_STAND_INS = (IdentityInfo("user", "user"), IdentityInfo("other", "user"), IdentityInfo("admin", "admin"))


def privileged_role(identities: tuple[IdentityInfo, ...]) -> str | None:
    """Return the role that may do more than the ordinary one: by its name, else the first that is another; or None."""
    for who in identities:
        if _PRIVILEGED_ROLE.search(who.role):
            return who.role
    return next((who.role for who in identities[1:] if who.role and who.role != identities[0].role), None)


class Cast:
    """The identities of one run, by the part they play in a scenario.

    Args:
        identities: Those that the user named; the first is the one that ordinary requests use.
        description: Tells which operations ask for credentials at all.
        asks_privilege: Tells which operations are not for every user.
    """

    def __init__(
        self,
        identities: tuple[IdentityInfo, ...],
        description: ApiDescription,
        asks_privilege: Callable[[Operation], bool],
    ) -> None:
        self._named = bool(identities)
        self._identities = identities or _STAND_INS
        self._privileged_role = privileged_role(self._identities)
        self._asks_privilege = asks_privilege
        self._undeclared = not description.security_schemes and any(
            response.status in _REFUSALS for _, response in description.documented()
        )

    @property
    def everybody(self) -> tuple[str, ...]:
        """The names of those that the user named, in order; nobody where stand-ins play."""
        return tuple(who.name for who in self._identities) if self._named else ()

    @property
    def ordinary(self) -> IdentityInfo:
        """The identity that ordinary requests use."""
        return self._identities[0]

    @property
    def other(self) -> IdentityInfo:
        """Somebody else who may not do more than others; a stand-in where the user named nobody."""
        return next((who for who in self._identities[1:] if not self._is_privileged(who)), _STAND_INS[1])

    @property
    def lesser(self) -> IdentityInfo:
        """An identity without a privileged role: the ordinary one if it has none."""
        return next((who for who in self._identities if not self._is_privileged(who)), _STAND_INS[0])

    @property
    def privileged(self) -> IdentityInfo | None:
        """The identity that may do more than the ordinary one; None where there is none."""
        return next((who for who in self._identities if self._is_privileged(who)), None)

    def _is_privileged(self, who: IdentityInfo) -> bool:
        return self._privileged_role is not None and (
            who.role == self._privileged_role or bool(_PRIVILEGED_ROLE.search(who.role))
        )

    def sender(self, operation: Operation) -> IdentityInfo | None:
        """Return who sends a request that should succeed; None where the operation asks for no credentials."""
        if not self.asks_credentials(operation):
            return None
        if self.privileged is not None and self._asks_privilege(operation):
            return self.privileged
        return self.ordinary

    def asks_credentials(self, operation: Operation) -> bool:
        """Tell whether the operation takes credentials.

        A document that declares no security scheme, but says somewhere that it refuses senders (401, 403), does not
        tell which operations do; then all of them are sent as somebody where the user named somebody. Otherwise who
        sends a request makes no difference to what is designed.
        """
        if any(requirement.schemes for requirement in operation.security):
            return True
        if any(is_credential(parameter) for parameter in operation.parameters):
            return True
        return self._undeclared and self._named


def documents_security(description: ApiDescription) -> bool:
    """Tell whether a document says anywhere that somebody may be refused for who they are, or are not."""
    return bool(description.security_schemes) or any(
        any(requirement.schemes for requirement in operation.security)
        or any(is_credential(parameter) for parameter in operation.parameters)
        or any(response.status in _REFUSALS for response in operation.responses)
        for operation in description.operations
    )


def is_credential(parameter: Parameter) -> bool:
    """Tell whether a header parameter carries the credentials, as documents without security schemes have it."""
    return parameter.where is ParameterLocation.HEADER and bool(_CREDENTIAL_HEADER.fullmatch(parameter.name))
