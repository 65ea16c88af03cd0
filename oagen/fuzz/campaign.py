"""A campaign: send, look at what came back, learn, go on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from oagen.errors import OagenError, StoreError, TargetError
from oagen.findings.logs import LogTail
from oagen.findings.store import Store
from oagen.fuzz.adapter import Cases
from oagen.fuzz.afresh import Afresh
from oagen.fuzz.book import Book, run_in
from oagen.fuzz.budget import Budget
from oagen.fuzz.caller import known_caller
from oagen.fuzz.caution import Gate, others_of
from oagen.fuzz.clock import Clock
from oagen.fuzz.corpus import Track
from oagen.fuzz.events import CampaignOptions, Event, Finished, Started, Stop
from oagen.fuzz.exchanges import Exchanges
from oagen.fuzz.health import Health
from oagen.fuzz.hinted import Mender
from oagen.fuzz.judging import Judge
from oagen.fuzz.lessons import Lessons
from oagen.fuzz.luck import Luck
from oagen.fuzz.mutation import Mutator
from oagen.fuzz.news import News
from oagen.fuzz.oracles import Fault, Oracles
from oagen.fuzz.ownership import Ownership
from oagen.fuzz.pacing import Ledger, PacedTarget
from oagen.fuzz.phases import Phases
from oagen.fuzz.planning import Planner
from oagen.fuzz.pool import Pool
from oagen.fuzz.proving import Proving
from oagen.fuzz.restoring import Recovery, Restorer
from oagen.fuzz.script import SAFE, ScriptWriter, in_producing_order
from oagen.fuzz.sending import Sender, Sent
from oagen.fuzz.shrinking import Shrinking
from oagen.fuzz.standing import Prover
from oagen.fuzz.turns import Turns
from oagen.fuzz.watching import Watch
from oagen.scenario.model import Request, Scenario, Step
from oagen.spec.model import ApiDescription
from oagen.target.ahead import room_ahead
from oagen.target.model import Target

if TYPE_CHECKING:
    from oagen.fuzz.commons import Commons  # its locks are not everywhere


class Campaign:
    """One hunt: its parts, put together, and its end.

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
        self._options = options
        self._scenarios = scenarios
        self._resumed = tuple(resumed)
        self._shared = commons is not None
        run_number = run_in(store, source or description.source, options.seed, run if commons is None else commons.run)
        clock = self._clock = Clock(options.max_seconds, options.max_requests)
        self._cases = Cases(description, seed=options.seed, patience=clock.patience())
        ledger = self._ledger = paced.ledger
        ledger.waits_until = clock.ends_at
        pool = self._pool = Pool(luck)
        sender = Sender(target, options, luck)
        oracles = self._oracles = Oracles(description, log, options.oracles)
        prover = Prover(target, options, pool, oracles, self._note, designed=scenarios)
        book = self._book = Book(description, store, run_number, resumed=run is not None and options.share.number == 0)
        turns = Turns(commons if oracles.reads_log else None, book)
        guarded = {operation.key for operation in description.operations if operation.needs_identity}
        health = Health(guarded, options.identity)
        ownership = Ownership(description, seed=options.seed, caller=known_caller(options))
        means = recovery or Recovery()
        fragile = means.restart_command is None and means.afresh is None
        gate = Gate(ownership, others=others_of(options), fragile=fragile)
        budget = Budget(ledger, clock, options, gate)
        shrinking = Shrinking(book, prover, budget, gate, turns=turns, commons=commons)
        tracks = self._tracks = {
            operation.key: Track(operation=operation)
            for operation in sorted(description.operations, key=in_producing_order)
            if not options.read_only or operation.method in SAFE
        }
        other_methods = options.other_methods and not options.read_only
        script = ScriptWriter(self._cases, pool, luck, identity=options.identity, other_methods=other_methods)
        made = Mutator(pool, luck), Mender(pool)
        planner = Planner(tracks, script, made, options, repeats=sender.repeats, clock=clock, luck=luck)
        lessons = Lessons(pool, ownership, script, keep=lambda sent: book.keep(sender.digest(sent.wire), sent.request))
        news = self._news = News(ledger, clock, tracks, book, lessons)
        restorer = Restorer(means, news.notice, clock.left, commons)
        watch = self._watch = Watch(
            sender,
            paced,
            health,
            tracks,
            book,
            ownership=ownership,
            gate=gate,
            clock=clock,
            notice=news.notice,
            restorer=restorer,
        )
        afresh = Afresh(
            book, prover, pool, gate, target=target, script=script, watch=watch, restorer=restorer, budget=budget
        )
        self._judge = Judge(
            oracles,
            health,
            turns,
            book,
            afresh=afresh,
            shrinking=shrinking,
            lessons=lessons,
            tracks=tracks,
            news=news,
            heard=heard,
        )
        self._exchanges = Exchanges(
            gate,
            oracles,
            sender,
            self._judge,
            watch=watch,
            planner=planner,
            book=book,
            budget=budget,
            luck=luck,
            room=room_ahead(target) if not oracles.reads_log else 1 if commons is None else 0,
        )
        proving = Proving(
            self._exchanges,
            shrinking,
            afresh,
            book,
            budget=budget,
            restorer=restorer,
            sender=sender,
            news=news,
            alone=commons is None,
        )
        self._phases = Phases(
            options,
            planner,
            self._exchanges,
            proving,
            shrinking=shrinking,
            budget=budget,
            gate=gate,
            watch=watch,
            turns=turns,
            ledger=ledger,
            clock=clock,
            news=news,
        )

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
            self._exchanges.stop = Stop.INTERRUPTED
        finally:
            self._cases.close()
        for message in self._cases.shortcomings():
            self._news.notice(message)
        try:
            finished = self._finish()
        except StoreError as error:
            self._break_off(Stop.STORE, error)
            finished = self._finish()
        yield from self._news.left()
        yield finished

    def _guarded(self) -> Iterator[Event]:
        """Yield what happens; where the store or the target fails for good, what was found so far is kept."""
        try:
            yield from self._phases.run(self._scenarios, self._resumed)
        except StoreError as error:
            self._break_off(Stop.STORE, error)
        except TargetError as error:
            self._break_off(Stop.DEAD, error)

    def _break_off(self, why: Stop, error: OagenError) -> None:
        self._exchanges.stop = why
        self._news.notice(f"{error.message}. {error.hint}" if error.hint else error.message)
        if why is Stop.STORE:
            self._book.leave_store()

    def _note(self, faults: Collection[Fault], request: Request, steps: tuple[Step, ...]) -> None:
        """Have a fault kept that the prover meets; it comes before whoever judges, who needs what it remembers."""
        self._judge.note(faults, request, steps)

    def _finish(self) -> Finished:
        self._book.save()
        finished = self.so_far(self._exchanges.stop or Stop.EXHAUSTED)
        if not self._shared:
            self._book.close(finished)
        return finished

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

    @property
    def pool(self) -> Pool:
        """What answers held, and which requests made it."""
        return self._pool

    @property
    def responses(self) -> dict[str, dict[str, int]]:
        """Number of answers by status, by operation, so far."""
        return self._ledger.by_operation()
