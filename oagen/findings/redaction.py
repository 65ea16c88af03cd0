"""Secrets out of what others will read: reports, curl lines, tracebacks, the store."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import enum
import functools
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar, cast
from urllib.parse import quote, quote_plus

from oagen.findings.model import Finding
from oagen.scenario.model import Literal, Request, Scenario

_T = TypeVar("_T")

REDACTED = "[redacted]"
_SHORTEST = 4  # a shorter secret would redact half the words
_LONGEST_WORD = 12  # what is longer is no word of a name by chance
_TELLING = re.compile(
    r"auth(?!or(?!i))|cookie|token|secret|passw|passphrase|credential|session|csrf|api[-_]?key|private[-_]?key|signature|\bpin\b",
    re.IGNORECASE,
)


class Redaction:
    """Replaces known secrets, wherever they stand and however they are encoded.

    Args:
        secrets: Values of credentials; of `Bearer abc` the part after the scheme is secret, too.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._known: set[str] = set()
        self._secrets: tuple[str, ...] = ()
        self._spared = ""
        self.learn(secrets)

    def learn(self, secrets: Iterable[str]) -> None:
        """Replace these from now on, too: the token of a session that has just begun."""
        found = {part for secret in secrets for part in _parts(secret)}
        kept = {text for item in found if len(text := item.strip()) >= _SHORTEST} - self._known
        if kept:
            self._known |= kept
            self._arrange()

    def spare(self, names: Iterable[str]) -> None:
        """Leave words alone that these names hold, whoever has them for a password: `admin` in `GET /admin/users`.

        Args:
            names: Public ones, such as the keys of operations.
        """
        self._spared = "\n".join((self._spared, *names))
        self._arrange()

    def _arrange(self) -> None:
        secret = (item for item in self._known if len(item) > _LONGEST_WORD or item not in self._spared)
        forms = {form for item in secret for form in _forms(item)}
        self._secrets = tuple(sorted(forms, key=len, reverse=True))

    def concerns(self, text: str) -> bool:
        """Tell whether a secret is in a text."""
        return any(secret in text for secret in self._secrets)

    def text(self, text: str) -> str:
        """Return a text without secrets."""
        for secret in self._secrets:
            if secret in text:
                text = text.replace(secret, REDACTED)
        return text

    def value(self, value: _T) -> _T:
        """Return a value of the model, or a JSON value, without secrets in any of its texts; keys stay."""
        return cast("_T", self._value(value)) if self._secrets else value

    def finding(self, finding: Finding) -> Finding:
        """Return a finding without secrets; its names, and what the document says of it, stay."""
        if not self._secrets:
            return finding
        return dataclasses.replace(
            finding,
            message=self.text(finding.message),
            traceback=finding.traceback and self.text(finding.traceback),
            scenario=self.scenario(finding.scenario),
        )

    def scenario(self, scenario: Scenario) -> Scenario:
        """Return a scenario without secrets in the values it sends; those of identities never are in one."""
        return cast("Scenario", self._sent(scenario)) if self._secrets else scenario

    def request(self, request: Request) -> Request:
        """Return a request without secrets in the values it sends."""
        return cast("Request", self._sent(request)) if self._secrets else request

    def _sent(self, value: Any) -> Any:
        """Return a part of a scenario with its literals redacted, the only place for what an answer once said."""
        if isinstance(value, Literal):
            return Literal(self._value(value.value))
        if isinstance(value, tuple):
            return tuple(self._sent(item) for item in value)
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            fields = {field.name: self._sent(getattr(value, field.name)) for field in dataclasses.fields(value)}
            return dataclasses.replace(value, **fields)
        return value

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


@functools.lru_cache(maxsize=4096)
def is_telling(name: str) -> bool:
    """Tell whether the name of a header, a cookie, a parameter or a member says that its value is secret."""
    return _TELLING.search(name) is not None


def was_redacted(scenario: Scenario) -> bool:
    """Tell whether a scenario lacks a value that was a secret: what it drew, it can't draw again."""
    return _holds(scenario)


def _holds(value: Any) -> bool:
    match value:
        case str():
            return REDACTED in value
        case bytes():
            return REDACTED.encode() in value
        case Mapping():
            return any(_holds(item) for pair in value.items() for item in pair)
        case list() | tuple():
            return any(map(_holds, value))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return any(_holds(getattr(value, field.name)) for field in dataclasses.fields(value))
    return False


def _parts(secret: str) -> Iterable[str]:
    """Yield a secret, and what is secret in it: after the scheme, in each cookie, in the password of `Basic`."""
    yield secret
    scheme, _, rest = secret.partition(" ")
    yield rest
    for piece in secret.split("; "):
        yield piece.partition("=")[2]
    if scheme.lower() == "basic":
        with contextlib.suppress(ValueError):
            yield base64.b64decode(rest, validate=True).decode("utf-8").partition(":")[2]


def _forms(secret: str) -> Iterable[str]:
    """Yield a secret as it stands in text, URLs, JSON, and base64 (RFC 7617 puts user and password into that)."""
    yield secret
    raw = secret.encode("utf-8", "surrogatepass")
    yield quote(raw, safe="")
    yield quote_plus(raw)
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield json.dumps(secret)[1:-1]
    yield repr(secret)[1:-1]
    encoded = base64.b64encode(raw).decode("ascii")
    yield encoded
    if len(bare := encoded.rstrip("=")) >= 2 * _SHORTEST:
        yield bare
