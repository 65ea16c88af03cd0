"""What a live API has shown of this suite's tests when the suite was generated."""

from __future__ import annotations

import json
from dataclasses import dataclass

from .current import SUITE

MANIFEST = SUITE / "manifest.json"


@dataclass(frozen=True)
class Trial:
    """How the trial of a test ended.

    Attributes:
        seen: The API answered as promised, twice.
        reason: What it did instead; empty where nobody tried, or nothing is known.
    """

    seen: bool = False
    reason: str = ""


def trial_of(test: str) -> Trial:
    """Return how the trial of a test ended.

    Args:
        test: Its id relative to the suite's folder.
    """
    name = test.partition("[")[0]
    try:
        cells = json.loads(MANIFEST.read_text(encoding="utf-8"))["cells"]
        cell = next(cell for cell in cells if name in cell["tests"])
        refuted = cell["state"] == "refuted"
        return Trial(
            seen=name in cell.get("seen", ()),
            reason=str(cell["reason"] or "") if refuted else "",
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, StopIteration):
        return Trial()
