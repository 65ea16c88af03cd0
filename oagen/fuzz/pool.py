"""Values seen in answers, found again by the names that ask for them."""

from __future__ import annotations

import functools
import json
import random
import re
from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from oagen.fuzz.gone import Gone, deleted_by
from oagen.fuzz.slots import slots_of
from oagen.fuzz.written import Written, written_by
from oagen.scenario.model import Request
from oagen.scenario.nouns import singular
from oagen.target.model import Answer

_KEPT = 24  # values a name
_MOST_NAMES = 4_000
_MOST_ITEMS = 3  # of each array
_MOST_LEAVES = 120  # of each answer
_LONGEST = 300
_MOST_ORIGINS = 20_000
_LARGEST_BODY = 262_144
_LARGEST_OBJECT = 20_000
_GENERIC = frozenset({"id", "uuid", "name", "key", "slug", "code", "identifier", "pk", "uid", "guid", "title", "value"})
_WRAPPERS = frozenset(
    {"data", "items", "item", "result", "results", "content", "records", "values", "list", "response"}
)
_IDENTIFYING = ("id", "uuid", "key")
_NOT_IN_KEY = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Seen:
    """A value, and the request whose answer held it at a JSON Pointer."""

    value: Any
    origin: Request
    pointer: str


class Pool:
    """Remembers what answers held.

    Args:
        chance: Decides which of several values is given.
    """

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._by_name: OrderedDict[str, deque[Seen]] = OrderedDict()
        self._objects: dict[str, dict[str, Any]] = {}
        self._origins: OrderedDict[tuple[str, str | int], Seen] = OrderedDict()
        self._gone = Gone(chance)
        self._written = Written()

    def learn(self, request: Request, answer: Answer) -> None:
        """Remember the scalars of a JSON answer, its `ETag`, and the last segment of its `Location`.

        What was deleted is not given any more, but where `deleted` is asked for.
        """
        if (deleted := deleted_by(request)) is not None:
            self._bury(*deleted, request)
        for name, value in written_by(request):
            self._written.note(_keys(name, request.path), value, request)
        place = _resource(request.path)
        if etag := answer.header("ETag"):
            self._keep("etag", Seen(etag, request, ""))
        if (location := answer.header("Location")) and (
            last := location.rstrip("/").rpartition("/")[2].partition("?")[0]
        ):
            self._keep(f"{place}id", Seen(last, request, ""))
        if len(answer.body) > _LARGEST_BODY or answer.truncated or answer.body[:1] not in (b"{", b"["):
            return
        try:
            value = json.loads(answer.body)
        except (ValueError, RecursionError):
            return
        if (item := _object_in(value)) is not None and len(answer.body) <= _LARGEST_OBJECT:
            self._objects[place] = item
        for index, (name, container, leaf, pointer) in enumerate(_leaves(value, "", place, "")):
            if index >= _MOST_LEAVES:
                break
            seen = Seen(leaf, request, pointer)
            name_key = key_of(name)
            if name_key not in _GENERIC:
                self._keep(name_key, seen)
            else:
                for owner in {container, place}:
                    self._keep(owner + name_key, seen)

    def pick(self, name: str, path: str, *, newest: bool = False) -> Any:
        """Return a value for a parameter or property of a request to `path`; None where nothing like it was seen."""
        for key in _keys(name, path):
            if values := self._by_name.get(key):
                newest = newest or self._chance.random() < 0.5  # noqa: PLR2004
                return (values[-1] if newest else self._chance.choice(values)).value
        return None

    def object_at(self, path: str) -> dict[str, Any] | None:
        """Return the last JSON object that a path, or one that ends in the same words, was answered with."""
        return self._objects.get(_resource(path))

    def reference(self, name: str, path: str) -> Any:
        """Return an identifier for a property that refers to a resource; None where its name says no such thing.

        `order_id` and `orderId` do, and `order` and `orders` where identifiers of orders were seen.
        """
        key = key_of(name)
        if not key or key in _GENERIC:
            return None
        if key.endswith(_IDENTIFYING):
            return self.pick(name, path)
        values = self._by_name.get(f"{singular(key)}id")
        return self._chance.choice(values).value if values else None

    @property
    def has_deleted(self) -> bool:
        """Whether anything was deleted."""
        return bool(self._gone)

    def deleted(self, name: str, path: str) -> Any:
        """Return an identifier of something that was deleted, to be referred to; None where nothing like it was."""
        return self._gone.pick(_keys(name, path))

    def deletion_of(self, name: str, path: str, value: Any) -> Request | None:
        """Return the request that deleted what a value names; None where nothing has."""
        return self._gone.by(_keys(name, path), value) if isinstance(value, str | int) else None

    def writes_to(self, name: str, path: str, value: Any) -> tuple[Request, ...]:
        """Return the latest writes that succeeded to what a value names, in order."""
        return self._written.to(_keys(name, path), value) if isinstance(value, str | int) else ()

    def _bury(self, name: str, value: Any, request: Request) -> None:
        keys = list(_keys(name, request.path))
        self._gone.bury(keys, value, request)
        for key in keys:
            values = self._by_name.get(key, ())
            for index, seen in enumerate(values):
                if str(seen.value) == str(value):
                    del self._by_name[key][index]
                    break

    def origin_of(self, name: str, path: str, value: Any) -> Seen | None:
        """Return where the value of a parameter of a request to `path` was seen; None for one that nobody gave."""
        if not isinstance(value, str | int):
            return None
        return next((seen for key in _keys(name, path) if (seen := self._origins.get((key, value)))), None)

    def _keep(self, name: str, seen: Seen) -> None:
        values = self._by_name.get(name)
        if values is None:
            values = self._by_name[name] = deque(maxlen=_KEPT)
            if len(self._by_name) > _MOST_NAMES:
                self._by_name.popitem(last=False)
        for index, item in enumerate(values):
            if item.value == seen.value:
                del values[index]  # the newest stands last
                break
        values.append(seen)
        known = self._origins.get((name, seen.value))
        if known is None or (seen.origin.method == "POST" and not names_itself(seen.origin, seen.value)):
            self._origins[name, seen.value] = seen
            if len(self._origins) > _MOST_ORIGINS:
                self._origins.popitem(last=False)


def names_itself(request: Request, value: str | int) -> bool:
    """Whether a request names something that its answer held, so that it has not made that.

    `POST /orders/7/cancel` has not made 7, nor has `POST /loans` with `book_id` 3 in it made that book; what makes a
    resource may say itself how that is to be called: `id`, `slug`, or `loan_id` in this case.
    """
    own = _resource(request.path)
    for slot in slots_of(request):
        if slot.value == value and type(slot.value) is type(value):
            key = key_of(slot.name)
            if slot.argument is not None or not (key in _GENERIC or key.startswith(own)):
                return True
    return False


def _object_in(value: Any, depth: int = 2) -> dict[str, Any] | None:
    """Return the object that an answer is about: itself, its only array's first item, or what it wraps."""
    if isinstance(value, list):
        return _object_in(value[0], depth) if value else None
    if not isinstance(value, dict):
        return None
    for name, item in value.items():
        if depth and key_of(name) in _WRAPPERS and isinstance(item, dict | list):
            return _object_in(item, depth - 1)
    return value or None


@functools.lru_cache(maxsize=4096)
def key_of(name: str) -> str:
    """Return a name as it is compared: `orderId`, `order_id` and `order-id` are one."""
    return _NOT_IN_KEY.sub("", name.lower())


def _keys(name: str, path: str) -> Iterator[str]:
    key = key_of(name)
    fixed = [segment for segment in path.partition("{" + name + "}")[0].split("/") if segment and "{" not in segment]
    if key not in _GENERIC:
        yield key
    for segment in reversed(fixed):
        owner = singular(key_of(segment))
        yield owner + key
        if "{" + name + "}" in path and key.endswith(("id", "uuid", "name", "key")):
            tail = "name" if key.endswith("name") else "key" if key.endswith("key") else "id"
            yield owner + tail
            yield owner + "uuid"
    if key and not key.endswith(_IDENTIFYING):
        yield f"{singular(key)}id"


def _resource(path: str) -> str:
    fixed = [segment for segment in path.split("/") if segment and "{" not in segment]
    return singular(key_of(fixed[-1])) if fixed else ""


def _leaves(value: Any, name: str, container: str, pointer: str, depth: int = 0) -> Iterator[tuple[str, str, Any, str]]:
    """Yield name, name of what holds it, value and pointer of scalars worth remembering."""
    if depth > 6:  # noqa: PLR2004
        return
    if isinstance(value, dict):
        key = key_of(name)
        owner = singular(key) if key and key not in _WRAPPERS else container
        for member, item in value.items():
            below = f"{pointer}/{member.replace('~', '~0').replace('/', '~1')}"
            yield from _leaves(item, member, owner, below, depth + 1)
    elif isinstance(value, list):
        for index, item in enumerate(value[:_MOST_ITEMS]):
            yield from _leaves(item, name, container, f"{pointer}/{index}", depth + 1)
    elif (isinstance(value, str) and 0 < len(value) <= _LONGEST) or type(value) is int:
        yield name or "id", container, value, pointer
