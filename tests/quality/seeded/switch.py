"""Whether this is the faulty or the corrected version of the application."""

from __future__ import annotations

import os

CORRECTED = os.environ.get("SEEDED_CORRECTED") == "1"


class Refused(Exception):  # noqa: N818 - an answer, not a mistake
    """A request that the corrected version answers with a documented status."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
