"""The valid request of each operation that still lacks a witness, changed by what others name: one place, then two.

What is changed is told by `oagen.learn.changes`: what the handler's source, the document and answers name. What nobody
names is for a campaign to try. Nothing here judges: whoever runs these looks at what comes back.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import islice

from oagen.learn.changes import Change, Known, changes
from oagen.learn.confirming import TRIED_OUT
from oagen.learn.handed import handed_on, made_otherwise
from oagen.learn.handlers import Handlers, HandlerSource
from oagen.learn.makers import Makers
from oagen.learn.memory import Memory
from oagen.learn.order import may_harm
from oagen.scenario.context import DesignContext, steps_of
from oagen.scenario.model import Expectation, Given, Request, Scenario
from oagen.scenario.needs import captured_steps
from oagen.spec.model import SAFE_METHODS, Operation, ParameterLocation

_MOST_SINGLE = 60  # changes of one operation
_MOST_DOUBLE = 20
_SEED = 1


class Wandering:
    """Requests that may draw any status.

    Args:
        design: Gives each operation's valid request.
        makers: Know what answers have shown.
        mended: Changes a scenario by what the target has taught about requests.
        handlers: What their sources name.
    """

    def __init__(
        self,
        design: DesignContext,
        memory: Memory,
        makers: Makers,
        mended: Callable[[Scenario], Scenario],
        handlers: Handlers,
    ) -> None:
        self._handlers = handlers
        self._design = design
        self._memory = memory
        self._makers = makers
        self._mended = mended
        self._chance = random.Random(_SEED)  # noqa: S311 - no secret
        self._otherwise: set[tuple[str, str]] = set()
        self._under_way: dict[str, Iterator[Scenario]] = {}

    def next(self, operation: Operation) -> Scenario | None:
        """Return what to try next of an operation; None where everything was tried, or it is too dangerous."""
        if (otherwise := next(self._made_otherwise(operation), None)) is not None:
            return otherwise
        if operation.key not in self._under_way:
            self._under_way[operation.key] = self._scenarios(operation)
        return next(self._under_way[operation.key], None)

    def _scenarios(self, operation: Operation) -> Iterator[Scenario]:
        if self._is_untouchable(operation):
            return
        for phrase, given, request in handed_on(self._design, operation, self._makers):
            yield self._mended(_scenario(operation, f"with {phrase}", request, given))
        valid = self._valid(operation).when
        known = Known(self._memory, self._handlers.get(operation.key, HandlerSource()))
        single = list(islice(changes(self._design, operation, valid, known), _MOST_SINGLE))
        for change in single:
            yield from self._changed(operation, change)
        for _ in range(min(_MOST_DOUBLE, len(single) * 2)):
            one, other = self._chance.sample(single, 2) if len(single) > 1 else (None, None)
            if one is not None and other is not None and not _clash(one, other):
                yield from self._changed(operation, one, other)

    def _made_otherwise(self, operation: Operation) -> Iterator[Scenario]:
        """Yield the valid request about what another creation makes: one that was seen to since the last time."""
        for phrase, given, request in made_otherwise(self._design, operation, self._makers):
            if (operation.key, phrase) not in self._otherwise and not self._is_untouchable(operation):
                self._otherwise.add((operation.key, phrase))
                yield self._mended(_scenario(operation, f"with {phrase}", request, given))

    def _is_untouchable(self, operation: Operation) -> bool:
        return may_harm(operation.method, operation.path) or self._is_anothers(operation)

    def _is_anothers(self, operation: Operation) -> bool:
        """Tell whether a write is about something that was found in a list rather than made."""
        prepared = self._design.prepared(operation)
        found = {step.name for step in steps_of(prepared) if step.request.method in SAFE_METHODS}
        addressed = (item.value for item in prepared.request.arguments if item.where is ParameterLocation.PATH)
        return operation.method not in SAFE_METHODS and not found.isdisjoint(captured_steps(addressed))

    def _valid(self, operation: Operation) -> Scenario:
        """Return the valid request as it is known now."""
        prepared = self._design.prepared(operation)
        return self._mended(_scenario(operation, "", prepared.request, steps_of(prepared)))

    def _changed(self, operation: Operation, *applied: Change) -> Iterator[Scenario]:
        """Yield the valid request as it is known now, changed; nothing where that changes nothing."""
        valid = self._valid(operation)
        request: Request = valid.when
        for change in applied:
            request = change.of(request)
        if request != valid.when:
            phrase = f"with {' and '.join(change.phrase for change in applied)}"
            yield _scenario(operation, phrase, request, valid.steps)


def _scenario(operation: Operation, phrase: str, request: Request, given: tuple[Given, ...]) -> Scenario:
    return Scenario(
        operation=operation.key,
        status="2XX",
        technique=TRIED_OUT,
        title=f"2XX {phrase}",
        pointer=operation.location.pointer,
        document=operation.location.document,
        given=given,
        when=request,
        then=Expectation(status="2XX"),
    )


def _clash(one: Change, other: Change) -> bool:
    shorter = min(len(one.place), len(other.place))
    return one.place[:shorter] == other.place[:shorter]
