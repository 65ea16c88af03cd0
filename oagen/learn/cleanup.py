"""Deleting what learning created, in reverse order, as far as the document says how."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

from oagen.runner.bindings import Bindings, Unbound
from oagen.runner.pointers import at_pointer
from oagen.runner.run import Exchange, RunContext, Trace
from oagen.scenario.model import Scenario
from oagen.scenario.producers import Producer, Producers
from oagen.scenario.resources import ends_in_placeholder, placeholders
from oagen.scenario.wire import WireRequest
from oagen.spec.model import ApiDescription
from oagen.target.model import Answer, SendFailure, Target

_MOST = 20_000
_GONE = frozenset({404, 410})
_ROUNDS = 2  # what stood in the way of a deletion may be gone the second time


@dataclass(frozen=True, slots=True, kw_only=True)
class _Deleter:
    """How a kind of resource is deleted, after the operation that makes it."""

    path: str
    producer: Producer


class Cleanup:
    """Remembers what was created, and deletes it with the credentials it was created with."""

    def __init__(self, description: ApiDescription, target: Target, context: RunContext) -> None:
        self._target = target
        self._context = context
        self._deleters = _deleters(description)
        self._created: dict[str, str | None] = {}

    @property
    def left(self) -> int:
        """How many are still there."""
        return len(self._created)

    def observe(self, _scenario: Scenario, trace: Trace) -> None:
        """Take note of what a run created, and of what it deleted itself."""
        for exchange in (*trace.given, *trace.when):
            if exchange.answer is not None and exchange.wire is not None and _succeeded(exchange.answer):
                if exchange.request.method == "DELETE":
                    self._created.pop(exchange.wire.target, None)
                for target in self._deletions(exchange):
                    if len(self._created) < _MOST:
                        self._created[target] = exchange.request.identity

    def run(self, may_go_on: Callable[[], bool]) -> int:
        """Delete what is known to be there, the latest first; return how many resources stay."""
        for _ in range(_ROUNDS):
            before = len(self._created)
            for target in reversed(list(self._created)):
                if not may_go_on():
                    return len(self._created)
                if self._delete(target, self._created[target]):
                    del self._created[target]
            if len(self._created) in (0, before):
                break
        return len(self._created)

    def _delete(self, target: str, identity: str | None) -> bool:
        bindings = Bindings(run=self._context.run, test="cleanup", identities=self._context.identities)
        try:
            headers = bindings.headers_of(identity)
            request = WireRequest(method="DELETE", target=target, headers=headers)
            answer = self._target.send(request, timeout=self._context.timeout)
        except (Unbound, SendFailure):
            return False
        return _succeeded(answer) or answer.status in _GONE

    def _deletions(self, exchange: Exchange) -> Iterator[str]:
        """Yield the targets of the requests that delete what an exchange created."""
        for deleter in self._deleters.get(exchange.request.operation, ()):
            known = _path_values(exchange, self._context.base_path)
            identifier = _identifier(deleter.producer, exchange, known)
            if identifier is None:
                continue
            values = known | {placeholders(deleter.path)[-1].key: identifier}
            path = deleter.path
            for place in placeholders(deleter.path):
                if place.key not in values:
                    break
                path = path.replace(f"{{{place.name}}}", values[place.key])
            else:
                yield self._context.base_path + path


def _deleters(description: ApiDescription) -> dict[str, list[_Deleter]]:
    """Return by creating operation how what it makes is deleted."""
    producers = Producers(description)
    found: dict[str, list[_Deleter]] = {}
    for operation in description.operations:
        if operation.method != "DELETE" or not ends_in_placeholder(operation.path):
            continue
        producer = producers.find(placeholders(operation.path)[-1].key)
        if producer is not None and producer.makes:
            deleter = _Deleter(path=operation.path, producer=producer)
            found.setdefault(producer.operation.key, []).append(deleter)
    return found


def _path_values(exchange: Exchange, base_path: str) -> dict[str, str]:
    """Return the values in the path of a request by the key of their placeholder, encoded as they were sent."""
    template = exchange.request.path
    pattern = re.sub(r"\\\{[^{}]*\\\}", "([^/?]*)", re.escape(template))
    sent = (exchange.wire.target if exchange.wire else "").removeprefix(base_path).partition("?")[0]
    match = re.fullmatch(pattern, sent)
    if match is None:
        return {}
    return {place.key: value for place, value in zip(placeholders(template), match.groups(), strict=False)}


def _identifier(producer: Producer, exchange: Exchange, known: dict[str, str]) -> str | None:
    answer = exchange.answer
    if producer.chosen:
        return next(reversed(known.values()), None)
    if answer is None:
        return None
    if producer.header is not None:
        return _encoded(answer.header(producer.header))
    if producer.pointer is None:
        return None
    try:
        return _encoded(at_pointer(answer.json(), producer.pointer))
    except (ValueError, LookupError):
        return None


def _encoded(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, (str, int)) or value == "":
        return None
    return quote(str(value), safe="")


def _succeeded(answer: Answer) -> bool:
    return 200 <= answer.status < 300  # noqa: PLR2004
