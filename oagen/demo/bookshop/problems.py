"""What goes wrong, said as RFC 9457 problem details."""

import json
import re
from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

PROBLEM_JSON = "application/problem+json"


class FieldError(BaseModel):
    """One place of a request that its schema refuses."""

    pointer: str = Field(
        description="Where, as a path from `body`, `query`, `path` or `header`.", examples=["body/isbn"]
    )
    message: str = Field(examples=["Field required"])


class ProblemDetails(BaseModel):
    """Problem details as of RFC 9457."""

    type: str = Field(json_schema_extra={"format": "uri-reference"}, examples=["/problems/book-not-found"])
    title: str = Field(examples=["Book not found"])
    status: int = Field(ge=400, le=599, examples=[404])
    detail: str | None = Field(default=None, examples=["There is no book 7."])
    errors: list[FieldError] | None = Field(default=None, description="What was refused; 422 alone has it.")


class Problem(Exception):  # noqa: N818 - a refusal that the document promises, not an error of the program
    """Stops the request and answers `status` with problem details."""

    def __init__(
        self,
        status: int,
        title: str,
        *,
        detail: str | None = None,
        errors: list[FieldError] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(title)
        self.details = ProblemDetails(
            type="/problems/" + title.lower().replace(" ", "-"),
            title=title,
            status=status,
            detail=detail,
            errors=errors,
        )
        self.headers = headers

    def response(self) -> Response:
        # ASCII alone: a refused name may hold a lone surrogate, which UTF-8 can't carry.
        content = json.dumps(self.details.model_dump(exclude_none=True))
        return Response(content, self.details.status, self.headers, media_type=PROBLEM_JSON)


def methods_of(path: str, path_items: dict[str, dict[str, Any]]) -> list[str]:
    """Return the methods that the document has for a path."""
    return [
        method.upper()
        for template, operations in path_items.items()
        if re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), path)
        for method in operations
    ]


async def answer_problem(_request: Request, problem: Exception) -> Response:
    assert isinstance(problem, Problem)
    return problem.response()


async def answer_invalid_request(_request: Request, error: Exception) -> Response:
    """Tell broken syntax (400) from a violated schema (422)."""
    assert isinstance(error, RequestValidationError)
    refused = error.errors()
    if any(entry["type"] == "json_invalid" for entry in refused):
        return Problem(400, "Malformed JSON", detail="The body is not a JSON text.").response()
    fields = [FieldError(pointer="/".join(map(str, entry["loc"])), message=entry["msg"]) for entry in refused]
    return Problem(422, "Invalid request", errors=fields).response()


async def answer_http_exception(request: Request, error: Exception) -> Response:
    """Give what the framework refuses (an unknown path or method) the same form."""
    assert isinstance(error, HTTPException)
    headers = dict(error.headers) if error.headers else {}
    if error.status_code == 405:  # Starlette names the methods of one route, where a path may have several
        headers["Allow"] = ", ".join(methods_of(request.url.path, request.app.openapi()["paths"]))
    return Problem(error.status_code, HTTPStatus(error.status_code).phrase, headers=headers).response()


HEADERS: dict[int, dict[str, Any]] = {
    401: {
        "WWW-Authenticate": {
            "description": "The challenge of RFC 6750.",
            "required": True,
            "schema": {"type": "string", "examples": ['Bearer realm="bookshop"']},
        }
    },
    405: {
        "Allow": {
            "description": "The methods that the path has.",
            "required": True,
            "schema": {"type": "string", "examples": ["GET"]},
        }
    },
}
for _status in (429, 503):
    HEADERS[_status] = {
        "Retry-After": {
            "description": "Seconds to wait before the next attempt.",
            "required": True,
            "schema": {"type": "integer", "minimum": 1},
        }
    }

MEANINGS = {
    400: "The body is not well-formed",
    401: "No bearer token, or one that the shop does not know",
    403: "The identity may not do this",
    415: "The media type of the body is not supported",
    422: "A parameter or the body violates its schema",
}


def problems(*statuses: int, **meanings: str) -> dict[int | str, dict[str, Any]]:
    """Document `statuses` as problem details; `meanings` (`_404="..."`) add more, with their own words."""
    described = {status: MEANINGS[status] for status in statuses}
    described |= {int(name.removeprefix("_")): meaning for name, meaning in meanings.items()}
    return {
        status: {
            "description": described[status],
            "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}},
            **({"headers": HEADERS[status]} if status in HEADERS else {}),
        }
        for status in sorted(described)
    }
