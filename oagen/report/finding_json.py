"""Findings as JSON: of a campaign, and of the store."""

from __future__ import annotations

from typing import Any

from oagen.findings.model import KeptFinding
from oagen.findings.proof import Proof


def finding_json(proof: Proof) -> dict[str, Any]:
    """Return a finding in the form it has in the report of a campaign."""
    finding = proof.finding
    return {
        "fingerprint": finding.fingerprint,
        "kind": finding.kind.value,
        "operation": finding.operation,
        "status": finding.status,
        "exception": finding.exception,
        "frame": finding.frame,
        "message": finding.message,
        "case": finding.case or None,
        "operations": list(finding.operations),
        "verdict": finding.verdict.value,
        "count": finding.count,
        "steps": finding.requests,
        "flaky": finding.flaky,
        "first_seen": proof.since.isoformat() if proof.since else None,
        "curl": proof.curl,
        "traceback": finding.traceback,
        "scenario": proof.scenario,
    }


def kept_json(kept: KeptFinding, proof: Proof) -> dict[str, Any]:
    """Return a finding of the store: with its dates, and what was decided about it."""
    return {
        **finding_json(proof),
        "decision": kept.decision.value,
        "reason": kept.reason,
        "until": kept.until.isoformat() if kept.until else None,
        "first_seen": kept.first_seen.isoformat() if kept.first_seen else None,
        "last_seen": kept.last_seen.isoformat() if kept.last_seen else None,
    }
