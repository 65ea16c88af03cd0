"""Control requests: a status counts only where the operation's valid request, on fresh resources, draws another.

The difference between the two is the reason that the test names: a 404 has an unknown identifier where the valid
request has a live one, a 422 one violated constraint, a 401 no credentials, a 403 another sender, a 409 one more step
before it. One valid request of an operation is the control of all its refusals, so it is sent once.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable

from oagen.learn.attempts import Attempt, Attempts
from oagen.learn.memory import Memory
from oagen.learn.resourceless import without_resources
from oagen.learn.seen import with_seen_values
from oagen.scenario.context import DesignContext, steps_of
from oagen.scenario.model import Expectation, Given, Request, Scenario, Value
from oagen.spec.model import Operation

_FIRST_REDIRECT = 300
_FIRST_REFUSAL = 400
_NOT_MODIFIED = 304
_OF_IDENTIFIERS = frozenset({404, 409, 410})  # what only a live identifier is the opposite of
_MOST_ROUNDS_WITH_SEEN = 2  # of each operation: what is seen later may be of its kind
_MOST_SUCCESSES = 4  # kept of each operation
_WITH = {
    400: "without the violation",
    401: "with credentials",
    403: "of the rightful sender",
    404: "with a live identifier",
    409: "without the earlier step",
    410: "with a live identifier",
    412: "without the precondition",
    422: "without the violation",
}


class Controls:
    """The answers of each operation's valid request.

    Args:
        mended: Changes a scenario by what the target has taught about requests; see `oagen.learn.mending`.
    """

    def __init__(
        self,
        design: DesignContext,
        attempts: Attempts,
        memory: Memory,
        mended: Callable[[Scenario], Scenario] = lambda same: same,
    ) -> None:
        self._attempts = attempts
        self._memory = memory
        self._design = design
        self._mended = mended
        self._operations = {operation.key: operation for operation in design.description.operations}
        self._answers: dict[str, int | None] = {}
        self._asked_with_seen: set[tuple[str, int]] = set()
        self._rounds_with_seen: Counter[str] = Counter()
        self._others: dict[str, set[int]] = defaultdict(set)
        self._bare: dict[str, int | None] = {}
        self._succeeded: dict[str, list[Request]] = defaultdict(list)

    def observe(self, attempt: Attempt) -> None:
        """Take note of a run whose request is an operation's valid one: no other control is needed then."""
        scenario = attempt.scenario
        operation = self._operations.get(scenario.operation)
        if operation is None or attempt.answered is None or scenario.status[0] not in "2d":
            return
        if attempt.answered < _FIRST_REDIRECT and scenario.status.startswith("2"):
            self._keep_success(scenario.when)
        if self._is_valid_request(scenario, operation) and self._answers.get(operation.key) is None:
            self._answers[operation.key] = attempt.answered

    def known(self, operation: Operation) -> int | None:
        """Return the status that an operation's valid request was seen to draw; None where it was not sent."""
        return self._answers.get(operation.key)

    def contrast(self, operation: Operation, answered: int) -> None:
        """Take note of what a request drew that lacks what a test names, and nothing else."""
        self._others[operation.key].add(answered)

    def contrasts(self, operation: str) -> tuple[int | None, int | None, frozenset[int], int]:
        """Return what is equal for as long as there is nothing new to compare an operation's refusals with."""
        others = frozenset(self._others[operation])
        return self._answers.get(operation), self._bare.get(operation), others, len(self._succeeded[operation])

    def forget(self, operation: str) -> None:
        """Ask again next time: the valid request has changed."""
        self._answers.pop(operation, None)
        self._bare.pop(operation, None)

    def forget_all(self) -> None:
        """Ask again for every operation: what their valid requests build on has changed."""
        self._answers.clear()
        self._asked_with_seen.clear()
        self._bare.clear()

    def problem(self, attempt: Attempt) -> str | None:
        """Return why an answer proves nothing, or None where it came for the scenario's reason.

        Raises:
            BudgetSpent: The control could not be sent.
        """
        answered, scenario = attempt.answered, attempt.scenario
        operation = self._operations.get(scenario.operation)
        if answered is None or operation is None or (answered < _FIRST_REFUSAL and answered != _NOT_MODIFIED):
            return None
        if self._is_valid_request(scenario, operation):
            return None if scenario.states else f"a valid request is answered {answered}"
        control = self.answer(operation)
        if control in (None, answered) and self._succeeds_but_for_one_place(scenario.when):
            return None
        if control is None and not scenario.given and answered not in _OF_IDENTIFIERS:
            control = self._answer_to_bare(operation)
        if control in (None, answered) and self._is_otherwise_with_seen(operation, answered):
            return None
        how = _WITH.get(answered, "without what the test names")
        if control is None:
            return f"answered {answered}, but the same request {how} could not be sent to compare"
        if control == answered:
            return f"answered {answered}, but not for its reason: the same request {how} is answered {control}, too"
        return None

    def answer(self, operation: Operation) -> int | None:
        """Return the status that an operation's valid request draws; None where it can't be sent."""
        if self._answers.get(operation.key) is None:
            self._answers[operation.key] = self._attempts.run(self._mended(self._control(operation))).answered
        return self._answers[operation.key]

    def _keep_success(self, request: Request) -> None:
        known = self._succeeded[request.operation]
        if request not in known:
            known.append(request)
            del known[:-_MOST_SUCCESSES]

    def _succeeds_but_for_one_place(self, request: Request) -> bool:
        """Tell whether a request that succeeded differs from this one in one parameter, its body or its sender."""
        return any(_places_apart(request, other) == 1 for other in self._succeeded[request.operation])

    def _answer_to_bare(self, operation: Operation) -> int | None:
        """Return what the valid request draws, about what is not there: for refusals of requests about that."""
        if operation.key not in self._bare:
            scenario = valid_scenario(operation, without_resources(self._design, operation), ())
            self._bare[operation.key] = self._attempts.run(self._mended(scenario)).answered
        return self._bare[operation.key]

    def _is_otherwise_with_seen(self, operation: Operation, answered: int) -> bool:
        """Tell whether the valid request draws another status with identifiers that answers have shown."""
        if self._others[operation.key] - {answered}:
            return True
        rounds = self._rounds_with_seen[operation.key]
        if (operation.key, answered) not in self._asked_with_seen and rounds < _MOST_ROUNDS_WITH_SEEN:
            self._asked_with_seen.add((operation.key, answered))
            self._rounds_with_seen[operation.key] += 1
            for given, request in with_seen_values(self._design, operation, self._memory):
                attempt = self._attempts.run(self._mended(valid_scenario(operation, request, given)))
                if attempt.answered is not None:
                    self._others[operation.key].add(attempt.answered)
        return bool(self._others[operation.key] - {answered})

    def _control(self, operation: Operation) -> Scenario:
        prepared = self._design.prepared(operation)
        return valid_scenario(operation, prepared.request, steps_of(prepared))

    def _is_valid_request(self, scenario: Scenario, operation: Operation) -> bool:
        plain = valid_scenario(operation, scenario.when, scenario.steps)
        control = self._control(operation)
        return not scenario.alongside and scenario.repeat == 1 and plain in (control, self._mended(control))


def valid_scenario(operation: Operation, request: Request, given: tuple[Given, ...]) -> Scenario:
    """Return a scenario that sends a request to see what it draws."""
    return Scenario(
        operation=operation.key,
        status="2XX",
        technique="control",
        title="a valid request",
        pointer=operation.location.pointer,
        document=operation.location.document,
        given=given,
        when=request,
        then=Expectation(status="2XX"),
    )


def _places_apart(one: Request, other: Request) -> int:
    """Return in how many places two requests to one operation differ; a value counts as itself wherever it is from."""
    mine, theirs = _by_place(one), _by_place(other)
    arguments = sum(mine.get(place) != theirs.get(place) for place in {*mine, *theirs})
    return arguments + (one.body != other.body) + (one.identity != other.identity)


def _by_place(request: Request) -> dict[tuple[str, str], Value]:
    return {(item.where.value, item.name): item.value for item in request.arguments}
