"""A campaign for other programs."""

from __future__ import annotations

from typing import Any

from oagen.findings.model import Finding
from oagen.fuzz.events import Finished
from oagen.report.curl import curl_lines
from oagen.scenario import codec


def dump_campaign(finished: Finished, base_url: str) -> dict[str, Any]:
    """Return a campaign's end as JSON values."""
    return {
        "requests": finished.requests,
        "seconds": round(finished.seconds, 3),
        "stop": finished.stop.value,
        "responses": finished.responses,
        "findings": [dump_finding(finding, base_url) for finding in finished.findings],
    }


def dump_finding(finding: Finding, base_url: str) -> dict[str, Any]:
    """Return one finding as JSON values."""
    return {
        "fingerprint": finding.fingerprint,
        "kind": finding.kind.value,
        "operation": finding.operation,
        "status": finding.status,
        "exception": finding.exception,
        "frame": finding.frame,
        "message": finding.message,
        "verdict": finding.verdict.value,
        "flaky": finding.flaky,
        "count": finding.count,
        "operations": list(finding.operations),
        "steps": len(finding.scenario.steps) + 1,
        "curl": " && ".join(curl_lines(finding.scenario, base_url)),
        "scenario": codec.dump(finding.scenario),
        "traceback": finding.traceback,
    }
