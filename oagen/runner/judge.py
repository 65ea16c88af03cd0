"""What a trace is worth: does the answer keep the promise?"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from oagen.runner.headers import documented_problem, header_problem
from oagen.runner.pointers import at_pointer, same_json
from oagen.runner.run import Exchange, Trace
from oagen.runner.statuses import any_status_matches, status_matches
from oagen.scenario.model import Effect, Scenario
from oagen.scenario.values.checking import Direction, SchemaChecker
from oagen.scenario.wire.media_types import in_range, is_json
from oagen.spec.model import ApiDescription, MediaType, Response
from oagen.target.model import Answer

_WITHOUT_CONTENT = frozenset({204, 205, 304})
_LONGEST_EXCERPT = 200


class Outcome(enum.StrEnum):
    """What became of a scenario."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_REACHED = "not reached"
    NEEDS_STATE = "needs state"
    NO_ANSWER = "no answer"


class FailureKind(enum.StrEnum):
    """Which part of the promise was broken."""

    STATUS = "status"
    MEDIA_TYPE = "media type"
    BODY_SCHEMA = "body schema"
    HEADER = "header"
    BODY_VALUE = "body value"
    EFFECT = "effect"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One part of the promise that was broken.

    Attributes:
        pointer: Into the body for its schema and values; empty otherwise.
    """

    kind: FailureKind
    message: str
    pointer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The judgement of one run.

    Attributes:
        reason: Why there is nothing to judge; None where there is.
    """

    outcome: Outcome
    failures: tuple[Failure, ...] = ()
    reason: str | None = None


def judge(scenario: Scenario, trace: Trace, description: ApiDescription) -> Verdict:
    """Return the verdict of one run; for many, a `Judge` keeps what it has read of the schemas."""
    return Judge(description)(scenario, trace)


class Judge:
    """Judges runs against one description."""

    def __init__(self, description: ApiDescription) -> None:
        self._checker = SchemaChecker(description.resolver, Direction.RESPONSE)
        self._responses = {
            (operation.key, response.status): response for operation, response in description.documented()
        }

    def __call__(self, scenario: Scenario, trace: Trace) -> Verdict:
        """Return the verdict of one run."""
        if trace.needs_state is not None:
            return Verdict(outcome=Outcome.NEEDS_STATE, reason=trace.reason)
        if not trace.reached or trace.decisive is None:
            return Verdict(outcome=Outcome.NOT_REACHED, reason=trace.reason)
        answer = trace.decisive.answer
        if answer is None:
            return Verdict(outcome=Outcome.NO_ANSWER, reason=str(trace.decisive.failure))
        then = scenario.then
        if not status_matches(answer.status, then.status, then.excluded):
            message = f"answered {answer.status}, not {then.status}{excerpt(answer)}"
            return Verdict(outcome=Outcome.FAILED, failures=(Failure(kind=FailureKind.STATUS, message=message),))
        failures = [
            *self._content_failures(scenario, answer),
            *self._header_failures(scenario, answer),
            *_value_failures(trace.decisive, FailureKind.BODY_VALUE),
        ]
        for effect, exchange in zip(then.effects, trace.effects, strict=True):
            failures += _effect_failures(effect, exchange)
        return Verdict(outcome=Outcome.FAILED if failures else Outcome.PASSED, failures=tuple(failures))

    def content_failures(
        self, response: Response | None, answer: Answer, media_types: Sequence[str], method: str
    ) -> Iterator[Failure]:
        """Yield what is wrong with an answer's content type and body, as far as they are documented."""
        if not media_types or method == "HEAD" or answer.status in _WITHOUT_CONTENT:
            return
        content_type = answer.header("Content-Type")
        if not answer.body and not answer.truncated:
            if content_type is None or not content_type.startswith("text/"):
                message = f"has no body, but the document has {', '.join(media_types)}"
                yield Failure(kind=FailureKind.MEDIA_TYPE, message=message)
            return
        if content_type is None:
            message = f"has no Content-Type, but the document has {', '.join(media_types)}"
            yield Failure(kind=FailureKind.MEDIA_TYPE, message=message)
            return
        matching = [item for item in media_types if in_range(content_type, item)]
        if not matching:
            message = f"is {content_type!r}, but the document has {', '.join(media_types)}"
            yield Failure(kind=FailureKind.MEDIA_TYPE, message=message)
            return
        if answer.truncated or not is_json(content_type):
            return
        try:
            body = answer.json()
        except ValueError as error:
            yield Failure(kind=FailureKind.BODY_SCHEMA, message=f"is {content_type}, but not JSON: {error}")
            return
        best = min(matching, key=lambda item: item.count("*"))
        media_type = _media_type(response, best)
        if media_type is not None and media_type.schema is not None:
            for found in self._checker.errors(media_type.schema, body):
                message = f"{found.pointer or 'the body'}: {_shortened(found.message)}"
                yield Failure(kind=FailureKind.BODY_SCHEMA, message=message, pointer=found.pointer)

    def contract_failures(self, scenario: Scenario, trace: Trace) -> Iterator[Failure]:
        """Yield what is wrong with the content of a scenario's answer, whether the scenario asks for it or not."""
        response = self._responses.get((scenario.operation, scenario.status))
        answer = trace.decisive.answer if trace.decisive is not None else None
        if answer is not None and response is not None:
            media_types = [item.name for item in response.content]
            yield from self.content_failures(response, answer, media_types, scenario.when.method)

    def _content_failures(self, scenario: Scenario, answer: Answer) -> Iterator[Failure]:
        response = self._responses.get((scenario.operation, scenario.status))
        return self.content_failures(response, answer, scenario.then.media_types, scenario.when.method)

    def _header_failures(self, scenario: Scenario, answer: Answer) -> Iterator[Failure]:
        for check in scenario.then.headers:
            if problem := header_problem(check, answer):
                yield Failure(kind=FailureKind.HEADER, message=f"{check.name} {problem}")
        response = self._responses.get((scenario.operation, scenario.status))
        for header in response.headers if response else ():
            if problem := documented_problem(header, answer, self._checker):
                yield Failure(kind=FailureKind.HEADER, message=f"{header.name} {problem}")


def _media_type(response: Response | None, name: str) -> MediaType | None:
    return next((item for item in response.content if item.name == name), None) if response else None


def _value_failures(exchange: Exchange, kind: FailureKind) -> Iterator[Failure]:
    if exchange.unbound is not None:
        yield Failure(kind=kind, message=exchange.unbound)
    if not exchange.expected or exchange.answer is None:
        return
    try:
        body = exchange.answer.json()
    except ValueError:
        yield Failure(kind=kind, message="the body is not JSON")
        return
    for pointer, expected in exchange.expected:
        place = pointer or "the body"
        try:
            found: Any = at_pointer(body, pointer)
        except LookupError:
            yield Failure(kind=kind, message=f"{place} is not there", pointer=pointer)
            continue
        if not same_json(found, expected):
            message = f"{place} is {_shortened(repr(found))}, not {_shortened(repr(expected))}"
            yield Failure(kind=kind, message=message, pointer=pointer)


def _effect_failures(effect: Effect, exchange: Exchange) -> Iterator[Failure]:
    asked = f"{effect.reason}: {effect.request.method} {effect.request.path}"
    if exchange.answer is None:
        yield Failure(
            kind=FailureKind.EFFECT, message=f"{asked} could not be asked: {exchange.unbound or exchange.failure}"
        )
    elif not any_status_matches(exchange.answer.status, effect.statuses):
        message = f"{asked} answered {exchange.answer.status}, not {' or '.join(effect.statuses)}"
        yield Failure(kind=FailureKind.EFFECT, message=message)
    else:
        for failure in _value_failures(exchange, FailureKind.EFFECT):
            yield Failure(kind=failure.kind, message=f"{asked}: {failure.message}", pointer=failure.pointer)


def excerpt(answer: Answer) -> str:
    """Return the start of a body for a message, `: ...`, control characters escaped; empty where there is none."""
    text = answer.body[: 4 * _LONGEST_EXCERPT].decode("utf-8", "backslashreplace").strip()
    return f": {_shortened(text)}" if text else ""


def _shortened(text: str) -> str:
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text[: _LONGEST_EXCERPT + 1])
    return shown if len(shown) <= _LONGEST_EXCERPT else shown[: _LONGEST_EXCERPT - 1] + "…"
