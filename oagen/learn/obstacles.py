"""Steps that the target refuses again and again: what builds on them is not sent, until they succeed or change."""

from __future__ import annotations

from collections import Counter

from oagen.runner.run import Trace
from oagen.scenario.model import Request, Scenario

_ENOUGH = 2  # failures of the very same step before it counts as one that fails


class Obstacles:
    """Takes note of which steps fail."""

    def __init__(self) -> None:
        self._failed: Counter[str] = Counter()
        self._reasons: dict[str, str] = {}
        self._operations: dict[str, str] = {}
        self._succeeded: set[str] = set()
        self._freed: set[str] = set()

    @property
    def operations(self) -> frozenset[str]:
        """Keys of the operations that failed as a step and never succeeded."""
        return frozenset(self._operations[name] for name, times in self._failed.items() if times >= _ENOUGH) - (
            self._succeeded
        )

    def succeeded(self, operation: str) -> bool:
        """Tell whether an operation, by its key, was ever seen to succeed."""
        return operation in self._succeeded

    def freed(self) -> frozenset[str]:
        """Return, once, the keys of the operations that failed as a step and have succeeded since."""
        freed = frozenset(self._freed)
        self._freed.clear()
        return freed

    def observe(self, scenario: Scenario, trace: Trace) -> None:
        """Take note of one run."""
        for exchange in (*trace.given, *trace.when):
            if exchange.answer is not None and exchange.answer.status < 300:  # noqa: PLR2004
                key = exchange.request.operation
                if key not in self._succeeded and key in self._operations.values():
                    self._freed.add(key)
                self._succeeded.add(key)
                self._failed.pop(_name(exchange.request), None)
        if trace.reached or not trace.given or trace.given[-1].answer is None:
            return
        last = trace.given[-1].request
        if trace.given[-1].answer.status < 300:  # noqa: PLR2004
            return
        name = _name(last)
        self._failed[name] += 1
        self._reasons[name] = trace.reason or f"a step of {scenario.operation} failed"
        self._operations[name] = last.operation

    def before(self, scenario: Scenario) -> str | None:
        """Return why a scenario can't be reached as things are; None where it may be."""
        names = (_name(step.request) for step in scenario.steps)
        return next((self._reasons[name] for name in names if self._failed[name] >= _ENOUGH), None)


def _name(request: Request) -> str:
    return repr(request)
