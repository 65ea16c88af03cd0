"""The smallest scenario that still shows a fault."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

from oagen.fuzz.pool import Pool, names_itself
from oagen.fuzz.slots import drop, put, slots_of
from oagen.scenario.model import ArrayOf, Capture, Literal, ObjectOf, Request, Step, Value
from oagen.scenario.nouns import singular
from oagen.spec.model import ParameterLocation

Shows = Callable[[Request], bool]
"""Sends a request and says whether it still shows the fault; False too when the budget is used up."""

_WORD = re.compile(r"[a-z0-9]+")
_PLACEHOLDER = re.compile(r"\{[^}]*\}")
_DEEPEST = 3  # steps that steps need
_OTHERS = 4  # resources that are tried in the place of one that is gone
_WRITES = 4  # to what a request names, that are tried before it
_MAKES = frozenset({"POST", "PUT"})


def shrink(request: Request, shows: Shows) -> Request:
    """Return the smallest request found that still shows the fault, by dropping and plainer values in turn."""
    improved = True
    while improved:
        improved = False
        for smaller in _smaller(request):
            if smaller != request and shows(smaller):
                request = smaller
                improved = True
                break
    return request


def _smaller(request: Request) -> Iterator[Request]:
    if request.body is not None:
        yield replace(request, body=None)
        value = request.body.value
        if isinstance(value, ObjectOf) and all(isinstance(item, Literal) for _, item in value.members):
            plain = {name: item.value for name, item in value.members if isinstance(item, Literal)}
            yield replace(request, body=replace(request.body, value=Literal(plain)))  # no name in it twice
    places = slots_of(request)
    for slot in places:
        is_path = slot.argument is not None and request.arguments[slot.argument].where is ParameterLocation.PATH
        if not is_path and (slot.argument is not None or slot.path):
            yield drop(request, slot)
    for slot in places:
        if slot.argument is not None and isinstance(slot.value, list) and len(slot.value) == 1:
            yield put(request, slot, slot.value[0])  # where it is sent the same, it is found among what was seen
        for plainer in plainer_values(slot.value):
            yield put(request, slot, plainer)


def plainer_values(value: Any) -> Iterator[Any]:
    """Yield values that are plainer than this one; none of them leads back to it."""
    if isinstance(value, str):
        if len(value) > 1:
            yield "a"
            yield value[: len(value) // 2]
            yield value[len(value) // 2 :]
    elif isinstance(value, bool) or value is None:
        return
    elif isinstance(value, int | float):
        if value not in (0, 1):
            yield 0
            yield 1
    elif isinstance(value, list):
        if value:
            yield []
        if len(value) > 1:
            yield value[:1]
            yield value[: len(value) // 2]
    elif isinstance(value, dict) and value:
        yield {}


def steps_for(request: Request, pool: Pool) -> tuple[tuple[Step, ...], Request]:
    """Return the steps that make the resources a request names, and the request capturing from them.

    Only identifiers are captured (values in the path, and what is named like one), and only those that an answer
    held; everything else stays as it is. What was there before the campaign is named as it was: a step that reads it
    by the same name would prove nothing more.
    """
    capturing = Capturing(pool)
    captured = capturing.request(request)
    return tuple(capturing.steps.values()), captured


def steps_with_deletion(request: Request, pool: Pool) -> tuple[tuple[Step, ...], Request]:
    """Return the steps that make what a request names, and delete what the campaign has deleted of it.

    So they do with what those steps name: an order is read whose book was deleted. No steps where the campaign has
    deleted nothing that it had made.
    """
    capturing = Capturing(pool)
    captured = capturing.request(request)
    deletions: dict[str, Step] = {}
    about = [request, *capturing.origins]
    for slot, path in [(slot, item.path) for item in about for slot in slots_of(item)]:
        by = pool.deletion_of(slot.name, path, slot.value) if slot.name else None
        seen = pool.origin_of(slot.name, path, slot.value)
        if by is not None and seen is not None and seen.origin.method in _MAKES:
            name = "deletion" if not deletions else f"deletion_{len(deletions) + 1}"
            deletions.setdefault(repr(by), Step(name=name, request=capturing.request(by, 1)))
    return (*capturing.steps.values(), *deletions.values()) if deletions else (), captured


def steps_with_writes(request: Request, pool: Pool) -> Iterator[tuple[tuple[Step, ...], Request]]:
    """Yield the steps that make what a request names, and write to it as was done before: once, at last all of it."""
    found = (pool.writes_to(slot.name, request.path, slot.value) for slot in slots_of(request) if slot.name)
    writes = list({repr(write): write for some in found for write in some if write != request}.values())[-_WRITES:]
    singles = [[write] for write in reversed(writes)]
    for some in (*singles, writes) if len(writes) > 1 else singles:
        capturing = Capturing(pool)
        captured = capturing.request(request)
        if not capturing.steps:
            return
        for write in some:
            capturing.step(write)
        yield tuple(capturing.steps.values()), captured


def about_others(request: Request, pool: Pool) -> Iterator[Request]:
    """Yield the request about resources that are there, where what it is about was deleted since."""
    for _ in range(_OTHERS):
        other = request
        for slot in slots_of(request):
            if slot.name and pool.deletion_of(slot.name, request.path, slot.value) is not None:
                seen = pool.pick(slot.name, request.path)
                with suppress(LookupError):
                    other = other if seen is None else put(other, slot, seen)
        if other != request:
            yield other


def makes(origin: Request, name: str | int) -> bool:
    """Whether a request whose answer held an identifier may have made what that names."""
    return origin.method == "PUT" or (origin.method == "POST" and not names_itself(origin, name))


def names_identifier(name: str) -> bool:
    """Whether a parameter or property names a resource, as far as its name tells: `order_id`, `orderId`."""
    return name.lower().endswith(("_id", "-id", "uuid", "_key")) or name.endswith("Id")


class Capturing:
    """Puts captures in the place of identifiers, and gathers the steps that they need.

    Args:
        pool: Knows which requests made what identifiers name.
        taken: Names that no step may have.

    Attributes:
        steps: In an order in which each comes after those that it needs.
    """

    def __init__(self, pool: Pool, taken: Collection[str] = ()) -> None:
        self._pool = pool
        self._taken = set(taken)
        self._origins: dict[str, Request] = {}
        self.steps: dict[str, Step] = {}

    @property
    def origins(self) -> tuple[Request, ...]:
        """The requests of the steps as the campaign sent them."""
        return tuple(self._origins.values())

    def request(self, request: Request, depth: int = 0) -> Request:
        """Return a request that captures what steps make.

        Args:
            depth: How many steps need one another already.
        """
        if depth >= _DEEPEST:
            return request
        arguments = tuple(
            replace(argument, value=self._value(argument.value, argument.name, request, depth))
            if argument.where is ParameterLocation.PATH or names_identifier(argument.name)
            else argument
            for argument in request.arguments
        )
        body = request.body
        if body is not None and not body.raw and isinstance(body.value, Literal):
            body = replace(body, value=self._inside(body.value.value, request, depth))
        return replace(request, arguments=arguments, body=body)

    def _value(self, value: Value, name: str, request: Request, depth: int) -> Value:
        if not isinstance(value, Literal):
            return value
        seen = self._pool.origin_of(name, request.path, value.value)
        if seen is None or not seen.pointer or seen.origin == request:
            return value
        if not makes(seen.origin, value.value) and self.request(seen.origin, depth + 1) == seen.origin:
            return value  # it only tells of what was there
        return Capture(self.step(seen.origin, depth), pointer=seen.pointer)

    def _inside(self, plain: Any, request: Request, depth: int) -> Value:
        """Return a body's value with its identifiers captured; a literal where it holds none."""
        if isinstance(plain, dict):
            members = []
            for name, item in plain.items():
                inside = self._inside(item, request, depth)
                if names_identifier(name):
                    inside = self._value(inside, name, request, depth)
                members.append((name, inside))
            changed = any(not isinstance(item, Literal) for _, item in members)
            return ObjectOf(tuple(members)) if changed else Literal(plain)
        if isinstance(plain, list):
            items = tuple(self._inside(item, request, depth) for item in plain)
            return ArrayOf(items) if any(not isinstance(item, Literal) for item in items) else Literal(plain)
        return Literal(plain)

    def step(self, origin: Request, depth: int = 0) -> str:
        """Add a request as a step, unless it is one already; return the step's name."""
        key = repr(origin)
        if key not in self.steps:
            made = self.request(origin, depth + 1)
            words = [word for word in _WORD.findall(_PLACEHOLDER.sub("", origin.path).lower()) if word]
            stem = singular(words[-1]) if words and not words[-1][0].isdigit() else "resource"
            name, number = stem, 2
            while name in self._taken:
                name, number = f"{stem}_{number}", number + 1
            self._taken.add(name)
            self._origins[key] = origin
            self.steps[key] = Step(name=name, request=made)
        return self.steps[key].name
