"""What the campaign has made, what was there before it, and what stands for its caller."""

from __future__ import annotations

import enum
import functools
import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from oagen.fuzz.drastic import is_about_sign_in, replaces_credentials, sweeps, switches
from oagen.fuzz.pool import key_of
from oagen.fuzz.resources import (
    MOST_ITEMS,
    Resource,
    is_scalar,
    kind_of,
    last_resource,
    objects_in,
    path_arguments,
    texts_sent,
    value_of,
)
from oagen.scenario.model import Literal, Request
from oagen.scenario.nouns import singular
from oagen.spec.model import ApiDescription, ParameterLocation
from oagen.target.model import Answer

_NAMING = frozenset({"id", "uuid", "name", "key", "slug", "code", "identifier", "pk", "uid", "guid", "token"})
_PERSONAL = frozenset({"username", "email", "login", "sub", "user", "userid", "mail"})
_SELF = frozenset({"me", "self", "myself", "current", "whoami", "currentuser"})
_RIGHTS = re.compile(
    r"user|account|member|role|group|polic|permission|privilege|access|token|session|passw|secret|credential|key"
    r"|log-?out|sign-?out|revoke|auth|setting|config|maintenance|lock|enabl|disabl|suspend|deactivat",
    re.IGNORECASE,
)
_MOST_MADE = 200  # of one kind
_MOST_GONE = 2_000
_MOST_SEEN = 50_000
_STRONG = 8  # characters from which a text means the same wherever it stands
_SMALL = 1000
_FARTHEST = 2  # from the caller to its roles, and from there to their policies
_CHANGES = frozenset({"PUT", "PATCH", "DELETE", "POST"})


class Caution(enum.IntEnum):
    """How careful a campaign is with a request; the higher, the later it is sent."""

    NONE = 0
    CHANGES_OTHERS = 1  # something that was there before
    MAY_END_TARGET = 2  # nobody would start it again
    DESTROYS_OTHERS = 3
    OWN = 4  # what stands for the caller: it may cost it its rights


class Ownership:
    """Learns from answers which resources the campaign made itself, and which stand for its caller.

    Judged by structure: what was created is known from the answers to what created it; what stands for the caller is
    what an answer at `/me` or the like describes, what lists describe under the same identifier, and the roles and
    the like that are named there.

    Args:
        description: Says which paths have items.
        caller: Texts that name the caller, as far as they are known: its user name, the claims of its token.
        seed: Decides which of several resources is taken.

    Attributes:
        own_paths: Those that answer about whoever asks.
    """

    def __init__(self, description: ApiDescription, *, seed: int, caller: Mapping[str, str]) -> None:
        paths = {operation.path.rstrip("/") for operation in description.operations}
        self._chance = random.Random(seed)  # noqa: S311 - reproducible, not secret
        self._collections = {path.rpartition("/")[0] for path in paths if path.rpartition("/")[2].startswith("{")}
        self._creating = {
            operation.key
            for operation in description.operations
            if operation.method == "POST"
            and (
                operation.path.rstrip("/") in self._collections
                or any(response.status == "201" for response in operation.responses)
            )
        }
        self._switches = switches(description.operations)
        self._made: dict[str, dict[str, None]] = {}
        self._gone: dict[Resource, None] = {}
        self._seen: set[str] = set()
        self._own: dict[Resource, int] = {}
        self._own_texts: dict[str, int] = dict.fromkeys(filter(_is_strong, caller.values()), 0)
        self._own_names = {text for text in caller.values() if text}
        self.own_paths: set[str] = set()

    # -- learning -----------------------------------------------------------------------------------------------------

    def learn(self, request: Request, answer: Answer) -> None:
        """Take note of an answer that reports success."""
        if not 200 <= answer.status < 300:  # noqa: PLR2004
            return
        value = value_of(answer)
        resource = last_resource(request)
        if request.method == "DELETE":
            if resource is not None:
                self._forget(resource)
        elif request.operation in self._creating or (request.method == "PUT" and answer.status == 201):  # noqa: PLR2004
            self._learn_made(request, answer, value)
        elif request.method == "GET":
            self._learn_seen(request, value)

    def _forget(self, resource: Resource) -> None:
        if self._made.get(resource.kind, {}).pop(resource.name, "") is None:
            self._gone[resource] = None
            if len(self._gone) > _MOST_GONE:
                del self._gone[next(iter(self._gone))]

    def _learn_made(self, request: Request, answer: Answer, value: Any) -> None:
        kind = kind_of(request)
        names = list(path_arguments(request).values())
        found = names[-1:] if request.path.rstrip("/").endswith("}") and request.method == "PUT" else []
        if found:
            kind = (last_resource(request) or Resource(kind, "")).kind
        sent = (
            request.body.value.value if request.body is not None and isinstance(request.body.value, Literal) else None
        )
        for described in (*objects_in(value), *(objects_in(sent) if value is None or value == {} else ())):
            found += [str(item) for name, item in described.items() if _names(name, kind) and is_scalar(item)]
        if location := answer.header("Location"):
            found.append(location.rstrip("/").rpartition("/")[2].partition("?")[0])
        made = self._made.setdefault(kind, {})
        for name in found:
            if name and name not in self._seen:
                made[name] = None
        while len(made) > _MOST_MADE:
            del made[next(iter(made))]

    def _learn_seen(self, request: Request, value: Any) -> None:
        kind = kind_of(request)
        about_caller = _is_about_caller(request.path)
        for described in objects_in(value):
            names = {str(item) for name, item in described.items() if _identifies(name) and is_scalar(item)}
            made = self._made.get(kind, {})
            if len(self._seen) < _MOST_SEEN and not any(name in made for name in names):
                self._seen |= {name for name in names if name}
            distance = 0 if about_caller else self._distance(kind, names, described)
            if distance is not None and distance < _FARTHEST:
                self._learn_own("user" if about_caller else kind, described, distance)
            if distance == 0 and "{" not in request.path and isinstance(value, dict):
                self.own_paths |= {request.path.rstrip("/")} if about_caller or described is value else set()

    def _distance(self, kind: str, names: set[str], described: Mapping[str, Any]) -> int | None:
        """Return how far what is described is from the caller; None where nothing says that it is the caller's."""
        found = [self._own[item] for name in names if (item := Resource(kind, name)) in self._own]
        found += [self._own_texts[name] for name in names if name in self._own_texts]
        personal = (item for name, item in described.items() if key_of(name) in _PERSONAL and isinstance(item, str))
        if any(item in self._own_names for item in personal):
            found.append(0)
        return min(found, default=None)

    def _learn_own(self, kind: str, described: Mapping[str, Any], distance: int) -> None:
        for name, item in described.items():
            key = key_of(name)
            if key in _PERSONAL and isinstance(item, str) and distance == 0:
                self._own_names.add(item)
            if _identifies(name) and is_scalar(item):
                self._add_own(Resource(kind, str(item)), distance)
            elif _RIGHTS.search(name):
                for text in _identifiers_in(item):
                    self._add_own(Resource(singular(key.removesuffix("id").removesuffix("ids")), text), distance + 1)

    def _add_own(self, resource: Resource, distance: int) -> None:
        self._own[resource] = min(distance, self._own.get(resource, distance))
        if _is_strong(resource.name):
            self._own_texts[resource.name] = min(distance, self._own_texts.get(resource.name, distance))

    # -- judging ------------------------------------------------------------------------------------------------------

    def caution_of(self, request: Request) -> Caution:
        """Return how careful to be with a request."""
        if request.method not in _CHANGES or self._only_adds(request):
            return Caution.NONE
        resource = last_resource(request)
        if self._is_own(request, resource):
            return Caution.OWN
        if resource is None:  # no parameter, or one that a step before gives
            whole = "{" not in request.path and sweeps(request.method, request.path)
            return Caution.DESTROYS_OTHERS if whole or request.operation in self._switches else Caution.NONE
        if not self._may_be_there(resource):
            return Caution.NONE
        if request.method == "DELETE" or _RIGHTS.search(request.path):
            return Caution.DESTROYS_OTHERS
        return Caution.CHANGES_OTHERS

    def _only_adds(self, request: Request) -> bool:
        """Whether a request makes something beside what is there, not in its place as a new token may."""
        path = request.path.rstrip("/")
        drastic = request.operation in self._switches or replaces_credentials(path) or sweeps(request.method, path)
        return request.operation in self._creating and (path in self._collections or not drastic)

    def is_own(self, request: Request) -> bool:
        """Whether a request changes what stands for the caller, as far as that is known."""
        return self._is_own(request, last_resource(request))

    def _is_own(self, request: Request, resource: Resource | None) -> bool:
        path = request.path.rstrip("/")
        if any(path == own or path.startswith(f"{own}/") for own in self.own_paths):
            return True
        if _is_about_caller(path) or (replaces_credentials(path) and "{" not in path):
            return True
        if request.operation in self._switches and is_about_sign_in(path):
            return True
        if resource is not None and (resource in self._own or resource.name in self._own_texts):
            return True
        if request.method == "POST" or not self._own_texts:
            return False
        return any(text in self._own_texts for text in texts_sent(request))

    def suspicion(self, request: Request) -> float:
        """Return how likely it is that a write has cost the caller its rights, compared with others."""
        resource = last_resource(request)
        points = 4.0 if self._is_own(request, resource) else 0.0
        if request.operation not in self._creating:
            points += 1 if request.method == "DELETE" else 0
            points += 2 if resource is None else 1 if self._may_be_there(resource) else 0
        if resource is not None and self.has_made(resource):
            points -= 1
        return points + (1 if _RIGHTS.search(request.path) else 0)

    def spared(self, request: Request) -> Request | None:
        """Return the request for something that the campaign has made instead; None where there is nothing."""
        resource = last_resource(request)
        made = list(self._made.get(resource.kind, {})) if resource is not None else []
        if not made:
            return None
        index = _index_of_last(request)
        name = made[-1] if self._chance.random() < 0.5 else self._chance.choice(made)  # noqa: PLR2004
        value: Any = name
        old = request.arguments[index].value
        if isinstance(old, Literal) and type(old.value) is int and name.isascii() and name.isdecimal():
            value = int(name)
        arguments = list(request.arguments)
        arguments[index] = replace(arguments[index], value=Literal(value), raw=False)
        return replace(request, arguments=tuple(arguments))

    def has_made(self, resource: Resource) -> bool:
        """Whether the campaign has made a resource, be it there still or not."""
        return resource.name in self._made.get(resource.kind, {}) or resource in self._gone

    def _may_be_there(self, resource: Resource) -> bool:
        name = resource.name
        if self.has_made(resource):
            return False
        return name in self._seen or resource in self._own or (name.isdecimal() and int(name[:9]) < _SMALL)


@functools.cache
def _is_about_caller(path: str) -> bool:
    return any(key_of(segment) in _SELF for segment in path.split("/"))


def _names(name: str, kind: str) -> bool:
    key = key_of(name)
    return key in _NAMING or any(key == kind.partition("/")[0] + ending for ending in ("id", "uuid", "name", "key"))


def _identifies(name: str) -> bool:
    key = key_of(name)
    return key in _NAMING or key in _PERSONAL


def _identifiers_in(value: Any) -> Iterator[str]:
    """Yield what a reference may be: a scalar, the identifiers of objects, the names that an object is a map of."""
    if is_scalar(value):
        yield str(value)
    elif isinstance(value, list):
        for item in value[:MOST_ITEMS]:
            yield from _identifiers_in(item)
    elif isinstance(value, dict):
        found = [str(item) for name, item in value.items() if key_of(name) in _NAMING and is_scalar(item)]
        yield from found or list(value)[:MOST_ITEMS]


def _is_strong(text: str) -> bool:
    return len(text) >= _STRONG and not text.isalpha()


def _index_of_last(request: Request) -> int:
    """Return the index of the argument that the last parameter of the path is."""
    name = request.path.rpartition("{")[2].partition("}")[0]
    return next(
        index
        for index, item in enumerate(request.arguments)
        if item.where is ParameterLocation.PATH and item.name == name
    )
