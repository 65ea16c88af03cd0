"""Values that are told: built by the agent's own code as they are told, and changed in one place."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest

from oagen.outcomes.model import Outcomes
from oagen.outcomes.specs import changed, fields_of, scalars
from oagen.suite.objects import AppImports, Objects
from oagen.target.agent.program.values import UntellableError, build, tell


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        7,
        1.5,
        "text",
        b"bytes\xff",
        [1, "two", None],
        (1, 2),
        {"a": 1, "b": [2]},
        uuid.UUID("3f2b1c9e-8d47-4a65-9b1e-7c5d2f0a6e11"),
        dt.date(2026, 3, 14),
    ],
)
def test_a_value_is_told_built_and_rendered_alike(value: Any) -> None:
    spec = tell(value)
    assert spec is not None
    assert build(spec) == value
    imports = AppImports()
    source = Objects(Outcomes()).expression(spec, imports)
    names: dict[str, Any] = {}
    for statement in [*imports.standard(), *imports.others()]:
        exec(statement, names)
    assert eval(source, names) == value


@pytest.mark.parametrize("value", [float("nan"), "x" * 100, object(), list(range(50))])
def test_what_can_not_be_said_in_short_is_not_told(value: Any) -> None:
    assert tell(value) is None


def test_what_is_not_there_can_not_be_built() -> None:
    with pytest.raises(UntellableError, match="no_such_module"):
        build({"k": "call", "of": "no_such_module:Thing"})


def test_one_place_is_changed() -> None:
    lit = {"k": "lit", "v": 1}
    other = {"k": "lit", "v": 2}
    thing = {"k": "call", "of": "m:C", "kw": {"a": lit, "b": lit}}
    assert changed(thing, "a", other)["kw"] == {"a": other, "b": lit}
    rows = {"k": "list", "items": [thing]}
    assert changed(rows, "0.b", other)["items"][0]["kw"] == {"a": lit, "b": other}
    chain = {"k": "chain", "path": ["first"], "value": thing}
    assert changed(chain, "a", other)["value"]["kw"]["a"] == other
    keys = {"k": "dict", "items": [[{"k": "lit", "v": "a"}, lit]]}
    assert changed(keys, "a", other) == {"k": "dict", "items": [[{"k": "lit", "v": "a"}, other]]}
    assert list(fields_of(rows)) == ["0.a", "0.b"]
    assert list(scalars(chain)) == [1, 1]
