"""Findings as tests: each asserts the documented contract, and is expected to fail until its fault is fixed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from oagen.findings.curl import variable_of
from oagen.findings.model import OF_CONTENT, Finding, FindingKind
from oagen.scenario.model import Expectation, Scenario
from oagen.spec.model import ApiDescription, Location, Operation
from oagen.suite.build import build_suite, contract_text
from oagen.suite.expressions import Imports
from oagen.suite.factories import Factories
from oagen.suite.formatting import format_sources
from oagen.suite.given import GivenFunctions
from oagen.suite.importing import own_import
from oagen.suite.integration import Arrangement, asking
from oagen.suite.model import SuiteSettings
from oagen.suite.naming import module_stems, test_class_name, test_name
from oagen.suite.python_source import NameScope, PythonSource, call, docstring, mapping, source, string
from oagen.suite.templating import Renderer
from oagen.suite.views import ClassView, FunctionsView, ModuleView, TestView

PACKAGE = "regressions"
"""The folder of these tests within a suite."""

SECONDS = 3.0
"""How long an answer may take where none came in time."""

_SILENT = frozenset({FindingKind.DROPPED, FindingKind.TIMEOUT, FindingKind.PROTOCOL})
_SHARED = re.compile(r"(?:support/.+|__init__\.py|conftest\.py|states\.py)")
_REQUIREMENTS = "# What these tests need.\npytest>=8.1\nhttpx>=0.27\n"
_FOR_CONTENT = "# Where a finding is about a content type, a body or a header:\nopenapi-core>=0.23,<0.24\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Regressions:
    """The tests of findings, laid out.

    Attributes:
        tests: Files by path below `PACKAGE`.
        shared: Files beside that folder, for where no suite is yet; by path.
        user_owned: Those of `shared` that are written once.
    """

    tests: Mapping[str, str]
    shared: Mapping[str, str]
    user_owned: frozenset[str]


def build_regressions(
    description: ApiDescription,
    findings: Iterable[Finding],
    settings: SuiteSettings,
    *,
    seconds: float = SECONDS,
    headers: Iterable[str] = (),
) -> Regressions:
    """Return the files of the tests that show findings.

    Only the answer to the last request may be wrong: set-up that fails is a failure of its own, and so is an answer
    that is no server error and not documented either. The same findings give the same bytes.

    Args:
        seconds: How long an answer may take where the finding is that none comes in time.
        headers: Names of those that every request carries, beside those of identities; their values are for the
            environment of the tests.

    Raises:
        TemplateError: A template of the user can't be used.
    """
    renderer = Renderer(settings.templates)
    draft = _Draft(description, seconds)
    order = {operation.key: number for number, operation in enumerate(description.operations)}
    for finding in sorted(
        findings, key=lambda item: (order.get(item.scenario.operation, len(order)), item.fingerprint)
    ):
        draft.add(finding)
    files = {
        f"test_{module.stem}.py": renderer.render("test_module.py.jinja", module=module.view(package=settings.package))
        for module in draft.modules()
    }
    package = settings.package
    if views := draft.given.views():
        imports = [own_import("support", draft.given.imports.support, package=package, depth=1)]
        view = FunctionsView(
            docstring=docstring("Set-up of these tests: requests that make what they need."),
            imports=imports,
            functions=views,
        )
        files["given.py"] = renderer.render("given.py.jinja", module=view)
    files["promises.py"] = renderer.render(
        f"{PACKAGE}/promises.py.jinja",
        imports=[own_import("support", ["exchange", "status_matches"], package=package, depth=1)],
    )
    if any(module.contract for module in draft.modules()):
        own = [
            own_import("support", ["exchange", "status_matches"], package=package, depth=1),
            *([] if package else [PythonSource("")]),
            own_import("promises", ["BrokenPromiseError"], package=True, depth=0),
        ]
        files["contract.py"] = renderer.render(f"{PACKAGE}/contract.py.jinja", imports=own)
        files["checking.py"] = renderer.text("contract/checking.py")
        files["openapi.json"] = contract_text(description)
    carried = [(name, string(variable_of(name))) for name in dict.fromkeys(headers)]
    files["conftest.py"] = renderer.render(
        f"{PACKAGE}/conftest.py.jinja",
        module=ConftestView(
            headers=mapping(carried) if carried else PythonSource(""),
            imports=[own_import("support", ["Api"], package=package, depth=1)],
        ),
    )
    files["__init__.py"] = ""
    suite = build_suite(description, (), settings)
    shared = {path: text for path, text in suite.files.items() if _SHARED.fullmatch(path)}
    return Regressions(
        tests=format_sources(dict(sorted(files.items()))),
        shared=format_sources(shared | {"requirements.txt": _REQUIREMENTS + _FOR_CONTENT}),
        user_owned=suite.user_owned & shared.keys(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ConftestView:
    """The conftest of these tests.

    Attributes:
        headers: A dict of header names and the variables of their values; empty where there are none.
    """

    headers: PythonSource
    imports: list[PythonSource]


@dataclass(slots=True, kw_only=True)
class _Class:
    operation: Operation
    name: PythonSource
    tests: list[TestView] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class _Module:
    stem: PythonSource
    imports: Imports = field(default_factory=Imports)
    promises: set[str] = field(default_factory=set)
    contract: set[str] = field(default_factory=set)
    scope: NameScope = field(default_factory=NameScope)
    classes: dict[str, _Class] = field(default_factory=dict)

    def view(self, *, package: bool) -> ModuleView:
        """Return the view of the finished module."""
        self.imports.use("Api")
        own = [own_import("support", self.imports.support, package=package, depth=1)]
        beside = [("contract", self.contract), ("given", self.imports.given), ("promises", self.promises)]
        relative = [own_import(name, used, package=True, depth=0) for name, used in beside if used]
        gap = PythonSource("")
        return ModuleView(
            docstring=docstring(f"Faults that were found in {self.stem}; each test is to pass one day."),
            imports=[PythonSource("import pytest"), gap, *own, *([] if package else [gap]), *relative],
            marks=[PythonSource("pytest.mark.regression")],
            classes=[
                ClassView(name=item.name, docstring=docstring(item.operation.key), tests=item.tests)
                for item in self.classes.values()
            ],
        )


class _Draft:
    """The modules in the making."""

    def __init__(self, description: ApiDescription, seconds: float) -> None:
        self._operations = {operation.key: operation for operation in description.operations}
        self._listed = description.operations
        self._stems = module_stems(self._listed)
        self._seconds = seconds
        self._modules: dict[str, _Module] = {}
        self._factories = Factories(())
        self.given = GivenFunctions(self._factories)

    def add(self, finding: Finding) -> None:
        """Add the test of a finding."""
        operation = self._operation(finding.scenario)
        stem = self._stems.get(operation.key) or module_stems([*self._listed, operation])[operation.key]
        module = self._modules.setdefault(stem, _Module(stem=stem))
        if operation.key not in module.classes:
            name = module.scope.name(test_class_name(operation))
            module.classes[operation.key] = _Class(operation=operation, name=name)
        module.classes[operation.key].tests.append(self._test(finding, operation, module))

    def modules(self) -> list[_Module]:
        """Return the modules by name."""
        return [self._modules[stem] for stem in sorted(self._modules)]

    def _test(self, finding: Finding, operation: Operation, module: _Module) -> TestView:
        scenario = _asked(finding.scenario)
        arrangement = Arrangement(scenario, self.given, self._factories, module.imports, effects=True)
        request = asking(scenario, arrangement.writer, module.imports)
        if finding.kind in _SILENT:
            module.promises.add("answered")
            sent = request.removeprefix("response = ")
            request = source("response = ", call("answered", repr(self._seconds), source("lambda: ", sent)))
        module.promises.add("BrokenPromiseError")
        return TestView(
            name=test_name(f"{_promise(finding)} {finding.fingerprint}"),
            parameters=[PythonSource("self"), PythonSource("api: Api")],
            states=arrangement.states,
            given=arrangement.statements,
            request=request,
            checks=[_check(finding, operation, module)],
            marks=[
                call(
                    "pytest.mark.xfail",
                    strict=repr(not finding.flaky),
                    raises="BrokenPromiseError",
                    reason=string(_reason(finding)),
                )
            ],
        )

    def _operation(self, scenario: Scenario) -> Operation:
        """Return the operation of a scenario; a bare one where the description has none (a method outside it)."""
        known = self._operations.get(scenario.operation)
        if known is not None:
            return known
        method, _, path = scenario.operation.partition(" ")
        return Operation(
            method=method,
            path=path,
            operation_id=None,
            tags=(),
            summary="",
            description="",
            parameters=(),
            request_body=None,
            responses=(),
            security=(),
            location=Location(scenario.document, scenario.pointer),
        )


def _asked(scenario: Scenario) -> Scenario:
    """Return the scenario with a server error as what several answers are looked through for."""
    return replace(scenario, then=Expectation(status="5XX"))


def _check(finding: Finding, operation: Operation, module: _Module) -> PythonSource:
    """Return the call that raises BrokenPromiseError while the fault is there, and another error for other faults."""
    response = operation.response_to(finding.status or 0) if finding.kind in OF_CONTENT else None
    if response is not None:
        module.contract.add("keeps_promises")
        at = f"{response.location.document}#{response.location.pointer}"
        return call("keeps_promises", "response", string(operation.key), status=string(response.status), at=string(at))
    documented = [string(response.status) for response in operation.responses]
    name = "has_documented_status" if finding.kind is FindingKind.UNDOCUMENTED_STATUS else "keeps_contract"
    module.promises.add(name)
    return call(name, "response", *documented)


def _promise(finding: Finding) -> str:
    match finding.kind:
        case FindingKind.TIMEOUT:
            return "answers in time"
        case FindingKind.DROPPED | FindingKind.PROTOCOL:
            return "answers"
        case FindingKind.UNDOCUMENTED_STATUS:
            return f"no undocumented {finding.status}"
        case FindingKind.CONTENT_TYPE:
            return f"{finding.status} has a documented content type"
        case FindingKind.SCHEMA:
            return f"{finding.status} has a valid body"
        case FindingKind.HEADERS:
            return f"{finding.status} has its headers"
        case FindingKind.UNDOCUMENTED_5XX | FindingKind.DOCUMENTED_5XX:
            cause = f" from {finding.exception}" if finding.exception else ""
            return f"no {finding.status}{cause}"


def _reason(finding: Finding) -> str:
    """Return why a test is expected to fail, without what changes from one machine or edit to the next."""
    known = f"finding {finding.fingerprint}: {replace(finding, frame=_file(finding.frame)).headline}"
    if finding.flaky:
        return f"{known}; not always"
    return f"{known}. When this test passes, it is fixed: take this mark away, and the test keeps it so"


def _file(frame: str | None) -> str | None:
    """Return the name of a frame's file."""
    return frame and re.split(r"[/\\]", frame.rpartition(":")[0] or frame)[-1]
