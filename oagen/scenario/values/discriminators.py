"""Which branch a discriminator names (OpenAPI 3.1, Discriminator Object; Swagger 2.0 has its property's name alone)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def discriminator_of(raw: Mapping[str, Any]) -> tuple[str, Mapping[str, str]] | None:
    """Return the property that tells branches apart and the mapping of its values; None where there is none."""
    found = raw.get("discriminator")
    if isinstance(found, str):
        return found, {}
    if not isinstance(found, Mapping) or not isinstance(found.get("propertyName"), str):
        return None
    mapping = found.get("mapping")
    references = mapping.items() if isinstance(mapping, Mapping) else ()
    return found["propertyName"], {key: value for key, value in references if isinstance(value, str)}


def value_for(mapping: Mapping[str, str], branch: Any) -> str | None:
    """Return the discriminator's value for a branch: the mapping's key, else the name of the schema referred to."""
    reference = branch.get("$ref") if isinstance(branch, Mapping) else None
    if not isinstance(reference, str):
        return None
    return next((key for key, target in mapping.items() if _same(target, reference)), _name(reference))


def chosen(raw: Mapping[str, Any], branches: Sequence[Any], value: Any) -> int | None:
    """Return the index of the branch that a value's discriminator names; None where it names none."""
    found = discriminator_of(raw)
    if found is None or not isinstance(value, Mapping) or not isinstance(tag := value.get(found[0]), str):
        return None
    target = found[1].get(tag, tag)
    for index, branch in enumerate(branches):
        reference = branch.get("$ref") if isinstance(branch, Mapping) else None
        if isinstance(reference, str) and _same(target, reference):
            return index
    return None


def _same(target: str, reference: str) -> bool:
    return target == reference or ("/" not in target and target == _name(reference))


def _name(reference: str) -> str:
    return reference.rpartition("/")[2]
