"""The judgement of answers."""

from __future__ import annotations

from typing import Any

import pytest

from oagen.runner.judge import FailureKind, Outcome, Verdict, judge
from oagen.runner.run import Exchange, RunContext, Trace, run_scenario
from oagen.scenario.model import BodyCheck, Effect, Expectation, HeaderCheck, HeaderRule, Literal, Request, Scenario
from oagen.spec.model import Response
from oagen.target import model as target_model
from oagen.target.model import Answer, SendFailure
from tests.runner.described import Scripted, description, json_answer, response

_PET = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}


def _judged(then: Expectation, answer: Answer | SendFailure, *documented: Response, method: str = "GET") -> Verdict:
    scenario = Scenario(
        operation=f"{method} /x",
        status=then.status,
        technique="test",
        title="",
        pointer="",
        when=Request(method=method, path="/x"),
        then=then,
    )
    trace = run_scenario(scenario, Scripted(lambda _request: answer), RunContext())
    return judge(scenario, trace, description(*documented, method=method))


def _kinds(verdict: Verdict) -> list[FailureKind]:
    return [failure.kind for failure in verdict.failures]


@pytest.mark.parametrize(
    ("then", "status", "passed"),
    [
        (Expectation(status="404"), 404, True),
        (Expectation(status="404"), 400, False),
        (Expectation(status="4XX"), 418, True),
        (Expectation(status="4XX"), 500, False),
        (Expectation(status="4XX", excluded=("404",)), 404, False),
        (Expectation(status="default", excluded=("200",)), 404, True),
        (Expectation(status="default", excluded=("200",)), 200, False),
        (Expectation(status="default", excluded=("4XX",)), 404, False),
        (Expectation(status="default"), 500, False),
        (Expectation(status="default", excluded=("5XX",)), 503, False),
        (Expectation(status="503"), 503, True),
        (Expectation(status="5XX"), 500, True),
    ],
)
def test_statuses(then: Expectation, status: int, passed: bool) -> None:
    verdict = _judged(then, Answer(status=status))

    assert (verdict.outcome is Outcome.PASSED) is passed
    assert passed or _kinds(verdict) == [FailureKind.STATUS]


def test_the_message_says_what_came_back_without_its_escapes() -> None:
    verdict = _judged(Expectation(status="404"), Answer(status=500, body=b"\x1b[31mKeyError\n\xff" + b"x" * 9999))

    message = verdict.failures[0].message
    assert message.startswith(r"answered 500, not 404: \x1b[31mKeyError\n\xff")
    assert len(message) < 250


_JSON = ("application/json",)
_TYPE = ("Content-Type", "application/json; charset=utf-8")


@pytest.mark.parametrize(
    ("media_types", "answer", "kinds"),
    [
        (_JSON, Answer(status=200, headers=(_TYPE,), body=b'{"id": 1}'), []),
        (_JSON, Answer(status=200, headers=(_TYPE,), body=b"{}"), [FailureKind.BODY_SCHEMA]),
        (_JSON, Answer(status=200, headers=(_TYPE,), body=b"{"), [FailureKind.BODY_SCHEMA]),
        (_JSON, Answer(status=200, headers=(_TYPE,), body=b"{", truncated=True), []),
        (_JSON, Answer(status=200, headers=(_TYPE,)), [FailureKind.MEDIA_TYPE]),
        (_JSON, Answer(status=200, body=b"{}"), [FailureKind.MEDIA_TYPE]),
        (_JSON, Answer(status=200, headers=(("content-type", "text/html"),), body=b"x"), [FailureKind.MEDIA_TYPE]),
        (("text/*",), Answer(status=200, headers=(("content-type", "text/html"),), body=b"x"), []),
        (("application/*", "*/*"), Answer(status=200, headers=(_TYPE,), body=b"{}"), []),
        ((), Answer(status=200, headers=(_TYPE,), body=b"{"), []),
    ],
)
def test_content(media_types: tuple[str, ...], answer: Answer, kinds: list[FailureKind]) -> None:
    documented = response("200", {name: _PET if name in _JSON else None for name in media_types})

    assert _kinds(_judged(Expectation(status="200", media_types=media_types), answer, documented)) == kinds


def test_head_and_204_need_no_content() -> None:
    answer = Answer(status=200, headers=(_TYPE,))

    assert _judged(Expectation(status="200", media_types=_JSON), answer, method="HEAD").outcome is Outcome.PASSED
    assert _judged(Expectation(status="204", media_types=_JSON), Answer(status=204)).outcome is Outcome.PASSED


def test_a_broken_schema_names_its_place() -> None:
    documented = response("200", {"application/json": _PET})

    verdict = _judged(Expectation(status="200", media_types=_JSON), json_answer({"id": "x"}), documented)

    assert [(failure.kind, failure.pointer) for failure in verdict.failures] == [(FailureKind.BODY_SCHEMA, "/id")]


@pytest.mark.parametrize(
    ("rule", "values", "text", "passed"),
    [
        (HeaderRule.PRESENT, (), "", True),
        (HeaderRule.EQUALS, ("a", "b"), "b", True),
        (HeaderRule.EQUALS, ("a",), "A", False),
        (HeaderRule.CHALLENGE, ("Bearer",), 'bearer realm="x", error="invalid_token"', True),
        (HeaderRule.CHALLENGE, ("Basic",), "Negotiate abc==, Basic realm=x", True),
        (HeaderRule.CHALLENGE, ("Basic",), "Bearer", False),
        (HeaderRule.CHALLENGE, (), "Please log in!!", False),
        (HeaderRule.CHALLENGE, (), "", False),
        (HeaderRule.METHODS, ("GET", "POST"), "POST, GET, HEAD", True),
        (HeaderRule.METHODS, ("GET",), "", False),
        (HeaderRule.METHODS, (), "GET; POST", False),
        (HeaderRule.DELAY, (), "120", True),
        (HeaderRule.DELAY, (), "Fri, 31 Dec 1999 23:59:59 GMT", True),
        (HeaderRule.DELAY, (), "soon", False),
        (HeaderRule.DELAY, (), "-1", False),
        (HeaderRule.DELAY, (), "1.5", False),
    ],
)
def test_header_rules(rule: HeaderRule, values: tuple[str, ...], text: str, passed: bool) -> None:
    check = HeaderCheck(name="X-Any", rule=rule, values=values)
    then = Expectation(status="200", headers=(check,))

    verdict = _judged(then, Answer(status=200, headers=(("x-any", text),)))

    assert _kinds(verdict) == ([] if passed else [FailureKind.HEADER])


def test_a_missing_header_fails_only_where_it_is_required() -> None:
    def judged(required: bool) -> list[FailureKind]:
        check = HeaderCheck(name="Allow", rule=HeaderRule.METHODS, required=required)
        return _kinds(_judged(Expectation(status="405", headers=(check,)), Answer(status=405)))

    assert (judged(required=True), judged(required=False)) == ([FailureKind.HEADER], [])


@pytest.mark.parametrize(
    ("raw", "text", "passed"),
    [
        ({"type": "integer", "minimum": 0}, "7", True),
        ({"type": "integer"}, "seven", False),
        ({"type": "integer"}, None, False),
        ({"type": "string", "pattern": "^[0-9]+$"}, "7", True),
        ({"type": "boolean"}, "true", True),
        ({"type": "array", "items": {"type": "integer"}}, "1, 2", True),
        ({"type": "array", "items": {"type": "integer"}}, "1,b", False),
        ({"type": "object"}, "a=1", True),
        ({"enum": ["a"]}, "b", False),
    ],
)
def test_documented_headers(raw: Any, text: str | None, passed: bool) -> None:
    documented = response("200", headers=(("X-Rate", True, raw), ("Content-Type", True, {"enum": ["never"]})))
    headers = () if text is None else (("X-Rate", text),)

    verdict = _judged(Expectation(status="200"), Answer(status=200, headers=headers), documented)

    assert _kinds(verdict) == ([] if passed else [FailureKind.HEADER])


@pytest.mark.parametrize(
    ("pointer", "value", "passed"),
    [
        ("/n", 1.0, True),
        ("/n", True, False),
        ("/b", True, True),
        ("/b", 1, False),
        ("/list", [1, {"a": None}], True),
        ("/list", [{"a": None}, 1], False),
        ("/list/1/a", None, True),
        ("/list/7", None, False),
        ("/list/01", None, False),
        ("/a~1b", "slash", True),
        ("", {}, False),
    ],
)
def test_body_values(pointer: str, value: Any, passed: bool) -> None:
    body = {"n": 1, "b": True, "list": [1, {"a": None}], "a/b": "slash"}
    then = Expectation(status="200", body=(BodyCheck(pointer=pointer, value=Literal(value)),))

    assert _kinds(_judged(then, json_answer(body))) == ([] if passed else [FailureKind.BODY_VALUE])


@pytest.mark.parametrize(
    ("statuses", "value", "passed"),
    [(("200",), 1, True), (("2XX",), 1, True), (("404",), 1, False), (("200",), 2, False)],
)
def test_effects(statuses: tuple[str, ...], value: int, passed: bool) -> None:
    effect = Effect(
        reason="a refused request changes nothing",
        request=Request(method="GET", path="/x"),
        statuses=statuses,
        body=(BodyCheck(pointer="/n", value=Literal(value)),),
    )

    verdict = _judged(Expectation(status="200", effects=(effect,)), json_answer({"n": 1}))

    assert _kinds(verdict) == ([] if passed else [FailureKind.EFFECT])
    assert passed or verdict.failures[0].message.startswith("a refused request changes nothing: GET /x")


def test_what_can_not_be_judged() -> None:
    failure = SendFailure(target_model.FailureKind.DROPPED, "the connection was closed")
    scenario = Scenario(
        operation="GET /x",
        status="200",
        technique="test",
        title="",
        pointer="",
        when=Request(method="GET", path="/x"),
        then=Expectation(status="200"),
    )
    api = description()
    dropped = Trace(reached=True, decisive=Exchange(step="response", request=scenario.when, failure=failure))

    assert judge(scenario, Trace(reached=False, reason="no"), api) == Verdict(outcome=Outcome.NOT_REACHED, reason="no")
    needs = judge(scenario, Trace(reached=False, reason="needs state 'x'", needs_state="x"), api)
    assert needs.outcome is Outcome.NEEDS_STATE
    assert judge(scenario, dropped, api).outcome is Outcome.NO_ANSWER
    assert judge(scenario, dropped, api).reason == "the connection was closed"
