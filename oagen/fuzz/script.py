"""The requests that are planned for an operation before any is made up: valid ones first, then violations."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import chain, islice
from typing import Any

from oagen.fuzz import trouble
from oagen.fuzz.adapter import Cases, Generated
from oagen.fuzz.broken_forms import broken_forms
from oagen.fuzz.deepened import deepened
from oagen.fuzz.documented import argument_for, body_places, documented_values, plain_value
from oagen.fuzz.luck import Luck
from oagen.fuzz.pool import Pool
from oagen.fuzz.shrink import names_identifier
from oagen.fuzz.slots import Path, Slot, place_at, put, slots_of, with_body
from oagen.scenario.model import Argument, Body, Literal, Request
from oagen.scenario.values.names import is_identifying
from oagen.scenario.wire.media_types import essence
from oagen.spec.model import Operation, Parameter, ParameterLocation, Style

_FIRST_POSITIVE = 2
_PORTION = 4
_DRAWS = 6
_MOST_SLOTS = 25
_LOOKED_AT = 40  # changes, of which one is drawn
_NAMED = ("named", 0)
_DANGLING = ("dangling", 0)
_SHARES = (("values that hurt", 6), ("violations", 3), ("valid", 1))  # before what they bring counts
_WRITES = frozenset({"POST", "PUT", "PATCH"})
SAFE = frozenset({"GET", "HEAD", "OPTIONS", "QUERY"})

_Source = tuple[str, int]
_Change = tuple[_Source, Callable[[Request], Request]]
Renewed = Callable[[Operation], Request | None]


def in_producing_order(operation: Operation) -> tuple[int, int, str]:
    """Return a key that sorts operations: those that create first, shallow paths before deep ones, deletion last."""
    rank = {"POST": 0, "GET": 1, "PUT": 2, "PATCH": 3, "DELETE": 9}.get(operation.method, 4)
    return (operation.path.count("{") if rank < 9 else 99 - operation.path.count("{"), rank, operation.key)  # noqa: PLR2004


class ScriptWriter:
    """Writes the scripts of one campaign.

    Args:
        cases: Boundary cases and violations.
        pool: Its values take the place of made-up identifiers.
        luck: Decides how often they do, and what is tried first.
        identity: The one that requests are sent as.
        other_methods: Whether a path is sent methods that it does not have.
    """

    def __init__(self, cases: Cases, pool: Pool, luck: Luck, *, identity: str | None, other_methods: bool) -> None:
        self._cases = cases
        self._pool = pool
        self._luck = luck
        self._identity = identity
        self._other_methods = other_methods
        self._positive: dict[str, Iterator[Generated]] = {}
        self._base: dict[str, Request] = {}
        self._best: dict[str, Request] = {}

    def first(self, operation: Operation) -> Iterator[Request]:
        """Yield valid requests."""
        for request in islice(self._valid(operation), _FIRST_POSITIVE):
            yield self.known(request, 0.9)
        if operation.key not in self._base:
            yield self.plain(operation)
        for request in self._named(operation):
            yield self.known(request, 1.0)
        if operation.method in _WRITES and operation.request_body is None:
            base = self.known(self.plain(operation), 1.0)
            yield base
            sibling = self._pool.object_at(operation.path)
            if sibling is not None:
                yield replace(base, body=Body(media_type="application/json", value=Literal(sibling)))

    def sweep(self, operation: Operation) -> Iterator[Request]:
        """Yield a write with each of the bodies that parsers stumble over."""
        if operation.method not in _WRITES and operation.request_body is None:
            return
        base = self.known(self._base.get(operation.key) or self.plain(operation), 1.0)
        content = operation.request_body.content if operation.request_body else ()
        media_type = content[0].name if content and "*" not in content[0].name else "application/json"
        bodies: list[Body | None] = [None]
        bodies += [Body(media_type=media_type, value=Literal(content), raw=True) for content in trouble.BODIES]
        bodies.append(Body(media_type="text/plain", value=Literal(b"\xff\xfe\xfd"), raw=True))  # neither JSON nor text
        if (doubled := trouble.with_doubled_key(base.body)) is not None:
            bodies.append(doubled)
        yield from self._best_first("bodies", base, bodies)
        for documented in content:
            forms = list(broken_forms(documented, base.body))
            yield from self._best_first(f"bodies of {essence(documented.name)}", base, forms)

    def _best_first(self, group: str, base: Request, bodies: Sequence[Body | None]) -> Iterator[Request]:
        left = list(range(len(bodies)))
        while left:
            index = self._luck.best(group, left, len(bodies))
            left.remove(index)
            yield replace(base, body=bodies[index])

    def rest(self, operation: Operation, renewed: Renewed) -> Iterator[Request]:
        """Yield values that hurt, violations and the remaining valid cases, in the order of what they bring.

        Args:
            operation: The one to send to.
            renewed: Returns a request to it whose resources have just been made.
        """
        sources = {
            "values that hurt": self._troubled(operation, renewed),
            "violations": (
                self.known(item.request, 0.7)
                for item in self._cases.coverage(operation, positive=False)
                if self._may_send(operation, item)
            ),
            "valid": (self.known(request, 0.7) for request in chain(self._named(operation), self._valid(operation))),
        }
        while sources:
            names = list(sources)
            shares = [share * self._luck.weight(f"script {name}", 0) for name, share in _SHARES if name in sources]
            (name,) = self._luck.choices(names, shares)
            count = 0
            for request in islice(sources[name], _PORTION):
                count += 1
                self._luck.note(f"script {name}", 0)
                yield request
            if count < _PORTION:
                del sources[name]
        for request in self._cases.draws(operation, _DRAWS):
            yield self.known(request, 0.5)

    def _may_send(self, operation: Operation, generated: Generated) -> bool:
        return self._other_methods or generated.request.method == operation.method

    def succeeded(self, request: Request) -> None:
        """Take note of a request that was answered 2xx: the one with the most values is changed one by one later."""
        if request.operation not in self._best or len(slots_of(request)) > len(slots_of(self._best[request.operation])):
            self._best[request.operation] = request

    def best(self, operation: str) -> Request | None:
        """Return the request to an operation that was answered 2xx with the most values; None where none was."""
        return self._best.get(operation)

    def _troubled(self, operation: Operation, renewed: Renewed) -> Iterator[Request]:
        """Yield a request that succeeds with values replaced by those that hurt most often, or with values added.

        All texts that are free at once come first; then one place at a time, the changes that paid off elsewhere more
        often than others.
        """
        made = renewed(operation)
        base = made or self._best.get(operation.key) or self._base.get(operation.key)
        if base is None:
            return
        changes = [*self._added_arguments(operation), *self._body_values(base, operation)]
        for slot in slots_of(base)[:_MOST_SLOTS]:
            changes += [(source, partial(put, slot=slot, value=value)) for source, value in _hurting(slot.value)]
            if self._identifies(base, slot):
                changes += [(_DANGLING, partial(self._dangling, slot=slot, gone=gone)) for gone in (True, True, False)]
        self._luck.shuffle(changes)
        changes += self._everywhere(base, operation)
        count = 0
        while changes:
            if count % _PORTION == 0 and count:
                base = (renewed(operation) or base) if made is not None else self.known(base, 1.0)
            count += 1
            tried = changes[-_LOOKED_AT:]
            (drawn,) = self._luck.choices(range(len(tried)), [self._luck.weight(*source) for source, _ in tried])
            source, change = changes.pop(len(changes) - len(tried) + drawn)
            try:
                request = change(base)
            except (LookupError, TypeError, ValueError):
                continue  # the place is not in the request that was made anew
            self._luck.note(*source)
            yield request

    def _identifies(self, request: Request, slot: Slot) -> bool:
        """Whether a place of a request holds the identifier of a resource."""
        if type(slot.value) not in (str, int):
            return False
        if slot.argument is not None and request.arguments[slot.argument].where is ParameterLocation.PATH:
            return True
        return names_identifier(slot.name) or self._pool.reference(slot.name, request.path) is not None

    def _dangling(self, request: Request, *, slot: Slot, gone: bool) -> Request:
        """Return the request with an identifier of what was deleted, or never was; raises LookupError without any."""
        return put(request, slot, self._missing(slot.name, request.path, slot.value, gone=gone))

    def _with_dangling(
        self, request: Request, *, needed: Collection[object], parameter: Parameter, gone: bool
    ) -> Request:
        value = self._missing(parameter.name, request.path, plain_value(parameter), gone=gone)
        return _with_argument(request, needed=needed, parameter=parameter, value=value)

    def _missing(self, name: str, path: str, plain: Any, *, gone: bool) -> Any:
        seen = self._pool.pick(name, path)
        like = seen if type(seen) is type(plain) else plain
        value = self._pool.deleted(name, path) if gone else trouble.never_was(like, self._luck)
        if value is None:
            raise LookupError(name)
        return value

    def _everywhere(self, base: Request, operation: Operation) -> Iterator[_Change]:
        """Yield what puts a text that hurts wherever the document lets any text stand."""
        paths = [place.path for place in body_places(operation) if place.free]
        body = base.body
        if not paths or body is None or body.raw or not isinstance(body.value, Literal):
            return
        for index, value in enumerate(trouble.core_trouble("a")):
            yield ("everywhere", index), partial(_with_values, paths=paths, value=value)

    def _added_arguments(self, operation: Operation) -> Iterator[_Change]:
        """Yield what adds an optional parameter, alone, with a value that hurts."""
        needed = {(item.name, item.where) for item in operation.parameters if item.required}
        for parameter in operation.parameters:
            if (parameter.name, parameter.where) not in needed:
                for source, value in _hurting(plain_value(parameter)):
                    yield source, partial(_with_argument, needed=needed, parameter=parameter, value=value)
                if names_identifier(parameter.name):
                    for gone in (True, False):
                        yield _DANGLING, partial(self._with_dangling, needed=needed, parameter=parameter, gone=gone)

    def _named(self, operation: Operation) -> Iterator[Request]:
        """Yield requests with one optional parameter, each with each value that the document names for it."""
        base = self._best.get(operation.key) or self._base.get(operation.key) or self.plain(operation)
        needed = {(item.name, item.where) for item in operation.parameters if item.required}
        for parameter in operation.parameters:
            if (parameter.name, parameter.where) not in needed:
                for value in documented_values(parameter):
                    yield _with_argument(base, needed=needed, parameter=parameter, value=value)

    def _body_values(self, base: Request, operation: Operation) -> Iterator[_Change]:
        """Yield what puts such a value where the document describes one, whether something stands there or not."""
        body = base.body
        if body is None or body.raw or not isinstance(body.value, Literal):
            return
        for place in body_places(operation):
            hurting = [item for plain in place.plain for item in _hurting(plain)]
            for source, value in (*((_NAMED, value) for value in (*place.named, *place.plain)), *hurting):
                yield source, partial(_with_values, paths=[place.path], value=value)
            for index, deep in enumerate(trouble.DEEP):
                if ([] if deep in trouble.DEEP_ARRAYS else {}) in place.plain:
                    yield ("deep", index), partial(_with_deep, path=place.path, deep=deep)

    def _valid(self, operation: Operation) -> Iterator[Request]:
        """Yield the next valid requests: the generator goes on where it was left, since starting it is dear."""
        if operation.key not in self._positive:
            self._positive[operation.key] = self._cases.coverage(operation, positive=True)
        for generated in self._positive[operation.key]:
            self._base.setdefault(operation.key, generated.request)
            yield generated.request

    def read_back(self, written: Request, readers: Iterable[Operation]) -> Iterator[Request]:
        """Yield requests that read what a write has just made or changed, and the list that it stands in."""
        own = {argument.name: argument for argument in written.arguments if argument.where is ParameterLocation.PATH}
        for operation in readers:
            base = self._best.get(operation.key) or self._base.get(operation.key) or self.plain(operation)
            arguments = []
            for argument in base.arguments:
                if argument.where is ParameterLocation.PATH and argument.name in own:
                    argument = own[argument.name]  # noqa: PLW2901
                elif argument.where is ParameterLocation.PATH:
                    newest = self._pool.pick(argument.name, operation.path, newest=True)
                    argument = argument if newest is None else replace(argument, value=Literal(newest))  # noqa: PLW2901
                arguments.append(argument)
            yield replace(base, arguments=tuple(arguments), identity=self._identity)

    def repeatable(self, parent: Request, *, fresh: bool) -> Request:
        """Return a write that is likely to succeed: one that did, or a parent, for a resource that is there.

        Args:
            parent: To the same operation.
            fresh: It names what it makes as nothing was named before; else half of them do.
        """
        best = self._best.get(parent.operation)
        request = self.known(best if best is not None and (fresh or trouble.likely(self._luck, 0.5)) else parent, 1.0)
        return self._renamed(request) if fresh or trouble.likely(self._luck, 0.5) else request

    def _renamed(self, request: Request) -> Request:
        """Return a write with other texts where its body names what it makes: two such collide with one another."""
        for slot in slots_of(request):
            text = slot.value
            if slot.argument is None and isinstance(text, str) and text and is_identifying(slot.name):
                fresh = f"{self._luck.randrange(16**6):06x}"
                with suppress(LookupError):
                    request = put(request, slot, text[: max(len(text) - len(fresh), 0)] + fresh)
        return request

    def plain(self, operation: Operation) -> Request:
        """Return a request made from nothing but the path, for operations that Schemathesis can't read."""
        arguments = tuple(
            Argument(name=item.name, where=item.where, value=Literal("1"), style=Style.SIMPLE)
            for item in operation.parameters
            if item.where is ParameterLocation.PATH
        )
        body = None
        if operation.method in _WRITES:
            body = Body(media_type="application/json", value=Literal({}))
        return Request(
            method=operation.method, path=operation.path, arguments=arguments, body=body, identity=self._identity
        )

    def known(self, request: Request, share: float) -> Request:
        """Return a request whose identifiers are, this often, ones that answers held."""
        request = replace(request, identity=self._identity)
        if not trouble.likely(self._luck, share):
            return request
        arguments = tuple(self._known_argument(argument, request.path) for argument in request.arguments)
        request = replace(request, arguments=arguments)
        for slot in slots_of(request):
            if (slot.argument is None or slot.path) and type(slot.value) in (str, int):
                seen = self._pool.reference(slot.name, request.path)
                if type(seen) is type(slot.value):
                    with suppress(LookupError):  # it was inside of what is another text now
                        request = put(request, slot, seen)
        return request

    def _known_argument(self, argument: Argument, path: str) -> Argument:
        identifies = argument.where is ParameterLocation.PATH or argument.name.lower().endswith("id")
        if not identifies or argument.raw:
            return argument
        seen = self._pool.pick(argument.name, path)
        return argument if seen is None else replace(argument, value=Literal(seen))


def _hurting(value: Any) -> Iterator[tuple[_Source, Any]]:
    """Yield the values that hurt most often in the place of this one, with what their yield is counted by."""
    group = f"core {trouble.kind_of(value)}"
    for index, hurting in enumerate(trouble.core_trouble(value)):
        yield (group, index), hurting


def _with_argument(request: Request, *, needed: Collection[object], parameter: Parameter, value: Any) -> Request:
    """Return the request with no other optional arguments than this one."""
    kept = tuple(item for item in request.arguments if (item.name, item.where) in needed)
    return replace(request, arguments=(*kept, argument_for(parameter, value)))


def _with_deep(request: Request, *, path: Path, deep: bytes) -> Request:
    made = deepened(request, path, deep)
    if made is None:
        raise ValueError("there is no place for it")
    return made


def _with_values(request: Request, *, paths: Sequence[Path], value: Any) -> Request:
    body = request.body
    if body is None or not isinstance(body.value, Literal):
        return request
    plain = body.value.value
    for path in paths:
        plain = place_at(plain, path, value)
    return with_body(request, plain)
