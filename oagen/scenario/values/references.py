"""References of schemas, followed for jsonschema by the description's own resolver.

jsonschema asks an object with these methods (a `referencing.Resolver` by default). Answering through the resolver
of the API description makes a value's check and everything else that is read agree on what a reference means, and
costs one look-up in a dictionary.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from oagen.spec.model import Location, ReferenceResolver


@dataclass(frozen=True, slots=True)
class Placed:
    """What a reference points at, and the resolver for the references inside it."""

    contents: Any
    resolver: PlacedResolver


class PlacedResolver:
    """Follows the references that stand in one place, or below it.

    Args:
        resolver: Of the API description.
        location: Where the references stand.
        found: Results so far, shared with the resolvers made from this one.
    """

    __slots__ = ("_found", "_location", "_resolver")

    def __init__(
        self,
        resolver: ReferenceResolver,
        location: Location,
        found: dict[tuple[str, str], Placed] | None = None,
    ) -> None:
        self._resolver = resolver
        self._location = location
        self._found: dict[tuple[str, str], Placed] = {} if found is None else found

    def lookup(self, reference: str) -> Placed:
        """Return what a reference points at.

        Raises:
            DocumentError: It points nowhere.
        """
        key = (self._location.document, reference)
        placed = self._found.get(key)
        if placed is None:
            contents, location = self._resolver.resolve(reference, self._location)
            placed = Placed(contents, PlacedResolver(self._resolver, location, self._found))
            self._found[key] = placed
        return placed

    def in_subresource(self, _subresource: Any) -> PlacedResolver:
        """Return the resolver for a schema inside this one."""
        return self

    def dynamic_scope(self) -> Iterable[tuple[str, Any]]:
        """Return the outer scopes of a dynamic reference: none, so it is followed as a plain reference."""
        return ()
