"""What was found for the unit level: requests with the outcomes of collaborators that draw a documented status."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from oagen.scenario.wire import WireRequest

Spec = Mapping[str, Any]
"""How a value of the application is made, as `target/agent/program/values.py` tells it."""


class SeamKind(enum.StrEnum):
    """How a collaborator is replaced."""

    PATCH = "patch"  # `unittest.mock.patch` of a function or method by its dotted path
    DEPENDENCY = "dependency"  # an entry in FastAPI's `dependency_overrides`


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a collaborator does: gives a value back, or raises.

    Attributes:
        value: The value, or the exception.
        vague: Nothing says that the collaborator might give it.
    """

    value: Spec
    raises: bool = False
    vague: bool = False

    def told(self) -> dict[str, Any]:
        """Return it as the agent reads it."""
        return {"raise" if self.raises else "return": self.value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """A collaborator and what it does.

    Attributes:
        target: `module:Class.method` or `module:function`.
        called_with: The arguments of each call that was seen, None for one that can't be told; None where that is not
            to be held to.
        autospec: The mock has the signature of what it replaces, since somebody looks at that.
        holder: Of a dependency: `module:attribute` of the application whose overrides count, if it is another one than
            that under test.
        of: The model whose queries it is for, where others go on as they are, as `module:Class`; only while trying.
    """

    target: str
    kind: SeamKind
    outcomes: tuple[Outcome, ...]
    called_with: tuple[tuple[Spec | None, ...], ...] | None = None
    autospec: bool = False
    holder: str = ""
    of: str = ""

    def told(self) -> dict[str, Any]:
        """Return it as the agent reads it."""
        return {
            "target": self.target,
            "kind": self.kind.value,
            "outcomes": [item.told() for item in self.outcomes],
            "autospec": self.autospec,
            "of": self.of,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitWitness:
    """A request that drew a documented status in process, with all collaborators' outcomes explicit.

    Attributes:
        status: As documented; `answered` is the one that came.
        reason: Why, in words, for the test's name.
        body: The JSON body that came, the same in two runs; None where it is none or changes.
        whole: The body has nothing that changes from run to run.
        headers: Documented headers of the answer, the same in two runs.
        weak: Why the test says little, empty where it does not.
    """

    operation: str
    status: str
    answered: int
    reason: str
    request: WireRequest
    replaced: tuple[Replaced, ...] = ()
    body: Any = None
    whole: bool = True
    headers: tuple[tuple[str, str], ...] = ()
    weak: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreached:
    """A documented status that no outcome has reached.

    Attributes:
        reason: What stood in the way, as a sentence.
    """

    operation: str
    status: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """What was found for an application.

    Attributes:
        fingerprints: What each operation's search depended on, by its key: as long as it is the same, nothing is sent,
            unless time had ended that search and there is more of it.
        unmapped: Operations whose handler was not found.
        trials: How many requests were sent this time.
    """

    app: str = ""
    witnesses: tuple[UnitWitness, ...] = ()
    unreached: tuple[Unreached, ...] = ()
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    unmapped: tuple[str, ...] = ()
    trials: int = 0
    seconds: float = 0.0

    def of(self, operation: str, status: str) -> tuple[UnitWitness, ...]:
        """Return what was found for a documented response."""
        return tuple(item for item in self.witnesses if (item.operation, item.status) == (operation, status))
