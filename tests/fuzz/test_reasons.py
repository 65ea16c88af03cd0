"""A finding says what is peculiar about its request, as long as that is true."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from oagen.findings.model import Finding
from oagen.findings.proof import ProofContext, proof_of
from oagen.fuzz.campaign import Campaign
from oagen.fuzz.events import CampaignOptions, Finished
from oagen.fuzz.reasons import Reasons
from oagen.fuzz.shrink import shrink
from oagen.report.finding_json import finding_json
from oagen.scenario.model import Argument, Body, Capture, Literal, ObjectOf, Request, Value
from oagen.scenario.wire import WireRequest
from oagen.spec.model import ParameterLocation
from oagen.target.model import Answer
from tests.fuzz.apps import Answering, described

pytestmark = pytest.mark.timeout(120)

_LINE = {
    "type": "object",
    "required": ["quantity"],
    "additionalProperties": False,
    "properties": {
        "quantity": {"type": "integer", "minimum": 1, "maximum": 100},
        "price": {"type": "number", "exclusiveMinimum": 0, "multipleOf": 0.5},
        "note": {"type": "string", "minLength": 1, "maxLength": 20},
        "code": {"type": "string", "pattern": "^[A-Z]+$"},
        "due": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]},
        "size": {"enum": ["small", "large"]},
        "tags": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 3, "uniqueItems": True},
    },
}
_ORDER = {"type": "object", "properties": {"line": {"$ref": "#/components/schemas/Line"}, "any": {}}}
_DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Lines", "version": "1"},
    "components": {"schemas": {"Line": _LINE, "Order": _ORDER}},
    "paths": {
        "/orders": {
            "post": {
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}},
                },
                "responses": {"201": {"description": "made"}},
            },
            "get": {
                "parameters": [
                    {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 50}},
                    {"name": "since", "in": "query", "required": True, "schema": {"type": "string", "format": "date"}},
                ],
                "responses": {"200": {"description": "all"}},
            },
        }
    },
}


def _post(value: Any, *, media_type: str = "application/json", raw: bool = False) -> Request:
    plain: Value = value if isinstance(value, ObjectOf) else Literal(value)
    return Request(method="POST", path="/orders", body=Body(media_type=media_type, value=plain, raw=raw))


def _line(**members: Any) -> Request:
    return _post({"line": {"quantity": 5, **members}})


def _get(**arguments: Any) -> Request:
    given = {"since": "2024-05-17", **arguments}
    return Request(
        method="GET",
        path="/orders",
        arguments=tuple(
            Argument(name=name, where=ParameterLocation.QUERY, value=Literal(value)) for name, value in given.items()
        ),
    )


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (_line(quantity=0), "line.quantity is below its minimum"),
        (_line(quantity=101), "line.quantity is above its maximum"),
        (_line(quantity="x"), "line.quantity is not an integer"),
        (_line(quantity=None), "line.quantity is null"),
        (_line(price=0), "line.price is not above its lower bound"),
        (_line(price=0.7), "line.price is not a multiple of 0.5"),
        (_line(note=""), "line.note is empty"),
        (_line(note="x" * 21), "line.note is too long"),
        (_line(code="a"), "line.code does not match its pattern"),
        (_line(due="soon"), "line.due is not a date"),
        (_line(due=3), "line.due is of a wrong type"),
        (_line(size="huge"), "line.size is not one of the allowed values"),
        (_line(tags=[]), "line.tags is empty"),
        (_line(tags=["a", "a"]), "line.tags has the same item twice"),
        (_line(tags=["a", 3]), "line.tags[1] is not a string"),
        (_line(extra=1), "line has a property that is not allowed"),
        (_post({"line": {}}), "line.quantity is missing"),
        (_post([]), "the body is not an object"),
        (_post(b"{", raw=True), "the body is not JSON"),
        (_post(b"NaN", raw=True), "the body is not JSON"),
        (_post(b"", raw=True), "the body is empty"),
        (_post(b"[[]]", raw=True), "the body is not an object"),
        (_post({}, media_type="text/plain"), "the content type is not documented"),
        (_post(ObjectOf((("any", Literal(1)), ("any", Literal(2))))), "a name stands twice in the body"),
        (replace(_post({}), body=None), "the body is missing"),
        (_line(quantity=0, note=""), "line.quantity is below its minimum and line.note is empty"),
        (_get(limit=0), "limit is below its minimum"),
        (_get(limit="0"), "limit is below its minimum"),
        (_get(limit="x"), "limit is not an integer"),
        (_get(limit=""), "limit is empty"),
        (_get(since="x"), "since is not a date"),
        (replace(_get(), arguments=()), "since is missing"),
        (replace(_get(), arguments=(*_get().arguments, *_get().arguments)), "since is given twice"),
        (replace(_get(), method="PATCH"), "the method is not documented"),
        # what is allowed
        (_line(quantity=1), "line.quantity is at its minimum"),
        (_line(quantity=100), "line.quantity is at its maximum"),
        (_line(note="x" * 20), "line.note is as long as allowed"),
        (_line(note="x"), "line.note is as short as allowed"),
        (_line(tags=["a", "b", "c"]), "line.tags has as many items as allowed"),
        (_line(note="a\0b"), "line.note holds a NUL character"),
        (_line(note="a\ud800b"), "line.note holds half of a surrogate pair"),
        (_post({"any": 2**63}), "any is beyond 64 bits"),
        (_post({"any": [2**31]}), "any[0] is beyond 32 bits"),
        (_post({"any": math.inf}), "any is no finite number, or nearly none"),
        (_post({"any": "x" * 30_000}), "the body is very large"),
        (_get(limit=50), "limit is at its maximum"),
        (_line(due="2024-05-17"), ""),
        (_line(), ""),
        (_post({}), ""),
    ],
)
def test_what_is_peculiar_about_a_request(tmp_path: Path, request_: Request, said: str) -> None:
    assert Reasons(described(tmp_path, _DOCUMENT)).of(request_) == said


def test_nothing_is_said_of_what_is_captured_from_an_answer(tmp_path: Path) -> None:
    line = ObjectOf((("quantity", Capture("order", pointer="/quantity")), ("note", Literal("fine"))))

    assert not Reasons(described(tmp_path, _DOCUMENT)).of(_post(ObjectOf((("line", line),))))


def test_values_of_any_depth_and_size_are_told_of(tmp_path: Path) -> None:
    reasons, deep = Reasons(described(tmp_path, _DOCUMENT)), list[Any]()
    for _ in range(400):
        deep = [deep]

    assert reasons.of(_post({"any": deep})) == "the body is nested very deep"
    assert reasons.of(_post(b"[" * 100_000, raw=True)) == "the body is not JSON"
    assert reasons.of(_post({"any": 10**400})) == "any is beyond 64 bits"


def test_a_request_in_which_many_values_are_peculiar_is_not_told_of(tmp_path: Path) -> None:
    reasons = Reasons(described(tmp_path, _DOCUMENT))

    assert reasons.of(_post({"any": ["", None]})) == "any[0] is empty and any[1] is null"
    assert not reasons.of(_post({"any": ["", None, "\0", 2**40]}))


def test_a_name_that_stands_twice_for_nothing_goes_with_shrinking() -> None:
    twice = _post(ObjectOf((("any", Literal("x" * 9)), ("any", Literal(None)), ("line", Literal({})))))

    def shows(request: Request) -> bool:
        value = request.body.value if request.body is not None else None
        names = [name for name, _ in value.members] if isinstance(value, ObjectOf) else []
        return "any" in names or (isinstance(value, Literal) and "any" in (value.value or {}))

    body = shrink(twice, shows).body
    assert body is not None
    assert body.value == Literal({"any": None})


def _findings(tmp_path: Path, fails: Any) -> tuple[Finding, ...]:
    """Return what a campaign finds in an API that fails for some lines of orders."""

    def respond(request: WireRequest) -> Answer:
        try:
            value = json.loads(request.body or b"")
            failed = request.method == "POST" and fails(value["line"])
        except (ValueError, TypeError, KeyError, RecursionError):
            failed = False
        return Answer(status=500, body=b"broken") if failed else Answer(status=201)

    options = CampaignOptions(seed=1, max_seconds=100, max_requests=1500, other_methods=False)
    finished = list(Campaign(described(tmp_path, _DOCUMENT), Answering(respond), options).run())[-1]
    assert isinstance(finished, Finished)
    return tuple(finding for finding in finished.findings if finding.status == 500)


def test_a_finding_says_which_constraint_its_smallest_request_breaks(tmp_path: Path) -> None:
    (finding,) = _findings(tmp_path, lambda line: type(line["quantity"]) is int and line["quantity"] < 1)

    assert finding.proven
    assert finding.case == "line.quantity is below its minimum"
    assert finding.sentence.endswith("an undocumented 500 when line.quantity is below its minimum")
    assert finding_json(proof_of(finding, ProofContext()))["case"] == finding.case


def test_a_finding_says_nothing_of_what_its_smallest_request_does_not_have(tmp_path: Path) -> None:
    """Every line draws the fault, so that what was wrong with the first one that did goes with shrinking."""
    (finding,) = _findings(tmp_path, lambda line: line["quantity"] != "")

    assert finding.proven
    body = finding.scenario.when.body
    assert body is not None
    assert isinstance(body.value, Literal)
    plain = body.value.value["line"]
    assert Reasons(described(tmp_path, _DOCUMENT)).of(finding.scenario.when) == finding.case
    assert "note" not in plain
    assert "note" not in finding.case
