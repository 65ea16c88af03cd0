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

    def offer(self, pair: Pair, scenario: Scenario) -> None:
        """Keep a scenario for a response that may turn out to need it."""
        offered = self._offered[pair]
        if len(offered) < _MOST_OFFERED and scenario not in offered:
            offered.append(scenario)

    def observe(self, attempt: Attempt) -> None:
        """Keep a scenario that drew another documented status than the one it was designed for."""
        answered, scenario = attempt.answered, attempt.scenario
        if attempt.kept_status and attempt.failed_afterwards:
            self._offer_by_itself(scenario)
        operation = self._operations.get(scenario.operation)
        if answered is None or operation is None or attempt.kept_status or scenario.alongside or scenario.repeat > 1:
            return
        if answered < 400 and not scenario.status.startswith("2"):  # noqa: PLR2004
            return  # what should have been refused is no example of success
        response = _speaks_for(operation, answered)
        if response is not None and response.status != scenario.status:
            self.offer((operation.key, response.status), self._aimed(scenario, operation, response))

    def _offer_by_itself(self, scenario: Scenario) -> None:
        """Keep a scenario without what it expects beyond the answer's status, headers and form."""
        alone = replace(scenario, title=scenario.title + _BY_ITSELF, then=replace(scenario.then, effects=(), body=()))
        self.offer((scenario.operation, scenario.status), alone)

    def of(self, pair: Pair, designed: Sequence[Scenario]) -> Iterator[Scenario]:
        """Yield candidates for a response, each once, those already seen to draw it first."""
        seen = [_asked(scenario) for scenario in designed]
        titles = {scenario.title for scenario in designed}
        for scenario in self._all(pair):
            if _asked(scenario) not in seen:
                seen.append(_asked(scenario))
                yield _titled(scenario, titles)

    def _all(self, pair: Pair) -> Iterator[Scenario]:
        yield from sorted(self._offered[pair], key=lambda scenario: len(scenario.given))
        operation = self._operations.get(pair[0])
        response = next((item for item in operation.responses if item.status == pair[1]), None) if operation else None
        if operation is not None and response is not None:
            yield from variations(self._design, operation, response, self._memory)
            yield from self._offered[pair]  # those met while the others were tried

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


def _speaks_for(operation: Operation, status: int) -> Response | None:
    """Return the documented response that speaks for a status code (OpenAPI 3.2, Responses Object)."""
    return next(
        (
            response
            for response in operation.responses
            if status_matches(status, response.status, excluded(operation, response.status))
        ),
        None,
    )
