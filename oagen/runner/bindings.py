"""What the dynamic values of one scenario are in one run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from oagen.runner.pointers import at_pointer
from oagen.scenario.model import RESPONSE, Capture, Credential, Unique
from oagen.scenario.uniqueness import fill, unique_seed
from oagen.scenario.wire import Dynamic
from oagen.target.model import Answer

Identities = Mapping[str, Mapping[str, str]]
"""The headers that each identity sends, by its name; they hold secrets."""


class Unbound(Exception):  # noqa: N818 - an outcome: the scenario is not reached
    """A dynamic value that this run can't give; the message says why."""


class Bindings:
    """Gives values to captures, uniques and credentials.

    Args:
        run: Identifies the run; another run gives other uniques.
        test: Identifies the test within the run.
        identities: Who can be sent as.
    """

    def __init__(self, *, run: str, test: str, identities: Identities) -> None:
        self._run = run
        self._test = test
        self._identities = identities
        self._answers: dict[str, Answer] = {}
        self._bodies: dict[str, Any] = {}

    def record(self, step: str, answer: Answer) -> None:
        """Let captures refer to an answer by the step's name."""
        self._answers[step] = answer
        self._bodies.pop(step, None)

    def __call__(self, value: Dynamic) -> Any:
        """Return the JSON value; raises Unbound where there is none."""
        match value:
            case Unique():
                text = fill(value.template, unique_seed(self._run, self._test, value.name, value.template))
                return int(text) if value.integer else text
            case Credential():
                return self._credential(value)
            case Capture():
                return self._captured(value)

    def headers_of(self, identity: str | None) -> tuple[tuple[str, str], ...]:
        """Return the headers an identity sends, none for None; raises Unbound for an identity nobody configured."""
        if identity is None:
            return ()
        if identity not in self._identities:
            raise Unbound(f"needs the identity {identity!r}, which is not configured")
        return tuple(self._identities[identity].items())

    def _credential(self, value: Credential) -> str:
        for name, text in self.headers_of(value.identity):
            if name.lower() == value.header.lower():
                return text
        raise Unbound(f"the identity {value.identity!r} sends no header {value.header}")

    def _captured(self, value: Capture) -> Any:
        who = "the answer" if value.step == RESPONSE else f"the answer of step {value.step!r}"
        answer = self._answers.get(value.step)
        if answer is None:
            raise Unbound(f"{who} is not there")
        if value.header is not None:
            if (text := answer.header(value.header)) is None:
                raise Unbound(f"{who} has no header {value.header}")
            return text
        pointer = value.pointer or ""
        try:
            if value.step not in self._bodies:
                self._bodies[value.step] = answer.json()
            return at_pointer(self._bodies[value.step], pointer)
        except ValueError as error:
            raise Unbound(f"{who} is not JSON") from error
        except LookupError as error:
            raise Unbound(f"{who} has nothing at {pointer}") from error
