"""Expectations as statements about `response`."""

from __future__ import annotations

from oagen.scenario.model import Effect, Expectation, HeaderCheck, HeaderRule
from oagen.suite.calls import RequestWriter
from oagen.suite.expressions import Imports
from oagen.suite.members import Sent, body_checks
from oagen.suite.python_source import PythonSource, call, comment, sequence, source, string
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


def expectation_checks(
    expectation: Expectation, writer: RequestWriter, imports: Imports, sent: Sent | None = None
) -> list[PythonSource]:
    """Return all statements about the answer: status, media type, headers, body.

    Args:
        sent: The request's body, where a variable holds it.
    """
    return [*status_check(expectation, imports), *response_checks(expectation, writer, imports, sent)]


def response_checks(
    expectation: Expectation, writer: RequestWriter, imports: Imports, sent: Sent | None = None
) -> list[PythonSource]:
    """Return the statements about the answer beside its status."""
    checks: list[PythonSource] = []
    if expectation.media_types:
        function = imports.use("check_media_type")
        checks.append(call(function, "response", *map(string, expectation.media_types)))
    checks += [_header_check(check, imports) for check in expectation.headers]
    return [*checks, *body_checks("response", expectation.body, writer, imports, sent)]


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


def effect_view(effect: Effect, writer: RequestWriter, imports: Imports, sent: Sent | None = None) -> EffectView:
    """Return what must be true afterwards, as a comment, a request and its checks."""
    function = imports.use("check_status")
    return EffectView(
        comment=comment(effect.reason),
        request=source("afterwards = ", writer.call(effect.request)),
        checks=[
            call(function, "afterwards", *map(string, effect.statuses)),
            *body_checks("afterwards", effect.body, writer, imports, sent),
        ],
    )
