"""One request with some collaborators replaced: what came of it, what was held back, what else could be replaced."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable, Iterator
from types import FrameType, TracebackType
from typing import Any, Callable
from unittest import mock

from .calls import CallWatch
from .capture import Capture
from .collaborators import Collaborators
from .guard import Blocked, Guard
from .lines import LineRecorder
from .loading import Loaded
from .places import Place, code_of, found_at, place_of
from .proposing import Proposer
from .routes import described, routes_of
from .source import Sources
from .values import UntellableError, build, tell

DEPENDENCY = "dependency"
PATCH = "patch"
CALLS_TOLD = 4


class Trials:
    """Runs trials, one at a time."""

    def __init__(self, loaded: Loaded, is_application: Callable[[str], bool], recorder: LineRecorder) -> None:
        self._app = loaded.app
        self._is_application = is_application
        self._recorder = recorder
        self._guard = Guard()
        self._watch = CallWatch(is_application)
        self._sources = Sources()
        self._collaborators = Collaborators(Proposer({}), self._sources)
        self._dependencies: dict[Any, Any] = {}
        self._running = False
        self._stack = contextlib.ExitStack()
        self._mocks: list[mock.Mock | None] = []
        self._handler: tuple[str, int] = ("", 0)
        self._error = ""
        self._raised: list[FrameType] = []
        self._outcomes: dict[Any, list[Any]] = {}
        self._guard.install()
        self._watch.install()

    def survey(self, hints: dict[str, Any]) -> dict[str, Any]:
        """Return the application's operations with their handlers."""
        self._collaborators = Collaborators(Proposer(hints), self._sources)
        self._outcomes = {}
        routes = routes_of(self._app)
        for route in routes:
            for call in route.dependencies:
                self._dependencies[code_of(call)] = call
        told = []
        for route in routes:
            found = described(route)
            if found is not None:
                seams = [self._dependency(call) for call in dict.fromkeys(route.dependencies)]
                told.append({**found, "dependencies": [seam for seam in seams if seam is not None]})
        files = {getattr(module, "__file__", None) or "" for module in list(sys.modules.values())}
        return {"routes": told, "files": sorted(file for file in files if file and self._is_application(file))}

    def _dependency(self, call: Any) -> dict[str, Any] | None:
        """Return a dependency as something to be replaced, as far as its annotation says what it gives."""
        module, path = getattr(call, "__module__", ""), getattr(call, "__qualname__", "")
        if "<" in path or not module or isinstance(call, type):
            return None
        outcomes = self._collaborators.by_annotation(Place(module, path, call, None, None))
        return {
            "target": f"{module}:{path}",
            "kind": DEPENDENCY,
            "library": False,
            "direct": False,
            "outcomes": outcomes,
        }

    # -- a trial ----------------------------------------------------------------------------------------------------

    def begin(self, order: dict[str, Any]) -> None:
        """Replace collaborators, and hold I/O back from now on."""
        self._handler = (order.get("file", ""), order.get("first", 0))
        self._error, self._raised, self._mocks = "", [], []
        self._stack = contextlib.ExitStack()
        self._recorder.forget()
        for patch in order["patches"]:
            try:
                self._mocks.append(self._stack.enter_context(self._patched(patch)))
            except (UntellableError, LookupError, AttributeError, TypeError, ImportError) as error:
                self._mocks.append(None)
                self._error = self._error or f"{patch['target']}: {error}"
        self._running = True
        self._guard.arm()
        self._watch.start()

    def note(self, caught: Capture) -> None:
        """Look at the last exception that passed through the application."""
        if self._running:
            passed = caught.passed
            error = caught.raised
            if passed is not None:
                self._raised = list(_frames(passed[1] or passed[0].__traceback__))
            elif error is not None:
                self._raised = list(_frames(error.__traceback__))

    def end(self) -> dict[str, Any] | None:
        """Put everything back, and tell what the trial has shown."""
        if not self._running:
            return None
        self._running = False
        calls = self._watch.stop()
        blocked = self._guard.disarm()
        used = [_used(each) for each in self._mocks]
        self._stack.close()
        codes = {call.frame.f_code for call in calls}
        report: dict[str, Any] = {
            "calls": [
                seam
                for call in calls
                if (seam := self._seam(call.frame, call.caller, call.place)) is not None and not seam["library"]
            ],
            "blocked": self._told(blocked[0]) if blocked else None,
            "raised": self._chain(self._raised) if self._raised else [],
            "used": used,
            "error": self._error,
            "handled": any((code.co_filename, code.co_firstlineno) == self._handler for code in codes),
            **self._facts(codes),
        }
        self._raised = []
        return report

    def _patched(self, patch: dict[str, Any]) -> contextlib.AbstractContextManager[Any]:
        outcomes = patch["outcomes"]
        if patch["kind"] == DEPENDENCY:
            return self._overridden(patch["target"], outcomes[0])
        module, _, path = patch["target"].partition(":")
        found_at(patch["target"])
        values = [build(outcome["raise"] if "raise" in outcome else outcome["return"]) for outcome in outcomes]
        if len(values) > 1:
            return mock.patch(f"{module}.{path}", side_effect=values)
        if "raise" in outcomes[0]:
            return mock.patch(f"{module}.{path}", side_effect=values[0])
        return mock.patch(f"{module}.{path}", return_value=values[0])

    @contextlib.contextmanager
    def _overridden(self, target: str, outcome: dict[str, Any]) -> Iterator[mock.Mock | None]:
        overrides = _overrides_of(self._app)
        if overrides is None:
            raise LookupError("the application has no dependency_overrides")
        value = build(outcome["return"])
        with mock.patch.dict(overrides, {found_at(target): lambda: value}):
            yield None

    # -- seams ------------------------------------------------------------------------------------------------------

    def _told(self, blocked: Blocked) -> dict[str, Any]:
        return {"event": blocked.event, "seams": self._chain(blocked.frames[::-1])}

    def _chain(self, frames: list[FrameType]) -> list[dict[str, Any]]:
        """Return what can be replaced below the handler, outermost first; frames go from the outermost inwards."""
        start = next(
            (
                i
                for i, frame in enumerate(frames)
                if (frame.f_code.co_filename, frame.f_code.co_firstlineno) == self._handler
            ),
            -1,
        )
        seams = []
        for index in range(start + 1, len(frames)):
            frame, caller = frames[index], frames[index - 1] if index else None
            own = self._is_application(frame.f_code.co_filename)
            called = caller is not None and self._is_application(caller.f_code.co_filename)
            if own or called:
                place = place_of(frame, caller)
                seam = self._seam(frame, caller, place) if place is not None else None
                if seam is not None and seam not in seams:
                    seams.append(seam)
        return seams

    def _seam(self, frame: FrameType, caller: FrameType | None, place: Place) -> dict[str, Any] | None:
        code = frame.f_code
        if self._handles(frame):
            return None
        dependency = self._dependencies.get(code)
        library = not self._is_application(code.co_filename)
        called = caller is not None and self._is_application(caller.f_code.co_filename)
        if dependency is None and not called and place.subject is None:
            return None
        line = caller.f_lineno if caller is not None else 0
        key = (place.target, caller.f_code if called and caller else None, line)
        outcomes = self._outcomes.get(key)
        if outcomes is None:
            outcomes = self._collaborators.outcomes(place, frame, caller if called else None, library=library)
            self._outcomes[key] = outcomes
        target = place.target
        kind = PATCH
        if dependency is not None:
            kind = DEPENDENCY
            outcomes = [outcome for outcome in outcomes if "return" in outcome]
            target = f"{dependency.__module__}:{getattr(dependency, '__qualname__', '')}"
        return {
            "target": target,
            "kind": kind,
            "library": library,
            "direct": caller is not None and self._handles(caller),
            "outcomes": outcomes,
        }

    def _handles(self, frame: FrameType) -> bool:
        return (frame.f_code.co_filename, frame.f_code.co_firstlineno) == self._handler

    def _facts(self, codes: Iterable[Any]) -> dict[str, Any]:
        reads: set[str] = set()
        compares: dict[str, list[Any]] = {}
        for code in codes:
            facts = self._sources.facts(code)
            reads.update(facts["reads"])
            for name, constants in facts["compares"].items():
                held = compares.setdefault(name, [])
                held += [item for item in constants if item not in held]
        return {"reads": sorted(reads), "compares": compares}


def _frames(link: TracebackType | None) -> Iterator[FrameType]:
    while link is not None:
        yield link.tb_frame
        link = link.tb_next


def _used(replaced: mock.Mock | None) -> dict[str, Any]:
    """Return how often a replaced function was called, and with what."""
    if replaced is None or not isinstance(replaced, mock.NonCallableMock):
        return {"count": None, "calls": []}
    calls = [
        {"args": [tell(item) for item in made.args], "kw": {name: tell(item) for name, item in made.kwargs.items()}}
        for made in replaced.call_args_list[:CALLS_TOLD]
    ]
    return {"count": replaced.call_count, "calls": calls}


def _overrides_of(app: Any) -> Any:
    for _ in range(10):
        overrides = getattr(app, "dependency_overrides", None)
        if isinstance(overrides, dict):
            return overrides
        app = getattr(app, "app", None) or getattr(app, "_app", None)
        if app is None:
            return None
    return None
