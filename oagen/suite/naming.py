"""Names of modules, classes and tests."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from oagen.scenario.nouns import step_name
from oagen.scenario.resources import last_fixed_segment
from oagen.spec.model import Operation
from oagen.suite.python_source import NameScope, PythonSource, class_name, snake_name, words

UNTAGGED = "root"
LONGEST = 68
"""Of a test's name, in characters, so that its line stays within what ruff allows."""

_VERSION = re.compile(r"v\d+", re.IGNORECASE)


def module_stems(operations: Iterable[Operation]) -> dict[str, PythonSource]:
    """Return for each operation (by key) the stem of its modules: its first tag, else its first fixed path segment.

    Stems differ from each other, and from another's stem with `_auth` added, on every file system.
    """
    by_group: dict[str, PythonSource] = {}
    stems: dict[str, PythonSource] = {}
    scope = NameScope()
    for operation in operations:
        group = operation.tags[0] if operation.tags else _first_segment(operation.path)
        key = "_".join(words(group)) or group
        if key not in by_group:
            by_group[key] = _free_stem(scope, snake_name(group, "other").rstrip("_") or "other")
        stems[operation.key] = by_group[key]
    return stems


def _free_stem(scope: NameScope, wanted: str) -> PythonSource:
    if wanted.endswith("_auth"):
        wanted = f"{wanted}_api"
    return scope.name(wanted)


def _first_segment(path: str) -> str:
    return next((segment for segment in path.split("/") if segment and "{" not in segment), UNTAGGED)


def longer_names(name: str, path: str) -> Iterator[str]:
    """Yield names that tell one thing from another of the same name by its path: its version, then what holds it.

    `review` at `/v2/books/{book_id}/reviews` is `review_v2`, `book_review`, or `book_review_v2`.
    """
    *holders, _ = [segment for segment in path.split("/") if segment and "{" not in segment] or [""]
    versions = [segment.lower() for segment in holders if _VERSION.fullmatch(segment)]
    held = [f"{step_name(segment)}_{name}" for segment in reversed(holders) if not _VERSION.fullmatch(segment)][:1]
    yield from (f"{name}_{version}" for version in versions[-1:])
    yield from held
    yield from (f"{longer}_{version}" for longer in held for version in versions[-1:])


def test_class_name(operation: Operation) -> PythonSource:
    """Return the name of an operation's class: from its id, else from method and path.

    Frameworks make ids unique by adding path and method (`read_user_users__id__get`); the class does without.
    """
    parts, added = words(operation.operation_id or ""), [*words(operation.path), operation.method.lower()]
    for addition in (added, added[:-1]):
        if len(parts) > len(addition) > 1 and parts[-len(addition) :] == addition:
            parts = parts[: -len(addition)]
            parts += [
                word for word in words(last_fixed_segment(operation.path)) if len(parts) == 1 and word not in parts
            ]
    return PythonSource(f"Test{class_name(' '.join(parts)) or _described(operation)}")


def _described(operation: Operation) -> str:
    """Return `GetPetsByPetId` for `GET /pets/{petId}`."""
    segments = [segment for segment in operation.path.split("/") if segment]
    spoken = " ".join(f"by {segment}" if segment.startswith("{") else segment for segment in segments)
    return class_name(f"{operation.method.lower()} {spoken or UNTAGGED}", "Operation")


def test_name(title: str) -> PythonSource:
    """Return the name of a test from a scenario's title, `test_404_when_order_id_is_unknown`."""
    name = "_".join(words(title.replace("'", "").replace("XX", "xx")))[:LONGEST].rstrip("_")
    return PythonSource(f"test_{name or 'operation'}")
