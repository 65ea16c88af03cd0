"""An OpenAPI Overlay that adds the undocumented client errors which a live target was seen to answer."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from oagen.learn.model import Undocumented
from oagen.spec.model import ApiDescription

VERSION = "1.0.0"


def overlay_of(description: ApiDescription, met: Iterable[Undocumented]) -> dict[str, Any] | None:
    """Return an Overlay (OpenAPI Overlay Specification 1.0.0) that documents the 4xx statuses among those met.

    Never a 5xx: a fault is not made a promise. The result extends the document it was learned with. None where there
    is nothing to add: an Overlay has at least one action (section 4.4.1).
    """
    operations = {operation.key: operation for operation in description.operations}
    actions: dict[str, dict[str, Any]] = {}
    for item in met:
        operation = operations.get(item.operation)
        if operation is None or not 400 <= item.status < 500:  # noqa: PLR2004
            continue
        target = f"$.paths[{_quoted(operation.path)}].{operation.method.lower()}.responses"
        action = actions.setdefault(target, {"target": target, "update": {}})
        action["update"][str(item.status)] = {"description": _described(item)}
    if not actions:
        return None
    return {
        "overlay": VERSION,
        "info": {"title": f"Client errors seen from {description.title or 'the API'}", "version": "1.0.0"},
        "actions": list(actions.values()),
    }


def _quoted(name: str) -> str:
    """Return a name as a string literal of JSONPath (RFC 9535, section 2.3.1.1)."""
    return "'" + name.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _described(item: Undocumented) -> str:
    try:
        phrase = HTTPStatus(item.status).phrase
    except ValueError:
        phrase = f"Status {item.status}"
    return f"{phrase}. Seen while trying: {item.during}"
