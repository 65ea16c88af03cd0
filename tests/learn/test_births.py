"""Made-up values of the target are drawn anew by the request that they came from."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from oagen.learn.births import Births
from oagen.runner.run import Trace, run_scenario
from oagen.scenario import tree
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
from oagen.scenario.wire import WireRequest
from oagen.spec.model import ParameterLocation
from oagen.target.model import Answer
from tests.learn.items import _answer, context

KEY = "e7838c97-d746-4008"


class Wallet:
    """Makes keys, lists them, and takes them."""

    def close(self) -> None:
        """Nothing is open."""

    def send(self, request: WireRequest, *, timeout: float | None = None) -> Answer:
        del timeout
        if request.method == "POST":
            return _answer(201, {"key": KEY, "name": (request.body or b"").decode(), "kind": "plain"})
        if request.target == "/keys":
            return _answer(200, [{"key": "ffff0000aaaa"}, {"key": "ffff0000bbbb"}])
        return _answer(200, {})


def request(method: str, path: str, *arguments: Argument, **more: Any) -> Request:
    return Request(method=method, path=path, arguments=arguments, **more)


def scenario(when: Request, *given: Step) -> Scenario:
    return Scenario(
        operation=when.operation,
        status="200",
        technique="valid-request",
        title="200 for a valid request",
        pointer="/paths",
        given=given,
        when=when,
        then=Expectation(status="2XX"),
    )


def key(value: str) -> Argument:
    return Argument(name="key", where=ParameterLocation.PATH, value=Literal(value))


CREATE = request("POST", "/keys", body=Body(media_type="application/json", value=Unique("name-????????9", "name")))
LIST = request("GET", "/keys")


def watched(*scenarios: Scenario) -> Births:
    births = Births()
    for each in scenarios:
        births.observe(each, run_scenario(each, Wallet(), context()))
    return births


def test_an_identifier_that_was_made_up_is_taken_from_the_request_that_made_it() -> None:
    births = watched(scenario(CREATE))

    rebuilt = births.rebuilt(scenario(request("GET", "/keys/{key}", key(KEY))))

    assert rebuilt.steps == (Step(name="key", request=CREATE),)
    assert rebuilt.when.arguments[0].value == Capture("key", pointer="/key")
    assert births.named_in(rebuilt) is None
    assert births.named_in(scenario(request("GET", "/keys/{key}", key(KEY)))) == KEY


def test_one_deep_in_a_body_is_taken_too_with_the_steps_before_it() -> None:
    first = Step(name="vault", request=CREATE)
    births = watched(scenario(CREATE, first))
    body = Body(media_type="application/json", value=Literal({"keys": [{"key": KEY}], "kind": "plain"}))

    rebuilt = births.rebuilt(scenario(request("PUT", "/keys", body=body), first))

    assert rebuilt.steps == (first,)
    assert rebuilt.when.body is not None
    assert tree.at(rebuilt.when.body.value, ("keys", 0, "key")) == Capture("vault", pointer="/key")
    assert tree.at(rebuilt.when.body.value, ("kind",)) == Literal("plain")


def test_the_first_of_a_list_is_read_again_and_others_are_only_told() -> None:
    births = watched(scenario(LIST))
    first, second = (scenario(request("GET", "/keys/{key}", key(value))) for value in ("ffff0000aaaa", "ffff0000bbbb"))

    assert births.rebuilt(first).when.arguments[0].value == Capture("key", pointer="/0/key")
    assert births.rebuilt(second) == second
    assert births.named_in(second) == "ffff0000bbbb"


@pytest.mark.parametrize("value", ["plain", "name", "7", "unknown-key-1234"])
def test_what_was_not_made_up_stays(value: str) -> None:
    births = watched(scenario(CREATE))
    named = scenario(request("GET", "/keys/{key}", key(value)))

    assert births.rebuilt(named) == named
    assert births.named_in(named) is None


def test_what_the_scenario_wrote_itself_is_no_made_up_value_of_the_target() -> None:
    written = replace(CREATE, body=Body(media_type="application/json", value=Literal("our-own-key-1")))
    births = watched(scenario(written))

    assert births.named_in(scenario(request("GET", "/keys/{key}", key('"our-own-key-1"')))) is None


def test_a_step_of_that_name_that_makes_something_else_is_not_replaced() -> None:
    births = watched(scenario(CREATE))
    other = scenario(request("GET", "/keys/{key}", key(KEY)), Step(name="key", request=LIST))

    assert births.rebuilt(other) == other


def test_a_run_that_was_not_reached_shows_nothing() -> None:
    births = Births()
    births.observe(scenario(CREATE), Trace(reached=False))

    assert births.named_in(scenario(request("GET", "/keys/{key}", key(KEY)))) is None
