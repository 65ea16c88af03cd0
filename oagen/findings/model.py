"""What a finding is."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass

from oagen.scenario.model import Request, Scenario


class FindingKind(enum.StrEnum):
    """What an answer, or its absence, did wrong."""

    UNDOCUMENTED_5XX = "undocumented-5xx"
    DOCUMENTED_5XX = "documented-5xx"
    DROPPED = "connection-dropped"
    TIMEOUT = "time-out"
    PROTOCOL = "no-http"
    UNDOCUMENTED_STATUS = "undocumented-status"
    CONTENT_TYPE = "content-type"
    SCHEMA = "schema"
    HEADERS = "headers"


CONTRACT_KINDS = frozenset(
    {FindingKind.UNDOCUMENTED_STATUS, FindingKind.CONTENT_TYPE, FindingKind.SCHEMA, FindingKind.HEADERS}
)
"""Findings whose answer breaks what the document says of it, though it is no server error."""

OF_CONTENT = CONTRACT_KINDS - {FindingKind.UNDOCUMENTED_STATUS}
"""Those whose answer has a documented status."""


CASE = " when "
"""Stands in the title of a finding's scenario between what must be and what is peculiar about the request."""


class StoredVerdict(enum.StrEnum):
    """How a finding of this run relates to earlier runs."""

    NEW = "new"
    KNOWN = "known"
    REGRESSED = "regressed"
    FIXED = "fixed"
    NOT_REACHED = "not reached"


class Decision(enum.StrEnum):
    """What the user, or a replay, has decided about a finding that is kept."""

    OPEN = "open"
    ACCEPTED = "accepted"  # it is to stay, for now
    WAIVED = "waived"  # accepted until a day
    FIXED = "fixed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fault, met once or many times.

    Attributes:
        fingerprint: Its name in every run.
        operation: The first operation that showed it.
        status: What was answered; None where nothing was.
        exception: Type of the exception, where a traceback was seen.
        frame: `shop/orders.py:41`, where a traceback was seen.
        exact: Whether a traceback, or the promise that is broken, tells it apart from other faults of the operation.
        count: How often it was met.
        operations: Every operation that showed it, in the order of meeting.
        flaky: It could not be shown again from fresh steps, or may need more than these, which nobody could try.
        proven: The campaign that reports it has shown it again with this scenario.
    """

    fingerprint: str
    kind: FindingKind
    operation: str
    status: int | None
    message: str
    scenario: Scenario
    exception: str | None = None
    frame: str | None = None
    traceback: str | None = None
    exact: bool = False
    count: int = 1
    operations: tuple[str, ...] = ()
    verdict: StoredVerdict = StoredVerdict.NEW
    flaky: bool = False
    proven: bool = False

    @property
    def sentence(self) -> str:
        """What happened, in one sentence."""
        what = f"{self.headline}{CASE}{self.case}" if self.case else self.headline
        return f"{what}: {self.message}" if self.kind in CONTRACT_KINDS and self.message else what

    @property
    def case(self) -> str:
        """What is peculiar about the request: `quantity is below its minimum`; empty where nothing is."""
        return self.scenario.title.partition(CASE)[2]

    @property
    def headline(self) -> str:
        """What happened, without what may differ from one meeting to the next."""
        match self.kind:
            case FindingKind.UNDOCUMENTED_5XX | FindingKind.DOCUMENTED_5XX:
                cause = f" ({self.exception} at {self.frame})" if self.exception else ""
                documented = "a documented " if self.is_excused else "an undocumented "
                return f"{self.operation} answers {documented}{self.status}{cause}"
            case FindingKind.DROPPED:
                return f"{self.operation} ends the connection without an answer{self._where}"
            case FindingKind.TIMEOUT:
                return f"{self.operation} does not answer in time{self._where}"
            case FindingKind.PROTOCOL:
                return f"{self.operation} answers with something that is not HTTP"
            case FindingKind.UNDOCUMENTED_STATUS:
                return f"{self.operation} answers {self.status}, which is not documented"
            case FindingKind.CONTENT_TYPE:
                return f"{self.operation} answers {self.status} with other content than documented"
            case FindingKind.SCHEMA:
                return f"{self.operation} answers {self.status} with a body that breaks its schema"
            case FindingKind.HEADERS:
                return f"{self.operation} answers {self.status} with headers that break their description"

    @property
    def _where(self) -> str:
        return f" (it was at {self.frame})" if self.frame else ""

    @property
    def sent(self) -> tuple[Request, ...]:
        """The requests of its scenario, each once."""
        return (*(step.request for step in self.scenario.steps), self.scenario.when, *self.scenario.alongside)

    @property
    def is_excused(self) -> bool:
        """Whether the document says that such an answer comes."""
        return self.kind is FindingKind.DOCUMENTED_5XX

    @property
    def was_met(self) -> bool:
        """Whether the run that reports it has met it: else it is fixed, or was not reached."""
        return self.verdict not in (StoredVerdict.FIXED, StoredVerdict.NOT_REACHED)

    @property
    def requests(self) -> int:
        """How many requests its scenario sends."""
        scenario = self.scenario
        return len(scenario.steps) + (1 + len(scenario.alongside)) * max(scenario.repeat, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFinding:
    """A finding as the store keeps it.

    Attributes:
        first_seen: When the campaign began that met it first.
        last_seen: When the campaign began that met it last.
        reason: Why it is accepted or waived.
        until: The last day of a waiver.
        decided: When that was decided.
    """

    finding: Finding
    first_seen: dt.datetime | None = None
    last_seen: dt.datetime | None = None
    decision: Decision = Decision.OPEN
    reason: str | None = None
    until: dt.date | None = None
    decided: dt.datetime | None = None

    def is_settled(self, today: dt.date) -> bool:
        """Tell whether the user has accepted it, or waived it until a day that has not passed."""
        match self.decision:
            case Decision.ACCEPTED:
                return True
            case Decision.WAIVED:
                return self.until is None or today <= self.until
        return False

    def is_overdue(self, today: dt.date) -> bool:
        """Tell whether the user has waived it until a day that has passed."""
        return self.decision is Decision.WAIVED and not self.is_settled(today)

    def is_open(self, today: dt.date) -> bool:
        """Tell whether somebody has to decide about it: it is neither fixed nor settled."""
        return self.decision is not Decision.FIXED and not self.is_settled(today)
