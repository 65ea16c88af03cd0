"""The search for outcomes: fewest changes first, and only onwards from what ran new lines of the application."""

from __future__ import annotations

import heapq
import itertools
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from oagen.outcomes.mending import mended_children, usable_children
from oagen.outcomes.model import Replaced
from oagen.outcomes.plans import (
    Choice,
    Plan,
    asked_children,
    blocked_children,
    door_children,
    entered_children,
    opened_children,
    refused_children,
    request_children,
    sequence_children,
    sparing_children,
    told_children,
    turned_children,
)
from oagen.outcomes.trying import Handler, Seam, Trial
from oagen.runner.statuses import status_matches

MOST_TRIALS = 220
HOPELESS = 60
"""Trials without a new line after which the search ends, whatever is missing."""

PROGRESS = 5
"""What new lines are worth, in a plan's cost: on from there first."""
FIRST_TRIALS = 12
"""Trials for a first success, until the requests that other statuses need are sent as they are."""

OVERTIME = 2.0  # seconds for requests as they are, where the search for a success took all the time
MOST_ENTRIES = 3
"""Ways past the middlewares that each operation tries."""

PATIENCE = 12
"""Trials without a new line after which the search ends, once all statuses were reached."""
_SUCCESS = range(200, 300)
_REFUSALS = (401, 403, 407)
_VIOLATED = ("400", "422")


class Try(Protocol):
    """Runs a trial of a plan; with `replaced`, by the very mocks that a test uses."""

    def __call__(self, plan: Plan, replaced: Sequence[Replaced] | None = None, *, watch: bool = False) -> Trial:
        """Return what the trial has shown, `watch` which functions were called too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """A plan that drew a status with nothing held back."""

    plan: Plan
    trial: Trial


@dataclass(slots=True, kw_only=True)
class Found:
    """What the search of one operation has shown.

    Attributes:
        reached: In the order in which it was reached.
        base: The plan of the first success.
        blocked: The I/O that was held back last.
        answered: Each status that came, with I/O held back or not.
    """

    reached: list[Reached] = field(default_factory=list)
    base: Plan | None = None
    blocked: str = ""
    answered: set[int] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)
    trials: int = 0


class Entries:
    """What has led requests to their handlers, past middlewares and authentication, shared by all operations."""

    def __init__(self) -> None:
        self._held: Counter[tuple[str, ...]] = Counter()
        self._choices: dict[tuple[str, ...], tuple[Choice, ...]] = {}

    def note(self, choices: tuple[Choice, ...]) -> None:
        """Remember what led to a handler."""
        mark = tuple(sorted(repr((choice.seam.name, choice.seam.outcomes[choice.index].told())) for choice in choices))
        self._choices.setdefault(mark, choices)
        self._held[mark] += 1

    def usual(self) -> list[tuple[Choice, ...]]:
        """Return what led there, the most frequent first, and last what hangs on values that nobody has told."""
        found = [self._choices[mark] for mark, _ in self._held.most_common()]
        found.sort(key=lambda choices: any(choice.outcome.vague for choice in choices))
        return found[:MOST_ENTRIES]


class Search:
    """Searches the outcomes of one operation.

    Args:
        wanted: Its documented statuses.
        dependencies: What the framework calls for it, as seams.
        doors: Where libraries decide who is asking.
        entries: What has led requests of any operation to its handler; more are noted.
        try_plan: Runs a trial.
        deadline: When to stop, by `time.monotonic`.
        shape: An example of its successful answer.
    """

    def __init__(
        self,
        wanted: Sequence[str],
        dependencies: Sequence[Seam],
        try_plan: Try,
        deadline: float,
        shape: Any = None,
        *,
        doors: Sequence[Seam] = (),
        entries: Entries | None = None,
    ) -> None:
        self._doors = doors
        self._entries = Entries() if entries is None else entries
        self._entered: Plan | None = None
        self._shape = shape
        self._wanted = wanted
        self._dependencies = dependencies
        self._try = try_plan
        self._deadline = deadline
        self._heap: list[tuple[int, int, Plan]] = []
        self._order = itertools.count()
        self._known: set[str] = set()
        self._lines: set[tuple[str, int]] = set()
        self._later: list[Plan] = []
        self._idle = 0
        self._depth = 0
        self._misfits = 0
        self.found = Found()

    def run(self, seeds: Iterable[Plan]) -> Found:
        """Search from requests without replacements; those for a success come first."""
        for seed in seeds:
            if seed.status[:1] == "2" or seed.status == "default":
                self._push(seed)
            else:
                self._later.append(seed)
        if not self._heap and self._later:
            self._push(self._later[0])
        self._drain(FIRST_TRIALS, until_base=True)
        for seed in self._later:
            self._attempt(seed)
        return self.resume(self._deadline)

    def resume(self, deadline: float) -> Found:
        """Go on with the search, where it was given up for want of time.

        Args:
            deadline: When to stop, by `time.monotonic`.
        """
        self._deadline = deadline
        if self.found.base is None:
            self._drain(MOST_TRIALS // 2, until_base=True)
        for seed in self._later:
            if self.found.base is not None and self.found.base.choices:
                self._attempt(_with(seed, self.found.base))
        self._drain(MOST_TRIALS)
        return self.found

    @property
    def is_worth_more(self) -> bool:
        """Whether a status is missing, and something is left to be tried."""
        return bool(self._heap) and self.found.trials < MOST_TRIALS and not self.is_complete

    def _drain(self, most: int, *, until_base: bool = False) -> None:
        while self._heap and self.found.trials < most and time.monotonic() < self._deadline:
            _, _, plan = heapq.heappop(self._heap)
            self._run(plan)
            if until_base and self.found.base is not None:
                return
            if not until_base and self._idle > (PATIENCE if self.is_complete else HOPELESS):
                return

    def _attempt(self, plan: Plan) -> None:
        """Try a plan at once, unless it was tried."""
        if plan.key not in self._known and time.monotonic() < self._deadline + OVERTIME:
            self._known.add(plan.key)
            self._run(plan)

    def _run(self, plan: Plan) -> None:
        trial = self._try(plan)
        self.found.trials += 1
        if not trial.error and (not trial.blocked or not trial.handled) and self._leads_on(plan, trial):
            again = self._try(plan, watch=True)
            trial = replace(again, lines=again.lines | trial.lines, handled=again.handled or trial.handled)
        if trial.error:
            self.found.errors.append(trial.error)
        else:
            self._learn(plan, trial)

    def _leads_on(self, plan: Plan, trial: Trial) -> bool:
        """Tell whether more plans come from a trial, which need to know what was called."""
        if not trial.handled and not plan.choices and self._entries.usual():
            return False
        return bool(trial.lines - self._lines) or self._is_new_base(plan, trial)

    @property
    def is_complete(self) -> bool:
        """Whether each documented status was reached."""
        statuses = {item.trial.status for item in self.found.reached}
        return all(any(status_matches(status, wanted) for status in statuses) for wanted in self._wanted)

    def _learn(self, plan: Plan, trial: Trial) -> None:
        fresh = trial.lines - self._lines
        self._lines |= trial.lines
        self.found.answered.add(trial.status)
        self._enter(plan, trial, fresh=bool(fresh))
        further = plan.progress + bool(fresh)
        if not trial.handled and self._entered is not None:
            further = 0  # others go to the handler already
        if trial.blocked:
            self.found.blocked = trial.blocked
            self._depth = further
            self._push_all(blocked_children(plan, trial, fix=self.found.base is None))
            if self.found.base is None and not trial.handled:
                self._push_all(opened_children(plan, trial))
            self._depth = 0
            return
        if any(trial.paths):  # a mock that was asked for what nobody has told it says nothing of the status
            self._depth = further
            self._push_all(told_children(plan, trial))
            self._depth = 0
            return
        self.found.reached.append(Reached(plan=plan, trial=trial))
        self._idle = 0 if fresh else self._idle + 1
        if self._is_new_base(plan, trial):
            self.found.base, self._misfits = plan, len(trial.misfits)
            fresh = trial.lines
        without_success = self.found.base is None
        self._depth = further
        if without_success and plan.status[:1] == "4" and status_matches(trial.status, plan.status):
            return  # it came to that; a success is not looked for from here
        if trial.misfits:
            self._push_all(mended_children(plan, trial, self._shape))
        if without_success and trial.status >= 400:  # noqa: PLR2004
            self._push_all(asked_children(plan, trial))
            self._push_all(sparing_children(plan, trial))
        if trial.mends:
            self._push_all(usable_children(plan, trial))
        if trial.status >= 400 and (without_success or trial.status in _REFUSALS):  # noqa: PLR2004
            self._push_all(refused_children(plan, trial, self._dependencies))
            if without_success and not trial.handled:
                self._push_all(opened_children(plan, trial))
        self._push_all(sequence_children(plan, trial, fix=without_success))
        if fresh and plan.turns == 0:
            self._push_all(request_children(plan, trial))
        if fresh:
            kept_out = without_success and not trial.handled and trial.status in _REFUSALS
            self._depth -= kept_out  # who asks is decided elsewhere
            self._push_all(turned_children(plan, trial, fix=without_success))
        self._depth = 0

    def _enter(self, plan: Plan, trial: Trial, *, fresh: bool) -> None:
        """Note what led to the handler, or begin with what has led others to theirs."""
        if trial.handled and self._entered is None and plan.choices and plan.status[:1] == "2":
            self._entered = plan
            self._entries.note(plan.choices)
            framework = tuple(choice for choice in plan.choices if choice.seam.library and not choice.seam.of)
            if framework and len(framework) < len(plan.choices):  # the rest may be about what this one asked for
                self._entries.note(framework)
        failed = bool(trial.blocked) or trial.status >= 400  # noqa: PLR2004
        if not trial.handled and failed and not plan.choices and self.found.base is None:
            self._depth = plan.progress + 1
            self._push_all(entered_children(plan, self._entries.usual()))
        if not trial.handled and trial.status in _REFUSALS and not trial.blocked and not plan.turns:
            self._depth = plan.progress + fresh
            self._push_all(door_children(plan, self._doors))
        self._depth = 0

    def _is_new_base(self, plan: Plan, trial: Trial) -> bool:
        """Tell whether this is the best success so far: as documented, and with something there."""
        base = self.found.base
        if trial.status not in _SUCCESS or plan.turns:
            return False
        if base is None:
            return True
        return plan.status[:1] == "2" and (len(trial.misfits), plan.empties) < (self._misfits, base.empties)

    def _push_all(self, plans: Iterator[Plan]) -> None:
        for plan in plans:
            self._push(plan)

    def _push(self, plan: Plan) -> None:
        plan = replace(plan, progress=self._depth)
        if plan.key not in self._known and plan.turns <= 2 and len(plan.choices) <= 10:  # noqa: PLR2004
            self._known.add(plan.key)
            heapq.heappush(self._heap, (plan.cost - PROGRESS * self._depth, next(self._order), plan))


def _with(seed: Plan, base: Plan) -> Plan:
    """Return a request with the replacements of another one."""
    return Plan(request=seed.request, title=seed.title, status=seed.status, choices=base.choices, cost=base.cost)


# -- choosing -------------------------------------------------------------------------------------------------------

MOST_TESTS = 3
MOST_VIOLATIONS = 5
"""Tests of one refusal that differ in what is wrong with the request."""


def chosen(reached: Sequence[Reached], status: str, excluded: Sequence[str], handler: Handler | None) -> list[Reached]:
    """Return the plans that tests of a status are made of: the plainest, then those that run other lines around it."""
    fitting = [item for item in reached if status_matches(item.trial.status, status, excluded)]
    fitting.sort(key=lambda item: _rank(item, status))
    picked: list[Reached] = []
    seen: set[tuple[str, int]] = set()
    for item in fitting:
        near = {line for line in item.trial.lines if handler is not None and line[0] == handler.file}
        if not picked or (len(picked) < MOST_TESTS and item.trial.handled and near - seen):
            picked.append(item)
            seen |= near
    if status in _VIOLATED:
        reasons = {item.plan.title for item in picked}
        for item in fitting:
            if item.plan.status == status and not item.plan.turns and len(picked) < MOST_VIOLATIONS:
                picked += [item] if item.plan.title not in reasons else []
                reasons.add(item.plan.title)
    return picked


def _rank(item: Reached, status: str) -> tuple[bool, bool, bool, int, int]:
    """Return what makes a plan a worse witness than another, weightiest first."""
    plan = item.plan
    promised = plan.status == status and not plan.turns
    raises = any(choice.outcome.raises for choice in plan.choices)
    empties = plan.empties if status[:1] == "2" else 0
    return (
        not (promised or item.trial.handled),
        bool(plan.vague),
        raises and status[:1] != "5",
        empties,
        plan.cost - promised,
    )
