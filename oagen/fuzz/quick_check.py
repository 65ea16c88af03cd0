"""A compiled check that lets valid bodies pass in microseconds; what it refuses is looked at with care."""

from __future__ import annotations

from typing import Any

from oagen.errors import DocumentError
from oagen.spec.bundled_schemas import ComponentNames, SchemaCollector
from oagen.spec.model import Schema


class QuickCheck:
    """One schema, compiled by jsonschema-rs; one that it can't compile passes nothing.

    Args:
        schema: With the references that lead out of it.
    """

    def __init__(self, schema: Schema) -> None:
        self._validator = _compiled(schema)

    def passes(self, value: Any) -> bool:
        """Whether a JSON value is certainly valid, as far as JSON Schema itself goes."""
        if self._validator is None:
            return False
        try:
            return bool(self._validator.is_valid(value))
        except (ValueError, RecursionError, TypeError):
            return False


def _compiled(schema: Schema) -> Any:
    from jsonschema_rs import Draft202012Validator

    collector = SchemaCollector(schema.resolver, ComponentNames({}))
    try:
        copied = collector.copy(schema)
        whole = {"allOf": [copied], "components": {"schemas": collector.components}}
        return Draft202012Validator(whole, validate_formats=True)
    except (ValueError, RecursionError, TypeError, DocumentError):
        return None
