"""The loop: send, look at what came back, learn, go on."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from oagen.errors import OagenError, StoreError, TargetError
from oagen.findings.logs import LogTail
from oagen.findings.model import CONTRACT_KINDS
from oagen.findings.store import Store
from oagen.fuzz.adapter import Cases
from oagen.fuzz.afresh import Afresh
from oagen.fuzz.book import Book, run_in
from oagen.fuzz.budget import Budget
from oagen.fuzz.caller import known_caller
from oagen.fuzz.caution import Gate, Stage, others_of
from oagen.fuzz.clock import Clock
from oagen.fuzz.corpus import Track
from oagen.fuzz.events import ENDED_BADLY, CampaignOptions, Event, Finished, Found, Noticed, Progress, Started, Stop
from oagen.fuzz.health import Health
from oagen.fuzz.hinted import Mender
from oagen.fuzz.lessons import Lessons
from oagen.fuzz.luck import Luck
from oagen.fuzz.mutation import Mutator
from oagen.fuzz.oracles import Fault, Oracles
from oagen.fuzz.ownership import Ownership
from oagen.fuzz.pacing import BudgetSpent, Ledger, PacedTarget
from oagen.fuzz.planning import Planner
from oagen.fuzz.pool import Pool
from oagen.fuzz.pursuit import Pursuit
from oagen.fuzz.restoring import Need, Recovery, Restorer
from oagen.fuzz.script import SAFE, ScriptWriter, in_producing_order
from oagen.fuzz.sending import Sender, Sent
from oagen.fuzz.shrinking import Shrinking
from oagen.fuzz.standing import Prover
from oagen.fuzz.turns import Turns
from oagen.fuzz.watching import Watch
from oagen.scenario.model import Request, Scenario, Step
from oagen.spec.model import ApiDescription
from oagen.target.ahead import room_ahead
from oagen.target.model import Answer, Target

if TYPE_CHECKING:
    from oagen.fuzz.commons import Commons  # its locks are not everywhere

_PROGRESS_EVERY = 0.5
_REST = 0.5  # seconds between two looks where every operation rests
_IDLE = 20_000  # candidates in a row that were all sent before
_SPOILING = ENDED_BADLY | {Stop.RISKED}
_NEWS = 0.15  # what something new is worth beside a new fault


class Campaign:
    """One hunt.

    Args:
        description: What the API promises.
        target: Where requests go.
        options: Budget, seed, identity.
        scenarios: Designed ones, sent first.
        resumed: Requests of an earlier campaign that showed something new, sent after the designed ones.
        log: The server's log.
        store: Where findings and corpus outlive the campaign.
        recovery: Means of bringing the target back.
        paced: What `target` sends through; None where it is to be made here.
        commons: Shared with other workers, whose campaign in the store this is, too.
        run: Number of the campaign in the store that was cut off, and goes on.
        source: What the store calls the document; None for the name that it was read by.
        heard: Is told of each request that was sent, with what came back, when the campaign has learned from it.
    """

    def __init__(
        self,
        description: ApiDescription,
        target: Target,
        options: CampaignOptions,
        *,
        scenarios: Sequence[Scenario] = (),
        resumed: Iterable[Request] = (),
        log: LogTail | None = None,
        store: Store | None = None,
        recovery: Recovery | None = None,
        paced: PacedTarget | None = None,
        commons: Commons | None = None,
        run: int | None = None,
        source: str | None = None,
        heard: Callable[[Sent], None] = lambda _sent: None,
    ) -> None:
        if paced is None:
            target = paced = PacedTarget(target, Ledger(options.max_requests))
        luck = Luck(options.seed)
        self._luck = luck
        self._options = options
        self._scenarios = scenarios
        self._heard = heard
        self._resumed = tuple(resumed)
        self._store = store
        self._commons = commons
        self._run = run_in(store, source or description.source, options.seed, run if commons is None else commons.run)
        self._clock = Clock(options.max_seconds, options.max_requests)
        self._cases = Cases(description, seed=options.seed, patience=self._clock.patience())
        self._ledger = paced.ledger
        self._ledger.waits_until = self._clock.ends_at
        self._pool = Pool(luck)
        self._sender = Sender(target, options, luck)
        self._oracles = Oracles(description, log, options.oracles)
        self._prover = Prover(target, options, self._pool, self._oracles, self._note, designed=scenarios)
        self._book = Book(description, store, self._run, resumed=run is not None and options.share.number == 0)
        self._turns = Turns(commons if self._oracles.reads_log else None, self._book)
        guarded = {operation.key for operation in description.operations if operation.needs_identity}
        self._health = Health(guarded, options.identity)
        self._ownership = Ownership(description, seed=options.seed, caller=known_caller(options))
        means = recovery or Recovery()
        fragile = means.restart_command is None and means.afresh is None
        self._gate = Gate(self._ownership, others=others_of(options), fragile=fragile)
        self._budget = Budget(self._ledger, self._clock, options, self._gate)
        self._shrinking = Shrinking(
            self._book, self._prover, self._budget, self._gate, turns=self._turns, commons=commons
        )
        self._tracks = {
            operation.key: Track(operation=operation)
            for operation in sorted(description.operations, key=in_producing_order)
            if not options.read_only or operation.method in SAFE
        }
        other_methods = options.other_methods and not options.read_only
        self._script = ScriptWriter(
            self._cases, self._pool, luck, identity=options.identity, other_methods=other_methods
        )
        self._planner = Planner(
            self._tracks,
            self._script,
            (Mutator(self._pool, luck), Mender(self._pool)),
            options,
            repeats=self._sender.repeats,
            clock=self._clock,
            luck=luck,
        )
        self._lessons = Lessons(self._pool, self._ownership, self._script, keep=self._keep)
        self._queue: list[Event] = []
        self._restorer = Restorer(means, self._notice, self._clock.left, commons)
        self._watch = Watch(
            self._sender,
            paced,
            self._health,
            self._tracks,
            self._book,
            ownership=self._ownership,
            gate=self._gate,
            clock=self._clock,
            notice=self._notice,
            restorer=self._restorer,
        )
        self._afresh = Afresh(
            self._book,
            self._prover,
            self._pool,
            self._gate,
            target=target,
            script=self._script,
            watch=self._watch,
            restorer=self._restorer,
            budget=self._budget,
        )
        self._pursuit = Pursuit(
            self._gate,
            self._oracles,
            self._sender,
            luck,
            conclude=self._conclude,
            room=room_ahead(target) if not self._oracles.reads_log else 1 if commons is None else 0,
        )
        self._phase = ""
        self._told = 0.0
        self._stop: Stop | None = None

    def run(self) -> Generator[Event]:
        """Yield what happens until the budget is used up; the last event is `Finished`, whatever happens.

        Raises:
            TargetError: Nobody answers at all.
        """
        try:
            self._watch.knock(self._options.identity)
            yield Started(operations=len(self._tracks))
            yield from self._guarded()
        except KeyboardInterrupt:
            self._stop = Stop.INTERRUPTED
        finally:
            self._cases.close()
        for message in self._cases.shortcomings():
            self._notice(message)
        try:
            finished = self._finish()
        except StoreError as error:
            self._break_off(Stop.STORE, error)
            finished = self._finish()
        yield from self._queue
        yield finished

    def _guarded(self) -> Iterator[Event]:
        """Yield what happens; where the store or the target fails for good, what was found so far is kept."""
        try:
            yield from self._phases()
        except StoreError as error:
            self._break_off(Stop.STORE, error)
        except TargetError as error:
            self._break_off(Stop.DEAD, error)

    def _break_off(self, why: Stop, error: OagenError) -> None:
        self._stop = why
        self._queue.append(Noticed(message=f"{error.message}. {error.hint}" if error.hint else error.message))
        if why is Stop.STORE:
            self._store = None
            self._book.leave_store()

    def _phases(self) -> Iterator[Event]:
        phases: tuple[tuple[str, Iterator[Request | None]], ...] = (
            ("untouched", self._planner.untouched()),
            ("designed", self._planner.designed(self._scenarios, self._answered)),
            ("resumed", self._planner.resumed(self._resumed)),
            ("first", self._planner.first()),
            ("sweep", self._planner.sweep()),
            ("hunt", self._planner.hunt(self._collide)),
        )
        hunt = phases[-1]
        for phase in phases:
            yield from self._through(*phase)
        if self._options.harmless:
            return
        yield from self._shrink()
        yield from self._second_chance()
        over = False
        for stage, rest in (
            (Stage.HAZARDS, self._budget.risk_share()),
            (Stage.LATE, self._budget.risk_share() / 3),
            (Stage.LAST, 0),
        ):
            if stage is Stage.LATE and self._stop is None:
                self._watch.meet_others(self._options)
            self._gate.stage = stage
            self._budget.keep(rest)
            yield from self._through(stage.name.lower(), self._gate.kept_back())
            self._gate.stage = min(stage, Stage.LATE)
            yield from self._through(*hunt)
            over = self._budget.is_over(len(self._shrinking))
            yield from self._shrink()
        if self._stop is None and over:
            self._stop = Stop.TIME if self._clock.limited and self._budget.is_late() else Stop.REQUESTS
        yield from self._try_afresh()

    def _through(self, name: str, requests: Iterator[Request | None]) -> Iterator[Event]:
        """Send what a phase yields, until its share of the budget is gone."""
        self._phase = name
        idle = 0
        while self._stop is None and idle < _IDLE and not self._budget.is_over(len(self._shrinking)):
            self._ledger.interrupt.check()
            before = self._ledger.count
            try:
                with self._turns.take():
                    if not self._next(requests):
                        break
                for request in self._turns.doubtful():
                    with self._turns.take(alone=True):
                        self._meet_again(request)
            except BudgetSpent:
                self._stop = Stop.REQUESTS
            idle = idle + 1 if self._ledger.count == before else 0
            if idle and (pause := self._watch.all_rest()):
                time.sleep(min(pause, _REST, self._clock.left()))
                idle = 0
            yield from self._news()
        try:
            self._settle()
        except BudgetSpent:
            self._stop = Stop.REQUESTS
        yield from self._news()

    def _shrink(self) -> Iterator[Event]:
        """Make each finding smaller that was not tried before."""
        self._phase = "shrinking"
        while self._stop not in ENDED_BADLY and (left := self._shrinking.untried()):
            smaller = self._shrinking.shrink(left[0], self._shown)
            if smaller is not None:
                self._queue.append(Found(finding=smaller, again=True))
            yield from self._news()

    def _second_chance(self) -> Iterator[Event]:
        """Try what could not be shown again once more in the target's first state, where that can be restored."""
        flaky = {finding.fingerprint for finding in self._book.all() if finding.flaky}
        alone = self._commons is None and self._stop not in ENDED_BADLY and self._ledger.left() > self._options.reserve
        if flaky and alone and self._restorer.resets and self._restorer.restore(Need.SPOILT):
            self._sender.forget_answers()
            self._shrinking.again(flaky)
            yield from self._shrink()

    def _try_afresh(self) -> Iterator[Event]:
        """Try findings on a target that was just started; those that nobody could try there may need its state."""
        for finding in self._afresh.known_better(may_send=self._stop not in ENDED_BADLY):
            self._queue.append(Found(finding=finding, again=True))
            yield from self._news()

    def _next(self, requests: Iterator[Request | None]) -> bool:
        """Send the next request of a phase, and what follows from it; False where there is none."""
        try:
            request = next(requests)
        except StopIteration:
            return False
        if request is not None:
            self._pursue(request)
        return True

    # -- one request --------------------------------------------------------------------------------------------------

    def _pursue(self, request: Request) -> None:
        """Send a request, and what answers ask for: the resource one made is read, a refused request is mended."""
        waiting = [request]
        while waiting and self._stop is None:
            waiting += self._following(self._pursuit.send(waiting.pop()))

    def _settle(self) -> None:
        """Wait for what is under way, and send what its answer asks for where the campaign goes on."""
        while (sent := self._pursuit.settle()) is not None and self._stop is None:
            for request in self._following(sent):
                self._pursue(request)

    def _following(self, sent: Sent | None) -> Iterable[Request]:
        return (
            self._planner.following(sent.request, sent.answer) if sent is not None and sent.answer is not None else ()
        )

    def _conclude(self, sent: Sent) -> tuple[float, bool]:
        """Learn from what came back, and look after the target; see `Conclude`.

        Where the campaign has come to its end meanwhile, nothing follows from it; and what a target that refuses
        everything answers is no news.
        """
        if self._stop is not None:
            return (0.0 if self._stop in _SPOILING else self._judge(sent)), False
        if sent.failure is not None:
            sent = self._watch.silences.asked_again(sent, sent.failure)
        worth = self._judge(sent)
        if sent.failure is not None:
            self._stop = self._watch.after_silence(sent)
        else:
            self._watch.silences.see_length(sent)
            self._gate.survived(sent.request)
            self._stop = self._watch.first_look() or self._watch.after_answer(sent)
            if self._stop is Stop.LOCKED_OUT and self._gate.stage is Stage.LAST:
                self._stop = Stop.RISKED
        return worth, self._stop is None

    def _answered(self, request: Request) -> Answer | None:
        """Send a step of a designed scenario, and learn from it."""
        self._settle()
        admitted = self._gate.admitted(request)
        self._oracles.before()
        sent = self._sender.send(admitted, again=True) if admitted is not None else None
        if sent is None:
            return None
        if sent.failure is not None:
            sent = self._watch.silences.asked_again(sent, sent.failure)
        self._judge(sent)
        if self._stop is None:
            silent = sent.failure is not None
            self._stop = self._watch.after_silence(sent) if silent else self._watch.after_answer(sent)
        return sent.answer

    def _collide(self, request: Request) -> None:
        """Send a write twice at the same moment."""
        self._settle()
        admitted = self._gate.admitted(request)
        if admitted is None:
            return
        self._oracles.before()
        for sent in self._watch.silences.collided_again(self._sender.send_together(admitted)):
            self._judge(sent, together=True)
            if sent.failure is not None and self._stop is None:
                self._stop = self._watch.after_silence(sent)

    def _judge(self, sent: Sent, *, together: bool = False) -> float:
        """Learn from what came back; return what it was worth: 1 for a new fault, 0 for nothing."""
        request, answer = sent.request, sent.answer
        self._health.observe(sent)
        worth = 0.0
        for fault in self._turns.certain(self._faults(sent), request):
            finding = self._book.meet(fault, request, at=self._health.sent, together=together)
            if finding is not None:
                self._queue.append(Found(finding=finding))
                self._afresh.remember(finding)
                self._shrinking.again([finding.fingerprint])
                worth = max(worth, _NEWS if finding.kind in CONTRACT_KINDS else 1.0)
        self._afresh.journal.see(sent)
        track = self._tracks.get(request.operation)
        if answer is not None and track is not None:
            if self._lessons.learn(sent, answer, track):
                worth = max(worth, _NEWS)
            if worth:
                track.stale = 0
            track.pay(answer.seconds)
        self._heard(sent)
        return worth

    def _keep(self, sent: Sent) -> None:
        if self._store is not None:
            self._store.keep(self._sender.digest(sent.wire), sent.request, self._run)

    def _faults(self, sent: Sent, *, thorough: bool = False) -> tuple[Fault, ...]:
        if sent.answer is not None:
            return self._oracles.faults_of(sent.request, sent.answer, thorough=thorough)
        if sent.failure is None or sent.doubtful:
            return ()
        return self._oracles.faults_without_answer(sent.request, sent.failure)

    def _shown(self, request: Request) -> tuple[Fault, ...]:
        """Return the faults that a request draws now."""
        self._oracles.before()
        sent = self._sender.send(request, again=True)
        if sent is not None and sent.failure is not None:
            sent = self._watch.silences.asked_again(sent, sent.failure)
        faults = self._faults(sent, thorough=True) if sent is not None else ()
        if sent is not None:
            self._afresh.journal.see(sent)
        self._note(faults, request)
        if sent is not None and self._stop is None:
            if sent.failure is not None:
                self._stop = self._watch.after_silence(sent)
            elif self._gate.is_risky(request):
                self._stop = self._watch.after_answer(sent)
        return faults

    def _note(self, faults: Collection[Fault], request: Request, steps: tuple[Step, ...] = ()) -> None:
        """Keep the faults that nothing has shown before: they were met while another one was made smaller."""
        for fault in faults:
            name = fault.fingerprint.identity
            if name not in self._book and (finding := self._book.meet(fault, request)) is not None:
                self._afresh.remember(finding)
                if steps:
                    finding = self._book.shrunk(name, steps, request, flaky=False)
                self._queue.append(Found(finding=finding))

    def _meet_again(self, request: Request) -> None:
        """Send a request that may have shown a fault, and keep those that it shows."""
        for fault in self._shown(request):
            if not self._book.knows(fault.fingerprint.identity, request.operation):
                self._book.meet(fault, request)

    def _notice(self, message: str) -> None:
        self._queue.append(Noticed(message=message))

    # -- budget and news ----------------------------------------------------------------------------------------------

    def _news(self) -> Iterator[Event]:
        events = self._queue[:]
        self._queue.clear()
        yield from events
        seconds = self._clock.seconds()
        if seconds - self._told >= _PROGRESS_EVERY:
            self._told = seconds
            yield Progress(
                phase=self._phase,
                requests=self._ledger.count,
                seconds=seconds,
                reached=sum(1 for track in self._tracks.values() if track.successes),
                findings=len(self._book),
                corpus=self._lessons.kept,
                statuses=self._ledger.statuses(),
            )

    def so_far(self, stop: Stop = Stop.UNFINISHED) -> Finished:
        """Return what the campaign would have come to if it ended now."""
        return Finished(
            stop=stop,
            requests=self._ledger.count,
            seconds=self._clock.seconds(),
            responses=self._ledger.by_operation(),
            findings=self._book.all(),
            withheld=self._oracles.withheld,
        )

    def _finish(self) -> Finished:
        self._book.save()
        finished = self.so_far(self._stop or Stop.EXHAUSTED)
        if self._store is not None and self._commons is None:
            self._store.finish_run(
                self._run, stop=finished.stop.value, requests=finished.requests, seconds=finished.seconds
            )
        return finished

    @property
    def pool(self) -> Pool:
        """What answers held, and which requests made it."""
        return self._pool

    @property
    def responses(self) -> dict[str, dict[str, int]]:
        """Number of answers by status, by operation, so far."""
        return self._ledger.by_operation()
