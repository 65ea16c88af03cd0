"""What an answer shows that no answer before it showed."""

from __future__ import annotations

from dataclasses import dataclass

from oagen.findings.normalising import normalise
from oagen.fuzz.slots import texts_of
from oagen.scenario.model import Request
from oagen.target.model import Answer

_MOST_MESSAGES = 40  # an operation
_MESSAGE = 400  # characters that are looked at
_KEPT_HASHES = 200_000


@dataclass(frozen=True, slots=True)
class Novelty:
    """How much was new; 0 for nothing."""

    score: float


class NoveltyMap:
    """Remembers statuses, messages and covered lines."""

    def __init__(self) -> None:
        self._statuses: set[tuple[str, int]] = set()
        self._messages: dict[str, set[str]] = {}
        self._bodies: set[int] = set()

    def of(self, request: Request, answer: Answer) -> Novelty:
        """Return what is new in an answer, and remember it."""
        score = 0.0
        place = (request.operation, answer.status)
        if place not in self._statuses:
            self._statuses.add(place)
            score += 4
        if answer.new_lines:
            score += min(1 + answer.new_lines / 4, 6)
        if answer.status >= 400 and answer.status != 405 and self._is_new_message(request, answer):  # noqa: PLR2004
            score += 2
        return Novelty(score)

    def _is_new_message(self, request: Request, answer: Answer) -> bool:
        seen = self._messages.setdefault(request.operation, set())
        if len(seen) >= _MOST_MESSAGES:
            return False
        start = answer.body[:_MESSAGE]
        body = hash((request.operation, answer.status, start))
        if body in self._bodies:
            return False
        if len(self._bodies) < _KEPT_HASHES:
            self._bodies.add(body)
        message = f"{answer.status} {normalise(start.decode('utf-8', 'replace'), texts_of(request))}"
        if message in seen:
            return False
        seen.add(message)
        return True
