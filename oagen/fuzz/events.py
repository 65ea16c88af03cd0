"""What a campaign is asked for, and what it tells while it runs."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from oagen.findings.model import Finding
from oagen.fuzz.oracles import Oracle
from oagen.fuzz.share import Share
from oagen.runner.bindings import Identities

NO_ANSWER = "none"
"""Stands among the statuses for requests without an answer."""


class Stop(enum.StrEnum):
    """Why a campaign ended."""

    TIME = "time is up"
    REQUESTS = "all requests are sent"
    EXHAUSTED = "nothing new to send"
    DEAD = "the target does not answer any more"
    LOCKED_OUT = "the target refuses everything"
    UNAUTHORIZED = "the credentials are refused"
    STORE = "the store can't be written"
    RISKED = "its last requests, kept for the end, cost it its rights"
    INTERRUPTED = "interrupted"
    KILLED = "all workers were ended from outside"
    UNFINISHED = "it was not finished"  # in what is told of a campaign while it runs


ENDED_BADLY = frozenset({Stop.DEAD, Stop.LOCKED_OUT, Stop.UNAUTHORIZED, Stop.STORE, Stop.INTERRUPTED, Stop.KILLED})
"""What leaves nothing to be done: no finding can be made smaller or run again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignOptions:
    """How a campaign is run.

    Attributes:
        seed: Decides every choice; the answers decide the rest.
        max_seconds: Of wall clock, shrinking included; None for no limit.
        max_requests: In all, those of logins, shrinking and replays included; None for no limit.
        timeout: Seconds for each request.
        identities: Headers of each identity, by name.
        identity: The one that requests are sent as; None sends no credentials.
        caller: Texts that tell who sends the requests, where that is not one of the identities: see `caller_of`.
        base_path: The API's base path.
        read_only: Only methods that change nothing (RFC 9110, 9.2.1).
        other_methods: Whether a path is sent methods that the description does not have; to be switched off where
            operations were left out on purpose.
        share: The part of one of several workers.
        reserve: How many of the requests are kept for what comes after the campaign.
        shrink_share: The part of the time, and of the requests, that is kept for shrinking.
        oracles: What answers are looked at for; empty for everything.
        hazard_share: The part of the budget that is left, after that, for what may end a target that nobody restarts.
        risk_share: The same, for what may cost the campaign its rights.
        harmless: It ends where it would risk something: what was there before is left alone, and nothing is shrunk.
    """

    seed: int = 1
    max_seconds: float | None = 60.0
    max_requests: int | None = None
    timeout: float = 3.0
    identities: Identities = field(default_factory=dict, repr=False)
    identity: str | None = None
    caller: Mapping[str, str] = field(default_factory=dict, repr=False)
    base_path: str = ""
    read_only: bool = False
    other_methods: bool = True
    share: Share = field(default_factory=Share)
    reserve: int = 0
    shrink_share: float = 0.1
    oracles: tuple[Oracle, ...] = ()
    hazard_share: float = 0.25
    risk_share: float = 0.06
    harmless: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The campaign begins."""

    operations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far it is; comes about twice a second.

    Attributes:
        reached: Operations with at least one 2xx answer.
        corpus: Requests kept because they showed something new.
        statuses: Number of answers by status; `none` counts requests without an answer.
    """

    phase: str
    requests: int
    seconds: float
    reached: int
    findings: int
    corpus: int
    statuses: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A fault met for the first time in this campaign, or known better after shrinking (`again`)."""

    finding: Finding
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Noticed:
    """Something that the user should know: a lock-out, a target that hangs, operations that were left out."""

    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The campaign's end.

    Attributes:
        responses: Number of answers by status, by operation; `none` counts requests without an answer.
        withheld: How many broken promises were suspected and not confirmed by the second validator.
    """

    stop: Stop
    requests: int
    seconds: float
    responses: dict[str, dict[str, int]]
    findings: tuple[Finding, ...]
    withheld: int = 0


Event = Started | Progress | Found | Noticed | Finished
