"""Changes to a payload that a factory made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def without(payload: Mapping[str, Any], *members: str) -> dict[str, Any]:
    """Return the payload with some of its members left out."""
    return {name: value for name, value in payload.items() if name not in members}
