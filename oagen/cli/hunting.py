"""One campaign of a command: run, followed at the terminal, and reported with what earlier ones found."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from oagen.cli.reporting import Reporting
from oagen.cli.store import note_replays, proof_context
from oagen.cli.terminal import Terminal
from oagen.config.settings import Settings
from oagen.findings.curl import HARMLESS
from oagen.findings.logs import LogTail
from oagen.findings.model import KeptFinding
from oagen.findings.redaction import Redaction
from oagen.findings.store import Store
from oagen.findings.upkeep import compact
from oagen.findings.verdicts import Replay
from oagen.fuzz.campaign import Campaign
from oagen.fuzz.events import CampaignOptions, Finished
from oagen.fuzz.oracles import Oracles
from oagen.fuzz.replaying import Replayer, with_earlier
from oagen.fuzz.restoring import Need, Recovery, Restorer
from oagen.fuzz.session import Session, opened
from oagen.report.terminal import ProgressView
from oagen.report.writing import ReportFile
from oagen.runner.run import RunContext
from oagen.scenario.design import design
from oagen.scenario.identities import IdentityInfo
from oagen.scenario.model import Scenario
from oagen.spec.model import ApiDescription
from oagen.target.http import HttpOptions

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
        settings: The API and its identities.
        description: What the API promises.
        options: Budget, seed, identity.
        http: How requests are sent.
        store: Where findings are kept.
        log: The server's log.
        redaction: Knows the secrets of the run, and learns more of them.
        rate: Requests a second, at most.
    """

    def __init__(
        self,
        terminal: Terminal,
        settings: Settings,
        description: ApiDescription,
        options: CampaignOptions,
        http: HttpOptions,
        *,
        store: Store,
        log: LogTail | None,
        redaction: Redaction,
        rate: float | None = None,
    ) -> None:
        self._terminal = terminal
        self._settings = settings
        self._description = description
        self._options = options
        self._http = http
        self._store = store
        self._log = log
        self._redaction = redaction
        self._rate = rate

    def run(
        self, reports: Sequence[ReportFile], *, resume: bool, restart_command: str | None, reset_command: str | None
    ) -> Outcome:
        """Run the campaign, then the findings of earlier ones that it did not meet; report all the while.

        Args:
            reports: Those that were asked for.
            resume: Begin with what earlier campaigns kept.
            restart_command: Starts the target again.
            reset_command: Restores its state.

        Raises:
            TargetError: The API can't be reached.
            OutputError: A report can't be written.
        """
        settings, description = self._settings, self._description
        most = self._options.max_requests
        before = self._store.kept()
        reporting = Reporting(
            reports,
            description,
            proof_context(settings, description.base_path, headers=self._http.headers, redaction=self._redaction),
            before=before,
            settings=settings,
        )
        with (
            reporting.running(),
            opened(
                settings, self._http, description.base_path, self._redaction.learn, rate=self._rate, most=most
            ) as plain,
        ):
            session = replace(plain, target=reporting.recorded(plain.target))
            recovery = Recovery(
                restart_command=restart_command,
                reset_command=reset_command,
                folder=settings.root,
                afresh=session.afresh,
                identities=session.identities,
            )
            options = replace(
                self._options,
                identities=session.identities,
                base_path=session.base_path,
                reserve=_reserve(before, most),
            )
            self._terminal.note(f"sending generated requests to {settings.api.base_url or settings.api.app}")
            with self._terminal.step("designing scenarios"):
                campaign = Campaign(
                    self._description,
                    session.target,
                    options,
                    scenarios=_scenarios(self._description, settings),
                    resumed=self._store.corpus() if resume else (),
                    log=self._log,
                    store=self._store,
                    recovery=recovery,
                    paced=session.paced,
                )
            self._store.note_headers(name for name, _ in self._http.headers if name.lower() not in HARMLESS)
            finished = _follow(self._terminal, campaign, reporting)
            restorer = Restorer(recovery, self._terminal.note)
            finished, replays = self._with_earlier(finished, before, session, restorer)
            note_replays(self._store, replays)
            kept = self._store.kept()
            tracebacks = self._log is not None or settings.api.base_url is None
            account = reporting.account(finished, kept)
            self._store.conclude(
                {item.fingerprint: item.verdict for item in finished.findings if not item.was_met},
                operations=[operation.key for operation in description.operations],
                never_seen=account.never_seen,
            )
            compact(self._store)
            reporting.finish(self._terminal, account, tracebacks=tracebacks)
            return Outcome(finished=finished, kept=kept)

    def _with_earlier(
        self, finished: Finished, before: Sequence[KeptFinding], session: Session, restorer: Restorer
    ) -> tuple[Finished, tuple[Replay, ...]]:
        """Add what earlier campaigns found and this one did not meet: fixed, or not reached."""
        options = self._options
        replayer = Replayer(
            session.target,
            Oracles(self._description, self._log),
            RunContext(
                identities=session.identities,
                run=uuid.uuid4().hex,
                base_path=session.base_path,
                timeout=options.timeout,
            ),
        )
        return with_earlier(
            finished,
            before,
            replayer,
            session.paced.ledger,
            prepare=partial(restorer.restore, Need.SPOILT) if restorer.can(Need.SPOILT) else None,
            seconds=(options.max_seconds or 0) * _REPLAY_SHARE,
            operations={operation.key for operation in self._description.operations},
            read_only=options.read_only,
        )


def _follow(terminal: Terminal, campaign: Campaign, reporting: Reporting) -> Finished:
    """Tell what happens while it happens; return the end."""
    reporting.begin(campaign.so_far)
    with terminal.live() as update:
        view = ProgressView(terminal.note, update)
        for event in campaign.run():
            view.consume(event)
            reporting.consume(event)
            if isinstance(event, Finished):
                return event
    raise AssertionError("a campaign ends with Finished")


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
