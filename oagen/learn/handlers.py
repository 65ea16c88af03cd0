"""What the source of an operation's handler names, where the application runs in process."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from oagen.scenario.nouns import words
from oagen.scenario.resources import normal_path
from oagen.spec.model import ApiDescription


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlerSource:
    """What one handler's source names.

    Attributes:
        compares: Constants by the name of what they are compared with.
        statuses: Numbers that may be statuses.
    """

    compares: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    statuses: frozenset[str] = frozenset()

    def values(self, name: str) -> tuple[Any, ...]:
        """Return the constants that a parameter or member of that name may be compared with, and their neighbours.

        `unitPrice` and `unit_price` are one name.
        """
        held = [value for other, values in self.compares.items() if words(other) == words(name) for value in values]
        return tuple(dict.fromkeys(near for value in held for near in _neighbours(value)))


Handlers = Mapping[str, HandlerSource]
"""By key of the operation; those whose handler is not known are left out."""


def handlers_of(description: ApiDescription, told: Iterable[Mapping[str, Any]]) -> Handlers:
    """Return the handlers of a description's operations.

    Args:
        told: As `AgentConnection.handlers` tells them; an application may be mounted below the paths of its document,
            or above.
    """
    known: dict[tuple[str, str], HandlerSource] = {}
    for item in told:
        source = HandlerSource(
            compares={name: tuple(values) for name, values in item["compares"].items()},
            statuses=frozenset(map(str, item["statuses"])),
        )
        known.setdefault((item["method"], normal_path(item["path"])), source)
    found = {}
    for operation in description.operations:
        bare = normal_path(operation.path)
        fits = {
            path: source
            for (method, path), source in known.items()
            if method == operation.method and (path.endswith(bare) or bare.endswith(path or "/"))
        }
        if fits:
            found[operation.key] = fits[min(fits, key=lambda path: (abs(len(path) - len(bare)), path))]
    return found


def _neighbours(value: Any) -> tuple[Any, ...]:
    return (value, value + 1, value - 1) if isinstance(value, int) else (value,)
