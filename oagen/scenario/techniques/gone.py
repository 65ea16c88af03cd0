"""410: what was deleted is asked for again."""

from __future__ import annotations

from collections.abc import Iterator

from oagen.scenario.context import DesignContext
from oagen.scenario.effects import quiet_request
from oagen.scenario.model import Scenario
from oagen.scenario.nouns import phrase
from oagen.scenario.resources import placeholders
from oagen.spec.model import Operation, Response


class Gone:
    """The resource is made, deleted, then addressed."""

    name = "deleted-resource"

    def design(self, context: DesignContext, operation: Operation, response: Response) -> Iterator[Scenario]:
        """Yield the request after the deletion of its resource, where the document can delete it."""
        if response.status == "410":
            yield from after_deletion(context, operation, response, self.name)


def after_deletion(
    context: DesignContext, operation: Operation, response: Response, technique: str
) -> Iterator[Scenario]:
    """Yield an operation's valid request after the resource that its path ends in was made and deleted."""
    prepared = context.prepared(operation)
    place = next((place for place in reversed(placeholders(operation.path)) if place.key in prepared.made), None)
    deletion = context.producers.at(place.key).get("DELETE") if place is not None else None
    if place is None or deletion is None:
        return
    setup = context.setup(prepared)
    request = quiet_request(setup, deletion)
    if request is None:
        return
    noun = setup.resources[place.key]
    setup.step(f"{noun}_deleted", request)
    yield context.scenario(
        operation,
        response,
        technique=technique,
        reason=f"after the {phrase(noun)} was deleted",
        given=setup.given,
        when=prepared.request,
    )
