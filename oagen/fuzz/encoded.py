"""The bytes of bodies whose values are all literals."""

from __future__ import annotations

from typing import Any

from oagen.scenario.model import Body
from oagen.scenario.wire.bodies import encode_body


def encoded(body: Body) -> tuple[str | None, bytes] | None:
    """Return the content type and the bytes of a body; None where it can't be put on the wire."""
    try:
        return encode_body(body, _no_binding)
    except (ValueError, TypeError, RecursionError):
        return None


def _no_binding(value: Any) -> Any:
    raise ValueError(f"{value!r} is not a literal")
