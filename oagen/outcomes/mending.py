"""Values that an answer shows not to fit: its own validation refuses them, or the document does; and what would fit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from oagen.outcomes.model import Outcome, Spec
from oagen.outcomes.plans import Plan
from oagen.outcomes.specs import literal
from oagen.outcomes.trying import Trial

MENDED = 1
"""What it adds to a plan's cost."""

_MOST = 24
_MOST_GUESSES = 3
_REQUIRED = re.compile(r"'([^']+)' is a required property")

Path = tuple[str | int, ...]


def misfits_of(failures: Iterable[tuple[str, str]]) -> tuple[Path, ...]:
    """Return the places in a body that are not as documented.

    Args:
        failures: JSON Pointer and message of each.
    """
    found: list[Path] = []
    for pointer, message in failures:
        steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
        path: Path = tuple(int(step) if step.isdecimal() else step for step in steps)
        missing = _REQUIRED.search(message)
        found.append((*path, missing[1]) if missing else path)
    return tuple(dict.fromkeys(found))


def usable_children(plan: Plan, trial: Trial) -> Iterator[Plan]:
    """Yield the plan with what the application could not work with replaced by what it can."""
    for number, (position, value) in enumerate(trial.mends):
        choice = plan.choices[position]
        vague = choice.outcome.vague or value["k"] == "mock"
        other = plan.with_choice(position, replace(choice, outcome=Outcome(value=value, vague=vague)))
        yield replace(other, cost=plan.cost + MENDED + number)


def mended_children(plan: Plan, trial: Trial, shape: Any) -> Iterator[Plan]:
    """Yield the plan with what does not fit replaced by what the document has there.

    Args:
        shape: An example of the operation's successful answer.
    """
    mended = plan
    for path in trial.misfits[:_MOST]:
        for position, choice in enumerate(mended.choices):
            if choice.outcome.raises:
                continue
            value = _fitting(choice.outcome.value, path, shape)
            if value is None and choice.outcome.vague and shape is not None and not path:
                value = told(shape)
            if value is not None and value != choice.outcome.value:
                outcome = Outcome(value=value, vague=choice.outcome.vague)
                mended = mended.with_choice(position, replace(choice, outcome=outcome))
                break
    if mended is not plan:
        yield replace(mended, cost=plan.cost + MENDED)
        return
    for path in trial.misfits[:1]:
        part = _part(shape, path)
        if part is None:
            continue
        for number, position in enumerate(reversed(range(len(plan.choices)))):
            choice = plan.choices[position]
            if choice.outcome.raises or number >= _MOST_GUESSES:
                continue
            for value in _whole(choice.outcome.value, part):
                other = plan.with_choice(position, replace(choice, outcome=Outcome(value=value, vague=True)))
                yield replace(other, cost=plan.cost + MENDED + number + 1)


def _part(shape: Any, path: Path) -> Any:
    """Return the part of an example that a path leads to; None where it has none."""
    for step in path:
        if isinstance(shape, list) and isinstance(step, int):
            shape = shape[0] if shape else None
        elif isinstance(shape, dict) and step in shape:
            shape = shape[step]
        else:
            return None
    return shape


def _whole(spec: Spec, part: Any) -> Iterator[Spec]:
    """Yield what a collaborator might give as a whole, where the answer needs something else."""
    if isinstance(part, list) and spec["k"] == "call":
        yield {"k": "list", "items": [spec]}
    if spec["k"] not in ("chain", "assign"):
        value = told(part)
        if value != spec:
            yield value


def told(value: Any) -> Spec:
    """Return a JSON value as the agent builds it."""
    if isinstance(value, dict):
        return {"k": "dict", "items": [[literal(key), told(item)] for key, item in value.items()]}
    if isinstance(value, list):
        return {"k": "list", "items": list(map(told, value))}
    return literal(value)


def _fitting(spec: Spec, path: Sequence[str | int], shape: Any) -> Spec | None:
    """Return a value with what the path names replaced by an example; None where it names nothing in it."""
    if isinstance(shape, list):
        shape = shape[0] if shape else None
        path = path[1:] if path and isinstance(path[0], int) else path
    kind = spec["k"]
    if kind in ("chain", "assign"):
        value = _fitting(spec["value"], path, shape)
        return None if value is None else {**spec, "value": value}
    if kind in ("list", "tuple"):
        return _in_items(spec, path, shape)
    if not path or not isinstance(shape, dict):
        return None
    name, rest = path[0], path[1:]
    if not isinstance(name, str):
        return _fitting(spec, rest, shape)
    if name not in shape:
        return None
    if kind == "mock":
        return _in_paths(spec, name, path, shape)
    held = _in_fields(spec, name, rest, shape[name]) if kind in ("dict", "call", "ns") else None
    return held if held is not None else _fitting(spec, rest, shape[name]) if rest else None


def _in_items(spec: Spec, path: Sequence[str | int], shape: Any) -> Spec | None:
    for index, item in enumerate(spec["items"]):
        value = _fitting(item, path, shape)
        if value is not None:
            items = [*spec["items"][:index], value, *spec["items"][index + 1 :]]
            return {**spec, "items": items}
    return None


def _in_paths(spec: Spec, name: str, path: Sequence[str | int], shape: dict[str, Any]) -> Spec | None:
    """Mend what a mock gives: a part of the answer, where all of it was told for want of anything better."""
    whole = told(shape)
    for asked, value in spec["kw"].items():
        part = told(shape[name]) if value == whole else _fitting(value, path, shape)
        if part is not None:
            return {**spec, "kw": {**spec["kw"], asked: part}}
    return None


def _in_fields(spec: Spec, name: str, rest: Sequence[str | int], example: Any) -> Spec | None:
    fields = {key.get("v"): item for key, item in spec["items"]} if spec["k"] == "dict" else dict(spec.get("kw", {}))
    if name not in fields:
        return None
    inner = _fitting(fields[name], rest, example) if rest and name in fields else None
    fields[name] = inner if inner is not None else told(example)
    if spec["k"] == "dict":
        return {**spec, "items": [[literal(key), item] for key, item in fields.items()]}
    return {**spec, "kw": fields}
