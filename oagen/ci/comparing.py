"""Compare two descriptions operation by operation."""

from __future__ import annotations

import json

from oagen.spec.bundle import bundle
from oagen.spec.model import ApiDescription, Operation


def changed_operations(before: ApiDescription, after: ApiDescription) -> tuple[str, ...]:
    """Return the operations whose requests or responses are described in another way, or are new, in order.

    All that an operation refers to counts, and so do its servers and security; titles and versions do not.
    """
    known = {operation.key: operation for operation in before.operations}
    return tuple(
        operation.key
        for operation in after.operations
        if operation.key not in known or _text(before, known[operation.key]) != _text(after, operation)
    )


def _text(description: ApiDescription, operation: Operation) -> str:
    written = bundle(description, [operation])
    written.pop("info", None)
    return json.dumps(written, sort_keys=True, default=str)
