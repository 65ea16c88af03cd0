"""Which of a campaign's writes have to come first, so that a fault shows on a target that was just started."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from oagen.findings.model import Finding
from oagen.fuzz.pool import Pool
from oagen.fuzz.script import SAFE
from oagen.fuzz.shrink import Capturing
from oagen.runner.bindings import Bindings
from oagen.runner.run import Exchange, RunContext, run_step
from oagen.scenario.model import RESPONSE, Request, Step
from oagen.scenario.needs import captured_steps, request_values
from oagen.target.model import Target

_MOST_TRIES = 16  # of fewer steps, each on a target that was just started
_SUCCESS = range(200, 300)

Shows = Callable[[Exchange], bool]
"""Whether what came back shows the fault."""

Reproduces = Callable[[tuple[Step, ...], Request], bool]
"""Starts the target afresh, and says whether a scenario shows the fault there; False too where there is no time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """The fewest steps that were found, and the request that shows the fault after them."""

    steps: tuple[Step, ...]
    request: Request


class Causes:
    """Looks for the cause of one finding.

    Args:
        finding: Its scenario does not show it on a target that was just started.
        pool: Knows what made what.
        reproduces: Tries a scenario on a target that was just started.
    """

    def __init__(self, finding: Finding, pool: Pool, reproduces: Reproduces) -> None:
        self._given = finding.scenario.steps
        self._request = finding.scenario.when
        self._pool = pool
        self._reproduces = reproduces

    def likely(self, writes: Sequence[Request]) -> Cause | None:
        """Return the cause where it is one write to the collection that the request is about; None where it is not."""
        write = _nearest(self._request, writes)
        if write is None:
            return None
        capturing = self._capturing()
        captured = capturing.request(self._request)
        capturing.step(write)
        return self._tried((*capturing.steps.values(), *self._given), captured)

    def among(
        self, writes: Sequence[Request], target: Target, context: RunContext, shows: Shows, allowed: Callable[[], bool]
    ) -> Cause | None:
        """Return the cause as far as it is among writes, which are done again one by one until the fault shows.

        What fails, since something that it needs is not there, is left out. At last, steps are left out that were not
        needed.

        Args:
            target: It was just started.
            allowed: Whether another request may be sent.
        """
        capturing = self._capturing()
        captured = capturing.request(self._request)
        bindings = Bindings(run=context.run, test=context.test or "", identities=context.identities)
        done: list[Step] = []
        tried: set[str] = set()
        for number, write in enumerate([None, *writes]):
            if write is not None:
                capturing.step(write)
            for step in (*capturing.steps.values(), *(self._given if write is None else ())):
                if step.name not in tried and allowed():
                    tried.add(step.name)
                    if _succeeded(run_step(step, target, context, bindings)):
                        done.append(step)
            for _ in range(2):  # once more where it has written itself
                if not allowed():
                    return None
                seen = run_step(Step(name=RESPONSE, request=captured), target, context, bindings)
                if shows(seen):
                    return self._smallest(done, captured)
                if not _succeeded(seen) or captured.method in SAFE:
                    break
                done.append(Step(name=f"before_{number}" if number else "before", request=captured))
        return None

    def _capturing(self) -> Capturing:
        return Capturing(self._pool, taken=[RESPONSE, *(step.name for step in self._given)])

    def _tried(self, steps: tuple[Step, ...], request: Request) -> Cause | None:
        return Cause(steps=steps, request=request) if self._reproduces(steps, request) else None

    def _smallest(self, steps: Sequence[Step], request: Request) -> Cause | None:
        """Return the fewest of the steps that still show the fault; None where all together don't show it again."""
        wanted = {*captured_steps(request_values(request)), *(step.name for step in steps[-1:])}
        best = None
        more = {len(some): some for some in (tuple(steps), _related(steps, wanted), _needed(steps, wanted))}
        for _, some in sorted(more.items()):
            if (best := self._tried(some, request)) is not None:
                break
        tries, size = 0, len(steps) // 2
        while best is not None and size and tries < _MOST_TRIES:
            for fewer in _without(best.steps, wanted, size):
                tries += 1
                if (found := self._tried(fewer, request)) is not None:
                    best = found
                    break
                if tries == _MOST_TRIES:
                    break
            else:
                size //= 2
        return best


def _nearest(request: Request, writes: Sequence[Request]) -> Request | None:
    """Return the latest write that may make something in the collection that a request is about."""
    path = request.path.rstrip("/")
    near = [
        write
        for write in writes
        if write.method in ("POST", "PUT") and (path == write.path.rstrip("/") or path.startswith(write.path + "/"))
    ]
    return max(near, key=lambda write: write.path.count("/"), default=None)


def _succeeded(exchange: Exchange) -> bool:
    return exchange.answer is not None and exchange.answer.status in _SUCCESS


def _needed(steps: Sequence[Step], names: Collection[str]) -> tuple[Step, ...]:
    """Return the steps of these names, and those that they need."""
    reached = set(names)
    for step in reversed(steps):
        if step.name in reached:
            reached.update(captured_steps(request_values(step.request)))
    return tuple(step for step in steps if step.name in reached)


def _related(steps: Sequence[Step], names: Collection[str]) -> tuple[Step, ...]:
    """Return the steps of these names with all that they need, and all that needs one of those, too."""
    made = {step.name for step in _needed(steps, names)}
    about = {step.name for step in steps if not made.isdisjoint(captured_steps(request_values(step.request)))}
    return _needed(steps, made | about)


def _without(steps: Sequence[Step], wanted: Collection[str], size: int) -> Iterator[tuple[Step, ...]]:
    """Yield the steps without so many of them in a row, and without those that need one of these."""
    for start in range(0, len(steps), size):
        gone = {step.name for step in steps[start : start + size]}
        for step in steps:
            if not gone.isdisjoint(captured_steps(request_values(step.request))):
                gone.add(step.name)
        if gone.isdisjoint(wanted):
            yield tuple(step for step in steps if step.name not in gone)
