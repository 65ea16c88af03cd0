"""Expectations as statements about `response`."""

from __future__ import annotations

from typing import Any

from oagen.scenario.model import BodyCheck, Effect, Expectation, HeaderCheck, HeaderRule, Literal
from oagen.suite.calls import RequestWriter
from oagen.suite.expressions import Imports
from oagen.suite.python_source import PythonSource, call, comment, literal, sequence, source, string
from oagen.suite.views import EffectView


def status_check(expectation: Expectation, imports: Imports) -> list[PythonSource]:
    """Return the statements that hold the answer to the documented status."""
    imports.use("explain")
    if expectation.status.isdecimal():
        return [source(f"assert response.status_code == {int(expectation.status)}, explain(response)")]
    matches = call(
        imports.use("status_matches"),
        "response.status_code",
        string(expectation.status),
        *([sequence(map(string, expectation.excluded))] if expectation.excluded else []),
    )
    return [source("assert ", matches, ", explain(response)")]


def expectation_checks(expectation: Expectation, writer: RequestWriter, imports: Imports) -> list[PythonSource]:
    """Return all statements about the answer: status, media type, headers, body."""
    return [*status_check(expectation, imports), *response_checks(expectation, writer, imports)]


def response_checks(expectation: Expectation, writer: RequestWriter, imports: Imports) -> list[PythonSource]:
    """Return the statements about the answer beside its status."""
    checks: list[PythonSource] = []
    if expectation.media_types:
        function = imports.use("check_media_type")
        checks.append(call(function, "response", *map(string, expectation.media_types)))
    checks += [_header_check(check, imports) for check in expectation.headers]
    checks += [body_check("response", check, writer, imports) for check in expectation.body]
    return checks


def _header_check(check: HeaderCheck, imports: Imports) -> PythonSource:
    function = imports.use("check_header")
    return call(
        function,
        "response",
        string(check.name),
        *([] if check.rule is HeaderRule.PRESENT and not check.values else [string(check.rule.value)]),
        *([sequence(map(string, check.values))] if check.values else []),
        required=None if check.required else "False",
    )


def body_check(answer: str, check: BodyCheck, writer: RequestWriter, imports: Imports) -> PythonSource:
    """Return the statement that compares a value of a body."""
    imports.use("at")
    imports.use("differs")
    place = [string(check.pointer)] if check.pointer else []
    found, message = call("at", answer, *place), call("differs", answer, *place)
    if isinstance(check.value, Literal) and _is_singleton(check.value.value):
        return source(f"assert {found} is {literal(check.value.value)}, {message}")
    return source(f"assert {found} == {writer.value(check.value)}, {message}")


def _is_singleton(value: Any) -> bool:
    return value is None or isinstance(value, bool)


def effect_view(effect: Effect, writer: RequestWriter, imports: Imports) -> EffectView:
    """Return what must be true afterwards, as a comment, a request and its checks."""
    function = imports.use("check_status")
    return EffectView(
        comment=comment(effect.reason),
        request=source("afterwards = ", writer.call(effect.request)),
        checks=[
            call(function, "afterwards", *map(string, effect.statuses)),
            *(body_check("afterwards", check, writer, imports) for check in effect.body),
        ],
    )
