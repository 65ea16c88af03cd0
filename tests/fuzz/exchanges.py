"""Requests and answers in few words."""

from __future__ import annotations

import json
from typing import Any

from oagen.scenario.model import Argument, Body, Literal, Request
from oagen.spec.model import ParameterLocation
from oagen.target.model import Answer

PATH, QUERY = ParameterLocation.PATH, ParameterLocation.QUERY


def a_request(method: str = "POST", path: str = "/orders", body: Any = None, **arguments: Any) -> Request:
    return Request(
        method=method,
        path=path,
        arguments=tuple(
            Argument(name=name, where=PATH if "{" + name + "}" in path else QUERY, value=Literal(value))
            for name, value in arguments.items()
        ),
        body=None if body is None else Body(media_type="application/json", value=Literal(body)),
    )


def json_answer(value: Any, status: int = 200, **headers: str) -> Answer:
    return Answer(status=status, headers=tuple(headers.items()), body=json.dumps(value).encode())
