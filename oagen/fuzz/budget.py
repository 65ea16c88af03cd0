"""How a campaign's time and requests are shared out: to hunt, to shrink, and at last to risk what it stands on."""

from __future__ import annotations

from oagen.fuzz.clock import Clock
from oagen.fuzz.events import CampaignOptions
from oagen.fuzz.pacing import Ledger
from oagen.fuzz.standing import Allowance

_SHRINKING = 80  # requests kept for each finding, as long as they are no more than the share of shrinking
_LITTLE = 0.3  # of the share of shrinking, for what is found after that


class Budget:
    """Says when a part of a campaign is over.

    Args:
        ledger: Counts requests.
        clock: Counts seconds.
        options: The shares.

    Attributes:
        later: The share of all that is kept for what comes after this part and its shrinking.
    """

    def __init__(self, ledger: Ledger, clock: Clock, options: CampaignOptions) -> None:
        self._ledger = ledger
        self._clock = clock
        self._options = options
        self._most = ledger.most or 0
        self._is_first = True
        self.later = 0.0

    def keep(self, later: float) -> None:
        """Go on to another part, after which this share is left."""
        self._is_first = False
        self.later = later

    def is_over(self, findings: int) -> bool:
        """Whether this part is over.

        Args:
            findings: How many are to be shrunk after it.
        """
        kept = min(self._most * self._options.shrink_share, _SHRINKING * findings)
        if self._ledger.left() <= kept + self._reserve():
            return True
        return self._clock.limited and self.is_late()

    def is_late(self) -> bool:
        """Whether the time of this part is gone."""
        shrinking = self._options.shrink_share * (1 if self._is_first else _LITTLE)
        return self._clock.is_past(1 - shrinking - self.later)

    def allowance(self, parts: float) -> Allowance:
        """Return what may go into the next finding.

        Args:
            parts: It and those that come after it share what is left to this part.
        """
        return Allowance(
            self._ledger, self._clock, parts=parts, reserve=self._reserve(), seconds=self._clock.share(self.later)
        )

    def _reserve(self) -> int:
        return self._options.reserve + int(self._most * self.later)
