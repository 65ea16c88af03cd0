"""Secrets out of what others will read: reports, curl lines, tracebacks."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar, cast
from urllib.parse import quote

_T = TypeVar("_T")

REDACTED = "[redacted]"
_SHORTEST = 4  # a shorter secret would redact half the words


class Redaction:
    """Replaces known secrets, wherever they stand and however they are encoded.

    Args:
        secrets: Values of credentials; of `Bearer abc` the part after the scheme is secret, too.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        found: set[str] = set()
        for secret in secrets:
            found.update({secret, secret.partition(" ")[2], *secret.partition("=")[2::2]})
        kept = {text for item in found if len(text := item.strip()) >= _SHORTEST}
        encoded = {quote(item, safe="") for item in kept} | {
            item.replace("\\", "\\\\").replace('"', '\\"') for item in kept
        }
        self._secrets = sorted(kept | encoded, key=len, reverse=True)

    def text(self, text: str) -> str:
        """Return a text without secrets."""
        for secret in self._secrets:
            if secret in text:
                text = text.replace(secret, REDACTED)
        return text

    def value(self, value: _T) -> _T:
        """Return a value of the model, or a JSON value, without secrets in any of its texts; keys stay."""
        return cast("_T", self._value(value)) if self._secrets else value

    def _value(self, value: Any) -> Any:
        match value:
            case enum.Enum():
                return value
            case str():
                return self.text(value)
            case bytes():
                return self._bytes(value)
            case Mapping():
                return {key: self._value(item) for key, item in value.items()}
            case list() | tuple():
                return type(value)(self._value(item) for item in value)
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            fields = {field.name: self._value(getattr(value, field.name)) for field in dataclasses.fields(value)}
            return dataclasses.replace(value, **fields)
        return value

    def _bytes(self, data: bytes) -> bytes:
        for secret in self._secrets:
            data = data.replace(secret.encode("utf-8", "surrogatepass"), REDACTED.encode())
        return data
