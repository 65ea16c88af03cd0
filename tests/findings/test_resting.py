from __future__ import annotations

import pytest

from oagen.findings.resting import was_turned_away
from oagen.scenario.model import Argument, ArrayOf, Body, Capture, Expectation, Literal, ObjectOf, Request, Scenario
from oagen.spec.model import ParameterLocation


def of(request: Request) -> Scenario:
    return Scenario(
        operation="x",
        status="default",
        technique="fuzz",
        title="t",
        pointer="",
        when=request,
        then=Expectation(status="default"),
    )


def with_body(value: Literal | ObjectOf) -> Scenario:
    return of(
        Request(method="POST", path="/orders", body=Body(media_type="application/json", value=value), identity="root")
    )


IN_PATH = Argument(name="name", where=ParameterLocation.PATH, value=Literal("x"))
IN_QUERY = Argument(name="limit", where=ParameterLocation.QUERY, value=Literal(0))


@pytest.mark.parametrize(
    ("scenario", "status", "expected"),
    [
        (with_body(Literal({"items": [{"book_id": 1}]})), 404, True),
        (with_body(Literal({"items": [{"book_id": 1}]})), 409, True),
        (with_body(Literal({"items": [{"book_id": 1}]})), 422, False),
        (with_body(Literal({"items": [{"book_id": 1}]})), 201, False),
        (with_body(ObjectOf((("items", ArrayOf((ObjectOf((("book_id", Capture("book")),)),))),))), 404, False),
        (with_body(Literal({"note": "x"})), 409, False),
        (with_body(Literal({"note": "x"})), 401, True),
        (of(Request(method="GET", path="/a", arguments=(IN_QUERY,))), 401, False),
        (of(Request(method="GET", path="/a/{name}", arguments=(IN_PATH,))), 404, True),
        (of(Request(method="GET", path="/a", arguments=(IN_QUERY,))), 404, False),
    ],
)
def test_a_refusal_tells_nothing_where_the_request_rests_on_what_was_there(
    scenario: Scenario, status: int, expected: bool
) -> None:
    assert was_turned_away(scenario, status) is expected
