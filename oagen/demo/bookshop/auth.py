"""Who is asking: bearer tokens (RFC 6750) of two customers and an administrator."""

import os
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from oagen.demo.bookshop.problems import Problem

CHALLENGE = 'Bearer realm="bookshop"'


class Role(StrEnum):
    CUSTOMER = "customer"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    name: str
    role: Role

    @property
    def is_admin(self) -> bool:
        return self.role is Role.ADMIN

    def may_see(self, owner: str) -> bool:
        return self.is_admin or self.name == owner


def identities_by_token() -> dict[str, Identity]:
    """Read the tokens from the environment; each has a default for demonstrations."""
    people = {"alice": Role.CUSTOMER, "bob": Role.CUSTOMER, "root": Role.ADMIN}
    return {
        os.environ.get(f"BOOKSHOP_{name.upper()}_TOKEN", f"{name}-demo-token"): Identity(name=name, role=role)
        for name, role in people.items()
    }


bearer = HTTPBearer(
    auto_error=False,
    scheme_name="bearerToken",
    description="The token of a customer or of the administrator.",
)


async def current_identity(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
) -> Identity:
    if credentials is None:
        raise Problem(401, "Authentication required", headers={"WWW-Authenticate": CHALLENGE})
    identity: Identity | None = request.app.state.identities.get(credentials.credentials)
    if identity is None:
        challenge = f'{CHALLENGE}, error="invalid_token"'
        raise Problem(401, "Unknown token", headers={"WWW-Authenticate": challenge})
    return identity


CurrentIdentity = Annotated[Identity, Depends(current_identity)]


async def require_admin(identity: CurrentIdentity) -> Identity:
    if not identity.is_admin:
        raise Problem(403, "Administrators only")
    return identity


AdminsOnly = Depends(require_admin)
