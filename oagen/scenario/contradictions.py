"""No two tests of one operation may ask the same and expect answers that exclude each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from oagen.scenario.model import Expectation, Scenario

Asked = tuple[object, ...]

_CODES = range(100, 600)


class Answered:
    """What the scenarios of one operation ask for, and the answers they expect.

    A request and its state are compared by value; a provider state is different from none, since it is the user's.
    """

    def __init__(self) -> None:
        self._kept: list[tuple[Asked, frozenset[int]]] = []

    def keep(self, scenarios: Iterable[Scenario]) -> Iterator[Scenario]:
        """Yield the scenarios that no earlier one contradicts, and remember them."""
        for scenario in scenarios:
            if not self.contradicts(scenario):
                self._kept.append((asked(scenario), accepted(scenario.then)))
                yield scenario

    def contradicts(self, scenario: Scenario) -> bool:
        """Tell whether an earlier scenario asks the same and expects none of the codes that this one does."""
        mine, codes = asked(scenario), accepted(scenario.then)
        return any(theirs == mine and not codes & others for theirs, others in self._kept)


def asked(scenario: Scenario) -> Asked:
    """Return everything that a scenario does before it looks at the answer."""
    return (scenario.given, scenario.when, scenario.alongside, scenario.repeat)


def accepted(expectation: Expectation) -> frozenset[int]:
    """Return the status codes that meet an expectation (OpenAPI 3.2, Responses Object: a code goes before a range)."""
    codes = set(_matching(expectation.status))
    for other in expectation.excluded:
        codes.difference_update(_matching(other))
    return frozenset(codes)


def _matching(status: str) -> Iterable[int]:
    if status == "default":
        return _CODES
    if status[1:].upper() == "XX" and status[:1].isdecimal():
        return range(int(status[0]) * 100, int(status[0]) * 100 + 100)
    return (int(status),) if status.isdecimal() else ()
