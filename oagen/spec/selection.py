"""Choose operations by tag, path, method or operation id."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from oagen.errors import UsageError

_KINDS = ("tag", "path", "method", "id")
_SHOWN = 6  # values in a hint


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What patterns are compared with."""

    method: str
    path: str
    operation_id: str | None
    tags: tuple[str, ...]

    def of(self, kind: str) -> tuple[str, ...]:
        """Return the values of one kind; of another than the four, the operation's key."""
        match kind:
            case "tag":
                return self.tags
            case "path":
                return (self.path,)
            case "method":
                return (self.method.upper(),)
            case "id":
                return (self.operation_id,) if self.operation_id else ()
        return (f"{self.method} {self.path}",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which operations are read; without patterns all of them.

    A pattern is a glob (`*`, `?`, `[...]`), with `tag:`, `path:`, `method:` or `id:` before it, or bare: it is then
    compared with the operation's key, as in `GET /pets/*`, or with its path, as in `/pets/*`.

    Attributes:
        include: An operation has to match one of these, where there are any.
        exclude: An operation that matches one of these is left out.
        tags: Globs; an operation has to have a tag that matches one of these, where there are any.
        methods: An operation's method has to be one of these, in either case, where there are any.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for pattern in (
            *self.include,
            *self.exclude,
            *_with_kind("tag", self.tags),
            *_with_kind("method", self.methods),
        ):
            kind, colon, rest = pattern.partition(":")
            if not pattern.strip() or (colon and kind in _KINDS and not rest):
                raise UsageError(
                    f"{pattern!r} selects nothing", hint="write tag:pets, path:/pets/*, method:GET, id:listPets"
                )

    def accepts(self, facts: Facts) -> bool:
        """Tell whether an operation is selected."""
        needed = (self.include, _with_kind("tag", self.tags), _with_kind("method", self.methods))
        if not all(not patterns or any(_matches(pattern, facts) for pattern in patterns) for patterns in needed):
            return False
        return not any(_matches(pattern, facts) for pattern in self.exclude)

    def require_matches(self, operations: Sequence[Facts]) -> None:
        """Refuse a pattern that no operation of a document matches: it is mistyped, and the user would not notice.

        Raises:
            UsageError: There is one; the hint has what it may have been meant to be.
        """
        patterns = (*self.include, *self.exclude, *_with_kind("tag", self.tags), *_with_kind("method", self.methods))
        for pattern in patterns:
            if operations and not any(_matches(pattern, facts) for facts in operations):
                raise UsageError(f"no operation matches {pattern!r}", hint=_meant(pattern, operations))


def _with_kind(kind: str, values: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{kind}:{value}" for value in values)


def _parted(pattern: str) -> tuple[str, str]:
    """Return what a pattern is compared with, and the glob."""
    kind, colon, rest = pattern.partition(":")
    if pattern.startswith("/"):
        kind, colon, rest = "path", ":", pattern
    if not colon or kind not in _KINDS:
        return "", pattern
    return kind, rest.upper() if kind == "method" else rest


def _matches(pattern: str, facts: Facts) -> bool:
    kind, glob = _parted(pattern)
    return any(value == glob or fnmatchcase(value, glob) for value in facts.of(kind))


def _meant(pattern: str, operations: Sequence[Facts]) -> str:
    kind, glob = _parted(pattern)
    there = list(dict.fromkeys(value for facts in operations for value in facts.of(kind)))
    close = difflib.get_close_matches(glob, there, n=3) or there[:_SHOWN]
    what = {"": "operations", "id": "operation ids"}.get(kind, f"{kind}s")
    more = ", ..." if len(there) > len(close) else ""
    return f"{what} are {', '.join(map(repr, close))}{more}" if there else f"the document has no {what}"
