"""The given steps of one scenario: each resource that a request needs is made once, parents first, and shared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from oagen.scenario import tree
from oagen.scenario.accounts import Accounts, credentials_of
from oagen.scenario.identities import Cast
from oagen.scenario.model import Argument, Capture, Given, Literal, ProviderState, Request, Step, Unique, Value
from oagen.scenario.nouns import is_opaque, phrase, step_name
from oagen.scenario.producers import Producer, Producers
from oagen.scenario.requests import Requests, chosen_content, precondition, with_header
from oagen.scenario.resources import ends_in_placeholder, last_fixed_segment, made_segment, normal_path, placeholders
from oagen.scenario.shapes import responses_of
from oagen.scenario.transitions import Transitions
from oagen.spec.model import Operation, ParameterLocation

_DEEPEST = 12
"""Steps of one scenario; a description that needs more for one resource goes round in circles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """An operation's valid request and all that has to be there for it.

    Attributes:
        resources: Step that made (or showed) the resource of each path parameter, by the parameter's key.
        values: Identifier of each resource, by key.
        made: Keys of the resources that a step created, so that they belong to whoever sent it.
    """

    operation: Operation
    given: tuple[Given, ...]
    request: Request
    resources: Mapping[str, str]
    values: Mapping[str, Value]
    made: frozenset[str]

    @property
    def key(self) -> str | None:
        """Key of the last path parameter's resource, or None where the path has no parameter."""
        places = placeholders(self.operation.path)
        return places[-1].key if places else None

    @property
    def owns(self) -> bool:
        """Whether the resource that the path ends in was made by a step."""
        return self.key is not None and self.key in self.made


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """What a description says about its operations, as far as setting up needs it."""

    producers: Producers
    requests: Requests
    transitions: Transitions
    accounts: Accounts
    cast: Cast


class Setup:
    """Collects the given steps of one scenario while its requests are built."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._producers = knowledge.producers
        self._requests = knowledge.requests
        self._transitions = knowledge.transitions
        self._accounts = knowledge.accounts
        self._cast = knowledge.cast
        self.given: list[Given] = []
        self.values: dict[str, Value] = {}
        self.resources: dict[str, str] = {}
        self.made: set[str] = set()
        self._made_by: dict[str, str] = {}
        self._active: list[str] = []

    def copy(self) -> Setup:
        """Return a setup that goes on from here without changing this one."""
        twin = Setup(self._knowledge)
        twin.given = list(self.given)
        twin.values = dict(self.values)
        twin.resources = dict(self.resources)
        twin.made = set(self.made)
        twin._made_by = dict(self._made_by)
        return twin

    def prepared(self, operation: Operation, *, fresh: bool = False, transitions: bool = True) -> Prepared:
        """Return an operation's valid request with everything it needs.

        Args:
            fresh: The last path parameter identifies nothing yet (a PUT that creates).
            transitions: Take the actions before it that the operation needs to succeed.
        """
        places = placeholders(operation.path)
        if fresh and places:
            self.values[places[-1].key] = self._chosen(operation)
        request = self.request(operation)
        if operation.method in {"PUT", "PATCH"} and not fresh and places and places[-1].key in self.made:
            request = self._changing(request)
        for step in self._transitions.needed_before(operation) if transitions else ():
            self.step(step_name(last_fixed_segment(step.path)), self.request(step))
        if not fresh:
            self._ask_for_unmade(operation, request)
            self._ask_for_account(operation, request)
        named = {place.name: place.key for place in places}
        for argument in request.arguments:
            if argument.where is ParameterLocation.PATH and argument.name in named:
                self.values.setdefault(named[argument.name], argument.value)
        return Prepared(
            operation=operation,
            given=tuple(self.given),
            request=request,
            resources=dict(self.resources),
            values=dict(self.values),
            made=frozenset(self.made),
        )

    def request(self, operation: Operation) -> Request:
        """Return an operation's valid request, after adding the steps that make what it refers to."""
        template = self._requests.template(operation)
        arguments = list(template.request.arguments)
        body = template.request.body
        absent: list[tree.Path] = []
        for hole in template.holes:
            value = self.identifier(hole.key)
            if hole.argument is not None and value is not None:
                argument = arguments[hole.argument]
                arguments[hole.argument] = replace(argument, value=self._called(argument, hole.key, value))
            elif hole.argument is None and value is not None and body is not None:
                body = replace(body, value=tree.put(body.value, hole.path, value))
            elif hole.argument is None:
                absent.append(hole.path)
        if body is not None and (registration := self._accounts.registration(operation)) is not None:
            body = replace(body, value=self._registered(registration, body.value))
        sender = self._cast.sender(operation)
        request = replace(
            template.request,
            arguments=tuple(arguments),
            body=body,
            identity=sender.name if sender is not None else None,
        )
        return self._with_precondition(operation, request)

    def _registered(self, registration: Operation, login: Value) -> Value:
        """Add the step that registers an account, and return the login's body with what it was registered with."""
        if registration.key not in self._made_by:
            self._made_by[registration.key] = self.step("account", self.request(registration))
        name = self._made_by[registration.key]
        step = next(item for item in self.given if isinstance(item, Step) and item.name == name)
        return credentials_of(step.request.body.value, login) if step.request.body is not None else login

    def identifier(self, key: str) -> Value | None:
        """Return the identifier of a resource, made the first time it is asked for; None if nobody makes it."""
        if key not in self.values:
            producer = self._producers.find(key)
            if producer is None or producer.operation.key in self._active or len(self.given) >= _DEEPEST:
                return None
            self._produce(key, producer)
        return self.values.get(key)

    def another(self, key: str) -> tuple[str, Value] | None:
        """Make a second resource of the kind and return its step's name and its identifier; None if nobody makes it."""
        producer = self._producers.find(key)
        if producer is None or not producer.makes:
            return None
        kept = {name: getattr(self, name).get(key) for name in ("values", "resources")}
        self.values.pop(key, None)
        self.resources.pop(key, None)
        self._produce(key, producer, suffix="_2")
        step, value = self.resources.pop(key), self.values.pop(key)
        if kept["values"] is not None:
            self.values[key] = kept["values"]
        if kept["resources"] is not None:
            self.resources[key] = kept["resources"]
        return step, value

    def step(self, name: str, request: Request, status: str = "2XX") -> str:
        """Add a step and return the name it got: the wished one, or that with a number."""
        taken = {item.name for item in self.given if isinstance(item, Step)}
        free, number = name, 1
        while free in taken:
            number += 1
            free = f"{name}_{number}"
        self.given.append(Step(name=free, request=request, status=status))
        return free

    def _produce(self, key: str, producer: Producer, suffix: str = "") -> None:
        operation = producer.operation
        if not suffix and operation.key in self._made_by and producer.pointer is not None:
            # The same creation shows another identifier of the resource it made: its name beside its id.
            self.resources[key] = self._made_by[operation.key]
            self.values[key] = Capture(self.resources[key], pointer=producer.pointer)
            self.made.add(key)
            return
        self._active.append(operation.key)
        if producer.after is not None and producer.after.key not in self._active:
            self._active.append(producer.after.key)
            self.step(step_name(self._producers.segment(key)), self.request(producer.after))
            self._active.remove(producer.after.key)
        if producer.chosen:
            chosen = self._chosen(operation)
            self.values[key] = tree.rename_uniques(chosen, suffix) if suffix else chosen
        request = self.request(operation)
        self._active.pop()
        if suffix and request.body is not None:
            request = replace(
                request, body=replace(request.body, value=tree.rename_uniques(request.body.value, suffix))
            )
        segment = self._producers.segment(key)
        if producer.makes and not producer.chosen and normal_path(operation.path) + "/{}" != key:
            segment = made_segment(operation.path) or segment
        wished = step_name(segment)
        name = self.step(wished if producer.makes else f"{wished}_list", request)
        if producer.pointer is not None:
            self.values[key] = Capture(name, pointer=producer.pointer)
        elif producer.header is not None:
            self.values[key] = Capture(name, header=producer.header)
        elif producer.sent is not None and request.body is not None:
            sent = tree.at(request.body.value, producer.sent)
            if sent is not None:
                self.values[key] = sent
        self.resources[key] = name
        if producer.makes:
            self.made.add(key)
            self._made_by.setdefault(operation.key, name)

    def _called(self, argument: Argument, key: str, value: Value) -> Value:
        """Return the identifier that a path parameter means by its name: the name of a resource rather than its id."""
        if argument.where is not ParameterLocation.PATH or not isinstance(value, Capture) or value.pointer is None:
            return value
        pointer = self._producers.shown_as(key, argument.name)
        return replace(value, pointer=pointer) if pointer is not None else value

    def _changing(self, request: Request) -> Request:
        """Return an update that sends other texts than the creation did, but for identifiers that it repeats."""
        if request.body is None:
            return request
        kept = tuple(value for value in self.values.values() if isinstance(value, Unique))

        def changed(leaf: Value) -> Value:
            return replace(leaf, name=f"{leaf.name}_changed") if isinstance(leaf, Unique) and leaf not in kept else leaf

        body = tree.map_leaves(request.body.value, changed)
        for place in placeholders(request.path):
            value = self.values.get(place.key)
            shown = tree.tokens(value.pointer)[-1:] if isinstance(value, Capture) and value.pointer else ()
            for name in {place.name, *shown}:
                if value is not None and tree.at(body, (name,)) is not None:
                    body = tree.put(body, (name,), value)  # what the path says, the body repeats
        return replace(request, body=replace(request.body, value=body))

    def _chosen(self, operation: Operation) -> Value:
        """Return a fresh identifier for the last path parameter, within what its schema allows."""
        last = placeholders(operation.path)[-1].name
        for parameter in operation.parameters:
            if parameter.name == last and parameter.where is ParameterLocation.PATH and parameter.schema is not None:
                return self._requests.unique(parameter)
        return Unique("????????", name=last)

    def _with_precondition(self, operation: Operation, request: Request) -> Request:
        """Send the entity tag just read where a write asks for it (RFC 6585, section 3; RFC 9110, section 13.1.1)."""
        parameter = precondition(operation, "If-Match")
        wanted = parameter is not None and (parameter.required or responses_of(operation, "428"))
        reader = self._producers.at(operation.path).get("GET") if ends_in_placeholder(operation.path) else None
        key = normal_path(operation.path)
        if not wanted or parameter is None or reader is None or key not in self.resources:
            return request
        made = next((item for item in self.given if isinstance(item, Step) and item.name == self.resources[key]), None)
        tagged = made is not None and self._tags(made.request)
        name = self.resources[key] if tagged else self.step(f"{self.resources[key]}_read", self.request(reader))
        return replace(request, arguments=with_header(request, parameter.name, Capture(name, header="ETag")))

    def _tags(self, request: Request) -> bool:
        maker = self._producers.at(request.path).get(request.method)
        return maker is not None and any(
            header.name.lower() == "etag" for response in responses_of(maker, "2XX") for header in response.headers
        )

    def _ask_for_account(self, operation: Operation, request: Request) -> None:
        """Ask the user for the account of a login that nobody can register, unless the document shows one."""
        content = chosen_content(operation.request_body)
        if request.body is None or content is None or content.examples or not self._accounts.is_login(operation):
            return
        if self._accounts.registration(operation) is None:
            self.given.append(ProviderState(name="the account exists", parameters=tree.members(request.body.value)))

    def _ask_for_unmade(self, operation: Operation, request: Request) -> None:
        """Ask the user for resources that nobody makes and whose identifiers nobody can guess."""
        by_name = {
            argument.name: argument for argument in request.arguments if argument.where is ParameterLocation.PATH
        }
        declared = {parameter.name: parameter for parameter in operation.parameters}
        wanted: list[tuple[str, Value]] = []
        noun = ""
        for place in placeholders(operation.path):
            argument, parameter = by_name.get(place.name), declared.get(place.name)
            if place.key in self.values or argument is None or parameter is None or parameter.examples:
                continue
            raw = parameter.schema.resolved().raw if parameter.schema is not None else {}
            keywords = raw if isinstance(raw, Mapping) else {}
            if any(word in keywords for word in ("enum", "const", "default", "example", "examples")):
                continue
            number = isinstance(argument.value, Literal) and isinstance(argument.value.value, int)
            # The first of something is often there to be read; nobody's own is never changed unasked.
            if is_opaque(place.name) and not (number and operation.method in {"GET", "HEAD"}):
                wanted.append((place.name, argument.value))
                noun = phrase(step_name(place.segment))
        if wanted:
            self.given.append(ProviderState(name=f"the {noun} exists", parameters=tuple(wanted)))
