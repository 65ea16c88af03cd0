"""Which given steps a scenario needs: what nothing refers to any more is not made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from oagen.scenario import tree
from oagen.scenario.model import Capture, Given, ProviderState, Request, Step, Text, Value


def needed(given: Iterable[Given], valid: Request, values: Iterable[Value]) -> tuple[Given, ...]:
    """Return the given steps without those that only the valid request would have needed.

    A step that stands there for its effect (a payment, a deletion, a second resource that gets in the way) stays: only
    what the valid request refers to, directly or through other steps, is left out where nothing refers to it.

    Args:
        valid: The operation's valid request; what is sent instead may refer to less.
        values: All values of what is sent and checked.
    """
    items = tuple(given)
    steps = {item.name: item for item in items if isinstance(item, Step)}
    supply = _reached(steps, captured_steps(request_values(valid)))
    roots = list(captured_steps(values))
    for item in items:
        if isinstance(item, ProviderState):
            roots += captured_steps(value for _, value in item.parameters)
        elif item.name not in supply:
            roots.append(item.name)
    kept = _reached(steps, roots)
    return tuple(item for item in items if isinstance(item, ProviderState) or item.name in kept)


def request_values(request: Request) -> Iterator[Value]:
    """Yield the values in a request."""
    yield from (argument.value for argument in request.arguments)
    if request.body is not None:
        yield request.body.value


def captured_steps(values: Iterable[Value]) -> Iterator[str]:
    """Yield the names of the steps whose responses the values take something from."""
    for value in values:
        for _, leaf in tree.walk(value):
            if isinstance(leaf, Capture):
                yield leaf.step
            elif isinstance(leaf, Text):
                yield from captured_steps(leaf.parts)


def _reached(steps: dict[str, Step], names: Iterable[str]) -> set[str]:
    reached: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in steps and name not in reached:
            reached.add(name)
            waiting += captured_steps(request_values(steps[name].request))
    return reached
