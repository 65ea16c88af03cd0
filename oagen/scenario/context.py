"""What every technique works with: the description, its producers, its valid requests, and the making of scenarios."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from oagen.scenario import tree
from oagen.scenario.access import Access
from oagen.scenario.accounts import Accounts
from oagen.scenario.identities import Cast, IdentityInfo, privileged_role
from oagen.scenario.model import (
    BodyCheck,
    Effect,
    Expectation,
    Given,
    HeaderCheck,
    HeaderRule,
    ProviderState,
    Request,
    Scenario,
    Step,
)
from oagen.scenario.needs import needed, request_values
from oagen.scenario.producers import Producer, Producers
from oagen.scenario.requests import Requests
from oagen.scenario.setup import Knowledge, Prepared, Setup
from oagen.scenario.shapes import Shape
from oagen.scenario.transitions import Transitions, changes_state
from oagen.scenario.values.checking import SchemaChecker
from oagen.scenario.values.examples import ExampleMaker
from oagen.spec.model import ApiDescription, Operation, Response, Schema


class DesignContext:
    """A description under design. Whatever several techniques need is worked out once.

    Attributes:
        cast: Who sends what.
        examples: Makes values from schemas.
    """

    def __init__(self, description: ApiDescription, identities: tuple[IdentityInfo, ...] = ()) -> None:
        self.description = description
        self.producers = Producers(description)
        self.access = Access(self.producers, privileged_role(identities))
        self.cast = Cast(identities, description, self.access.asks_privilege)
        self.shapes = self.producers.shapes
        self.examples = ExampleMaker(SchemaChecker(description.resolver))
        self.requests = Requests(self.producers, self.examples)
        self.transitions = Transitions(self.producers)
        self.accounts = Accounts(description.operations, self.shapes)
        self._knowledge = Knowledge(
            producers=self.producers,
            requests=self.requests,
            transitions=self.transitions,
            accounts=self.accounts,
            cast=self.cast,
        )
        self._users: dict[str, list[Operation]] | None = None
        self._asked: set[tuple[str, ...]] = set()
        self._prepared: dict[str, Prepared] = {}

    def prepared(self, operation: Operation) -> Prepared:
        """Return an operation's valid request and the steps it needs."""
        known = self._prepared.get(operation.key)
        if known is None:
            known = self._prepared[operation.key] = self.setup().prepared(operation)
        return known

    def revise(self, *, without: frozenset[str], seen: Mapping[str, Producer]) -> None:
        """Prepare every request anew, by what a live target has shown of producers; see `Producers.revise`."""
        self.producers.revise(without=without, seen=seen)
        self.requests.forget()
        self._prepared.clear()
        self._users = None

    def bare(self, operation: Operation) -> Request:
        """Return an operation's request with example identifiers: for what is refused before any is looked up."""
        sender = self.cast.sender(operation)
        return replace(self.requests.template(operation).request, identity=sender.name if sender is not None else None)

    def setup(self, prepared: Prepared | None = None) -> Setup:
        """Return an empty setup, or one that goes on after the steps of a prepared request (its states left out)."""
        setup = Setup(self._knowledge)
        if prepared is not None:
            setup.given = [item for item in prepared.given if isinstance(item, Step)]
            setup.values = dict(prepared.values)
            setup.resources = dict(prepared.resources)
            setup.made = set(prepared.made)
        return setup

    def is_first(self, question: tuple[str, ...]) -> bool:
        """Tell whether this is asked for the first time: what holds for a whole API is asked of one operation."""
        if question in self._asked:
            return False
        self._asked.add(question)
        return True

    def users_of(self, key: str) -> tuple[Operation, ...]:
        """Return the creations that refer to a resource: in their body, or by standing below it."""
        if self._users is None:
            self._users = defaultdict(list)
            for operation in self.producers.operations:
                if operation.method != "POST" or changes_state(operation, self.producers):
                    continue
                keys = {hole.key for hole in self.requests.template(operation).holes}
                for used in keys:
                    self._users[used].append(operation)
        return tuple(self._users.get(key, ()))

    def shape_at(self, schema: Schema, path: tree.Path) -> Shape | None:
        """Return the outline of the schema for a place of a value, or None where it is not known."""
        shape = self.shapes.of(schema)
        for token in path:
            inner = shape.items if isinstance(token, int) else shape.members.get(token)
            if inner is None:
                return None
            shape = self.shapes.of(inner)
        return shape

    def scenario(
        self,
        operation: Operation,
        response: Response,
        *,
        technique: str,
        reason: str,
        when: Request,
        given: tuple[Given, ...] | list[Given] = (),
        headers: tuple[HeaderCheck, ...] = (),
        body: tuple[BodyCheck, ...] = (),
        effects: tuple[Effect, ...] = (),
        alongside: tuple[Request, ...] = (),
        repeat: int = 1,
        auth: bool = False,
    ) -> Scenario:
        """Return a scenario for a documented response.

        Args:
            reason: What the title says after the status: `when order_id is unknown`.
            given: Steps that made something which nothing refers to any more are left out.
            headers: Checks beside those of the headers that the document requires.
        """
        checked = {check.name.lower() for check in headers}
        required = tuple(
            HeaderCheck(name=header.name, rule=HeaderRule.PRESENT)
            for header in response.headers
            if header.required and header.name.lower() not in checked | {"content-type"}
        )
        return Scenario(
            operation=operation.key,
            status=response.status,
            technique=technique,
            title=f"{response.status} {reason}",
            pointer=response.location.pointer,
            document=response.location.document,
            given=self._needed(operation, given, (when, *alongside), body, effects) if given else (),
            when=when,
            alongside=alongside,
            repeat=repeat,
            then=Expectation(
                status=response.status,
                excluded=excluded(operation, response.status),
                media_types=tuple(media_type.name for media_type in response.content),
                headers=(*headers, *required),
                body=body,
                effects=effects,
            ),
            auth=auth,
        )

    def _needed(
        self,
        operation: Operation,
        given: Iterable[Given],
        requests: Iterable[Request],
        body: Iterable[BodyCheck],
        effects: Iterable[Effect],
    ) -> tuple[Given, ...]:
        afterwards = tuple(effects)
        checks = (*body, *(check for effect in afterwards for check in effect.body))
        sent = (*requests, *(effect.request for effect in afterwards))
        values = [*(check.value for check in checks), *(value for request in sent for value in request_values(request))]
        return needed(given, self.prepared(operation).request, values)


def excluded(operation: Operation, status: str) -> tuple[str, ...]:
    """Return the documented codes that a range or `default` does not speak for (OpenAPI 3.2, Responses Object)."""
    others = [response.status for response in operation.responses if response.status != status]
    if status == "default":
        return tuple(others)
    if status.endswith("XX"):
        return tuple(other for other in others if other.startswith(status[0]) and not other.endswith("XX"))
    return ()


def steps_of(prepared: Prepared) -> tuple[Step, ...]:
    """Return a prepared request's steps without its provider states: for what is refused whether or not these hold."""
    return tuple(item for item in prepared.given if isinstance(item, Step))


def documented(operation: Operation) -> frozenset[str]:
    """Return an operation's documented statuses."""
    return frozenset(response.status for response in operation.responses)


def states_in(given: tuple[Given, ...]) -> bool:
    """Tell whether any of these is for the user to arrange."""
    return any(isinstance(item, ProviderState) for item in given)
