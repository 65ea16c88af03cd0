"""One campaign of a command: run, followed at the terminal, and reported with what earlier ones found."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace

from oagen.cli.reporting import Reporting
from oagen.cli.store import note_replays, proof_context
from oagen.cli.terminal import Terminal
from oagen.config.settings import Settings
from oagen.errors import StoreError
from oagen.findings.curl import HARMLESS
from oagen.findings.logs import LogTail
from oagen.findings.model import KeptFinding
from oagen.findings.store import Store
from oagen.findings.upkeep import compact
from oagen.findings.verdicts import Replay
from oagen.fuzz.events import Event, Finished, Stop
from oagen.fuzz.interrupts import Interrupt
from oagen.fuzz.oracles import Oracles
from oagen.fuzz.pacing import Ledger
from oagen.fuzz.plan import Plan
from oagen.fuzz.replaying import Replayer, Scope, with_earlier
from oagen.fuzz.restoring import Need, Restorer
from oagen.fuzz.session import Session
from oagen.report.terminal import ProgressView
from oagen.report.writing import ReportFile
from oagen.runner.run import RunContext
from oagen.scenario.design import design
from oagen.scenario.identities import IdentityInfo
from oagen.scenario.model import Scenario
from oagen.spec.model import ApiDescription

_REPLAY_SHARE = 0.1  # of the time, on top of it, and of the requests, for findings that were not met again


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a campaign came to.

    Attributes:
        finished: With the findings of earlier campaigns.
        kept: What the store knows now.
    """

    finished: Finished
    kept: tuple[KeptFinding, ...]


class Hunt:
    """A campaign as the command line asks for it.

    Args:
        terminal: Told what happens.
        plan: What was decided.
        store: Where findings are kept.
        log: The server's log.
    """

    def __init__(self, terminal: Terminal, plan: Plan, *, store: Store, log: LogTail | None) -> None:
        self._terminal = terminal
        self._plan = plan
        self._store = store
        self._log = log

    def run(self, reports: Sequence[ReportFile], *, workers: int = 1) -> Outcome:
        """Run the campaign, then the findings of earlier ones that it did not meet; report all the while.

        Args:
            reports: Those that were asked for.
            workers: How many processes send requests.

        Raises:
            TargetError: The API can't be reached.
            OutputError: A report can't be written.
        """
        plan, description = self._plan, self._plan.description
        settings = plan.settings
        before = self._store.kept()
        if plan.resume and (run := self._store.resume_run(source=plan.document)) is not None:
            self._terminal.note("the last campaign was cut off: this one goes on with it")
            plan = replace(plan, run=run)
        plan = replace(plan, options=replace(plan.options, reserve=_reserve(before, plan.options.max_requests)))
        reporting = Reporting(
            reports,
            description,
            proof_context(settings, description.base_path, headers=plan.http.headers, redaction=plan.redaction),
            before=before,
            settings=settings,
        )
        with reporting.running():
            self._terminal.note(f"sending generated requests to {settings.api.base_url or settings.api.app}")
            with self._terminal.step("designing scenarios"):
                plan = replace(plan, scenarios=_scenarios(description, settings))
            if workers > 1:
                finished, replays = self._together(plan, before, reporting, workers)
            else:
                finished, replays = self._alone(plan, before, reporting)
            with self._as_far_as_possible(finished):
                note_replays(self._store, replays)
            kept = self._store.kept()
            tracebacks = self._log is not None or settings.api.base_url is None
            account = reporting.account(finished, kept)
            with self._as_far_as_possible(finished):
                self._store.conclude(
                    {item.fingerprint: item.verdict for item in finished.findings if not item.was_met},
                    operations=[operation.key for operation in description.operations],
                    never_seen=account.never_seen,
                    excused=[item.fingerprint for item in finished.findings if item.was_met and item.is_excused],
                )
                compact(self._store)
            reporting.finish(self._terminal, account, tracebacks=tracebacks)
            return Outcome(finished=finished, kept=kept)

    def _alone(
        self, plan: Plan, before: Sequence[KeptFinding], reporting: Reporting
    ) -> tuple[Finished, tuple[Replay, ...]]:
        """Run the campaign in this process."""
        with plan.opened(Ledger(plan.options.max_requests, plan.interrupt)) as plain:
            session = replace(plain, target=reporting.recorded(plain.target))
            campaign = plan.campaign(session, self._store, plan.options, log=self._log)
            self._note_headers(plan)
            finished = _follow(self._terminal, campaign.run(), campaign.so_far, reporting, plan.interrupt)
            return self._with_earlier(plan, finished, before, session.paced.ledger, lambda: session)

    def _together(
        self, plan: Plan, before: Sequence[KeptFinding], reporting: Reporting, workers: int
    ) -> tuple[Finished, tuple[Replay, ...]]:
        """Run the campaign in several processes, which have to be started before this one has a thread."""
        from oagen.fuzz.commons import Commons
        from oagen.fuzz.crew import Crew, Responses, preload, settle

        run = plan.run or self._store.begin_run(seed=plan.options.seed, source=plan.document)
        self._note_headers(plan)

        def work(number: int) -> Generator[tuple[Event, Responses]]:
            recorded = reporting.again().recorded
            return plan.worker(number, workers, commons, self._store.path, recorded)

        preload()
        with contextlib.closing(Commons(run)) as commons:
            operations = [operation.key for operation in plan.description.operations]
            with contextlib.closing(Crew(workers, work, operations, plan.interrupt)) as crew:
                finished = _follow(self._terminal, crew.run(), crew.so_far, reporting, plan.interrupt)
        with self._as_far_as_possible(finished):
            settle(self._store, run, finished, known={item.finding.fingerprint for item in before})
        ledger = Ledger(plan.options.max_requests, plan.interrupt)
        ledger.add(finished.responses)
        with contextlib.ExitStack() as stack:

            def session() -> Session:
                plain = stack.enter_context(plan.opened(ledger))
                return replace(plain, target=reporting.recorded(plain.target))

            return self._with_earlier(plan, finished, before, ledger, session)

    @contextlib.contextmanager
    def _as_far_as_possible(self, finished: Finished) -> Iterator[None]:
        """Go on where the store has failed before: that was told, and the report is still to come."""
        try:
            yield
        except StoreError:
            if finished.stop is not Stop.STORE:
                raise

    def _note_headers(self, plan: Plan) -> None:
        self._store.note_headers(name for name, _ in plan.http.headers if name.lower() not in HARMLESS)

    def _with_earlier(
        self,
        plan: Plan,
        finished: Finished,
        before: Sequence[KeptFinding],
        ledger: Ledger,
        session: Callable[[], Session],
    ) -> tuple[Finished, tuple[Replay, ...]]:
        """Add what earlier campaigns found and this one did not meet: fixed, or not reached."""
        options = plan.options

        def replayer() -> Replayer:
            current = session()
            restorer = Restorer(plan.recovery(current), self._terminal.note)
            if restorer.can(Need.SPOILT):
                restorer.restore(Need.SPOILT)
            context = RunContext(
                identities=current.identities,
                run=uuid.uuid4().hex,
                base_path=current.base_path,
                timeout=options.timeout,
            )
            target = current.target if self._log is None else self._log.on(current.target)
            return Replayer(target, Oracles(plan.description, self._log), context)

        return with_earlier(
            finished,
            before,
            replayer,
            ledger,
            seconds=(options.max_seconds or 0) * _REPLAY_SHARE,
            scope=Scope(
                [operation.key for operation in plan.description.operations],
                other_methods=options.other_methods,
                read_only=options.read_only,
            ),
        )


def _follow(
    terminal: Terminal,
    events: Generator[Event],
    so_far: Callable[[], Finished],
    reporting: Reporting,
    interrupt: Interrupt,
) -> Finished:
    """Tell what happens while it happens; return the end. The first Ctrl-C, whenever it comes, ends the campaign.

    It does so before the next request. Who can't wait for the answer to the last one presses it again.
    """
    reporting.begin(so_far)
    event: Event | None = None
    interrupts, untold = 0, False
    with contextlib.closing(events), interrupt.by_keyboard(), terminal.live() as update:
        view = ProgressView(terminal.note, update)
        while not isinstance(event, Finished):
            try:
                event = events.throw(KeyboardInterrupt) if untold else next(events)
                untold = False
                view.consume(event)
                reporting.consume(event)
            except KeyboardInterrupt:
                interrupts, untold = interrupts + 1, True
                if interrupts > 1:
                    raise
    return event


def _reserve(kept: Sequence[KeptFinding], most: int | None) -> int:
    """Return how many requests are kept for running earlier findings again."""
    return min(sum(item.finding.requests for item in kept), int((most or 0) * _REPLAY_SHARE))


def _scenarios(description: ApiDescription, settings: Settings) -> Sequence[Scenario]:
    """Return designed scenarios, those that succeed first: they make resources."""
    identities = tuple(IdentityInfo(item.name, item.role or "") for item in settings.identities)
    return sorted(
        design(description, identities=identities),
        key=lambda scenario: (not scenario.status.startswith("2"), scenario.when.method == "DELETE"),
    )
