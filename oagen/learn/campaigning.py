"""What a campaign meets, turned into scenarios: a share of the budget, in turns with the rest of the search."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from oagen.fuzz.events import Stop
from oagen.learn.attempts import GONE, BudgetSpent
from oagen.learn.births import Births
from oagen.learn.candidates import speaks_for
from oagen.learn.cleanup import Cleanup
from oagen.learn.controls import valid_scenario
from oagen.learn.hunting import Hunt
from oagen.learn.makers import Makers
from oagen.learn.memory import Memory
from oagen.learn.model import Pair
from oagen.learn.reaching import Reaching
from oagen.learn.steadiness import Steadiness
from oagen.runner.run import Exchange, RunContext, Trace
from oagen.scenario.context import DesignContext, steps_of
from oagen.scenario.model import Request, Scenario
from oagen.spec.model import SAFE_METHODS, ApiDescription, Operation
from oagen.target.model import Target

_MOST_SHOWN = 5  # successes of an operation that may show who makes what
_MOST_REACHED_FOR = 4  # requests for one response
_LARGEST_BODY = 100_000
_FIRST_FAILURE = 300
_TOO_MANY = 429
_ENDINGS: dict[Stop | None, str] = {
    Stop.DEAD: GONE,
    Stop.LOCKED_OUT: "the target refuses everything since a request of the campaign",
}


class Campaigning:
    """Runs one campaign beside the search.

    Args:
        design: Of the description that is learned.
        target: Where the campaign sends to; None for no campaign.
        context: Of learning.
        reaching: Turns requests into scenarios.
        is_wanted: Whether a documented response still lacks a witness.
        usual: Tells what an operation's valid request is answered, as far as that is known.
        notes: Those who take note of what the campaign meets.
        is_answering: Whether the target does; asked where the campaign found that it does not, busy as it had made it.
    """

    def __init__(
        self,
        design: DesignContext,
        target: Target | None,
        context: RunContext,
        *,
        reaching: Reaching,
        is_wanted: Callable[[Pair], bool],
        usual: Callable[[Operation], int | None],
        is_answering: Callable[[], bool],
        notes: tuple[Memory, Births, Makers, Cleanup, Steadiness],
    ) -> None:
        self._design = design
        self._target = target
        self._context = context
        self._reaching = reaching
        self._is_wanted = is_wanted
        self._usual = usual
        self._is_answering = is_answering
        self._memory, self._births, self._makers, self._cleanup, self._steadiness = notes
        self._operations = {operation.key: operation for operation in design.description.operations}
        self._shown: Counter[str] = Counter()
        self._reached_for: Counter[Pair] = Counter()
        self._hunt: Hunt | None = None

    @property
    def requests(self) -> int:
        """How many the campaign has sent."""
        return self._hunt.requests if self._hunt is not None else 0

    @property
    def is_over(self) -> bool:
        """Whether the campaign has come to its end."""
        return self._target is None or (self._hunt is not None and self._hunt.is_over)

    def turn(
        self, seconds: float, left: float, seen: Callable[[], Sequence[Scenario]]
    ) -> Iterator[tuple[Pair, Scenario]]:
        """Go on with the campaign, and yield a scenario for each response that it met, where one draws the same.

        Args:
            seconds: How long the turn may take, about.
            left: Seconds until learning ends.
            seen: Returns the scenarios that were verified; asked when the campaign begins.

        Raises:
            BudgetSpent: The target does not answer any more, or refuses everything.
        """
        hunt = self._hunt
        if self._target is None:
            return
        if hunt is None:
            description = self._of_interest()
            keys = {operation.key for operation in description.operations}
            hunt = self._hunt = Hunt(
                description,
                self._target,
                self._context,
                identity=self._identity(),
                scenarios=[item for item in seen() if item.status.startswith("2") and item.operation in keys],
                seconds=left,
                wanted=self._wanted,
                overheard=self._overhear,
            )
        hunt.go_on(min(seconds, left))
        if (reason := _ENDINGS.get(hunt.stop)) is not None and not (hunt.stop is Stop.DEAD and self._is_answering()):
            raise BudgetSpent(reason)
        for met in hunt.met():
            usual = self._usual(self._operations[met.pair[0]])
            if not self._is_wanted(met.pair) or self._reached_for[met.pair] >= _MOST_REACHED_FOR or usual == met.status:
                continue  # what a valid request draws, too, proves nothing
            self._reached_for[met.pair] += 1
            scenario = self._reaching.scenario(met, hunt.ways(met.request))
            if scenario is not None:
                yield met.pair, scenario

    def close(self) -> None:
        """End the campaign."""
        if self._hunt is not None:
            self._hunt.close()

    def _of_interest(self) -> ApiDescription:
        """Return the description of the operations that lack a witness, and of those that their requests build on."""
        described = self._design.description
        lacking = [item for item in described.operations if any(map(self._is_wanted, _pairs(item)))]
        steps = (step for item in lacking for step in steps_of(self._design.prepared(item)))
        keys = {item.key for item in lacking} | {step.request.operation for step in steps}
        return replace(described, operations=tuple(item for item in described.operations if item.key in keys))

    def _identity(self) -> str | None:
        """Return who sends: somebody with privileges where there is one, as far as credentials are there."""
        cast, known = self._design.cast, self._context.identities
        names = [cast.privileged.name] if cast.privileged is not None else []
        return next((name for name in (*names, cast.ordinary.name, *known) if name in known), None)

    def _wanted(self, request: Request, status: int) -> Pair | None:
        operation = self._operations.get(request.operation)
        response = speaks_for(operation, status) if operation is not None and status != _TOO_MANY else None
        if operation is None or response is None:
            return None
        pair = (operation.key, response.status)
        return pair if self._is_wanted(pair) else None

    def _overhear(self, exchange: Exchange) -> None:
        answer, operation = exchange.answer, self._operations.get(exchange.request.operation)
        self._steadiness.overhear(exchange)
        if answer is None or operation is None or answer.status >= _FIRST_FAILURE:
            return
        scenario = valid_scenario(operation, exchange.request, ())
        trace = Trace(reached=True, when=(exchange,))
        self._cleanup.observe(scenario, trace)
        if len(answer.body) > _LARGEST_BODY:
            return
        self._memory.overhear(exchange)
        if exchange.request.method not in SAFE_METHODS:
            self._memory.note_sent(exchange.request)
        self._births.overhear(exchange)
        self._shown[operation.key] += 1
        if self._shown[operation.key] <= _MOST_SHOWN:
            self._makers.observe(scenario, trace)


def _pairs(operation: Operation) -> Iterator[Pair]:
    return ((operation.key, response.status) for response in operation.responses)
