"""Choose operations by tag, path, method or operation id."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from oagen.errors import UsageError

_KINDS = ("tag", "path", "method", "id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which operations are read; without patterns all of them.

    A pattern is a glob (`*`, `?`, `[...]`), with `tag:`, `path:`, `method:` or `id:` before it, or bare: it is then
    compared with the operation's key, as in `GET /pets/*`.

    Attributes:
        include: An operation has to match one of these, where there are any.
        exclude: An operation that matches one of these is left out.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for pattern in (*self.include, *self.exclude):
            kind, colon, rest = pattern.partition(":")
            if not pattern.strip() or (colon and kind in _KINDS and not rest):
                raise UsageError(
                    f"{pattern!r} selects nothing", hint="write tag:pets, path:/pets/*, method:GET, id:listPets"
                )

    def accepts(self, *, method: str, path: str, operation_id: str | None, tags: Iterable[str]) -> bool:
        """Tell whether an operation is selected."""
        facts = {
            "tag": tuple(tags),
            "path": (path,),
            "method": (method,),
            "id": (operation_id,) if operation_id else (),
        }
        key = f"{method} {path}"
        if self.include and not any(_matches(pattern, facts, key) for pattern in self.include):
            return False
        return not any(_matches(pattern, facts, key) for pattern in self.exclude)


def _matches(pattern: str, facts: dict[str, tuple[str, ...]], key: str) -> bool:
    kind, colon, rest = pattern.partition(":")
    if not colon or kind not in _KINDS:
        return key == pattern or fnmatchcase(key, pattern)
    if kind == "method":
        rest = rest.upper()
    return any(
        value == rest or fnmatchcase(value.upper() if kind == "method" else value, rest) for value in facts[kind]
    )
