"""The techniques in the order in which they are asked, those of plugins included.

A plugin is an entry point of the group `oagen.techniques` that loads to a `Technique` or to a class that makes one.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from importlib.metadata import EntryPoint, entry_points
from typing import Protocol, runtime_checkable

from oagen.scenario.context import DesignContext
from oagen.scenario.model import Scenario
from oagen.spec.model import Operation, Response

GROUP = "oagen.techniques"


@runtime_checkable
class Technique(Protocol):
    """One way to make an API answer with a status."""

    @property
    def name(self) -> str:
        """The technique's name in scenarios and in the matrix."""

    def design(self, context: DesignContext, operation: Operation, response: Response) -> Iterator[Scenario]:
        """Yield scenarios for a documented response, the most promising first; nothing if it does not apply."""


class Registry:
    """An ordered collection of techniques.

    Args:
        techniques: Asked in this order; all that apply to a response contribute.
        last_resort: Asked where none of them does.
    """

    def __init__(self, techniques: Iterable[Technique], last_resort: Technique) -> None:
        self.techniques = tuple(techniques)
        self.last_resort = last_resort
        self._broken: set[str] = set()

    def scenarios(self, context: DesignContext, operation: Operation, response: Response) -> tuple[Scenario, ...]:
        """Return what the techniques design for a response; at least one scenario.

        A technique of a plugin that raises is left out from then on, with a warning.
        """
        found: list[Scenario] = []
        for technique in self.techniques:
            if technique.name in self._broken:
                continue
            if technique.__class__.__module__.startswith("oagen."):
                found.extend(technique.design(context, operation, response))
                continue
            try:
                found.extend(technique.design(context, operation, response))
            except Exception as error:  # noqa: BLE001 - a plugin may raise anything
                self._broken.add(technique.name)
                _warn(f"technique {technique.name} is left out: {type(error).__name__}: {error}")
        return tuple(found) or tuple(self.last_resort.design(context, operation, response))


def default_registry() -> Registry:
    """Return the registry of the bundled techniques, with those of installed plugins before them."""
    from oagen.scenario.techniques import BUNDLED, LAST_RESORT

    return Registry((*_plugins(entry_points(group=GROUP)), *BUNDLED), LAST_RESORT)


def _plugins(points: Iterable[EntryPoint]) -> Iterator[Technique]:
    for point in sorted(points, key=lambda point: point.name):
        try:
            loaded = point.load()
            technique = loaded() if isinstance(loaded, type) else loaded
        except Exception as error:  # noqa: BLE001 - a plugin may raise anything
            _warn(f"technique plugin {point.name} can't be loaded: {type(error).__name__}: {error}")
            continue
        if isinstance(technique, Technique):
            yield technique
        else:
            _warn(f"technique plugin {point.name} is no technique: it has no name and design")


def _warn(message: str) -> None:
    warnings.warn(message, RuntimeWarning, stacklevel=3)
