"""A small API with two faults, its description, and the findings that a campaign makes of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from oagen.findings.model import Finding, FindingKind
from oagen.scenario.model import (
    Argument,
    Body,
    Capture,
    Expectation,
    Literal,
    Request,
    Scenario,
    Step,
    Unique,
)
from oagen.scenario.tree import obj
from oagen.spec.loading import load_description
from oagen.spec.model import ApiDescription, ParameterLocation, Style

SERVED = """async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    status, answer = answered(scope["method"], scope["path"], body)
    content = json.dumps(answer).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


"""
"""What makes a module with `answered(method, path, body)` an ASGI application of the standard library."""

APP = (
    '''
"""A cellar of bottles, as an ASGI application of the standard library."""

import json

BOTTLES = {}


'''
    + SERVED
    + """def answered(method, path, body):
    if (method, path) == ("POST", "/bottles"):
        bottle = json.loads(body)
        if not isinstance(bottle.get("litres"), (int, float)):
            return 422, {"detail": "litres"}
        BOTTLES[len(BOTTLES) + 1] = bottle
        return 201, {"id": len(BOTTLES), **bottle}
    if path.startswith("/bottles/"):
        bottle = BOTTLES.get(int(path.split("/")[2]))
        if bottle is None:
            return 404, {"detail": "no such bottle"}
        if path.endswith("/share"):
            people = json.loads(body)["people"]
            return 200, {"each": bottle["litres"] / people}
        return 200, bottle
    return 404, {}
"""
)
FIXED = (
    APP.replace("= json.loads(body)\n        if not", "= read(body)\n        if not")
    .replace(
        '            return 200, {"each"',
        '            if not people:\n                return 422, {"detail": "nobody"}\n            return 200, {"each"',
    )
    .replace(
        "def answered(",
        """def read(body):
    try:
        return dict(json.loads(body))
    except (TypeError, ValueError):
        return {}


def answered(""",
    )
)
_ANSWERS = {"200": {"description": "ok"}, "404": {"description": "none"}, "422": {"description": "refused"}}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Cellar", "version": "1"},
    "paths": {
        "/bottles": {
            "post": {
                "tags": ["bottles"],
                "responses": {"201": {"description": "made"}, "422": {"description": "refused"}},
            }
        },
        "/bottles/{bottle_id}/share": {
            "post": {
                "tags": ["bottles"],
                "parameters": [
                    {"name": "bottle_id", "in": "path", "required": True, "schema": {"type": "integer"}},
                ],
                "responses": _ANSWERS,
            }
        },
    },
}

CREATE = "POST /bottles"
SHARE = "POST /bottles/{bottle_id}/share"


def description(folder: Path) -> ApiDescription:
    """Write the document into a folder, and read it."""
    file = folder / "openapi.json"
    file.write_text(json.dumps(DOCUMENT, indent=2))
    return load_description(str(file))


def _body(value: Any) -> Body:
    return Body(media_type="application/json", value=value)


def scenario(operation: str, *, when: Request, given: tuple[Step, ...] = ()) -> Scenario:
    return Scenario(
        operation=operation,
        status="default",
        technique="fuzz",
        title="no server error",
        pointer="/paths/~1bottles/post/responses",
        document="openapi.json",
        given=given,
        when=when,
        then=Expectation(status="default"),
    )


BROKEN = Finding(
    fingerprint="aaaa11112222",
    kind=FindingKind.UNDOCUMENTED_5XX,
    operation=CREATE,
    status=500,
    message="Expecting value",
    exception="JSONDecodeError",
    frame="cellar.py:27",
    traceback='Traceback (most recent call last):\n  File "/srv/app/cellar.py", line 27, in answered\n'
    "    bottle = json.loads(body)\njson.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)",
    exact=True,
    count=7,
    operations=(CREATE,),
    scenario=scenario(
        CREATE,
        when=Request(
            method="POST",
            path="/bottles",
            body=Body(media_type="application/json", value=Literal(b"\x00{\xff"), raw=True),
        ),
    ),
)
DIVIDED = Finding(
    fingerprint="bbbb33334444",
    kind=FindingKind.UNDOCUMENTED_5XX,
    operation=SHARE,
    status=500,
    message="division by zero",
    exception="ZeroDivisionError",
    frame="cellar.py:38",
    exact=True,
    operations=(SHARE, CREATE),
    scenario=scenario(
        SHARE,
        given=(
            Step(
                name="bottle",
                status="201",
                request=Request(
                    method="POST",
                    path="/bottles",
                    body=_body(obj((("name", Unique("red ####")), ("litres", Literal(1.5))))),
                ),
            ),
        ),
        when=Request(
            method="POST",
            path="/bottles/{bottle_id}/share",
            arguments=(
                Argument(
                    name="bottle_id",
                    where=ParameterLocation.PATH,
                    value=Capture("bottle", pointer="/id"),
                    style=Style.SIMPLE,
                ),
            ),
            body=_body(Literal({"people": 0})),
        ),
    ),
)
FINDINGS = (BROKEN, DIVIDED)
