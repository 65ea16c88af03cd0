"""A suite in the making: modules with their classes and tests, each with a name of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from oagen.outcomes.model import UnitWitness
from oagen.scenario.model import Scenario
from oagen.spec.model import Operation
from oagen.suite.e2e import flow_title
from oagen.suite.expressions import Imports
from oagen.suite.flows import Flow
from oagen.suite.importing import contract_import, import_statements, own_import
from oagen.suite.model import FOUND, Level, TestCase
from oagen.suite.naming import test_class_name, test_name
from oagen.suite.objects import AppImports
from oagen.suite.python_source import NameScope, PythonSource, class_name, docstring
from oagen.suite.views import ClassView, FlowView, ModuleView, TestView


@dataclass(slots=True, kw_only=True)
class ClassDraft:
    """The tests of one operation, or of one flow, in one module."""

    name: PythonSource
    docstring: str
    scope: NameScope = field(default_factory=NameScope)
    tests: list[TestView | FlowView] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class ModuleDraft:
    """A test module, `integration/test_orders_auth.py`."""

    level: Level
    stem: PythonSource
    auth: bool
    imports: Imports = field(default_factory=Imports)
    app_imports: AppImports = field(default_factory=AppImports)
    scope: NameScope = field(default_factory=NameScope)
    classes: dict[str, ClassDraft] = field(default_factory=dict)

    @property
    def file(self) -> str:
        """The path below the suite's folder."""
        return f"{self.level.value}/test_{self.stem}{'_auth' if self.auth else ''}.py"

    def view(self, *, package: bool) -> ModuleView:
        """Return the view of the finished module."""
        marks = [self.level.value, *(["auth"] if self.auth else [])]
        kind = "Flows" if self.level is Level.E2E else f"{self.level.value.capitalize()} tests"
        what = f"{kind} of {self.stem}{': who may do what' if self.auth else ''}."
        imports = self._imports(package=package)
        return ModuleView(
            docstring=docstring(what),
            imports=imports,
            marks=[PythonSource(f"pytest.mark.{mark}") for mark in marks],
            classes=[
                ClassView(name=draft.name, docstring=docstring(draft.docstring), tests=draft.tests)
                for draft in self.classes.values()
            ],
        )

    def _imports(self, *, package: bool) -> list[PythonSource]:
        tests = [test for draft in self.classes.values() for test in draft.tests]
        found = [test for test in tests if isinstance(test, TestView) and not test.needs_api]
        if len(found) < len(tests):
            self.imports.use("Api")
        others = ["import pytest"]
        if self.level is Level.E2E:
            others = ["from contextlib import ExitStack", "", *others]
        if found:
            standard = self.app_imports.standard()
            between = [""] if standard else []
            others = [*standard, *between, "import httpx", *others, *self.app_imports.others()]
        imports = import_statements(self.imports, package=package, depth=1, others=map(PythonSource, others))
        if self.app_imports.objects:
            gap = [] if package and len(found) < len(tests) else [PythonSource("")]
            imports += [*gap, own_import("objects", self.app_imports.objects, package=True, depth=0)]
        if self.level is Level.CONTRACT:
            imports += contract_import(package=package)
        return imports


class Draft:
    """All modules of a suite, and its tests in order."""

    def __init__(self, stems: Mapping[str, PythonSource]) -> None:
        self._stems = stems
        self._modules: dict[str, ModuleDraft] = {}
        self.tests: list[TestCase] = []

    def module(self, level: Level, operation: Operation, *, auth: bool) -> ModuleDraft:
        """Return the module that an operation's tests stand in."""
        module = ModuleDraft(level=level, stem=self._stems[operation.key], auth=auth)
        return self._modules.setdefault(module.file, module)

    def add_flow(self, operation: Operation, flow: Flow, write: Callable[[PythonSource, Imports], FlowView]) -> None:
        """Add the test of a flow, in the module of the operation that creates its resource."""
        module = self.module(Level.E2E, operation, auth=False)
        name = module.scope.name(f"Test{class_name(flow.name, 'Resource')}Flow", separator="")
        described = f"{flow.operation}, and what follows"
        test = write(test_name(f"life of {flow.name}"), module.imports)  # whatever its stages, an edit stays
        module.classes[name] = ClassDraft(name=name, docstring=described, tests=[test])
        first = flow.stages[0].scenario
        self.tests.append(
            TestCase(
                level=Level.E2E,
                operation=flow.operation,
                status=next(step.status for step in first.steps if step.name == flow.name),
                title=flow_title(flow),
                id=f"{module.file}::{name}::{test.name}",
                technique="flow",
                identities=tuple(dict.fromkeys(who for stage in flow.stages for who in _identities(stage.scenario))),
            )
        )

    def class_of(self, module: ModuleDraft, operation: Operation) -> ClassDraft:
        """Return the class of an operation in a module."""
        if operation.key not in module.classes:
            name = module.scope.name(test_class_name(operation), separator="")
            module.classes[operation.key] = ClassDraft(name=name, docstring=operation.key)
        return module.classes[operation.key]

    def name(self, draft: ClassDraft, title: str) -> PythonSource:
        """Return a free name for a test in a class."""
        return draft.scope.name(test_name(title))

    def add(
        self, module: ModuleDraft, draft: ClassDraft, test: TestView, scenario: Scenario, states: Iterable[str]
    ) -> None:
        """Add a finished test."""
        draft.tests.append(test)
        self.tests.append(
            TestCase(
                level=module.level,
                operation=scenario.operation,
                status=scenario.status,
                title=scenario.title,
                id=f"{module.file}::{draft.name}::{test.name}",
                technique=scenario.technique,
                needs_states=tuple(states),
                identities=_identities(scenario),
            )
        )

    def add_found(self, module: ModuleDraft, draft: ClassDraft, test: TestView, witness: UnitWitness) -> None:
        """Add a finished unit test whose collaborators' outcomes were found."""
        draft.tests.append(test)
        self.tests.append(
            TestCase(
                level=module.level,
                operation=witness.operation,
                status=witness.status,
                title=f"{witness.status} {witness.reason}",
                id=f"{module.file}::{draft.name}::{test.name}",
                technique=FOUND,
                weak=witness.weak,
            )
        )

    def modules(self) -> list[ModuleDraft]:
        """Return the modules by path."""
        return [self._modules[file] for file in sorted(self._modules)]


def _identities(scenario: Scenario) -> tuple[str, ...]:
    requests = [*(step.request for step in scenario.steps), scenario.when, *scenario.alongside]
    return tuple(dict.fromkeys(request.identity for request in requests if request.identity is not None))
