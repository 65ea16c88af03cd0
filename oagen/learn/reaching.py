"""From a request that drew a status amid a campaign to a scenario that draws it by itself, and reads well.

The request is told as an operation's valid one with as few changes as draw the same, on steps that make what it needs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence

from oagen.learn.attempts import Attempt
from oagen.learn.bases import Bases, Basis
from oagen.learn.changes import Change
from oagen.learn.confirming import TRIED_OUT
from oagen.learn.differences import differences
from oagen.learn.fewest import fewest
from oagen.learn.hunting import Met, Way
from oagen.scenario.context import DesignContext
from oagen.scenario.model import Scenario
from oagen.scenario.nouns import phrase
from oagen.spec.model import SAFE_METHODS, Operation, ParameterLocation, Response

_MOST_TRIES = 24  # of one request
_SECONDS = 6.0  # for one request
_MOST_TOLD = 2  # changes in a title
_FIRST_REFUSAL = 400


class Reaching:
    """Finds such scenarios.

    Args:
        run: Runs a scenario once, on fresh resources.
        contrast: Is told what a request drew that lacks nothing but the changes.
    """

    def __init__(
        self,
        design: DesignContext,
        bases: Bases,
        *,
        run: Callable[[Scenario], Attempt],
        contrast: Callable[[Operation, int], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._design = design
        self._bases = bases
        self._run = run
        self._contrast = contrast
        self._clock = clock
        self._operations = {operation.key: operation for operation in design.description.operations}
        self._left = 0
        self._until = 0.0

    def scenario(self, met: Met, ways: Iterable[Way]) -> Scenario | None:
        """Return the plainest scenario found that draws what was met; None where none does, or it takes too long.

        Args:
            ways: Steps that made what the request names, as it was met.
        """
        operation = self._operations[met.pair[0]]
        response = next(item for item in operation.responses if item.status == met.pair[1])
        self._left, self._until = _MOST_TRIES, self._clock() + _SECONDS
        for basis in self._bases.of(operation, met, ways):
            found = self._on(basis, operation, response, met.status)
            if found is not None or self._is_over():
                return found
        return None

    def _on(self, basis: Basis, operation: Operation, response: Response, status: int) -> Scenario | None:
        """Return the scenario with the fewest changes on this basis; None where it does not draw the status.

        A refusal that comes without any change proves nothing, but where steps are its cause.
        """

        def told(changes: Sequence[Change]) -> Scenario:
            request = basis.base
            for change in changes:
                request = change.of(request)
            reason = _reason(changes, basis)
            return self._design.scenario(
                operation, response, technique=TRIED_OUT, reason=reason, given=basis.steps, when=request
            )

        def draws(changes: Sequence[Change]) -> bool:
            if self._is_over():
                return False
            self._left -= 1
            answered = self._run(told(changes)).answered
            if not changes and not basis.after and answered is not None:
                self._contrast(operation, answered)
            return answered == status

        changes = differences(basis.base, basis.goal)
        if not draws(changes):
            return None
        left = fewest(changes, draws)
        if status >= _FIRST_REFUSAL and not basis.after and (not left or (len(left) > 1 and draws(()))):
            return None
        fixed = [change for change in left if not _may_be_plainer(change, operation)]
        rest = [change for change in left if change not in fixed]
        return told((*fixed, *plainest(rest, lambda changes: draws((*fixed, *changes)))))

    def _is_over(self) -> bool:
        return self._left <= 0 or self._clock() >= self._until


def _may_be_plainer(change: Change, operation: Operation) -> bool:
    """Tell whether other values may be tried: not where they might name what somebody else's writes have made."""
    is_identifying = change.place[0] == ParameterLocation.PATH.value
    return operation.method in SAFE_METHODS or not (is_identifying or operation.method == "DELETE")


def plainest(changes: Sequence[Change], draws: Callable[[Sequence[Change]], bool]) -> tuple[Change, ...]:
    """Return the changes with the plainest values found that still draw the same.

    Args:
        draws: Whether some changes do.
    """
    plain = list(changes)
    for index in range(len(plain)):
        smaller: Change | None = plain[index]
        while smaller is not None:
            plain[index] = smaller
            others = smaller.plainer()
            smaller = next((item for item in others if draws([*plain[:index], item, *plain[index + 1 :]])), None)
    return tuple(plain)


def _reason(changes: Sequence[Change], basis: Basis) -> str:
    phrases = [change.phrase for change in changes]
    others = len(phrases) - _MOST_TOLD
    if others > 1:
        phrases = [", ".join(phrases[:_MOST_TOLD]), f"{others} other changes"]
    told = f"with {' and '.join(phrases)}" if phrases else ""
    made = f"for a valid request on a fresh {phrase(basis.steps[-1].name)}" if basis.steps else "for a valid request"
    return " ".join(filter(None, (told, basis.after))) or made
