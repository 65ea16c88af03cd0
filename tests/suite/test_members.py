"""Checks of a body's members, put together for a reader."""

from __future__ import annotations

import pytest

from oagen.scenario.model import (
    RESPONSE,
    Body,
    BodyCheck,
    Capture,
    Expectation,
    Literal,
    Request,
    Scenario,
    Unique,
    Value,
)
from oagen.suite.calls import RequestWriter
from oagen.suite.expressions import Imports, reached_through
from oagen.suite.members import Sent, body_checks, sent_by


def lines(*checks: tuple[str, Value], sent: Sent | None = None) -> list[str]:
    imports = Imports()
    writer = RequestWriter(reached_through({}, imports), imports)
    written = [BodyCheck(pointer=pointer, value=value) for pointer, value in checks]
    return [str(line) for line in body_checks("afterwards", written, writer, imports, sent)]


@pytest.mark.parametrize(
    ("checks", "expected"),
    [
        ([("/a", Literal(1))], ['assert at(afterwards, "/a") == 1, differs(afterwards, "/a")']),
        ([("/a", Literal(value=True))], ['assert at(afterwards, "/a") is True, differs(afterwards, "/a")']),
        ([("", Literal([]))], ["assert at(afterwards) == [], differs(afterwards)"]),
        ([("/a", Literal(1)), ("/b", Literal(None))], ['check_members(afterwards, {"a": 1, "b": None})']),
        (
            [("/data/a", Literal(1)), ("/data/b~1c", Literal(2))],
            ['check_members(afterwards, {"a": 1, "b/c": 2}, within="/data")'],
        ),
        (
            [(pointer, Capture(RESPONSE, pointer=pointer)) for pointer in ("/a", "/b")],
            ['check_members(afterwards, at(response), "a", "b")'],
        ),
        (
            [("/0", Literal(1)), ("/1", Literal(2))],
            [
                'assert at(afterwards, "/0") == 1, differs(afterwards, "/0")',
                'assert at(afterwards, "/1") == 2, differs(afterwards, "/1")',
            ],
        ),
    ],
)
def test_members_of_one_object_are_compared_together(checks: list[tuple[str, Value]], expected: list[str]) -> None:
    assert lines(*checks) == expected


def test_what_was_sent_is_named_once() -> None:
    sent = Sent({"a": Unique("???"), "b": Literal(1), "c": Literal(2)})
    assert lines(("/a", Unique("???")), ("/b", Literal(1)), ("/c", Literal(value=True)), sent=sent) == [
        'check_members(afterwards, sent, "a", "b")',
        'assert at(afterwards, "/c") is True, differs(afterwards, "/c")',
    ]


def creation(*checks: BodyCheck, media_type: str = "application/json") -> Scenario:
    body = Body(media_type=media_type, value=Literal({"a": 1, "b": True}))
    return Scenario(
        operation="POST /things",
        status="201",
        technique="valid-request",
        title="201 for a valid thing",
        pointer="",
        when=Request(method="POST", path="/things", body=body),
        then=Expectation(status="201", body=checks),
    )


def test_a_body_gets_a_variable_where_checks_repeat_it() -> None:
    both = (BodyCheck(pointer="/a", value=Literal(1)), BodyCheck(pointer="/data/b", value=Literal(value=True)))
    assert sent_by(creation(*both), effects=False) == Sent({"a": Literal(1), "b": Literal(value=True)})
    assert sent_by(creation(both[0]), effects=False) is None
    assert sent_by(creation(both[0], BodyCheck(pointer="/b", value=Literal(1))), effects=False) is None
    assert sent_by(creation(*both, media_type="application/xml"), effects=False) is None
