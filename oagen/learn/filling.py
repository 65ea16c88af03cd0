"""Lists with something in them: what is promised of elements shows only where there is one."""

from __future__ import annotations

from collections.abc import Iterator

from oagen.learn.model import Pair
from oagen.scenario.context import DesignContext
from oagen.scenario.model import Scenario
from oagen.scenario.nouns import phrase
from oagen.scenario.resources import ends_in_placeholder, normal_path
from oagen.spec.model import Operation


def filled_list(design: DesignContext, operation: Operation, pair: Pair) -> Scenario | None:
    """Return the scenario that reads a collection after something was made in it; None for what is no collection.

    Args:
        pair: The documented response that the list, as it was, has drawn.
    """
    key = f"{normal_path(operation.path)}/{{}}"
    if operation.method != "GET" or ends_in_placeholder(operation.path) or not design.producers.makes(key):
        return None
    setup = design.setup(prepared := design.prepared(operation))
    if setup.identifier(key) is None or key not in setup.made:
        return None
    response = next(item for item in operation.responses if item.status == pair[1])
    made = phrase(setup.resources[key])
    return design.scenario(
        operation,
        response,
        technique="filled-list",
        reason=f"with a fresh {made} in it",
        given=setup.given,
        when=prepared.request,
    )


def filled_lists(design: DesignContext, verified: list[tuple[Pair, Scenario]]) -> Iterator[tuple[Pair, Scenario]]:
    """Yield such scenarios for the responses whose verified ones make nothing."""
    operations = {operation.key: operation for operation in design.description.operations}
    bare = {pair for pair, scenario in verified if pair[1].startswith("2") and not scenario.given}
    filled = {pair for pair, scenario in verified if scenario.given}
    for pair in sorted(bare - filled):
        operation = operations.get(pair[0])
        scenario = filled_list(design, operation, pair) if operation is not None else None
        if scenario is not None:
            yield pair, scenario
