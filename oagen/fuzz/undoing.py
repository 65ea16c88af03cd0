"""What undoes a write: its flags turned, what was read before written back, the opposite method."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any

from oagen.fuzz.slots import put, slots_of
from oagen.scenario.model import Body, Literal, Request
from oagen.target.model import Answer

_KEPT = 400
_LARGEST = 65_536
_MOST_FLAGS = 6
_JSON = "application/json"
_KEYS = ("id", "uuid", "key", "name")


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """A write that succeeded.

    Attributes:
        number: How many requests had been sent with it.
        target: Its path and query as sent.
        before: The body of the last answer that read the same path before; None where nobody read it.
    """

    number: int
    request: Request
    target: str = ""
    before: bytes | None = None


class Snapshots:
    """The last representation of each path that was read."""

    def __init__(self) -> None:
        self._read: OrderedDict[str, bytes] = OrderedDict()

    def learn(self, target: str, answer: Answer) -> None:
        """Keep what a successful GET answered."""
        if len(answer.body) > _LARGEST or answer.body[:1] not in (b"{", b"["):
            return
        path = _path_of(target)
        self._read[path] = answer.body
        self._read.move_to_end(path)
        if len(self._read) > _KEPT:
            self._read.popitem(last=False)

    def of(self, target: str) -> bytes | None:
        """Return what was read last at the path of a request."""
        return self._read.get(_path_of(target))


def undoing(write: Write, operations: Collection[str]) -> Iterator[Request]:
    """Yield requests that may undo a write, the likeliest first.

    Args:
        write: What has done harm.
        operations: The API's operations, `METHOD /path`.
    """
    request = write.request
    flags = [slot for slot in slots_of(request) if isinstance(slot.value, bool)]
    for slot in flags[:_MOST_FLAGS]:
        yield put(request, slot, not slot.value)
    before = _unwrapped(write.before)
    body = request.body.value.value if request.body is not None and isinstance(request.body.value, Literal) else None
    if isinstance(body, dict) and before is not None:
        restored = {name: _former(item, name, before) for name, item in body.items()}
        if restored != body:
            yield replace(request, body=Body(media_type=_JSON, value=Literal(restored)))
    if isinstance(before, dict):
        for method in ("PUT", "PATCH"):
            if f"{method} {request.path}" in operations:
                yield replace(request, method=method, body=Body(media_type=_JSON, value=Literal(before)))
    if request.method in ("PUT", "POST") and f"DELETE {request.path}" in operations:
        yield replace(request, method="DELETE", body=None)


def _former(value: Any, name: str, before: Any) -> Any:
    """Return what a member of a body was before; a list of identifiers is made from a list of what they identify."""
    if isinstance(before, dict) and name in before:
        return before[name]
    if isinstance(value, list) and isinstance(before, list):
        for key in _KEYS:
            named = [item[key] for item in before if isinstance(item, dict) and key in item]
            if named and (not value or type(named[0]) is type(value[0])):
                return named
    return value


def _unwrapped(body: bytes | None) -> Any:
    if body is None:
        return None
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    for name in ("data", "result"):
        if isinstance(value, dict) and isinstance(value.get(name), dict | list):
            return value[name]
    return value


def _path_of(target: str) -> str:
    return target.partition("?")[0].rstrip("/")
