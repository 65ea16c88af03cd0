"""The loop: what is planned first, then changes of whatever showed something new."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from oagen.errors import TargetError
from oagen.findings.logs import LogTail
from oagen.findings.store import Store
from oagen.fuzz.adapter import Cases
from oagen.fuzz.book import Book
from oagen.fuzz.corpus import Track, choose
from oagen.fuzz.designed import run_designed
from oagen.fuzz.events import CampaignOptions, Event, Finished, Found, Noticed, Progress, Started, Stop
from oagen.fuzz.health import Health, LockOut
from oagen.fuzz.mutation import Mutator
from oagen.fuzz.novelty import NoveltyMap
from oagen.fuzz.oracles import Fault, Oracles
from oagen.fuzz.pool import Pool
from oagen.fuzz.script import SAFE, ScriptWriter, in_producing_order
from oagen.fuzz.sending import Sender, Sent
from oagen.fuzz.standing import Prover
from oagen.fuzz.trouble import likely
from oagen.scenario.model import Request, Scenario
from oagen.spec.model import ApiDescription
from oagen.target.model import Answer, FailureKind, SendFailure, Target

_PROGRESS_EVERY = 0.5
_FIRST_SHARE = 0.3  # of the time: valid requests and sweeps at the latest until then
_SCRIPTED = 0.25  # how often a planned request comes before a made-up one, later
_PORTION = 2  # planned requests of one operation in a row
_COLLIDING = 0.01
_BEFORE_COLLISIONS = 0.7  # of the time
_IDLE = 20_000  # candidates in a row that were all sent before
_WAIT_FOR_TARGET = 10.0
_MOST_CONFIRMED = 2  # time-outs of one operation that are asked again
_PATIENCE = 3.0
_FIRST_LOOK = 40  # requests after which a wrong base URL shows


class Campaign:
    """One hunt.

    Args:
        description: What the API promises.
        target: Where requests go.
        options: Budget, seed, identity.
        scenarios: Designed ones, sent first.
        log: The server's log.
        store: Where findings and corpus outlive the campaign.
        restore: Brings the target back to its start state; None where nobody can.
    """

    def __init__(
        self,
        description: ApiDescription,
        target: Target,
        options: CampaignOptions,
        *,
        scenarios: Sequence[Scenario] = (),
        log: LogTail | None = None,
        store: Store | None = None,
        restore: Callable[[], None] | None = None,
    ) -> None:
        self._description = description
        self._target = target
        self._options = options
        self._scenarios = scenarios
        self._store = store
        self._restore = restore
        self._chance = random.Random(options.seed)  # noqa: S311 - reproducible, not secret
        self._run = store.begin_run(seed=options.seed, source=description.source) if store else 0
        self._cases = Cases(description, seed=options.seed)
        self._pool = Pool(self._chance)
        self._sender = Sender(target, options, self._chance)
        self._script = ScriptWriter(
            self._cases,
            self._pool,
            self._chance,
            identity=options.identity,
            other_methods=options.other_methods and not options.read_only,
        )
        self._mutator = Mutator(self._pool, self._chance)
        self._novelty = NoveltyMap()
        self._oracles = Oracles(description, log)
        self._prover = Prover(target, options, self._pool, self._oracles)
        self._book = Book(description, store, self._run)
        self._health = Health()
        self._tracks = {
            operation.key: Track(operation=operation)
            for operation in sorted(description.operations, key=in_producing_order)
            if not options.read_only or operation.method in SAFE
        }
        self._queue: list[Event] = []
        self._started = time.monotonic()
        self._told = 0.0
        self._phase = ""
        self._corpus = 0
        self._stop: Stop | None = None

    def run(self) -> Iterator[Event]:
        """Yield what happens until the budget is used up; the last event is `Finished`, whatever happens.

        Raises:
            TargetError: Nobody answers at all.
        """
        self._knock()
        yield Started(operations=len(self._tracks))
        try:
            for phase in (self._designed, self._first, self._sweep, self._hunt):
                self._phase = phase.__name__.strip("_")
                for request in phase():
                    self._try(request)
                    yield from self._news()
                    if self._stop is not None:
                        break
                yield from self._news()
                if self._stop is not None:
                    break
            self._phase = "shrinking"
            if self._stop not in (Stop.DEAD, Stop.LOCKED_OUT, Stop.INTERRUPTED):
                for _ in self._shrink():
                    yield from self._news()
        except KeyboardInterrupt:
            self._stop = Stop.INTERRUPTED
        finally:
            self._cases.close()
        yield from self._queue
        yield self._finish()

    def _knock(self) -> None:
        sent = self._sender.send(Request(method="GET", path="/", identity=self._options.identity), again=True)
        if (
            sent is not None
            and sent.failure is not None
            and sent.failure.kind in (FailureKind.REFUSED, FailureKind.TLS)
        ):
            self._cases.close()
            raise TargetError(sent.failure.message, hint="Start the API, or check its base URL.")

    # -- phases: each yields requests to try --------------------------------------------------------------------------

    def _designed(self) -> Iterator[Request]:
        for scenario in self._scenarios:
            if self._seconds() > self._until(_FIRST_SHARE / 2):
                return
            yield from run_designed(scenario, self._options, self._answered)

    def _first(self) -> Iterator[Request]:
        scripts = [(track, self._script.first(track.operation)) for track in self._tracks.values()]
        yield from self._in_turn(scripts)

    def _sweep(self) -> Iterator[Request]:
        scripts = [(track, self._script.sweep(track.operation)) for track in self._tracks.values()]
        yield from self._in_turn(scripts)
        for track in self._tracks.values():
            track.script = self._script.rest(track.operation)

    def _in_turn(self, scripts: list[tuple[Track, Iterator[Request]]]) -> Iterator[Request]:
        while scripts:
            for item in list(scripts):
                track, script = item
                if self._seconds() > self._until(_FIRST_SHARE):
                    return
                if track.set_aside or track.resting_until > self._seconds():
                    continue
                request = next(script, None)
                if request is None:
                    scripts.remove(item)
                else:
                    yield request
            if all(track.set_aside or track.resting_until > self._seconds() for track, _ in scripts):
                return

    def _hunt(self) -> Iterator[Request]:
        scripted = list(self._tracks.values())
        self._chance.shuffle(scripted)
        turn = idle = 0
        while idle < _IDLE:
            before = self._sender.count
            if scripted and likely(self._chance, _SCRIPTED):
                track = scripted[turn % len(scripted)]
                turn += 1
                for _ in range(_PORTION):
                    request = next(track.script, None)
                    if request is None:
                        scripted.remove(track)
                        break
                    if not track.set_aside and track.resting_until <= self._seconds():
                        yield request
            else:
                yield from self._made_up()
            idle = idle + 1 if self._sender.count == before else 0
        self._stop = Stop.EXHAUSTED

    def _made_up(self) -> Iterator[Request]:
        track = choose(list(self._tracks.values()), self._seconds(), self._chance)
        parent = track.parent(self._chance) if track is not None else None
        if track is None or parent is None:
            return
        late = self._seconds() > self._until(_BEFORE_COLLISIONS)
        if late and track.successes and parent.method not in SAFE and likely(self._chance, _COLLIDING):
            self._collide(parent)
        mate = self._chance.choice(track.seeds).request
        yield self._mutator.mutate(parent, track.operation, mate)

    # -- one request --------------------------------------------------------------------------------------------------

    def _try(self, request: Request) -> None:
        self._oracles.before()
        sent = self._sender.send(request)
        if sent is None:
            self._check_budget()
            return
        if sent.failure is not None:
            sent = self._asked_again(sent, sent.failure)
        self._judge(sent)
        if sent.failure is not None:
            self._after_silence(sent)
        elif (lock_out := self._health.check(self._ask)) is not None:
            self._after_lock_out(lock_out)
        self._check_budget()

    def _collide(self, request: Request) -> None:
        """Send a write twice at the same moment; what that breaks may be broken for good, so it comes late."""
        self._oracles.before()
        for sent in self._sender.send_together(request):
            self._judge(sent)
            if sent.failure is not None:
                self._after_silence(sent)

    def _answered(self, request: Request) -> Answer | None:
        """Send a step of a designed scenario, and learn from it."""
        self._oracles.before()
        sent = self._sender.send(request, again=True)
        if sent is None:
            return None
        self._judge(sent)
        self._check_budget()
        return sent.answer

    def _judge(self, sent: Sent) -> None:
        request, answer = sent.request, sent.answer
        track = self._tracks.get(request.operation)
        self._health.observe(sent)
        if answer is None:
            fault = self._oracles.fault_without_answer(request, sent.failure) if sent.failure else None
        else:
            fault = self._oracles.fault_of(request, answer)
        finding = self._book.meet(fault, request) if fault is not None else None
        if finding is not None:
            self._queue.append(Found(finding=finding))
            self._prover.remember(finding)
        if answer is None or track is None:
            return
        if self._sender.count == _FIRST_LOOK:
            self._take_a_first_look()
        novelty = self._novelty.of(request, answer)
        if finding is not None:
            novelty = replace(novelty, score=novelty.score + 6)
        succeeded = answer.status < 300  # noqa: PLR2004
        if succeeded:
            self._pool.learn(request, answer)
            self._script.succeeded(request)
        if novelty.score or (succeeded and track.successes < 20):  # noqa: PLR2004
            track.add(request, 1 + novelty.score + (3 if succeeded else 0))
            self._corpus += 1
            if self._store is not None and novelty.score:
                self._store.keep(self._sender.digest(sent.wire), request, self._run)
        track.successes += succeeded
        track.learn(novelty)

    def _take_a_first_look(self) -> None:
        statuses = {status for counts in self._sender.responses.values() for status in counts}
        if statuses == {"404"}:
            message = "every request is answered 404: does the base URL lack the API's path?"
            self._queue.append(Noticed(message=message))
        elif statuses == {"401"}:
            message = "every request is answered 401: are the credentials right?"
            self._queue.append(Noticed(message=message))
            self._stop = Stop.LOCKED_OUT

    def _ask(self, request: Request) -> Answer | None:
        sent = self._sender.send(request, again=True)
        return sent.answer if sent is not None else None

    # -- when the target suffers --------------------------------------------------------------------------------------

    def _asked_again(self, sent: Sent, failure: SendFailure) -> Sent:
        """Return what a request without an answer is answered when asked again, if the target serves others.

        A slow target is no hang, and a connection that was closed between two requests is no crash.
        """
        track = self._tracks.get(sent.request.operation)
        if failure.kind is FailureKind.TIMEOUT and track is not None:
            track.rest(self._seconds())
            if track.timeouts > _MOST_CONFIRMED:
                return sent
        if failure.kind not in (FailureKind.TIMEOUT, FailureKind.DROPPED) or not self._is_alive():
            return sent
        return self._sender.send(sent.request, again=True, patience=_PATIENCE) or sent

    def _after_silence(self, sent: Sent) -> None:
        track = self._tracks.get(sent.request.operation)
        if self._is_alive():
            return
        self._queue.append(Noticed(message=f"nothing is answered any more after {sent.request.operation}"))
        if track is not None:
            track.set_aside = True
        until = time.monotonic() + _WAIT_FOR_TARGET
        if self._restore is not None:
            self._restore()
        while time.monotonic() < until:
            if self._is_alive():
                self._queue.append(Noticed(message="the target answers again"))
                return
            time.sleep(0.25)
        self._stop = Stop.DEAD

    def _is_alive(self) -> bool:
        """Ask something cheap: any answer will do."""
        request = self._health.witnesses.get(True) or Request(method="GET", path="/")
        return self._ask(request) is not None

    def _after_lock_out(self, lock_out: LockOut) -> None:
        named = ", ".join(lock_out.suspects[:5]) or "a request"
        self._queue.append(Noticed(message=f"what succeeded before is answered {lock_out.status} since {named}"))
        for key in lock_out.suspects:
            self._tracks[key].set_aside = True
        for finding in self._book.all():
            if finding.status == lock_out.status == 503:  # noqa: PLR2004
                self._book.strike(finding.fingerprint)
        if self._restore is not None:
            self._restore()
        if self._health.check(self._ask) is not None:
            self._stop = Stop.LOCKED_OUT

    # -- the end ------------------------------------------------------------------------------------------------------

    def _shrink(self) -> Iterator[None]:
        for finding in self._book.all():
            if self._seconds() > self._until(1.0):
                return
            proved = self._prover.prove(finding, self._shown)
            if proved is not None:
                smaller = self._book.shrunk(finding.fingerprint, proved.steps, proved.request, flaky=proved.flaky)
                self._queue.append(Found(finding=smaller, again=True))
            yield

    def _shown(self, request: Request) -> Fault | None:
        """Return the fault that a request draws now."""
        if self._seconds() > self._until(1.0):
            return None
        self._oracles.before()
        sent = self._sender.send(request, again=True)
        if sent is None:
            return None
        if sent.answer is None:
            return self._oracles.fault_without_answer(request, sent.failure) if sent.failure else None
        return self._oracles.fault_of(request, sent.answer)

    def _finish(self) -> Finished:
        self._book.save()
        stop = self._stop or Stop.TIME
        if self._store is not None:
            self._store.finish_run(self._run, stop=stop.value, requests=self._sender.count, seconds=self._seconds())
        return Finished(
            stop=stop,
            requests=self._sender.count,
            seconds=self._seconds(),
            responses={key: dict(sorted(counts.items())) for key, counts in sorted(self._sender.responses.items())},
            findings=self._book.all(),
        )

    def _seconds(self) -> float:
        return time.monotonic() - self._started

    def _until(self, share: float) -> float:
        return (self._options.max_seconds or 600.0) * share

    def _check_budget(self) -> None:
        if self._stop is not None:
            return
        limit = self._options.max_requests
        if limit is not None and self._sender.count >= limit:
            self._stop = Stop.REQUESTS
        elif self._options.max_seconds is not None and self._seconds() >= self._until(1 - self._options.shrink_share):
            self._stop = Stop.TIME

    def _news(self) -> Iterator[Event]:
        events, self._queue = self._queue, []
        yield from events
        if self._seconds() - self._told >= _PROGRESS_EVERY:
            self._told = self._seconds()
            yield Progress(
                phase=self._phase,
                requests=self._sender.count,
                seconds=self._told,
                reached=sum(1 for track in self._tracks.values() if track.successes),
                findings=len(self._book),
                corpus=self._corpus,
            )
