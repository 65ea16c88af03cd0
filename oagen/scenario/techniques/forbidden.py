"""403: another identity on somebody's resource, and a role below the one that is needed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from oagen.scenario.context import DesignContext, documented, steps_of
from oagen.scenario.effects import unchanged
from oagen.scenario.model import Scenario
from oagen.scenario.nouns import phrase
from oagen.scenario.resources import placeholders
from oagen.spec.model import Operation, Response


class Forbidden:
    """Requests of a known sender who may not."""

    name = "other-identity"

    def design(self, context: DesignContext, operation: Operation, response: Response) -> Iterator[Scenario]:
        """Yield the request of an ordinary user where a role is needed, else of another user on somebody's resource."""
        if response.status != "403" or not context.cast.asks_credentials(operation):
            return
        privileged = context.access.asks_privilege(operation)
        if privileged and context.cast.privileged is not None:
            yield from self._lower_role(context, operation, response)
            return
        prepared = context.prepared(operation)
        place = next((place for place in reversed(placeholders(operation.path)) if place.key in prepared.made), None)
        if place is not None:
            yield self._other(context, operation, response, prepared.resources[place.key])
        elif "401" not in documented(operation):
            # Frameworks that know no 401 refuse a request without credentials so.
            yield context.scenario(
                operation,
                response,
                technique="without-credentials",
                reason="without credentials",
                when=replace(context.bare(operation), identity=None),
                auth=True,
            )

    def _lower_role(self, context: DesignContext, operation: Operation, response: Response) -> Iterator[Scenario]:
        prepared = context.prepared(operation)
        setup = context.setup(prepared)
        effects = unchanged(context, setup, operation)
        yield context.scenario(
            operation,
            response,
            technique="lower-role",
            reason="for an ordinary user",
            given=setup.given,
            when=replace(prepared.request, identity=context.cast.lesser.name),
            effects=effects,
            auth=True,
        )

    def _other(self, context: DesignContext, operation: Operation, response: Response, resource: str) -> Scenario:
        prepared = context.prepared(operation)
        setup = context.setup(prepared)
        effects = unchanged(context, setup, operation)
        return context.scenario(
            operation,
            response,
            technique=self.name,
            reason=f"for another user's {phrase(resource)}",
            given=setup.given if effects else steps_of(prepared),
            when=replace(prepared.request, identity=context.cast.other.name),
            effects=effects,
            auth=True,
        )
