"""One request with some collaborators replaced: what came of it, what was held back, what else could be replaced."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import sys
import traceback
from collections.abc import Iterable, Iterator
from types import FrameType, TracebackType
from typing import Any, Callable
from unittest import mock

from .calls import Call, CallWatch
from .capture import SERVER_ERROR, Capture
from .collaborators import Collaborators, anything, asked_model, model_of, opens_transaction, pending
from .doors import doors
from .guard import Blocked, Guard
from .lines import LineRecorder
from .loading import Loaded
from .misuse import Told, mends
from .mocks import told
from .places import Place, code_of, dependency_at, found_at, held_at, place_of
from .proposing import Proposer
from .routes import described, handled_by, homes_of, routes_of
from .source import Sources
from .standins import Given, StandIn, calls_of, exactly
from .values import UntellableError, build

Located = tuple[FrameType, int]
"""A frame and the line it was at, which it does not say any more once it has been left."""

_NOTHING: dict[str, Any] = {
    "calls": [],
    "blocked": None,
    "raised": [],
    "used": [],
    "handled": False,
    "reads": [],
    "compares": {},
    "misfits": [],
    "mends": [],
}
DEPENDENCY = "dependency"
PATCH = "patch"


class Trials:
    """Runs trials, one at a time."""

    def __init__(self, loaded: Loaded, is_application: Callable[[str], bool], recorder: LineRecorder) -> None:
        self._app = loaded.app
        self._is_application = is_application
        self._recorder = recorder
        self._guard = Guard()
        self._watch = CallWatch(is_application)
        self._sources = Sources()
        self._collaborators = Collaborators(Proposer({}), self._sources, is_application)
        self._dependencies: dict[Any, Any] = {}
        self._holders: dict[str, Any] = {}
        self._running = False
        self._stack = contextlib.ExitStack()
        self._stand_ins: list[Any] = []
        self._handler: tuple[str, int] = ("", 0)
        self._error = ""
        self._exact = False
        self._status = 0
        self._raised: list[Located] = []
        self._outcomes: dict[Any, list[Any]] = {}
        self._pending: list[Any] = []
        self._misfits: list[list[Any]] = []
        self._mends: list[tuple[int, Any]] = []
        self._values: list[Told | None] = []
        self._origins: dict[int, Any] = {}
        self._guard.look = self._look
        self._guard.install()
        self._watch.install()
        _without_pages_of_errors()
        self._remember_origins()

    def _remember_origins(self) -> None:
        """Keep the traceback of what is thrown into a generator without it, as FastAPI does with its dependencies."""
        manager: Any = contextlib._GeneratorContextManager  # noqa: SLF001 - the place all of them pass
        original = manager.__exit__

        def leave(self_: Any, kind: Any, error: Any, links: Any) -> Any:
            if self._running and error is not None and links is None and error.__traceback__ is not None:
                self._origins.setdefault(id(error), error.__traceback__)
            return original(self_, kind, error, links)

        manager.__exit__ = leave

    def survey(self, hints: dict[str, Any]) -> dict[str, Any]:
        """Return the application's operations with their handlers."""
        proposer = Proposer(hints)
        self._collaborators = Collaborators(proposer, self._sources, self._is_application)
        self._collaborators.handled = lambda: handled_by(self._app)
        self._outcomes = {}
        routes = routes_of(self._app)
        for route in routes:
            for call in route.dependencies:
                if target := dependency_at(call):
                    self._dependencies[code_of(call)] = call
                    self._holders[target] = route.app
        told = []
        for route in routes:
            found = described(route)
            if found is not None:
                seams = [self._dependency(call) for call in dict.fromkeys(route.dependencies)]
                told.append({**found, "dependencies": [seam for seam in seams if seam is not None]})
        files = {getattr(module, "__file__", None) or "" for module in list(sys.modules.values())}
        ways_in = doors([route.owner or _owner(route.handler) for route in routes], proposer)
        return {
            "homes": homes_of(routes, self._is_application),
            "routes": told,
            "doors": ways_in,
            "files": sorted(file for file in files if file and self._is_application(file)),
        }

    def _dependency(self, call: Any) -> dict[str, Any] | None:
        """Return a dependency as something to be replaced, as far as its annotation says what it gives."""
        target = dependency_at(call)
        if not target:
            return None
        module, _, path = target.partition(":")
        outcomes = self._collaborators.by_annotation(Place(module, path, inspect.unwrap(call), None, None))
        outcomes = [outcome for outcome in outcomes if outcome["return"]["k"] not in ("bare", "mock")]
        return {
            "target": target,
            "kind": DEPENDENCY,
            "holder": self._holder(target),
            "library": False,
            "direct": False,
            "outcomes": outcomes,
        }

    def _holder(self, target: str) -> str:
        """Return where the application is whose overrides count, where it is not the one that was named."""
        holder = self._holders.get(target)
        return "" if holder is None or _overrides_of(self._app) is holder.dependency_overrides else held_at(holder)

    # -- a trial ----------------------------------------------------------------------------------------------------

    def begin(self, order: dict[str, Any]) -> None:
        """Replace collaborators, and hold I/O back from now on."""
        self._handler = (order.get("file", ""), order.get("first", 0))
        self._error, self._raised, self._stand_ins, self._pending, self._misfits = "", [], [], [], []
        self._origins, self._mends, self._values = {}, [], []
        self._stack = contextlib.ExitStack()
        self._exact = order["exact"]
        if order.get("shape") != self._collaborators.guesses.shape:
            self._collaborators.guesses.shape = order.get("shape")
            self._outcomes = {}
        self._recorder.forget()
        for patch in order["patches"]:
            try:
                stand_in = self._stack.enter_context(self._patched(patch))
                self._stand_ins.append(stand_in)
                given, says = patch["outcomes"][0].get("return"), isinstance(stand_in, (StandIn, Given))
                self._values.append((given, stand_in.value) if given is not None and says else None)
            except (UntellableError, LookupError, AttributeError, TypeError, ValueError, ImportError) as error:
                self._stand_ins.append(None)
                self._values.append(None)
                self._error = self._error or f"{patch['target']}: {error}"
        self._running = True
        self._guard.arm()
        self._watch.start(self._handler, trace=order.get("watch", True) or not self._is_application(self._handler[0]))

    def _look(self, frames: list[Located]) -> None:
        """Take note of what was to be inserted by a commit that is held back."""
        for frame, _ in frames:
            if frame.f_code.co_name in ("commit", "flush") and not self._pending:
                self._pending = pending(frame.f_locals.get("self"))

    def note(self, caught: Capture) -> None:
        """Look at the last exception that passed through the application."""
        if self._running:
            passed = caught.passed
            error = caught.raised
            last = error or (passed[0] if passed is not None else None)
            self._learn_from(last)
            if passed is not None:
                links = self._origins.get(id(passed[0])) or passed[1] or passed[0].__traceback__
                self._raised = list(_frames(links))
            elif error is not None:
                self._raised = list(_frames(error.__traceback__))

    def _learn_from(self, error: BaseException | None) -> None:
        """See what would do instead of what an error is about."""
        self._misfits = misfits_of(error)
        self._mends = mends(error, self._values, self._keys_of, self._collaborators.proposer.example)

    def _keys_of(self, code: Any) -> list[str]:
        """Return the keys that a function looks up."""
        return list(self._sources.facts(code)["keys"]) if code is not None else []

    def end(self, status: int) -> dict[str, Any] | None:
        """Put everything back, and tell what the trial has shown."""
        if not self._running:
            return None
        self._running = False
        self._status = status
        calls = self._watch.stop()
        blocked = self._guard.disarm()
        self._stack.close()
        try:
            return self._report(calls, blocked)
        except Exception as error:  # noqa: BLE001 - whatever an application's objects do when they are looked at
            traceback.print_exc()
            return {**_NOTHING, "error": f"{type(error).__name__}: {error}"}

    def _report(self, calls: list[Call], blocked: list[Blocked]) -> dict[str, Any]:
        codes = {call.frame.f_code for call in calls}
        raised, self._raised = self._raised, []
        held = [each for each in blocked if each.of_request]
        if not held and self._status >= SERVER_ERROR:
            held = blocked
        told = self._told(held[0]) if held else None
        if held and told and held[0].handling and not told["seams"] and self._status >= SERVER_ERROR:
            told, error = None, held[0].handling  # it failed before, and that was to be reported
            raised = list(_frames(error.__traceback__))
            self._learn_from(error)
        return {
            "calls": [
                seam
                for call in calls
                if call.place is not None
                and not self._leads_on(call.frame)
                and (seam := self._seam(call.frame, call.caller, call.place)) is not None
                and not seam["library"]
            ],
            "blocked": told,
            "raised": self._chain(raised),
            "used": [self._used(each) for each in self._stand_ins],
            "error": self._error,
            "handled": self._watch.handled,
            "misfits": self._misfits,
            "mends": self._mends,
            **self._facts(codes),
        }

    def _patched(self, patch: dict[str, Any]) -> contextlib.AbstractContextManager[Any]:
        module = patch["target"].partition(":")[0]
        if module not in sys.modules:  # the application imports it when it first needs it
            importlib.import_module(module)
        if patch["kind"] == DEPENDENCY:
            return self._overridden(patch["target"], patch["outcomes"][0])
        if self._exact:
            return exactly(patch["target"], patch["outcomes"], autospec=patch["autospec"])
        return StandIn(patch["target"], patch["outcomes"], self._is_application, patch.get("of", "")).in_place()

    @contextlib.contextmanager
    def _overridden(self, target: str, outcome: dict[str, Any]) -> Iterator[Any]:
        overrides = _overrides_of(self._holders.get(target) or self._app)
        if overrides is None:
            raise LookupError("the application has no dependency_overrides")
        value = build(outcome["return"])
        with mock.patch.dict(overrides, {found_at(target): lambda: value}):
            yield Given(value)

    def _used(self, stand_in: Any) -> dict[str, Any]:
        """Return the calls of what was replaced, and where it was called more than once, what each might have given."""
        if stand_in is None:
            return {"count": None, "calls": [], "options": [], "paths": {}}
        if not isinstance(stand_in, (StandIn, Given)):
            return {**calls_of(stand_in), "options": [], "paths": {}}
        paths = {}
        if isinstance(stand_in.value, mock.NonCallableMock):
            kind, shape = stand_in.value.__class__, self._collaborators.guesses.by_shape("")
            paths = told(stand_in.value, kind, self._collaborators.proposer, shape)
        if isinstance(stand_in, Given):
            return {"count": None, "calls": [], "options": [], "paths": paths}
        options = []
        if len(stand_in.asked) > 1:
            options = [self._collaborators.options(stand_in.place, asked) for asked in stand_in.asked]
        return {**stand_in.used(), "options": options, "paths": paths}

    # -- seams ------------------------------------------------------------------------------------------------------

    def _told(self, blocked: Blocked) -> dict[str, Any]:
        expected = [{"raise": spec} for spec in self._collaborators.expected()]
        seams = [
            {**seam, "outcomes": [*seam["outcomes"], *(each for each in expected if each not in seam["outcomes"])]}
            if seam["outcomes"] and seam["kind"] == PATCH
            else seam
            for seam in self._chain(blocked.frames[::-1])
        ]
        return {"event": blocked.event, "seams": seams}

    def _chain(self, frames: list[Located]) -> list[dict[str, Any]]:
        """Return what can be replaced below the handler, outermost first; frames go from the outermost inwards."""
        start = next((index for index, (frame, _) in enumerate(frames) if self._handles(frame)), -1)
        seams = []
        for index in range(start + 1, len(frames)):
            frame, caller = frames[index][0], frames[index - 1] if index else None
            if self._leads_on(frame):
                continue
            own = self._is_application(frame.f_code.co_filename)
            called = caller is not None and self._is_application(caller[0].f_code.co_filename)
            holds = self._is_of_application(frame)
            if own or called or holds or opens_transaction(frame):
                place = self._place_of_dependency(frame) or place_of(frame, caller[0] if caller is not None else None)
                if place is None and called and caller is not None:
                    place = self._sources.named(*caller)
                seam = self._seam(frame, caller, place, on_the_way=True) if place is not None else None
                if place is not None and seam is not None and not seam["outcomes"] and seam["library"] and called:
                    seam = {**seam, "outcomes": anything(place)}
                if seam is not None and seam not in seams:
                    seams.append(seam)
        return seams

    def _seam(
        self, frame: FrameType, caller: Located | None, place: Place, *, on_the_way: bool = False
    ) -> dict[str, Any] | None:
        code = frame.f_code
        if self._handles(frame):
            return None
        dependency = self._dependencies.get(code)
        own = code_of(place.function) or code  # what is called may be a library's wrapper around it
        library = not self._is_application(own.co_filename)
        called = caller is not None and self._is_application(caller[0].f_code.co_filename)
        if dependency is None and not called and place.subject is None and not on_the_way:
            return None  # the framework holds it already: replacing it where it stands would change nothing
        key = (
            place.target,
            asked_model(place),
            (caller[0].f_code.co_filename, caller[1]) if called and caller else None,
        )
        outcomes = self._outcomes.get(key)
        if outcomes is None:
            outcomes = self._collaborators.outcomes(place, frame, caller if called else None, library=library)
            self._outcomes[key] = outcomes
        target = place.target
        kind = PATCH
        if dependency is not None:
            kind = DEPENDENCY
            outcomes = [outcome for outcome in outcomes if "return" in outcome]
            target = dependency_at(dependency)
        seam = {
            "target": target,
            "of": asked_model(place),
            "holder": self._holder(target) if kind == DEPENDENCY else "",
            "kind": kind,
            "library": library,
            "direct": caller is not None and self._handles(caller[0]),
            "outcomes": outcomes,
        }
        if opens_transaction(frame):
            leaving = f"{place.module}:{place.path.replace('enter', 'exit')}"
            return {**seam, "with": {**seam, "target": leaving}}
        if library and place.path.rpartition(".")[2] in ("commit", "flush"):
            adding = self._collaborators.adding(place, self._pending)
            return {**seam, "with": adding} if adding is not None else seam
        return seam

    def _is_of_application(self, frame: FrameType) -> bool:
        """Tell whether a method runs on an object of the application's, or on a query for one."""
        code = frame.f_code
        subject = frame.f_locals.get(code.co_varnames[0]) if code.co_argcount else None
        kinds = [subject if isinstance(subject, type) else type(subject), model_of(subject)]
        files = [getattr(sys.modules.get(getattr(kind, "__module__", "")), "__file__", None) for kind in kinds]
        return any(file is not None and self._is_application(file) for file in files)

    def _place_of_dependency(self, frame: FrameType) -> Place | None:
        """Return where a dependency stands, be it a generator."""
        call = self._dependencies.get(frame.f_code)
        return None if call is None else Place(call.__module__, call.__qualname__, inspect.unwrap(call), None, None)

    def _handles(self, frame: FrameType) -> bool:
        return (frame.f_code.co_filename, frame.f_code.co_firstlineno) == self._handler

    def _leads_on(self, frame: FrameType) -> bool:
        """Tell whether this is on the way to the handler: a middleware, or what a framework's view has before it."""
        code = frame.f_code
        arguments = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        return code in self._watch.above or "call_next" in arguments

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


def _without_pages_of_errors() -> None:
    """Leave out the page that Django shows a developer, which takes longer than all the rest."""
    reporter = getattr(sys.modules.get("django.views.debug"), "ExceptionReporter", None)
    if reporter is not None:
        reporter.get_traceback_html = reporter.get_traceback_text = lambda _self: ""


def _owner(handler: Any) -> Any:
    """Return the class that a handler is a method of, as far as its name tells; else the handler."""
    path = getattr(handler, "__qualname__", "").rpartition(".")[0]
    return getattr(sys.modules.get(getattr(handler, "__module__", "")), path, handler) if path else handler


def misfits_of(error: BaseException | None) -> list[list[Any]]:
    """Return the places that a validation refused, pydantic's or marshmallow's, in an answer or what it is made of."""
    found: list[list[Any]] = []
    for each in (error, getattr(error, "__cause__", None), getattr(error, "__context__", None)):
        messages = getattr(each, "messages", None)
        if type(each).__name__ == "ValidationError" and isinstance(messages, dict):  # marshmallow
            found += [[name] for name in messages][:24]
        elif type(each).__name__ in ("ResponseValidationError", "ValidationError"):
            try:
                locations = [list(item["loc"]) for item in each.errors()]  # type: ignore[union-attr]
            except Exception:  # noqa: BLE001, S112 - a class of the same name
                continue
            found += [place[1:] if place[:1] == ["response"] else place for place in locations[:24]]
    return [[step if isinstance(step, int) else str(step) for step in place] for place in found]


def _frames(link: TracebackType | None) -> Iterator[Located]:
    while link is not None:
        yield link.tb_frame, link.tb_lineno
        link = link.tb_next


def _overrides_of(app: Any) -> Any:
    for _ in range(10):
        overrides = getattr(app, "dependency_overrides", None)
        if isinstance(overrides, dict):
            return overrides
        app = getattr(app, "app", None) or getattr(app, "_app", None)
        if app is None:
            return None
    return None
