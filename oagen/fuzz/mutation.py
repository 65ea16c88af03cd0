"""Small changes to requests that were sent before."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from oagen.fuzz import trouble
from oagen.fuzz.broken_forms import broken_variants
from oagen.fuzz.deepened import deepened
from oagen.fuzz.documented import Place, argument_for, body_places, documented_values, parameter_of, plain_value
from oagen.fuzz.encoded import encoded
from oagen.fuzz.luck import Luck
from oagen.fuzz.pool import Pool
from oagen.fuzz.shrink import names_identifier
from oagen.fuzz.slots import INSIDE, Slot, drop, place_at, put, slots_of, with_body
from oagen.scenario.model import Body, Literal, ObjectOf, Request
from oagen.spec.model import Operation, ParameterLocation

_GONE = 0.12  # of the values seen before: what was deleted
_BROKEN_FORM = 0.5  # of the forms that are torn
_NEVER = 0.06  # of them: something of the same form
_MOST_MORE = 3  # changes
_CHANGES = (45, 17, 8, 8, 9, 6, 7)  # how often each is made, before what it brought counts


class Mutator:
    """Changes requests of one campaign.

    Args:
        pool: Gives values that answers held.
        luck: Decides everything.
    """

    def __init__(self, pool: Pool, luck: Luck) -> None:
        self._pool = pool
        self._luck = luck
        self._places: dict[str, tuple[Place, ...]] = {}
        self._changes = (
            self._troubled,
            self._from_pool,
            self._dropped,
            self._reshaped,
            self._added,
            self._crossed,
            self._broken,
        )

    def mutate(self, request: Request, operation: Operation, mate: Request | None = None, *, more: int = 0) -> Request:
        """Return a request with one to seven changes, most often one.

        Args:
            request: The parent; its values are literals.
            operation: Says which optional parameters could be added.
            mate: Another request to the same operation, to take values from.
            more: So many changes are added, up to three.
        """
        request = self._revived(request)
        changes = self._luck.choices((1, 2, 3, 4), cum_weights=(65, 88, 96, 100))[0]
        for _ in range(changes + min(more, _MOST_MORE)):
            request = self._once(request, operation, mate)
        return request

    def _revived(self, request: Request) -> Request:
        """Return a request about what is there, most of the time, where it was about what was deleted since."""
        if not self._pool.has_deleted:
            return request
        for index, argument in enumerate(request.arguments):
            if argument.where is ParameterLocation.PATH and isinstance(argument.value, Literal):
                request = self._alive(request, Slot(argument.name, argument.value.value, index))
        body = request.body.value if request.body is not None and not request.body.raw else None
        if isinstance(body, Literal) and isinstance(body.value, dict):
            for name, value in body.value.items():
                if names_identifier(name):
                    request = self._alive(request, Slot(name, value, path=(name,)))
        return request

    def _alive(self, request: Request, slot: Slot) -> Request:
        gone = self._pool.deletion_of(slot.name, request.path, slot.value) is not None
        if not gone or trouble.likely(self._luck, _GONE):
            return request
        seen = self._pool.pick(slot.name, request.path)
        return request if seen is None else put(request, slot, seen)

    def _once(self, request: Request, operation: Operation, mate: Request | None) -> Request:
        places = slots_of(request)
        change = self._changes[self._luck.draw("changes", _CHANGES)]
        changed = change(request, operation, mate, places)
        return changed or self._added(request, operation, mate, places) or request

    def _troubled(
        self, request: Request, operation: Operation, _mate: Request | None, places: list[Slot]
    ) -> Request | None:
        if not places:
            return None
        if trouble.likely(self._luck, 0.35) and (described := self._described(request, operation)) is not None:
            return described
        slot = self._luck.choice(places)
        if slot.argument is not None and not slot.path and trouble.likely(self._luck, 0.3):
            parameter = parameter_of(operation, request.arguments[slot.argument])
            if parameter is not None and (values := documented_values(parameter)):
                return put(request, slot, self._luck.choice(values))
        return put(request, slot, trouble.trouble_like(slot.value, self._luck))

    def _described(self, request: Request, operation: Operation) -> Request | None:
        """Return the request with a value at a place of the body that the document describes, there or not."""
        body = request.body
        if body is None or body.raw or not isinstance(body.value, Literal):
            return None
        if operation.key not in self._places:
            self._places[operation.key] = body_places(operation)
        if not self._places[operation.key]:
            return None
        place = self._luck.choice(self._places[operation.key])
        if place.named and trouble.likely(self._luck, 0.4):
            value = self._luck.choice(place.named)
        else:
            value = trouble.trouble_like(self._luck.choice(place.plain) if place.plain else "a", self._luck)
        return with_body(request, place_at(body.value.value, place.path, value))

    def _from_pool(
        self, request: Request, _operation: Operation, _mate: Request | None, places: list[Slot]
    ) -> Request | None:
        self._luck.shuffle(places)
        for slot in places:
            if slot.name and not isinstance(slot.value, dict | list):
                gone = trouble.likely(self._luck, _GONE) and self._pool.deleted(slot.name, request.path)
                value = gone or self._pool.pick(slot.name, request.path)
                if value is not None and trouble.likely(self._luck, _NEVER):
                    value = trouble.never_was(value, self._luck)
                if value is not None and value != slot.value:
                    return put(request, slot, value)
        return None

    def _dropped(
        self, request: Request, _operation: Operation, _mate: Request | None, places: list[Slot]
    ) -> Request | None:
        fitting = [
            slot
            for slot in places
            if slot.argument is None or request.arguments[slot.argument].where is not ParameterLocation.PATH
        ]
        return drop(request, self._luck.choice(fitting)) if fitting else None

    def _added(
        self, request: Request, operation: Operation, _mate: Request | None, _places: list[Slot]
    ) -> Request | None:
        there = {(argument.name, argument.where) for argument in request.arguments}
        absent = [item for item in operation.parameters if (item.name, item.where) not in there]
        if not absent:
            return self._doubled(request)
        parameter = self._luck.choice(absent)
        value = self._pool.pick(parameter.name, request.path) if trouble.likely(self._luck, 0.3) else None
        if value is None:
            values = documented_values(parameter)
            named = values and trouble.likely(self._luck, 0.5)
            value = self._luck.choice(values) if named else trouble.trouble_like(plain_value(parameter), self._luck)
        return replace(request, arguments=(*request.arguments, argument_for(parameter, value)))

    def _doubled(self, request: Request) -> Request | None:
        queries = [item for item in request.arguments if item.where is ParameterLocation.QUERY]
        if not queries:
            return None
        return replace(request, arguments=(*request.arguments, self._luck.choice(queries)))

    def _crossed(
        self, request: Request, _operation: Operation, mate: Request | None, _places: list[Slot]
    ) -> Request | None:
        if mate is None:
            return None
        if mate.body is not None and trouble.likely(self._luck, 0.4):
            return replace(request, body=mate.body)
        theirs = {slot.name: slot.value for slot in slots_of(mate) if slot.name}
        ours = [slot for slot in slots_of(request) if slot.name in theirs and theirs[slot.name] != slot.value]
        if not ours:
            return None
        slot = self._luck.choice(ours)
        return put(request, slot, theirs[slot.name])

    def _reshaped(
        self, request: Request, _operation: Operation, _mate: Request | None, places: list[Slot]
    ) -> Request | None:
        if not places:
            return None
        slot = self._luck.choice(places)
        value = slot.value
        shapes: list[Any] = [None, [value], {"a": value}, str(value)[:1000], [value, value]]
        if isinstance(value, list) and value:
            shapes += [value * 50, value[:-1], value[0]]
        if isinstance(value, dict):
            shapes += [{**value, "extra": self._luck.choice(trouble.TEXTS)}, list(value), {**value, "id": 1}]
            if value and slot.argument is None and not slot.path:
                key = self._luck.choice(list(value))
                doubled = [(name, Literal(item)) for name, item in value.items()]
                doubled.append((key, Literal(trouble.any_trouble(self._luck))))
                assert request.body is not None
                if trouble.likely(self._luck, 0.15):
                    return replace(request, body=replace(request.body, value=ObjectOf(tuple(doubled))))
        return put(request, slot, self._luck.choice(shapes))

    def _broken(
        self, request: Request, _operation: Operation, _mate: Request | None, _places: list[Slot]
    ) -> Request | None:
        if request.body is not None and trouble.likely(self._luck, 0.35):
            return replace(
                request, body=replace(request.body, media_type=self._luck.pick("content types", trouble.CONTENT_TYPES))
            )
        if request.body is not None and trouble.likely(self._luck, 0.55):
            return self._torn(request, request.body)
        paths = [index for index, item in enumerate(request.arguments) if item.where is not ParameterLocation.HEADER]
        if not paths:
            return None
        index = self._luck.choice(paths)
        arguments = list(request.arguments)
        raw = Literal(self._luck.pick("raw segments", trouble.RAW_SEGMENTS))
        arguments[index] = replace(arguments[index], value=raw, raw=True)
        return replace(request, arguments=tuple(arguments))

    def _torn(self, request: Request, body: Body) -> Request | None:
        if not isinstance(body.value, Literal):
            return None
        if not body.raw and trouble.likely(self._luck, 0.15):
            return self._deepened(request)
        if isinstance(body.value.value, dict | list) and trouble.likely(self._luck, 0.3):
            deep: Any = body.value.value
            for _ in range(self._luck.choice((3, 60))):
                deep = [deep] if trouble.likely(self._luck, 0.5) else {"a": deep}
            return with_body(request, deep)
        if trouble.likely(self._luck, _BROKEN_FORM) and (variants := list(broken_variants(body))):
            return replace(request, body=self._luck.choice(variants))
        whole = encoded(body)
        if whole is None:
            return None
        content_type, sent = whole
        at = self._luck.randrange(len(sent) + 1)
        piece = self._luck.choice((b"", b"\0", b"\xff", b"\\ud800", b'"', b"}", b",", b"\r\n--", b"\xef\xbb\xbf"))
        torn = sent[:at] + piece + (sent[at:] if trouble.likely(self._luck, 0.6) else b"")
        return replace(request, body=Body(media_type=content_type, value=Literal(torn), raw=True))

    def _deepened(self, request: Request) -> Request | None:
        """Return the request with valid JSON, far deeper than programs expect, in one place of its body."""
        places = [slot for slot in slots_of(request) if slot.argument is None and INSIDE not in slot.path]
        if not places:
            return None
        return deepened(request, self._luck.choice(places).path, self._luck.choice(trouble.DEEP))
