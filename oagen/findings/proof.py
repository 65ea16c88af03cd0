"""A finding with all that proves it, secrets taken out: what every report shows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from oagen.findings.curl import CurlContext, curl_lines
from oagen.findings.model import Finding, KeptFinding
from oagen.findings.redaction import Redaction
from oagen.scenario import codec


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One finding for the reader.

    Attributes:
        finding: Without secrets.
        curl: Shell commands that show it.
        scenario: Its scenario as JSON, without secrets.
        since: When it was first met; None for the campaign that reports it.
        settled: The user has accepted or waived it.
        overdue: The user has waived it until a day that has passed.
        reason: Why.
    """

    finding: Finding
    curl: str
    scenario: dict[str, Any] = field(repr=False)
    since: dt.datetime | None = None
    settled: bool = False
    overdue: bool = False
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofContext:
    """What proofs are made with.

    Attributes:
        curl: Where the API answers, and what identities send.
        redaction: Knows the secrets of the run.
        today: Decides on waivers.
    """

    curl: CurlContext = field(default_factory=CurlContext)
    redaction: Redaction = field(default_factory=Redaction)
    today: dt.date = field(default_factory=lambda: dt.datetime.now(tz=dt.UTC).date())


def proof_of(finding: Finding, context: ProofContext, kept: KeptFinding | None = None) -> Proof:
    """Return what proves a finding.

    Args:
        kept: What the store knows of it.
    """
    hide = context.redaction
    shown = replace(hide.value(finding), fingerprint=finding.fingerprint)
    return Proof(
        finding=shown,
        curl=hide.text(curl_lines(shown.scenario, replace(context.curl, seed=finding.fingerprint))),
        scenario=codec.dump(shown.scenario),
        since=kept.first_seen if kept else None,
        settled=kept.is_settled(context.today) if kept else False,
        overdue=kept.is_overdue(context.today) if kept else False,
        reason=kept.reason if kept else None,
    )


def proofs(findings: Iterable[Finding], context: ProofContext, kept: Iterable[KeptFinding] = ()) -> tuple[Proof, ...]:
    """Return the proofs of findings, each with what the store knows of it."""
    known = {item.finding.fingerprint: item for item in kept}
    return tuple(proof_of(finding, context, known.get(finding.fingerprint)) for finding in findings)
