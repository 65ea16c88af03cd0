"""Objects of which only what is asked of them is told: `run()` gives this, `state.name` is that."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any
from unittest import mock

from .entities import hints_of
from .proposing import Outcome, Proposer
from .values import lit

_MOST = 8
_OPERATORS = frozenset(
    f"__{name}__"
    for name in (
        *("add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "floordiv", "mod", "pow", "neg", "and", "or"),
        *("int", "float", "index", "str", "bool", "hash", "lt", "gt", "le", "ge", "eq", "ne", "len", "contains"),
    )
)
"""What is asked of a value, and never of what works for somebody."""


def unset(thing: Any, prefix: str = "", depth: int = 0) -> Iterator[str]:
    """Yield the paths that were asked of a mock, and that nobody has said anything of."""
    if depth > 4:  # noqa: PLR2004
        return
    for name, child in list(getattr(thing, "_mock_children", {}).items()):
        if not isinstance(child, mock.NonCallableMock):
            continue
        path = f"{prefix}{name}"
        inner: Any = child
        if getattr(child, "called", False):
            inner, path = child._mock_return_value, f"{path}()"  # noqa: SLF001 - asking for it would make one
            if child.side_effect is not None:
                continue
            if inner is mock.DEFAULT:
                inner = None
            elif not isinstance(inner, mock.NonCallableMock):
                continue
        elif name.startswith("_"):
            continue
        below = list(unset(inner, f"{path}.", depth + 1))
        yield from below or [path]


def told(thing: Any, kind: Any, proposer: Proposer, shape: list[Outcome]) -> dict[str, Outcome]:
    """Return for each path that was asked of a mock what it may give."""
    found: dict[str, Outcome] = {}
    for path in list(unset(thing))[:_MOST]:
        steps = path.split(".")
        if not all(step.rstrip("()").isidentifier() for step in steps):
            continue
        annotated = _annotated(kind, steps, proposer)
        usable = next((index for index, step in enumerate(steps) if step.rstrip("()") in _OPERATORS), len(steps))
        if annotated is not None:
            found.setdefault(*annotated)
        elif usable:
            found.setdefault(".".join(steps[:usable]), _guessed(steps[usable - 1], proposer, shape))
    return found


def _annotated(kind: Any, steps: list[str], proposer: Proposer) -> tuple[str, Outcome] | None:
    """Return how far a path goes until an annotation says what there is, and that; None where none does."""
    found: Any = kind
    for index, step in enumerate(steps):
        member = inspect.getattr_static(found, step.rstrip("()"), None) if isinstance(found, type) else None
        member = getattr(member, "__func__", getattr(member, "fget", member))
        found = hints_of(member).get("return") if callable(member) else None
        options = proposer.outcomes(found) if found is not None else []
        if options and options[0]["return"]["k"] not in ("bare", "mock"):
            return ".".join(steps[: index + 1]), options[0]
    return None


def _guessed(step: str, proposer: Proposer, shape: list[Outcome]) -> Outcome:
    if step.endswith("()"):
        return {**(shape[0] if shape else {"return": lit(None)}), "vague": True}
    return {"return": proposer.example(step), "vague": True}
