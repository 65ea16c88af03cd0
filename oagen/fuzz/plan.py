"""A campaign as it is asked for: what each of its workers makes its own from."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from oagen.config.settings import Settings
from oagen.findings.logs import LogTail, followed
from oagen.findings.redaction import Redaction
from oagen.findings.store import Store
from oagen.fuzz.campaign import Campaign
from oagen.fuzz.events import CampaignOptions, Event, Finished, Found
from oagen.fuzz.interrupts import Interrupt
from oagen.fuzz.pacing import Ledger
from oagen.fuzz.restoring import Recovery
from oagen.fuzz.session import Session, opened
from oagen.fuzz.share import Share
from oagen.scenario.model import Scenario
from oagen.spec.model import ApiDescription
from oagen.target.http import HttpOptions
from oagen.target.model import Target

if TYPE_CHECKING:
    from oagen.fuzz.commons import Commons


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that is decided before the first request.

    Attributes:
        settings: The API and its identities.
        description: What the API promises.
        options: Budget, seed, identity.
        http: How requests are sent.
        redaction: Knows the secrets of the run, and learns more of them.
        scenarios: Designed ones; those that succeed come first.
        log_file: The server's log.
        request_id_header: Each request carries an id in it, which the log may have, too.
        rate: Requests a second, at most.
        resume: Begin with what earlier campaigns kept.
        run: Number of the campaign in the store that was cut off, and goes on; None where this is another.
        restart_command: Starts the target again.
        reset_command: Restores its state.
        began: On the monotonic clock: the time of the options counts from here, as far as half of it.
        interrupt: Ends it early.
    """

    settings: Settings
    description: ApiDescription
    options: CampaignOptions
    http: HttpOptions
    redaction: Redaction
    scenarios: Sequence[Scenario] = ()
    log_file: Path | None = None
    request_id_header: str | None = None
    rate: float | None = None
    resume: bool = False
    run: int | None = None
    restart_command: str | None = None
    reset_command: str | None = None
    began: float = field(default_factory=time.monotonic)
    interrupt: Interrupt = field(default_factory=Interrupt)

    @property
    def document(self) -> str:
        """What the store calls the document: the same whenever it is read, so that a campaign can go on."""
        source, api = self.description.source, self.settings.api
        if "://" in source or Path(source).exists():
            return source
        return api.base_url or api.app or source  # it was offered there, and read from a file that is gone

    def opened(self, ledger: Ledger, *, rate: float | None = None) -> AbstractContextManager[Session]:
        """Open the API and log everybody in.

        Args:
            ledger: Counts the requests.
            rate: Requests a second; None for that of the plan.

        Raises:
            TargetError: It can't be reached, may not be sent requests, or somebody can't log in.
        """
        base_path = self.description.base_path
        return opened(self.settings, self.http, base_path, self.redaction.learn, ledger=ledger, rate=rate or self.rate)

    def recovery(self, session: Session) -> Recovery:
        """Return the means of bringing the target of a session back."""
        return Recovery(
            restart_command=self.restart_command,
            reset_command=self.reset_command,
            folder=self.settings.root,
            afresh=session.afresh,
            identities=session.identities,
        )

    def campaign(
        self,
        session: Session,
        store: Store,
        options: CampaignOptions,
        *,
        log: LogTail | None,
        commons: Commons | None = None,
    ) -> Campaign:
        """Return the campaign of a session, or a worker's part of it.

        Args:
            store: Where findings are kept.
            options: Those of the plan, or of the worker.
            log: The server's log.
            commons: Shared with other workers.
        """
        resumed = store.corpus() if self.resume else ()
        return Campaign(
            self.description,
            session.target if log is None else log.on(session.target),
            replace(
                options,
                identities=session.identities,
                base_path=session.base_path,
                max_seconds=self._left(options.max_seconds),
            ),
            scenarios=_designed(self.scenarios, options.share),
            resumed=options.share.items(tuple(resumed)),
            log=log,
            store=store,
            recovery=self.recovery(session),
            paced=session.paced,
            commons=commons,
            run=self.run,
            source=self.document,
        )

    def _left(self, seconds: float | None) -> float | None:
        """Return the time of a campaign without what was spent before its first request."""
        return None if seconds is None else max(seconds - (time.monotonic() - self.began), seconds / 2)

    def worker(
        self, number: int, of: int, commons: Commons, store: Path, recorded: Callable[[Target], Target]
    ) -> Generator[tuple[Event, dict[str, dict[str, int]]]]:
        """Do the share of one worker, and yield its events, without secrets, with what was answered so far.

        Args:
            number: From 0.
            of: How many workers there are.
            store: The file that all share.
            recorded: Returns the target, with what is sent and answered written down.

        Raises:
            OagenError: The API can't be reached, or the store can't be used.
        """
        share = Share(number=number, of=of)
        whole = self.options
        most = None if whole.max_requests is None else share.requests(whole.max_requests)
        options = replace(
            whole,
            seed=share.seed(whole.seed),
            max_requests=most,
            reserve=-(-whole.reserve // of),
            share=share,
        )
        log = followed(self.log_file, self.request_id_header)
        rate = self.rate / of if self.rate is not None else None
        with (
            closing(Store(store, self.redaction)) as kept,
            self.opened(Ledger(most, self.interrupt), rate=rate) as plain,
        ):
            session = replace(plain, target=recorded(plain.target))
            campaign = self.campaign(session, kept, options, log=log, commons=commons)
            with closing(campaign.run()) as events:
                try:
                    for event in events:
                        yield self._redacted(event), campaign.responses
                except KeyboardInterrupt:
                    yield self._redacted(events.throw(KeyboardInterrupt)), campaign.responses
                    for event in events:
                        yield self._redacted(event), campaign.responses

    def _redacted(self, event: Event) -> Event:
        match event:
            case Found():
                return replace(event, finding=self.redaction.finding(event.finding))
            case Finished():
                return replace(event, findings=tuple(map(self.redaction.finding, event.findings)))
        return event


def _designed(scenarios: Sequence[Scenario], share: Share) -> list[Scenario]:
    """Return the scenarios of one worker: each needs resources of its own, the rest is shared out."""
    good = [scenario for scenario in scenarios if scenario.status.startswith("2")]
    return good + share.items([scenario for scenario in scenarios if not scenario.status.startswith("2")])
