"""Changes of a resource's state: the actions on it, and which of them a document's words put before others."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from oagen.scenario.nouns import words
from oagen.scenario.producers import Producers
from oagen.scenario.resources import ends_in_placeholder, last_fixed_segment, normal_path, placeholders
from oagen.scenario.shapes import responses_of
from oagen.spec.model import Operation

_IRREGULAR = {
    "pay": "paid", "send": "sent", "build": "built", "freeze": "frozen", "sell": "sold", "hold": "held",
    "withdraw": "withdrawn", "begin": "begun", "give": "given", "take": "taken", "lend": "lent", "set": "set",
}  # fmt: skip
_NOUN_ENDINGS = ("ation", "ition", "ment", "ion", "ing", "al", "ance")
_SHORTEST_STEM = 3
_NEGATION = re.compile(r"\b(?:not|never|no|un|without|isn't|hasn't|wasn't)\b[\w\s,']{0,24}$", re.IGNORECASE)


class Transitions:
    """The actions on each resource of a description, `POST /orders/{order_id}/cancel`, and their order."""

    def __init__(self, producers: Producers) -> None:
        self._producers = producers
        self._actions: dict[str, list[Operation]] = defaultdict(list)
        for operation in producers.operations:
            if changes_state(operation, producers):
                self._actions[placeholders(operation.path)[-1].key].append(operation)
        self._needed: dict[str, tuple[Operation, ...]] = {}

    def on(self, operation: Operation) -> tuple[Operation, ...]:
        """Return the actions on the resource that an operation addresses, itself left out."""
        places = placeholders(operation.path)
        known = self._actions.get(places[-1].key, ()) if places else ()
        return tuple(other for other in known if other is not operation)

    def needed_before(self, operation: Operation) -> tuple[Operation, ...]:
        """Return the actions that must have happened for an action to succeed, in order.

        The document says so where its summary speaks of such a resource ("Send a paid order") or its 409 of a missing
        one ("The order is not paid").
        """
        if operation.key not in self._needed:
            self._needed[operation.key] = ()
            direct = [other for other in self.on(operation) if self._is_needed(operation, other)]
            chain = [earlier for other in direct for earlier in self.needed_before(other)] + direct
            self._needed[operation.key] = _once(other for other in chain if other is not operation)
        return self._needed[operation.key]

    def against(self, operation: Operation, *, by_state: bool = False) -> tuple[Operation, ...]:
        """Return the other actions that an operation's 409 names as what forbids it ("The order has been shipped").

        Args:
            by_state: The 409 is about the resource's state; if it names no action, the first one stands for all. An
                action is its own first way into another state, so this is for other writes.
        """
        texts = _refusals(operation)
        needed = {other.key for other in self.needed_before(operation)}
        others = [other for other in self.on(operation) if other.key not in needed]
        named = [other for other in others if any(_mentions(text, other) is True for text in texts)]
        if not named and by_state and not changes_state(operation, self._producers):
            named = others[:1]
        return tuple(named)

    def _is_needed(self, operation: Operation, other: Operation) -> bool:
        if not changes_state(operation, self._producers):
            return False
        summaries = (operation.summary, operation.description)
        return (
            any(_mentions(text, other) is True for text in summaries)
            and not any(_mentions(text, other) is False for text in summaries)
        ) or any(_mentions(text, other) is False for text in _refusals(operation))


def _once(operations: Iterable[Operation]) -> tuple[Operation, ...]:
    return tuple({operation.key: operation for operation in operations}.values())


def is_action(operation: Operation) -> bool:
    """Tell whether an operation changes the state of one resource: a write at a fixed segment below it."""
    if (
        operation.method not in {"POST", "PUT"}
        or ends_in_placeholder(operation.path)
        or not placeholders(operation.path)
    ):
        return False
    below = normal_path(operation.path)[len(placeholders(operation.path)[-1].key) :]
    return below.count("/") == 1


def changes_state(operation: Operation, producers: Producers) -> bool:
    """Tell whether an action is no creation of something below the resource: of what has a path, or an identifier."""
    if not is_action(operation) or producers.at(f"{normal_path(operation.path)}/{{}}"):
        return False
    if operation.method == "POST" and responses_of(operation, "201") and not responses_of(operation, "200"):
        return False
    return not (operation.method == "POST" and producers.is_producer(operation))


def participles(operation: Operation) -> frozenset[str]:
    """Return the past participles of what an action does: `paid` for `POST .../payment` or `payOrder`."""
    verbs = set()
    for name in (last_fixed_segment(operation.path), operation.operation_id or ""):
        parts = words(name)
        if not parts:
            continue
        verbs.add(parts[0] if name == operation.operation_id else parts[-1])
    found = set()
    for verb in verbs:
        stems = {verb} | {
            verb.removesuffix(ending) for ending in _NOUN_ENDINGS if len(verb) >= len(ending) + _SHORTEST_STEM
        }
        for stem in stems:
            found |= {_IRREGULAR.get(stem, stem + "ed"), stem + stem[-1] + "ed", stem.removesuffix("e") + "ed"}
            if stem.endswith("y"):
                found.add(stem[:-1] + "ied")
    return frozenset(found - {"created", "posted", "putted", "updated"})


def _mentions(text: str, action: Operation) -> bool | None:
    """Tell whether a text speaks of a resource as having undergone an action: True, or False where it denies it."""
    found = None
    for match in re.finditer(r"[A-Za-z]+", text):
        if match.group().lower() in participles(action):
            if _NEGATION.search(text[: match.start()]):
                return False
            found = True
    return found


def _refusals(operation: Operation) -> tuple[str, ...]:
    return tuple(response.description for response in operation.responses if response.status == "409")
