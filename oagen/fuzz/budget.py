"""How a campaign's time and requests are shared out: to hunt, to shrink, and at last to risk what it stands on."""

from __future__ import annotations

from oagen.fuzz.caution import Gate, Stage
from oagen.fuzz.clock import Clock
from oagen.fuzz.events import CampaignOptions
from oagen.fuzz.ownership import Caution
from oagen.fuzz.pacing import Ledger
from oagen.fuzz.standing import Allowance

_SHRINKING = 80  # requests kept for each finding, as long as they are no more than the share of shrinking
_MIDDLE = 0.5  # of the budget: until then what was there before the campaign is not changed
_LITTLE = 0.3  # of the share of shrinking, for what is found after that


class Budget:
    """Says when a part of a campaign is over.

    Args:
        ledger: Counts requests.
        clock: Counts seconds.
        options: The shares.
        gate: Knows what waits for a share, and opens in the middle.

    Attributes:
        later: The share of all that is kept for what comes after this part and its shrinking.
        last: The share that is kept for what comes at the very end, when nothing is hunted any more.
    """

    def __init__(self, ledger: Ledger, clock: Clock, options: CampaignOptions, gate: Gate) -> None:
        self._ledger = ledger
        self._clock = clock
        self._options = options
        self._gate = gate
        self._most = ledger.most or 0
        self._is_first = True
        self.later = 0.0
        self.last = 0.0

    def keep(self, later: float) -> None:
        """Go on to another part, after which this share is left."""
        self._is_first = False
        self.later = later

    def is_over(self, findings: int) -> bool:
        """Whether this part is over; the gate opens a little in the middle of the campaign.

        Args:
            findings: How many are to be shrunk after it.
        """
        self._clock.sent = self._ledger.count
        opens = not self._options.harmless and self._clock.is_spent(_MIDDLE)
        if self._gate.stage is Stage.EARLY and opens:
            self._gate.stage = Stage.MIDDLE
        if self._gate.stage < Stage.HAZARDS:
            self.later = self.risk_share() + self._hazard_share()
        kept = min(self._most * self._options.shrink_share, _SHRINKING * findings)
        if self._ledger.left() <= kept + self._reserve():
            return True
        return self._clock.limited and self.is_late()

    def risk_share(self) -> float:
        """Return the share of the budget that is left for what may cost the campaign its rights."""
        risky = self._gate.keeps_back(Caution.CHANGES_OTHERS, Caution.DESTROYS_OTHERS, Caution.OWN)
        return self._options.risk_share if risky else 0.0

    def _hazard_share(self) -> float:
        return self._options.hazard_share if self._gate.keeps_back(Caution.MAY_END_TARGET) else 0.0

    def is_late(self) -> bool:
        """Whether the time of this part is gone."""
        shrinking = self._options.shrink_share * (1 if self._is_first else _LITTLE)
        return self._clock.is_past(1 - shrinking - self.later - self.last)

    def has_requests(self, count: int = 1) -> bool:
        """Whether so many requests are left that nothing else is to be sent with."""
        return self._ledger.left() >= self._options.reserve + count

    def allowance(self, parts: float) -> Allowance:
        """Return what may go into the next finding.

        Args:
            parts: It and those that come after it share what is left to this part.
        """
        return Allowance(
            self._ledger,
            self._clock,
            parts=parts,
            reserve=self._reserve(),
            seconds=self._clock.share(self.later + self.last),
        )

    def _reserve(self) -> int:
        return self._options.reserve + int(self._most * (self.later + self.last))
