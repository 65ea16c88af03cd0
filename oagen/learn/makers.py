"""Who was seen to make what: identifiers in the answers to writes that no answer had shown before.

The document names the producers of most resources. Where it does not, or where the one that it names fails, what the
API itself answers tells: `POST /connections/create-invitation` shows a `connection_id` that is new.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import takewhile
from typing import Any

from oagen.learn.memory import exchanges
from oagen.learn.shown import shown_by
from oagen.runner.run import Exchange, Trace
from oagen.scenario import tree
from oagen.scenario.model import Scenario
from oagen.scenario.nouns import is_opaque, words
from oagen.scenario.producers import Producer
from oagen.scenario.resources import Placeholder, made_noun, placeholders
from oagen.spec.model import ApiDescription, Operation

_DEEPEST = 4
_MOST_SEEN = 50_000
_SHORTEST_WORD = 2
_SHORTEST_TOKEN = 8
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]|$)")
_OPAQUE = ("id", "uuid", "guid", "uid", "pk", "key")


class Makers:
    """Takes note of which operation answers with which new identifiers."""

    def __init__(self, description: ApiDescription) -> None:
        self._operations = {operation.key: operation for operation in description.operations}
        self._seen: set[str] = set()
        self._shown: dict[str, dict[tuple[str, ...], tree.Path]] = {}
        self._named: dict[tuple[str, ...], Producer] = {}

    def observe(self, _scenario: Scenario, trace: Trace) -> None:
        """Take note of one run."""
        for exchange in exchanges(trace):
            self._observe(exchange)

    def of(self, place: Placeholder, without: frozenset[str] = frozenset()) -> Producer | None:
        """Return who makes what a path parameter identifies, and shows its identifier; None where nobody was seen to.

        Args:
            without: Keys of operations that do not count.
        """
        return next((producer for producer in self._of(place) if producer.operation.key not in without), None)

    def others(self, place: Placeholder, but: str) -> Iterator[Producer]:
        """Yield who else was seen to show the identifier that a path parameter asks for, but for one operation."""
        return (producer for producer in self._of(place) if producer.operation.key != but)

    def _of(self, place: Placeholder) -> list[Producer]:
        """Return who was seen to show what a path parameter asks for: under its very name, and near it, first."""
        found: list[tuple[tuple[bool, int, int, int], Producer]] = []
        for key, shown in self._shown.items():
            operation = self._operations[key]
            if any(other.key == place.key for other in placeholders(operation.path)):
                continue
            name = next((name for name in shown if _means(name, place, operation)), None)
            if name is not None:
                near = _common_segments(operation.path, place.key)
                rank = (name != words(place.name), -near, key.count("{"), len(key))
                found.append((rank, Producer(operation=operation, pointer=tree.pointer(shown[name]))))
        return [producer for _, producer in sorted(found, key=lambda item: item[0])]

    def showing(self, name: str) -> Producer | None:
        """Return whose answers show something new that is called so, or as the last words of it; None without any."""
        parts = words(name)
        return next((self._named[parts[start:]] for start in range(len(parts)) if parts[start:] in self._named), None)

    def _observe(self, exchange: Exchange) -> None:
        body = shown_by(exchange)
        writes = exchange.request.method in {"POST", "PUT"} and exchange.request.operation in self._operations
        sent = (exchange.wire.body or b"").decode("utf-8", "replace") if exchange.wire is not None else ""
        if writes and isinstance(body, str) and _is_token(body, sent):
            self._called_after_path(self._operations[exchange.request.operation])
        for path, value in _leaves(body, ()):
            text = repr(value)
            if text in self._seen:
                continue
            if len(self._seen) < _MOST_SEEN:
                self._seen.add(text)
            operation = self._operations.get(exchange.request.operation)
            if writes and operation is not None and isinstance(value, str) and _is_token(value, sent):
                producer = Producer(operation=operation, pointer=tree.pointer(path))
                self._named.setdefault(words(str(path[-1])), producer)
            if writes and is_opaque(str(path[-1])):
                self._shown.setdefault(exchange.request.operation, {}).setdefault(words(str(path[-1])), path)

    def _called_after_path(self, operation: Operation) -> None:
        """Take note of what answers with nothing but a text: the path says what it is, `POST /jwt/sign`."""
        for segment in operation.path.split("/"):
            if segment and "{" not in segment:
                self._named.setdefault(words(segment), Producer(operation=operation, pointer=""))


def _leaves(value: Any, path: tree.Path) -> Iterator[tuple[tree.Path, Any]]:
    """Yield texts and numbers in a JSON object with their places, the outer ones first; lists show what was there."""
    if not isinstance(value, dict):
        return
    for name, member in value.items():
        if isinstance(member, (str, int)) and not isinstance(member, bool) and member != "":
            yield (*path, str(name)), member
    if len(path) < _DEEPEST:
        for name, member in value.items():
            yield from _leaves(member, (*path, str(name)))


def _is_token(value: str, sent: str) -> bool:
    """Tell whether a text looks like something that the API has made up: one long word, or a mark, that nobody sent."""
    return len(value) >= _SHORTEST_TOKEN and " " not in value and value not in sent and not _MOMENT.match(value)


def _means(name: tuple[str, ...], place: Placeholder, operation: Operation) -> bool:
    """Tell whether a member of that name holds what a path parameter asks for."""
    joined = "".join(name)
    wanted = words(place.name)
    if joined in _OPAQUE:
        return made_noun(operation.path) == place.noun
    if any(joined == place.noun + word for word in _OPAQUE):
        return True
    if len(wanted) == 1 and wanted[0] in _OPAQUE:
        return False
    return len(wanted) == len(name) and all(map(_abbreviates, wanted, name))


def _common_segments(one: str, other: str) -> int:
    """Return how many segments two paths begin with in common."""
    pairs = zip(one.split("/"), other.split("/"), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _abbreviates(one: str, other: str) -> bool:
    """Tell whether one of two words is the beginning of the other: `conn` for `connection`."""
    short, long = sorted((one, other), key=len)
    return len(short) >= _SHORTEST_WORD and long.startswith(short)
