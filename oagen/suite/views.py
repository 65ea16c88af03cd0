"""The contract between Python and templates: what a template is given. Every text in a view is Python source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from oagen.suite.python_source import PythonSource


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionView:
    """A function that returns one expression.

    Attributes:
        body: Statements before the result.
        returns: The type of the result, where the template does not know it.
    """

    name: PythonSource
    parameters: Sequence[PythonSource]
    docstring: PythonSource
    body: Sequence[PythonSource] = ()
    result: PythonSource
    returns: PythonSource | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectView:
    """What must be true afterwards: a comment, a request, and checks of its answer."""

    comment: PythonSource
    request: PythonSource
    checks: Sequence[PythonSource]


@dataclass(frozen=True, slots=True, kw_only=True)
class TestView:
    """A test method.

    Attributes:
        marks: Decorators, `pytest.mark.xfail(...)`.
        before: Statements that make what the context managers need.
        states: Context managers that arrange provider states, or replace collaborators.
        given: Statements that set the state up, one a request.
        request: The statement that sends the request.
        checks: Statements about its answer.
    """

    __test__ = False

    name: PythonSource
    parameters: Sequence[PythonSource]
    before: Sequence[PythonSource] = ()
    states: Sequence[PythonSource] = ()
    given: Sequence[PythonSource] = ()
    request: PythonSource
    checks: Sequence[PythonSource]
    effects: Sequence[EffectView] = ()
    marks: Sequence[PythonSource] = ()

    @property
    def needs_api(self) -> bool:
        """Whether it asks through the suite's `Api`, and not through a plain client."""
        return any(parameter.endswith(": Api") for parameter in self.parameters)


@dataclass(frozen=True, slots=True, kw_only=True)
class StageView:
    """One request of a flow: its set-up, a comment, the statement that sends it, checks and effects."""

    given: Sequence[PythonSource]
    comment: PythonSource
    request: PythonSource
    checks: Sequence[PythonSource]
    effects: Sequence[EffectView]


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowView:
    """A test method that takes one resource through its life."""

    name: PythonSource
    parameters: Sequence[PythonSource]
    stages: Sequence[StageView]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassView:
    """A test class: one operation, or the flow of one resource."""

    name: PythonSource
    docstring: PythonSource
    tests: Sequence[TestView | FlowView]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleView:
    """A test module: the operations of one tag at one level.

    Attributes:
        imports: Import statements in order, sections parted by an empty one.
        marks: Marks of all its tests, `pytest.mark.unit`.
    """

    docstring: PythonSource
    imports: Sequence[PythonSource]
    marks: Sequence[PythonSource]
    classes: Sequence[ClassView]


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionsView:
    """A module of functions: factories.py, given.py."""

    docstring: PythonSource
    imports: Sequence[PythonSource]
    functions: Sequence[FunctionView]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConftestView:
    """The conftest.py of the suite."""

    imports: Sequence[PythonSource]
    base_path: PythonSource = field(default=PythonSource('""'))
    documents_security: PythonSource = field(default=PythonSource("True"))
