"""Set-up functions: one for each distinct request that prepares a test, `given_order(api, book_id=...)`."""

from __future__ import annotations

from dataclasses import dataclass, field

from oagen.scenario.model import Capture, Request, Step
from oagen.suite.calls import RequestWriter
from oagen.suite.expressions import Captured, Imports, pointer_tokens
from oagen.suite.factories import Factories
from oagen.suite.naming import longer_names
from oagen.suite.python_source import NameScope, PythonSource, call, docstring, snake_name, source, string, words
from oagen.suite.views import FunctionView


@dataclass(slots=True, kw_only=True)
class _Function:
    name: PythonSource
    view: FunctionView
    parameters: list[PythonSource]
    identity: str | None


@dataclass(slots=True)
class _Parameters:
    """Names the parameters of a set-up function while its request is written."""

    scope: NameScope = field(default_factory=lambda: NameScope(["api", "as_", "response", "path", "text", "unique"]))
    by_capture: dict[Capture, PythonSource] = field(default_factory=dict)

    def __call__(self, capture: Capture) -> PythonSource:
        if capture not in self.by_capture:
            tokens = pointer_tokens(capture.pointer or "")
            what = capture.header or (tokens[-1] if tokens else "")
            speaks_for_itself = len(words(what)) > 1  # `eventId` of an event, rather than `event_event_id`
            wanted = snake_name(what if speaks_for_itself else f"{capture.step} {what}", "value")
            self.by_capture[capture] = self.scope.name(wanted)
        return self.by_capture[capture]


class GivenFunctions:
    """The set-up functions of a suite; steps that send the same, but for captured values, share one."""

    def __init__(self, factories: Factories) -> None:
        self._factories = factories
        self._functions: dict[tuple[str, str, str], _Function] = {}
        self._by_step: dict[int, tuple[Step, _Function, _Parameters]] = {}
        self._scope = NameScope()
        self.imports = Imports()

    def call(self, step: Step, captured: Captured, imports: Imports) -> PythonSource:
        """Return the call that makes what a step makes, as `given_order(api, book_id=book["id"])`.

        Args:
            captured: How the caller reaches captured values.
            imports: Takes note of the function.
        """
        _, function, parameters = self._by_step.get(id(step)) or self._written(step)
        imports.given.add(function.name)
        keywords: dict[str, str | None] = {name: captured(capture) for capture, name in parameters.by_capture.items()}
        if step.request.identity != function.identity and step.request.identity is not None:
            keywords["as_"] = string(step.request.identity)
        return call(function.name, "api", **keywords)

    def _written(self, step: Step) -> tuple[Step, _Function, _Parameters]:
        """Return the function of a step; many scenarios share one step, which is written once."""
        parameters = _Parameters()
        mine = Imports()
        as_ = PythonSource("as_") if step.request.identity is not None else None
        request = RequestWriter(parameters, mine, self._factories).call(step.request, identity=as_)
        key = (_stem(step), request, step.status)
        function = self._functions.get(key)
        if function is None:
            function = self._functions[key] = self._function(step, request, list(parameters.by_capture.values()))
            self.imports.update(mine)
            for name in ("Api", "Resource", "arranged"):
                self.imports.use(name)
        self._by_step[id(step)] = (step, function, parameters)  # the step is kept, so that its id stays its own
        return self._by_step[id(step)]

    def views(self) -> list[FunctionView]:
        """Return the functions of given.py, by name."""
        return sorted((function.view for function in self._functions.values()), key=lambda view: view.name)

    def _function(self, step: Step, request: PythonSource, parameters: list[PythonSource]) -> _Function:
        longer = longer_names(_stem(step), step.request.path)
        name = self._scope.name(f"given_{_stem(step)}", otherwise=(f"given_{snake_name(other)}" for other in longer))
        keyword_only = [source(parameter, ": object") for parameter in parameters]
        if step.request.identity is not None:
            keyword_only.append(source("as_: str | None = ", string(step.request.identity)))
        view = FunctionView(
            name=name,
            parameters=[PythonSource("api: Api"), *([PythonSource("*"), *keyword_only] if keyword_only else [])],
            docstring=docstring(_described(step.request, step.status)),
            body=[source("response = ", request)],
            result=call("arranged", string(_stem(step)), "response", string(step.status)),
        )
        return _Function(name=name, view=view, parameters=parameters, identity=step.request.identity)


def _stem(step: Step) -> str:
    """Return what a step makes, without the number that tells it from another of its scenario."""
    name = snake_name(step.name, "resource")
    stem, _, number = name.rpartition("_")
    return stem if stem and number.isdecimal() else name.rstrip("_")


def _described(request: Request, status: str) -> str:
    return f"`{request.operation}` must be answered {status}."
