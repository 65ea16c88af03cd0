"""The part of a campaign that makes its findings smaller, one after the other."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import TYPE_CHECKING

from oagen.findings.model import CONTRACT_KINDS, Finding
from oagen.fuzz.book import Book
from oagen.fuzz.budget import Budget
from oagen.fuzz.caution import Gate
from oagen.fuzz.standing import Prover, Shown
from oagen.fuzz.turns import Turns

if TYPE_CHECKING:
    from oagen.fuzz.commons import Commons  # its locks are not everywhere

_SMALL_PART = 0.1  # of what a server error gets goes to a broken promise


class Shrinking:
    """Makes findings smaller: server errors first, each with an equal share of what is left of the budget.

    Args:
        book: Has the findings.
        prover: Tries them again.
        budget: Of the campaign.
        gate: Keeps from being sent again what did harm.
        turns: Keep apart what several workers find in one log.
        commons: Shared with other workers: each finding is made smaller by one of them.
    """

    def __init__(
        self, book: Book, prover: Prover, budget: Budget, gate: Gate, *, turns: Turns, commons: Commons | None
    ) -> None:
        self._book = book
        self._prover = prover
        self._budget = budget
        self._gate = gate
        self._turns = turns
        self._commons = commons
        self._tried = {finding.fingerprint for finding in book.all() if finding.scenario.given}  # before it was cut off

    def __len__(self) -> int:
        """Return how many findings are still to be made smaller."""
        return sum(finding.fingerprint not in self._tried for finding in self._book.all())

    def untried(self) -> list[Finding]:
        """Return the findings that are still to be made smaller, the next one first."""
        left = [finding for finding in self._book.all() if finding.fingerprint not in self._tried]
        return sorted(left, key=lambda finding: finding.kind in CONTRACT_KINDS)

    def again(self, names: Collection[str]) -> None:
        """Try findings that were tried before once more."""
        self._tried.difference_update(names)

    def shrink(self, finding: Finding, shown: Shown) -> Finding | None:
        """Return the finding with the smallest scenario that shows it, or as flaky; None where nothing can be said.

        Args:
            shown: Sends a request, and returns the faults that it draws.
        """
        allowance = self._budget.allowance(self._parts(finding))
        self._tried.add(finding.fingerprint)
        met = finding.scenario.when
        if self._gate.is_forbidden(met):
            return None  # it would do harm again
        if self._commons is not None and not self._commons.claim(finding.fingerprint):
            return None  # another worker makes it smaller
        with self._turns.take(alone=True):
            allows = partial(self._gate.allows, instead_of=met)
            proved = self._prover.prove(finding, shown, allowance, allows)
        if proved is None:
            return None
        return self._book.shrunk(finding.fingerprint, proved.steps, proved.request, flaky=proved.flaky)

    def _parts(self, finding: Finding) -> float:
        """Return into how many parts of a finding's size what is left of the budget is cut."""
        left = self.untried()
        promises = sum(other.kind in CONTRACT_KINDS for other in left)
        return promises if finding.kind in CONTRACT_KINDS else len(left) - promises + _SMALL_PART * promises
