"""Secrets out of what others will read: reports, curl lines, tracebacks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

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

    def json(self, value: Any) -> Any:
        """Return a JSON value without secrets in its texts and keys."""
        if not self._secrets:
            return value
        match value:
            case str():
                return self.text(value)
            case Mapping():
                return {self.text(key): self.json(item) for key, item in value.items()}
            case list() | tuple():
                return [self.json(item) for item in value]
        return value
