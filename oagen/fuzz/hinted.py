"""Refused requests, mended by what the refusal says: this is how a body is learned that no document describes."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from oagen.fuzz.documented import argument_for, body_places, documented_values, plain_value
from oagen.fuzz.pool import Pool
from oagen.fuzz.slots import Path, drop_at, place_at, with_body
from oagen.runner.hints import OF_KIND, Hint, Wanted, hints_in
from oagen.scenario.model import Body, Literal, Request
from oagen.spec.model import Operation
from oagen.target.model import Answer

_REFUSALS = (400, 406, 409, 415, 422)
_MOST = 24  # requests of one operation, while none of it succeeded
_MOST_AFTER_SUCCESS = 8
_WRITES = ("POST", "PUT", "PATCH")
_ANYTHING: tuple[Any, ...] = ("a", 1, [], {}, True, ["a"])


class Mender:
    """Makes the next request of those that were refused.

    Args:
        pool: Gives values that answers held.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._made: Counter[str] = Counter()
        self._tried: Counter[tuple[str, Path]] = Counter()

    def mended(self, request: Request, answer: Answer, operation: Operation, successes: int) -> Request | None:
        """Return the request with everything changed that the refusal complains about; None where it says nothing.

        A place that is complained about again gets another value the next time.

        Args:
            request: Its values are literals.
            answer: Any answer to it.
            operation: The one that it was sent to.
            successes: How often the operation has succeeded: then little more is spent on it.
        """
        most = _MOST_AFTER_SUCCESS if successes else _MOST
        if answer.status not in _REFUSALS or self._made[operation.key] >= most:
            return None
        changed = request
        for hint in hints_in(_said(answer)):
            changed = self._changed(changed, operation, hint)
        if changed == request:
            return None
        self._made[operation.key] += 1
        return changed

    def _changed(self, request: Request, operation: Operation, hint: Hint) -> Request:
        name = next((str(token) for token in reversed(hint.place) if isinstance(token, str)), "")
        parameter = next((item for item in operation.parameters if item.name == name), None)
        if parameter is not None:
            others = tuple(item for item in request.arguments if item.name != name)
            if hint.wanted is Wanted.ABSENT:
                return replace(request, arguments=others)
            known = (*documented_values(parameter), plain_value(parameter))
            value = self._value(hint, name, request, operation, known)
            return replace(request, arguments=(*others, argument_for(parameter, value)))
        if hint.outside_body or operation.method not in _WRITES:
            return request
        body = request.body
        plain = body.value.value if body is not None and isinstance(body.value, Literal) and not body.raw else None
        if body is None or not isinstance(plain, dict | list):
            plain, request = {}, replace(request, body=Body(media_type=_media_type(operation), value=Literal({})))
        if hint.wanted is Wanted.ABSENT:
            with contextlib.suppress(LookupError, TypeError, ValueError):
                return with_body(request, drop_at(plain, hint.place))
            return request
        known = tuple(
            value
            for place in body_places(operation)
            if place.path == hint.place
            for value in (*place.named, *place.plain)
        )
        return with_body(request, place_at(plain, hint.place, self._value(hint, name, request, operation, known)))

    def _value(self, hint: Hint, name: str, request: Request, operation: Operation, known: tuple[Any, ...]) -> Any:
        """Return the next value to try at the place of a hint."""
        place = (operation.key, hint.place)
        values = list(self._values(hint, name, request, known))
        value = values[self._tried[place] % len(values)]
        self._tried[place] += 1
        return value

    def _values(self, hint: Hint, name: str, request: Request, known: tuple[Any, ...]) -> Iterator[Any]:
        kind = str(hint.values[0]) if hint.wanted is Wanted.OF_KIND else None
        seen = [self._pool.reference(name, request.path), self._pool.pick(name, request.path)]
        if kind in (None, "uuid", "string", "integer"):
            yield from (value for value in seen if value is not None and (kind is None or _is_like(value, kind)))
        match hint.wanted:
            case Wanted.ONE_OF:
                yield from hint.values
            case Wanted.AT_LEAST | Wanted.AT_MOST:
                yield hint.values[0]
            case Wanted.LONGER | Wanted.SHORTER:
                size = min(max(int(hint.values[0]), 0), 1000)
                yield from ("a" * size, ["a"] * size, [1] * size)
        yield from known
        if kind is not None and kind in OF_KIND:
            yield OF_KIND[kind]
        yield from _ANYTHING


def _is_like(value: Any, kind: str) -> bool:
    return isinstance(value, int) if kind == "integer" else isinstance(value, str)


def _media_type(operation: Operation) -> str:
    content = operation.request_body.content if operation.request_body else ()
    return next((item.name for item in content if "*" not in item.name), "application/json")


def _said(answer: Answer) -> Any:
    try:
        return answer.json()
    except (ValueError, RecursionError):
        return answer.body[:2000].decode("utf-8", "replace")
