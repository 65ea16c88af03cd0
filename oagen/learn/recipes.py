"""Requests that succeed where an operation's valid one does not, and the steps whose answers they name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from oagen.scenario import tree
from oagen.scenario.model import Capture, Request, Step, Value
from oagen.scenario.needs import captured_steps, request_values
from oagen.spec.model import ParameterLocation


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How an operation is made to succeed.

    Attributes:
        steps: What comes before; the request may name what they answer.
    """

    request: Request
    steps: tuple[Step, ...] = ()

    @property
    def refers_from_its_path(self) -> bool:
        """Whether the request's path names what a step made, and the rest of it does, too."""
        in_path = [item.value for item in self.request.arguments if item.where is ParameterLocation.PATH]
        return bool(self.steps) and next(captured_steps(in_path), None) is not None

    def of(self, request: Request, taken: Iterable[str]) -> tuple[tuple[Step, ...], Request]:
        """Return what comes before another request to the operation, and that request made as this one.

        Its path and its sender stay. Where it is made so already, no step is added.

        Args:
            taken: Names that steps have already.
        """
        if self.steps and _without_names(made_as(request, self.request)) == _without_names(request):
            return (), request
        names = _free_names([step.name for step in self.steps], set(taken))
        steps = tuple(
            replace(step, name=names[step.name], request=_renamed(step.request, names)) for step in self.steps
        )
        return steps, _renamed(made_as(request, self.request), names)


def recipe_of(request: Request, steps: Sequence[Step]) -> Recipe | None:
    """Return the recipe that a request which succeeded is for others; None where it is of no use elsewhere."""
    values = [item.value for item in request.arguments if item.where is not ParameterLocation.PATH]
    if request.body is not None:
        values.append(request.body.value)
    named = set(captured_steps(values))
    recipe = Recipe(request=request, steps=tuple(steps) if named else ())
    return None if recipe.refers_from_its_path or not named <= {step.name for step in steps} else recipe


def made_as(request: Request, model: Request) -> Request:
    """Return a request with all but its path, and who sends it, as another one has it."""
    path = tuple(item for item in request.arguments if item.where is ParameterLocation.PATH)
    others = tuple(item for item in model.arguments if item.where is not ParameterLocation.PATH)
    return replace(request, arguments=(*path, *others), body=model.body)


def _free_names(names: Sequence[str], taken: set[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in names:
        free, number = name, 1
        while free in taken:
            number += 1
            free = f"{name}_{number}"
        taken.add(free)
        found[name] = free
    return found


def _without_names(request: Request) -> Request:
    return _renamed(request, dict.fromkeys(captured_steps(request_values(request)), ""))


def _renamed(request: Request, names: dict[str, str]) -> Request:
    """Return a request that takes what it names from steps that are called otherwise."""

    def renamed(value: Value) -> Value:
        return replace(value, step=names.get(value.step, value.step)) if isinstance(value, Capture) else value

    body = request.body
    return replace(
        request,
        arguments=tuple(replace(item, value=tree.map_leaves(item.value, renamed)) for item in request.arguments),
        body=body if body is None else replace(body, value=tree.map_leaves(body.value, renamed)),
    )
