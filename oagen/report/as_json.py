"""A campaign for other programs."""

from __future__ import annotations

import json
from typing import Any

from oagen.report.account import Account
from oagen.report.finding_json import finding_json


def campaign_json(account: Account) -> dict[str, Any]:
    """Return a campaign as JSON values."""
    return {
        "requests": account.requests,
        "seconds": round(account.seconds, 3),
        "stop": account.stop,
        "responses": account.responses,
        "withheld": account.withheld,
        "findings": [finding_json(proof) for proof in account.proofs],
        "never_seen": [list(pair) for pair in account.never_seen],
    }


def render(account: Account) -> str:
    """Return a campaign as JSON text, in ASCII."""
    return json.dumps(campaign_json(account), indent=2, ensure_ascii=True) + "\n"
