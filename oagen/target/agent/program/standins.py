"""What stands in for a function of the application during a trial: it does what it is told, and notes who asks."""

from __future__ import annotations

import contextlib
import inspect
import sys
from collections.abc import Iterator
from types import FrameType, FunctionType
from typing import Any, Callable
from unittest import mock

from .places import Place, found_at
from .values import ACTING, Spec, build, tell

CALLS_TOLD = 4


class Asked:
    """One call of what was replaced: on what, with what, and by which function of the application."""

    __slots__ = ("arguments", "caller", "line", "subject")

    def __init__(self, subject: Any, arguments: list[Any], caller: tuple[FrameType, int] | None) -> None:
        self.subject = subject
        self.arguments = arguments
        self.caller: FrameType | None = None if caller is None else caller[0]
        self.line = 0 if caller is None else caller[1]


class Given:
    """What a dependency of a framework gives instead of its own."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


class StandIn:
    """Replaces what is at `module:path`.

    Args:
        outcomes: `{"return": spec}` or `{"raise": spec}`, one for all calls, or one for each call in turn.
        of: The model, as `module:Class`, whose queries it is for; others go on as before.

    Raises:
        LookupError: Nothing is there.
        UntellableError: A value can't be made.
    """

    def __init__(
        self, target: str, outcomes: list[dict[str, Spec]], is_application: Callable[[str], bool], of: str = ""
    ) -> None:
        module, _, path = target.partition(":")
        self.target = target
        self.asked: list[Asked] = []
        self._is_application = is_application
        holder, _, self._name = path.rpartition(".")
        self._holder: Any = found_at(f"{module}:{holder}") if holder else sys.modules.get(module)
        self.original = found_at(target)
        self._model = found_at(of) if of else None
        self._wants_subject = bool(outcomes[0].get("return", {}).get("self"))
        values = [build(outcome["raise"] if "raise" in outcome else outcome["return"]) for outcome in outcomes]
        self.value = values[0]
        self._is_async = inspect.iscoroutinefunction(inspect.unwrap(self.original))
        kind: Any = mock.AsyncMock if self._is_async else mock.Mock
        if len(values) > 1 or "raise" in outcomes[0] or outcomes[0]["return"]["k"] in ACTING:
            self.mock = kind(side_effect=values if len(values) > 1 else values[0])
        else:
            self.mock = kind(return_value=values[0])

    @property
    def place(self) -> Place:
        """Where it stands."""
        module, _, path = self.target.partition(":")
        return Place(module, path, inspect.unwrap(self.original), self._holder, None)

    @contextlib.contextmanager
    def in_place(self) -> Iterator[StandIn]:
        """Be what the application finds, for as long as the `with` block lasts."""
        held = inspect.getattr_static(self._holder, self._name, None) if isinstance(self._holder, type) else None
        function = self._function(is_method=isinstance(held, FunctionType))
        if isinstance(held, staticmethod):
            function = staticmethod(function)
        with mock.patch.object(self._holder, self._name, function):
            yield self

    def used(self) -> dict[str, Any]:
        """Return how often it was called, and with what."""
        return calls_of(self.mock)

    def _function(self, *, is_method: bool) -> Any:
        def called(*arguments: Any, **keywords: Any) -> Any:
            subject, given = (arguments[0], arguments[1:]) if is_method and arguments else (None, arguments)
            if self._model is not None and getattr(subject, "model", None) is not self._model:
                return self.original(*arguments, **keywords)
            self._note(subject, [*given, *keywords.values()])
            given = (subject, *given) if self._wants_subject else given
            return self.mock(*given, **keywords)

        async def awaited(*arguments: Any, **keywords: Any) -> Any:
            subject, given = (arguments[0], arguments[1:]) if is_method and arguments else (None, arguments)
            if self._model is not None and getattr(subject, "model", None) is not self._model:
                return await self.original(*arguments, **keywords)
            self._note(subject, [*given, *keywords.values()])
            return await self.mock(*given, **keywords)

        return awaited if self._is_async else called

    def _note(self, subject: Any, arguments: list[Any]) -> None:
        if len(self.asked) < CALLS_TOLD:
            frame: FrameType | None = sys._getframe(2)  # noqa: SLF001 - the only way to the caller
            while frame is not None and not self._is_application(frame.f_code.co_filename):
                frame = frame.f_back
            self.asked.append(Asked(subject, arguments, None if frame is None else (frame, frame.f_lineno)))


def calls_of(replaced: Any) -> dict[str, Any]:
    """Return how often a mock was called, and with what."""
    calls = [
        {"args": [tell(item) for item in made.args], "kw": {name: tell(item) for name, item in made.kwargs.items()}}
        for made in replaced.call_args_list[:CALLS_TOLD]
    ]
    return {"count": replaced.call_count, "calls": calls}


@contextlib.contextmanager
def exactly(target: str, outcomes: list[dict[str, Spec]], *, autospec: bool) -> Iterator[Any]:
    """Replace what is at `module:path` in the very way of the generated test, and yield the mock.

    Raises:
        LookupError: Nothing is there.
        UntellableError: A value can't be made.
    """
    found_at(target)
    first = outcomes[0]
    values = [build(outcome["raise"] if "raise" in outcome else outcome["return"]) for outcome in outcomes]
    acts = len(values) > 1 or "raise" in first or first["return"]["k"] in ACTING
    options: dict[str, Any] = {"side_effect" if acts else "return_value": values if len(values) > 1 else values[0]}
    if autospec or first.get("return", {}).get("self"):
        options["autospec"] = True
    module, _, path = target.partition(":")
    if all(part.isidentifier() for part in module.split(".")):
        patched = mock.patch(target.replace(":", "."), **options)
    else:  # loaded by hand, from a file that no import statement can name
        holder, _, name = path.rpartition(".")
        patched = mock.patch.object(found_at(f"{module}:{holder}") if holder else sys.modules[module], name, **options)
    with patched as replaced:
        yield replaced
