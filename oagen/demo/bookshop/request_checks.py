"""Checks on requests that several resources share."""

from typing import Annotated

from fastapi import Depends, Path, Request

from oagen.demo.bookshop.models import MAX_IDENTIFIER
from oagen.demo.bookshop.problems import Problem

PathIdentifier = Annotated[int, Path(ge=1, le=MAX_IDENTIFIER, json_schema_extra={"format": "int32"}, examples=[1])]


def media_type(request: Request) -> str | None:
    """Return the body's media type without parameters, or None where none is given."""
    given: str | None = request.headers.get("content-type")
    return given.partition(";")[0].strip().lower() if given else None


async def require_json(request: Request) -> None:
    if media_type(request) not in {"application/json", None}:
        raise Problem(415, "Unsupported media type", detail="Send application/json.")


async def require_text(request: Request) -> None:
    if media_type(request) != "text/plain":
        raise Problem(415, "Unsupported media type", detail="Send text/plain.")


JsonOnly = Depends(require_json)
TextOnly = Depends(require_text)


def names_entity(header: str, etag: str) -> bool:
    """Tell whether `If-Match` or `If-None-Match` names `etag` (RFC 9110, section 13.1)."""
    named = {candidate.strip().removeprefix("W/") for candidate in header.split(",")}
    return "*" in named or etag in named
