"""Tell which dialect a document is written in."""

from __future__ import annotations

import re

from oagen.errors import DocumentError
from oagen.spec.diagnostics import DiagnosticLog, quoted
from oagen.spec.nodes import Node

_VERSION = re.compile(r"([0-9]+\.[0-9]+)([.\-].*)?")
_KNOWN = {"swagger": ("2.0",), "openapi": ("3.0", "3.1", "3.2")}
_QUOTES = "put it in quotes"
_HINT = "oagen reads Swagger 2.0 and OpenAPI 3.0, 3.1 and 3.2"


def dialect_of(root: Node, faults: DiagnosticLog) -> str:
    """Return `2.0`, `3.0`, `3.1` or `3.2`.

    Raises:
        DocumentError: It is no API description, or of another version.
    """
    if not isinstance(root.value, dict):
        message = f"{faults.place(root.location)}: this is {quoted(root.value)}, not an API description"
        raise DocumentError(message, hint=_HINT)
    key = next((key for key in ("openapi", "swagger") if key in root.value), None)
    if key is None:
        message = f"{faults.place(root.location)}: neither `openapi` nor `swagger`, so not an API description"
        raise DocumentError(message, hint=_HINT)
    node = root.child(key)
    if isinstance(node.value, int | float) and not isinstance(node.value, bool):
        faults.warn(f"the version is a text, not the number {node.value}", node.location, hint=_QUOTES)
    match = _VERSION.fullmatch(str(node.value).strip())
    dialect = match[1] if match else None
    if dialect is None or dialect not in _KNOWN[key]:
        raise DocumentError(
            f"{faults.place(node.location)}: there is no {key} version {quoted(node.value)}", hint=_HINT
        )
    if not any(part in root.value for part in ("paths", "webhooks", "components", "definitions")):
        raise DocumentError(f"{faults.place(root.location)}: there are no `paths`, so nothing is promised", hint=_HINT)
    version = root.child("info").child("version")
    if version.value is not None and not isinstance(version.value, str):
        faults.warn(f"the version of the API is a text, not {quoted(version.value)}", version.location, hint=_QUOTES)
    if "paths" not in root.value and dialect in ("2.0", "3.0"):
        faults.warn("there are no `paths`, so nothing is promised", root.location)
    return dialect
