"""Resources, as path templates show them: `/orders/{order_id}/items` speaks of an order and its items."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from oagen.scenario.nouns import noun, words

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_MAKING_WORDS = frozenset({"create", "new", "add", "insert"})
_SIGNING_UP = frozenset({"register", "signup", "registration"})
_NOT_A_USER = frozenset({"auth", "authentication", "api", "account", "v1", "v2", ""})


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A parameter of a path template and the resource that it identifies.

    Attributes:
        key: The template up to here with its parameters' names left out, `/orders/{}`: the resource's name among all
            paths, whatever each of them calls the parameter.
        collection: The path in front of it, in the same form: `/orders`.
    """

    name: str
    key: str
    collection: str

    @property
    def segment(self) -> str:
        """The last fixed segment in front of it, `orders`; the parameter's own name where there is none."""
        return last_fixed_segment(self.collection) or self.name

    @property
    def noun(self) -> str:
        """What the resource is, as one singular word."""
        return noun(self.segment)


@functools.lru_cache(maxsize=65536)
def normal_path(path: str) -> str:
    """Return a path template without the names of its parameters and without a slash at the end."""
    return _PLACEHOLDER.sub("{}", path).rstrip("/")


@functools.lru_cache(maxsize=65536)
def placeholders(path: str) -> tuple[Placeholder, ...]:
    """Return the parameters of a path template in order."""
    found = []
    for match in _PLACEHOLDER.finditer(path):
        end = path.find("/", match.end())
        key = normal_path(path if end < 0 else path[:end])
        start = path.rfind("/", 0, match.start())
        found.append(Placeholder(match.group(1), key, normal_path(path[: max(start, 0)])))
    return tuple(found)


def last_fixed_segment(path: str) -> str:
    """Return the last segment of a path that holds no parameter, or nothing."""
    return next((segment for segment in reversed(path.split("/")) if segment and "{" not in segment), "")


def ends_in_placeholder(path: str) -> bool:
    """Tell whether a path addresses one resource, `/orders/{id}`, not a collection or an action."""
    return path.rstrip("/").endswith("}")


def made_segment(path: str) -> str:
    """Return the segment that says what a POST to this path makes: `orders`, or `users` for `/users/signup`."""
    segments = [segment for segment in path.split("/") if segment and "{" not in segment]
    while segments:
        parts = words(segments[-1])
        if "".join(parts) in _SIGNING_UP:
            before = segments[-2] if len(segments) > 1 else ""
            return before if before and noun(before) not in _NOT_A_USER else "users"
        rest = [word for word in parts if word not in _MAKING_WORDS]
        if rest:
            return "_".join(rest)
        segments.pop()
    return ""


@functools.lru_cache(maxsize=65536)
def made_noun(path: str) -> str:
    """Return what a POST to this path makes, as one singular word; see `made_segment`."""
    return noun(made_segment(path))
