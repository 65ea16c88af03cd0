"""A campaign as GitLab's Code Quality report (the subset of Code Climate's format that GitLab reads)."""

from __future__ import annotations

import json
from typing import Any

from oagen.findings.model import FindingKind, StoredVerdict
from oagen.findings.proof import Proof
from oagen.report.account import Account, Places
from oagen.report.junit import excuse
from oagen.report.terminal_text import on_one_line

_SEVERITY = {
    FindingKind.UNDOCUMENTED_5XX: "major",
    FindingKind.DOCUMENTED_5XX: "info",
    FindingKind.DROPPED: "critical",
    FindingKind.TIMEOUT: "critical",
    FindingKind.PROTOCOL: "critical",
    FindingKind.UNDOCUMENTED_STATUS: "minor",
    FindingKind.CONTENT_TYPE: "minor",
    FindingKind.SCHEMA: "minor",
    FindingKind.HEADERS: "minor",
}


def render(account: Account) -> str:
    """Return a campaign for GitLab, in ASCII."""
    return json.dumps(campaign_codequality(account), indent=2, ensure_ascii=True) + "\n"


def campaign_codequality(account: Account) -> list[dict[str, Any]]:
    """Return the violations that there are now.

    What is fixed is left out, so that GitLab calls it resolved; what was not reached stays, and what was accepted or
    waived is information only.
    """
    return [_violation(account, proof) for proof in account.proofs if proof.finding.verdict is not StoredVerdict.FIXED]


def _violation(account: Account, proof: Proof) -> dict[str, Any]:
    finding = proof.finding
    places = account.places.get(finding.fingerprint, Places())
    place = places.source or places.document
    notes = [] if finding.verdict is StoredVerdict.NEW else [finding.verdict.value]
    if proof.settled:
        notes.append(excuse(proof) or "accepted")
    text = finding.sentence + (f" [{', '.join(notes)}]" if notes else "")
    return {
        "type": "issue",
        "description": on_one_line(text),
        "check_name": finding.kind.value,
        "fingerprint": finding.fingerprint,
        "severity": "info" if proof.settled else _SEVERITY.get(finding.kind, "minor"),
        "location": {
            "path": on_one_line(place.path) if place else "openapi",
            "lines": {"begin": (place.line if place else None) or 1},
        },
    }
