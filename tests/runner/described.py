"""Small API descriptions and targets for tests, made by hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from oagen.scenario.wire import WireRequest
from oagen.spec.model import ApiDescription, Header, Location, MediaType, Operation, Response, Schema
from oagen.target.model import Answer, SendFailure

_ROOT = Location("api.yaml", "")


class NoReferences:
    """A resolver of documents without references."""

    documents: Mapping[str, Any] = {}

    def resolve(self, reference: str, base: Location) -> tuple[Any, Location]:
        raise AssertionError(f"{reference} at {base}")

    def line_of(self, location: Location) -> int | None:
        return None


def schema(raw: Any) -> Schema:
    return Schema(raw, _ROOT.child(json.dumps(raw)), NoReferences())


def response(
    status: str = "200", media_types: Mapping[str, Any] | None = None, headers: tuple[tuple[str, bool, Any], ...] = ()
) -> Response:
    return Response(
        status=status,
        description="",
        headers=tuple(
            Header(name=name, required=required, schema=schema(raw), location=_ROOT) for name, required, raw in headers
        ),
        content=tuple(
            MediaType(name=name, schema=None if raw is None else schema(raw), location=_ROOT)
            for name, raw in (media_types or {}).items()
        ),
        location=_ROOT,
    )


def description(*responses: Response, method: str = "GET", path: str = "/x") -> ApiDescription:
    operation = Operation(
        method=method,
        path=path,
        operation_id=None,
        tags=(),
        summary="",
        description="",
        parameters=(),
        request_body=None,
        responses=responses,
        security=(),
        location=_ROOT,
    )
    return ApiDescription(
        source="api.yaml",
        dialect="3.1",
        title="",
        version="",
        operations=(operation,),
        webhooks=(),
        security_schemes=(),
        servers=(),
        diagnostics=(),
        resolver=NoReferences(),
    )


class Scripted:
    """A target that answers as a function says, and keeps what it was sent."""

    def __init__(self, respond: Callable[[WireRequest], Answer | SendFailure]) -> None:
        self._respond = respond
        self.sent: list[WireRequest] = []

    def send(self, request: WireRequest, *, timeout: float | None = None) -> Answer:
        self.sent.append(request)
        answer = self._respond(request)
        if isinstance(answer, SendFailure):
            raise answer
        return answer

    def close(self) -> None:
        pass


def json_answer(value: Any, status: int = 200, **headers: str) -> Answer:
    named = tuple((name.replace("_", "-"), text) for name, text in headers.items())
    return Answer(
        status=status, headers=(("Content-Type", "application/json"), *named), body=json.dumps(value).encode()
    )
