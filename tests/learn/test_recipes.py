"""Recipes: requests that succeed only with what other steps answer, made so wherever their operation is a step."""

from __future__ import annotations

from oagen.learn.recipes import Recipe, recipe_of
from oagen.scenario.model import Argument, Body, Capture, Literal, Request, Step, Text, Value
from oagen.spec.model import ParameterLocation, Style

KEY = Step(name="key", request=Request(method="POST", path="/keys"))


def request(value: Value, *, path: Value | None = None) -> Request:
    arguments = (
        ()
        if path is None
        else (Argument(name="id", where=ParameterLocation.PATH, value=path, style=Style.SIMPLE, explode=False),)
    )
    body = Body(media_type="application/json", value=value)
    return Request(method="POST", path="/doors", arguments=arguments, body=body)


def made(step: str) -> Request:
    return request(Text((Literal("key:"), Capture(step, pointer="/key"))))


def test_a_step_gets_what_its_request_names_under_a_free_name() -> None:
    recipe = recipe_of(made("key"), (KEY,))
    assert recipe == Recipe(request=made("key"), steps=(KEY,))
    steps, changed = recipe.of(request(Literal("example")), {"key"})
    assert [step.name for step in steps] == ["key_2"]
    assert changed == made("key_2")


def test_what_is_made_so_already_gets_no_second_step() -> None:
    recipe = Recipe(request=made("key"), steps=(KEY,))
    assert recipe.of(made("key_2"), {"key_2"}) == ((), made("key_2"))


def test_what_names_no_step_needs_none() -> None:
    recipe = recipe_of(request(Literal("good")), (KEY,))
    assert recipe == Recipe(request=request(Literal("good")))
    assert recipe.of(request(Literal("example")), ()) == ((), request(Literal("good")))


def test_what_stands_below_its_own_step_is_of_no_use_elsewhere() -> None:
    below = request(Capture("key", pointer="/key"), path=Capture("key", pointer="/id"))
    assert recipe_of(below, (KEY,)) is None
    assert recipe_of(made("another"), (KEY,)) is None
