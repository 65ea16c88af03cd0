"""Look for a witness of every documented response: a scenario that draws it twice, on fresh resources, for its reason.

What is cheap comes first and teaches most: requests that succeed, those with the fewest steps, then refusals, then
what burdens the target. What fails is varied, a few variations of each response in turn, until the budget is spent.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from oagen.errors import OagenError
from oagen.learn.attempts import GONE, Attempts, BudgetSpent
from oagen.learn.bases import Bases
from oagen.learn.births import Births
from oagen.learn.campaigning import Campaigning
from oagen.learn.candidates import Candidates
from oagen.learn.cleanup import Cleanup
from oagen.learn.confirming import confirm
from oagen.learn.controls import Controls
from oagen.learn.filling import filled_lists
from oagen.learn.handlers import Handlers
from oagen.learn.ledger import Ledger
from oagen.learn.makers import Makers
from oagen.learn.memory import Memory
from oagen.learn.mending import Mending
from oagen.learn.model import (
    INTERRUPTED,
    Learned,
    Progress,
    ProgressListener,
    WitnessState,
)
from oagen.learn.obstacles import Obstacles
from oagen.learn.order import burden
from oagen.learn.reaching import Reaching
from oagen.learn.redesign import Redesign
from oagen.learn.searching import Search
from oagen.learn.sending import CountingTarget
from oagen.learn.steadiness import Steadiness
from oagen.learn.trying import Trying
from oagen.learn.wandering import Wandering
from oagen.runner.run import RunContext
from oagen.scenario.context import DesignContext
from oagen.scenario.identities import IdentityInfo
from oagen.scenario.model import Scenario
from oagen.spec.model import ApiDescription
from oagen.target.model import Target

BUDGET = 60.0
"""Seconds, unless the user says otherwise."""

_FAIR_SHARE = 0.3  # of the budget; a search that had less goes on next time
_TELL_EVERY = 0.5  # seconds
_KEEP_EVERY = 5.0  # seconds
_FOR_CLEANING = 10.0  # seconds, after the budget
_FOR_CONFIRMING = 10.0  # seconds, after that


def learn(
    description: ApiDescription,
    scenarios: Sequence[Scenario],
    target: Target,
    context: RunContext,
    *,
    budget: float = BUDGET,
    known: Learned | None = None,
    identities: tuple[IdentityInfo, ...] = (),
    progress: ProgressListener = lambda _progress: None,
    keep: Callable[[Learned], None] = lambda _learned: None,
    reset: Callable[[], None] | None = None,
    campaign: bool = True,
    handlers: Handlers | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Learned:
    """Try scenarios against a live target and return what was learned.

    Whatever is known of a response whose scenarios are the same as then is taken over without a request; what was
    looked for in vain is looked for again when its operation is another in the document, or the budget larger. An
    interruption (Ctrl-C) ends it early; what was learned until then is returned.

    Args:
        scenarios: As designed; each documented response has at least one.
        context: Its `run` makes this run's uniques others than those of every run before.
        budget: Seconds for all requests, but for the deletion of what they created.
        known: What was learned another time.
        identities: Those that the scenarios were designed with.
        progress: Called now and then.
        keep: Called with what was learned so far every few seconds.
        reset: Brings the target's state back to its start; called at the beginning and at the end.
        campaign: Whether a campaign takes its turns in the search.
        handlers: What the handlers' sources name, where the application runs in process: tried first.
    """
    options = _Options(
        budget=budget,
        known=known or Learned(),
        identities=identities,
        progress=progress,
        keep=keep,
        campaign=campaign,
        handlers=handlers or {},
        clock=clock,
    )
    return _Learner(description, scenarios, target, context, options).learn(reset)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Options:
    budget: float
    known: Learned
    identities: tuple[IdentityInfo, ...]
    progress: ProgressListener
    keep: Callable[[Learned], None]
    campaign: bool
    handlers: Handlers
    clock: Callable[[], float]


class _Learner:
    def __init__(
        self,
        description: ApiDescription,
        scenarios: Sequence[Scenario],
        target: Target,
        context: RunContext,
        options: _Options,
    ) -> None:
        self._clock = options.clock
        self._started = self._clock()
        self._options = options
        self._deadline = options.budget
        self._told = 0.0
        self._kept = 0.0
        self._progress = options.progress
        self._target = CountingTarget(target)
        self._memory = Memory(description)
        self._cleanup = Cleanup(description, self._target, context)
        self._births = Births()
        self._design = design = DesignContext(description, options.identities)
        obstacles = Obstacles()
        makers = Makers(description)
        steadiness = Steadiness()
        self._attempts = Attempts(
            description,
            self._target,
            context,
            memory=self._memory,
            obstacles=obstacles,
            time_left=self._time_left,
            after=(self._cleanup.observe, makers.observe, self._births.observe, steadiness.observe),
        )
        self._ledger = Ledger(description, scenarios, options.budget)
        candidates = Candidates(design, self._memory)
        mending = Mending(design, self._memory)
        controls = Controls(design, self._attempts, self._memory, mending.mended)
        self._trying = Trying(
            design,
            self._attempts,
            self._target,
            controls=controls,
            candidates=candidates,
            mending=mending,
            steadiness=steadiness,
        )
        self._campaigning = Campaigning(
            design,
            target if options.campaign else None,
            context,
            reaching=Reaching(
                design,
                Bases(design, self._memory, mending.mended),
                run=partial(self._trying.run, probe=True),
                contrast=controls.contrast,
                clock=self._clock,
            ),
            is_wanted=self._ledger.is_open,
            usual=controls.known,
            is_answering=partial(self._target.is_answering, context.base_path or "/"),
            notes=(self._memory, self._births, makers, self._cleanup, steadiness),
        )
        self._search = Search(
            description.operations,
            self._ledger,
            self._trying,
            candidates,
            controls=controls,
            obstacles=obstacles,
            redesign=Redesign(design, makers, obstacles),
            births=self._births,
            cleanup=self._cleanup,
            wandering=Wandering(design, self._memory, makers, mending.mended, options.handlers),
            campaigning=self._campaigning,
            handlers=options.handlers,
            time_left=self._time_left,
            tell=self._tell,
            clock=self._clock,
        )
        for pair, designed in self._ledger.designed.items():
            candidates.know(pair, designed)
        self._memory.recall(options.known.undocumented)
        for pair, witness in self._ledger.reuse(options.known):
            candidates.offer(pair, witness)

    # -- the run, as a table of contents ------------------------------------------------------------------------------

    def learn(self, reset: Callable[[], None] | None) -> Learned:
        stopped: str | None = None
        try:
            if reset is not None and not self._ledger.is_settled:
                reset()
            self._try_designed()
            self._search.run()
            self._try_designed(verified=True)
            self._fill_lists()
            if self._target.is_gone:
                stopped = GONE
        except BudgetSpent as end:
            stopped = str(end)
            if self._time_left() <= 0 and self._search.seconds >= _FAIR_SHARE * self._options.budget:
                self._ledger.give_up()
        except KeyboardInterrupt:
            stopped = INTERRUPTED
        self._campaigning.close()
        try:
            left_behind = self._clean(reset)
            self._confirm()
        except OagenError as error:  # what was learned is worth more than the state that it leaves
            left_behind, stopped = self._cleanup.left, error.message
        return replace(self._so_far(), stopped=stopped, left_behind=left_behind)

    def _try_designed(self, *, verified: bool = False) -> None:
        """Try designed scenarios of responses that have no witness yet, or, later, those of the others."""
        queue = self._ledger.untried()
        queue.sort(key=lambda item: (*burden(item[1]), item[0]))
        for _, scenario in queue:
            pair = (scenario.operation, scenario.status)
            if verified or not self._ledger.is_verified(pair):
                self._tell(scenario.title, scenario.operation)
                self._ledger.keep(pair, self._trying.tried(scenario))
                self._keep()

    def _fill_lists(self) -> None:
        """Try to read collections with something in them, too."""
        verified = [(pair, scenario) for pair, _, scenario in self._ledger.verified_now()]
        for pair, scenario in filled_lists(self._design, verified):
            self._tell(scenario.title, scenario.operation)
            tried = self._trying.tried(scenario)
            if tried.state is WitnessState.VERIFIED:
                self._ledger.keep(pair, replace(tried, witness=tried.witness or scenario))

    def _time_left(self) -> float:
        return self._deadline - (self._clock() - self._started)

    # -- bookkeeping --------------------------------------------------------------------------------------------------

    def _clean(self, reset: Callable[[], None] | None) -> int:
        """Leave the target as it was, as far as possible; return how many resources stay."""
        if not self._target.requests:
            return 0
        try:
            if reset is not None:
                reset()
                return 0
            until = self._clock() + _FOR_CLEANING
            return self._cleanup.run(lambda: self._clock() < until and not self._target.is_gone)
        except KeyboardInterrupt:
            return self._cleanup.left

    def _confirm(self) -> None:
        """Take back what holds only with what others had made, as far as there is time."""
        self._deadline = self._clock() - self._started + _FOR_CONFIRMING
        with contextlib.suppress(BudgetSpent, KeyboardInterrupt):
            confirm(self._ledger, self._attempts, self._births)

    def _so_far(self) -> Learned:
        return Learned(
            pairs=self._ledger.pairs(),
            undocumented=self._memory.undocumented,
            requests=self._requests,
            seconds=self._clock() - self._started,
        )

    @property
    def _requests(self) -> int:
        return self._target.requests + self._campaigning.requests

    def _keep(self) -> None:
        """Hand on what was learned so far, now and then: the process may be killed."""
        seconds = self._clock() - self._started
        if seconds - self._kept >= _KEEP_EVERY:
            self._kept = seconds
            self._options.keep(replace(self._so_far(), provisional=True))

    def _tell(self, title: str, operation: str) -> None:
        self._keep()
        seconds = self._clock() - self._started
        if seconds - self._told < _TELL_EVERY and self._told:
            return
        self._told = seconds or _TELL_EVERY
        self._progress(
            Progress(
                doing=f"{operation}: {title}",
                requests=self._requests,
                seconds=seconds,
                verified=self._ledger.verified,
                pairs=len(self._ledger.designed),
            )
        )
