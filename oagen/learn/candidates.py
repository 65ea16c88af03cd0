"""What else may draw a documented response, where none of its designed scenarios does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from oagen.learn.attempts import Attempt
from oagen.learn.memory import Memory
from oagen.learn.model import Pair
from oagen.learn.variations import variations
from oagen.runner.statuses import status_matches
from oagen.scenario.context import DesignContext, excluded
from oagen.scenario.model import Scenario
from oagen.spec.model import Operation, Response

_MOST_OFFERED = 6  # for one response
_BY_ITSELF = " by itself"


class Candidates:
    """Scenarios beyond the designed ones: seen to draw the status on the way, known from another time, or varied."""

    def __init__(self, design: DesignContext, memory: Memory) -> None:
        self._design = design
        self._memory = memory
        self._operations = {operation.key: operation for operation in design.description.operations}
        self._offered: dict[Pair, list[Scenario]] = defaultdict(list)
        self._asked: dict[Pair, list[tuple[object, ...]]] = defaultdict(list)
        self._varied: dict[Pair, Iterator[Scenario]] = {}
        self._titles: dict[Pair, set[str]] = defaultdict(set)

    def offer(self, pair: Pair, scenario: Scenario) -> None:
        """Keep a scenario for a response that may turn out to need it."""
        offered = self._offered[pair]
        if len(offered) < _MOST_OFFERED and _asked(scenario) not in self._asked[pair] and scenario not in offered:
            offered.append(scenario)
            offered.sort(key=lambda item: len(item.given))

    def offer_again(self, pair: Pair, scenario: Scenario) -> None:
        """Keep a scenario that was tried, and may come to something else now."""
        asked = self._asked[pair]
        if _asked(scenario) in asked:
            asked.remove(_asked(scenario))
        self._titles[pair].discard(scenario.title)
        self.offer(pair, scenario)

    def offers(self, pair: Pair) -> bool:
        """Tell whether something is offered that was not tried yet."""
        return bool(self._offered[pair])

    def know(self, pair: Pair, designed: Sequence[Scenario]) -> None:
        """Take note of scenarios that were tried, or will be."""
        self._asked[pair] += [_asked(scenario) for scenario in designed]
        self._titles[pair] |= {scenario.title for scenario in designed}

    def observe(self, attempt: Attempt) -> None:
        """Keep a scenario that drew another documented status than the one it was designed for."""
        answered, scenario = attempt.answered, attempt.scenario
        if attempt.kept_status and attempt.failed_afterwards:
            self._offer_by_itself(scenario)
        operation = self._operations.get(scenario.operation)
        if answered is None or operation is None or scenario.alongside or scenario.repeat > 1:
            return
        if attempt.kept_status and any(response.status == scenario.status for response in operation.responses):
            return
        if answered < 400 and not scenario.status.startswith("2"):  # noqa: PLR2004
            return  # what should have been refused is no example of success
        response = speaks_for(operation, answered)
        if response is not None and response.status != scenario.status:
            self.offer((operation.key, response.status), self._aimed(scenario, operation, response))

    def _offer_by_itself(self, scenario: Scenario) -> None:
        """Keep a scenario without what it expects beyond the answer's status and headers.

        What it leaves out was broken, and stays in the suite as a promise of its own.
        """
        then = replace(scenario.then, effects=(), body=(), media_types=())
        alone = replace(scenario, title=scenario.title + _BY_ITSELF, then=then)
        self.offer((scenario.operation, scenario.status), alone)

    def next(self, pair: Pair) -> Scenario | None:
        """Return another candidate for a response: one already seen to draw it before any other; None without any."""
        while self._offered[pair]:
            if (scenario := self._new(pair, self._offered[pair].pop(0))) is not None:
                return scenario
        if pair not in self._varied:
            self._varied[pair] = self._variations(pair)
        found = (self._new(pair, scenario) for scenario in self._varied[pair])
        return next((scenario for scenario in found if scenario is not None), None)

    def _new(self, pair: Pair, scenario: Scenario) -> Scenario | None:
        """Return a scenario with a title of its own; None where it was asked before."""
        if _asked(scenario) in self._asked[pair]:
            return None
        self._asked[pair].append(_asked(scenario))
        return _titled(scenario, self._titles[pair])

    def _variations(self, pair: Pair) -> Iterator[Scenario]:
        operation = self._operations.get(pair[0])
        response = next((item for item in operation.responses if item.status == pair[1]), None) if operation else None
        if operation is not None and response is not None:
            yield from variations(self._design, operation, response, self._memory)

    def _aimed(self, scenario: Scenario, operation: Operation, response: Response) -> Scenario:
        return self._design.scenario(
            operation,
            response,
            technique=scenario.technique,
            reason=scenario.title.removeprefix(scenario.status).strip(),
            given=scenario.given,
            when=scenario.when,
            auth=scenario.auth,
        )


def _asked(scenario: Scenario) -> tuple[object, ...]:
    """Return what makes a candidate another one than those before; what it expects, only where it expects less."""
    by_itself = scenario.title.endswith(_BY_ITSELF)
    return scenario.given, scenario.when, scenario.alongside, scenario.repeat, by_itself


def _titled(scenario: Scenario, taken: set[str]) -> Scenario:
    """Return the scenario with a title of its own among those taken."""
    title, number = scenario.title, 1
    while title in taken:
        number += 1
        title = f"{scenario.title} ({number})"
    taken.add(title)
    return scenario if title == scenario.title else replace(scenario, title=title)


def speaks_for(operation: Operation, status: int) -> Response | None:
    """Return the documented response that speaks for a status code (OpenAPI 3.2, Responses Object)."""
    return next(
        (
            response
            for response in operation.responses
            if status_matches(status, response.status, excluded(operation, response.status))
        ),
        None,
    )
