"""409: created twice, deleted in use, changed in a state that forbids it, more than there is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from oagen.scenario import tree
from oagen.scenario.context import DesignContext
from oagen.scenario.effects import unchanged
from oagen.scenario.model import Literal, Request, Scenario, Step, Unique, Value
from oagen.scenario.nouns import noun, phrase, step_name, words
from oagen.scenario.requests import chosen_content, sends_json
from oagen.scenario.resources import ends_in_placeholder, last_fixed_segment, made_segment, placeholders
from oagen.scenario.setup import Prepared
from oagen.scenario.transitions import changes_state, participles
from oagen.spec.model import Operation, Response

_AMOUNT = re.compile(r"quantity|amount|count|units|seats|copies|number", re.IGNORECASE)
SHORTAGE = re.compile(
    r"stock|insufficient|not enough|exceed|too (?:many|few)|smaller than|less than|available|capacity|balance|funds",
    re.IGNORECASE,
)
TAKEN = re.compile(
    r"exist|taken|duplicat|unique|in use by another|another \w+ has|already (?:has|used|registered)", re.IGNORECASE
)
STATE = re.compile(
    r"\b(?:state|status|pending|draft|open|active|closed|final\w*|terminal|locked|archived|no longer|started)\b",
    re.IGNORECASE,
)
_LOOSE_KEYS = frozenset({"title", "name", "label", "description"})
_LARGEST = 1_000_000
_MOST = 2


class Conflict:
    """Requests that are valid by themselves and contradict what is there."""

    name = "conflict"

    def design(self, context: DesignContext, operation: Operation, response: Response) -> Iterator[Scenario]:
        """Yield up to two ways into a conflict, the one that the description's words speak of first."""
        if response.status != "409":
            return
        yield from islice(self.ways(context, operation, response), _MOST)

    def ways(self, context: DesignContext, operation: Operation, response: Response) -> Iterator[Scenario]:
        """Yield the ways into a conflict that fit the operation, the one that the description speaks of first."""
        if SHORTAGE.search(response.description) and not TAKEN.search(response.description):
            found = list(self._shortage(context, operation, response))
            yield from found
            if found:
                return
        if changes_state(operation, context.producers):
            yield from self._too_early(context, operation, response)
            yield self._repeated(context, operation, response)
            yield from self._after_named(context, operation, response)
        elif operation.method == "DELETE":
            yield from self._in_use(context, operation, response)
            yield from self._after_named(context, operation, response)
        elif operation.method in {"PUT", "PATCH"} and ends_in_placeholder(operation.path):
            yield from self._after_named(context, operation, response)
            yield from self._taken(context, operation, response)
        elif operation.method in {"POST", "PUT"}:
            found = list(self._after_named(context, operation, response))
            yield from found
            if not found:
                yield self._repeated(context, operation, response)

    def _repeated(self, context: DesignContext, operation: Operation, response: Response) -> Scenario:
        prepared = context.prepared(operation)
        setup = context.setup(prepared)
        acts = changes_state(operation, context.producers)
        made = "" if acts or operation.method != "POST" else made_segment(operation.path)
        name = step_name(made or last_fixed_segment(operation.path))
        setup.step(name, prepared.request)
        if acts:
            reason = f"when the {phrase(name)} has been done before"
        else:
            identifying = _identifying_member(prepared.request, response.description)
            reason = f"when the {phrase(identifying)} is taken" if identifying else f"when the {phrase(name)} is there"
        effects = unchanged(context, setup, operation)
        return context.scenario(
            operation,
            response,
            technique="created-twice",
            reason=reason,
            given=setup.given,
            when=prepared.request,
            effects=effects,
        )

    def _too_early(self, context: DesignContext, operation: Operation, response: Response) -> Iterator[Scenario]:
        needed = context.transitions.needed_before(operation)
        if not needed:
            return
        setup = context.setup()
        prepared = setup.prepared(operation, transitions=False)
        effects = unchanged(context, setup, operation)
        reason = f"before the {phrase(step_name(last_fixed_segment(needed[-1].path)))}"
        yield context.scenario(
            operation,
            response,
            technique="early-change",
            reason=reason,
            given=setup.given,
            when=prepared.request,
            effects=effects,
        )

    def _after_named(self, context: DesignContext, operation: Operation, response: Response) -> Iterator[Scenario]:
        """Yield the request after another action on the resource, which the description names as what forbids it."""
        for other in context.transitions.against(operation, by_state=STATE.search(response.description) is not None):
            setup = context.setup()
            prepared = setup.prepared(operation)
            for step in (*context.transitions.needed_before(other), other):
                setup.step(step_name(last_fixed_segment(step.path)), setup.request(step))
            effects = unchanged(context, setup, operation)
            reason = f"after the {phrase(step_name(last_fixed_segment(other.path)))}"
            yield context.scenario(
                operation,
                response,
                technique="late-change",
                reason=reason,
                given=setup.given,
                when=prepared.request,
                effects=effects,
            )

    def _in_use(self, context: DesignContext, operation: Operation, response: Response) -> Iterator[Scenario]:
        prepared = context.prepared(operation)
        place = placeholders(operation.path)[-1] if ends_in_placeholder(operation.path) else None
        if place is None or place.key not in prepared.made:
            return
        users = context.users_of(place.key)
        named = [user for user in users if _named_in(response.description, user)]
        for user in named[:_MOST] or users[:1]:
            setup = context.setup(prepared)
            name = step_name(last_fixed_segment(user.path))
            setup.step(name, setup.request(user))
            effects = unchanged(context, setup, operation)
            yield context.scenario(
                operation,
                response,
                technique="delete-in-use",
                reason=f"while the {phrase(place.noun)} has {_article(phrase(name))}",
                given=setup.given,
                when=prepared.request,
                effects=effects,
            )

    def _taken(self, context: DesignContext, operation: Operation, response: Response) -> Iterator[Scenario]:
        """Yield a change that gives a resource what identifies another one of its kind."""
        prepared = context.prepared(operation)
        place = placeholders(operation.path)[-1]
        body = prepared.request.body
        if body is None or place.key not in prepared.made:
            return
        setup = context.setup(prepared)
        second = setup.another(place.key)
        if second is None:
            return
        made = next(step.request for step in setup.given if isinstance(step, Step) and step.name == second[0])
        if made.body is None:
            return
        uniques = {name: value for name, value in tree.members(made.body.value) if _has_unique(value)}
        taken = body.value
        for name, value in uniques.items():
            taken = tree.put(taken, (name,), value) if tree.at(taken, (name,)) is not None else taken
        if taken == body.value:
            return
        identifying = _identifying_member(made, response.description)
        when = replace(prepared.request, body=replace(body, value=taken))
        effects = unchanged(context, setup, operation)
        shared = f"the {phrase(identifying)}" if identifying else "it"
        reason = f"when another {phrase(step_name(place.segment))} has {shared}"
        yield context.scenario(
            operation, response, technique="taken", reason=reason, given=setup.given, when=when, effects=effects
        )

    def _shortage(self, context: DesignContext, operation: Operation, response: Response) -> Iterator[Scenario]:
        prepared = context.prepared(operation)
        found = largest_amount(context, operation, prepared)
        if found is None:
            return
        name, when = found
        setup = context.setup(prepared)
        effects = unchanged(context, setup, operation)
        reason = f"when {phrase(name)} is more than there is"
        yield context.scenario(
            operation, response, technique="shortage", reason=reason, given=setup.given, when=when, effects=effects
        )


def largest_amount(context: DesignContext, operation: Operation, prepared: Prepared) -> tuple[str, Request] | None:
    """Return the name of a member that says how much, and the request with as much of it as its schema allows."""
    body = prepared.request.body
    content = chosen_content(operation.request_body)
    if body is None or content is None or content.schema is None or not sends_json(prepared.request):
        return None
    for path, leaf in tree.walk(body.value):
        name = str(path[-1]) if path else ""
        number = isinstance(leaf, Literal) and isinstance(leaf.value, (int, float)) and not isinstance(leaf.value, bool)
        if number and _AMOUNT.search(name):
            shape = context.shape_at(content.schema, path)
            limit = shape.keywords.get("maximum", _LARGEST) if shape is not None else _LARGEST
            value = tree.put(body.value, path, Literal(limit))
            return name, replace(prepared.request, body=replace(body, value=value))
    return None


def _identifying_member(request: Request, description: str) -> str | None:
    """Return the member that makes a request's body one of its kind: one the description names, else the likeliest."""
    body = request.body
    members = tree.members(body.value) if body is not None else ()
    uniques = [name for name, value in members if _has_unique(value)]
    spoken = set(words(description))
    uniques.sort(key=lambda name: (not set(words(name)) & spoken, name.lower() in _LOOSE_KEYS))
    return uniques[0] if uniques else None


def _has_unique(value: Value) -> bool:
    return any(isinstance(leaf, Unique) for _, leaf in tree.walk(value))


def _named_in(text: str, operation: Operation) -> bool:
    return noun(last_fixed_segment(operation.path)) in {noun(word) for word in words(text)} or bool(
        participles(operation) & set(words(text))
    )


def _article(name: str) -> str:
    return f"an {name}" if name[0] in "aeiou" else f"a {name}"
