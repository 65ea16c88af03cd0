"""Provider states: what only the owner of the API can arrange, by name."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any, TypeVar

import pytest

from .current import current

Function = TypeVar("Function", bound=Callable[..., Any])

_registry: dict[str, Callable[..., Any]] = {}
_modules: list[ModuleType] = []


def state(name: str, /, **parameters: object) -> State:
    """Return a provider state, for `with` or as a decorator of what arranges it.

    That function is called with those of the parameters that it names. What it does
    after a `yield` undoes the state.
    """
    return State(name, parameters)


class State:
    """A provider state by name."""

    def __init__(self, name: str, parameters: Mapping[str, object]) -> None:
        self.name = name
        self.parameters = parameters
        self._stack = ExitStack()

    def __call__(self, function: Function) -> Function:
        """Note the function that arranges this state."""
        _registry[self.name] = function
        return function

    def __enter__(self) -> None:
        function = _registry.get(self.name)
        if function is None:
            current.needs_state = self.name
            pytest.skip(
                f"needs the state {self.name!r}; write in states.py:\n\n{self._lines()}"
            )
        accepted = inspect.signature(function).parameters
        anything = any(
            parameter.kind is inspect.Parameter.VAR_KEYWORD
            for parameter in accepted.values()
        )
        known = {
            name: value
            for name, value in self.parameters.items()
            if anything or name in accepted
        }
        if inspect.isgeneratorfunction(function):
            self._stack.enter_context(contextmanager(function)(**known))
        else:
            function(**known)

    def __exit__(self, *exception: object) -> bool | None:
        return self._stack.__exit__(*exception)  # type: ignore[arg-type]

    def _lines(self) -> str:
        letters = (
            letter if letter.isascii() and letter.isalnum() else " "
            for letter in self.name.lower()
        )
        name = "_".join("".join(letters).split())
        function = name if name.isidentifier() else f"state_{name}"
        arguments = ", ".join(f"{parameter}: object" for parameter in self.parameters)
        return (
            f"@state({self.name!r})\n"
            f"def {function}({arguments}) -> Iterator[None]:\n"
            "    ...  # arrange it\n"
            "    yield\n"
            "    ...  # undo it"
        )


def load_states(package: str | None) -> None:
    """Import states.py, so that its states are known; a suite without it knows none.

    Args:
        package: Name of the package that the suite is, where it is one.
    """
    name = f"{package}.states" if package else "states"
    if find_spec(name) is not None:
        _modules[:] = [import_module(name)]


def reset_function() -> Callable[..., Any] | None:
    """Return the function `reset` of states.py, or None where it has none."""
    return next((getattr(module, "reset", None) for module in _modules), None)


@contextmanager
def known_state(
    complete: Callable[[Coroutine[Any, Any, None]], None],
    base_url: str = "",
    access: Callable[[], AbstractContextManager[Any]] = nullcontext,
) -> Iterator[None]:
    """Call the function `reset` of states.py before the tests and after them.

    Workers of pytest-xdist do not: they share what the API stores.

    Args:
        complete: Runs a coroutine to its end, where `reset` is asynchronous.
        base_url: Where the API is, for a `reset` that asks for it; empty in process.
        access: Lets it use the database of the application in this process.
    """
    function = reset_function()
    if function is None or os.environ.get("PYTEST_XDIST_WORKER"):
        yield
        return
    takes_url = "base_url" in inspect.signature(function).parameters
    arguments = {"base_url": base_url} if takes_url else {}

    def reset() -> None:
        with access():
            made = function(**arguments)
            if inspect.iscoroutine(made):
                complete(made)

    reset()
    try:
        yield
    finally:
        reset()
