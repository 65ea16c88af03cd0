"""The property level: one Hypothesis test for each operation, its requests made up by Schemathesis."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from oagen.scenario.model import Scenario
from oagen.spec.model import ApiDescription, Operation
from oagen.suite.importing import own_import
from oagen.suite.naming import module_stems, test_class_name
from oagen.suite.python_source import NameScope, PythonSource, call, docstring, source, string
from oagen.suite.templating import TEST_MODULE, Renderer
from oagen.suite.views import ClassView, ModuleView, TestView

LEVEL = "property"
_METHODS = frozenset({"GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"})
"""Those that Schemathesis reads."""
_NAME = PythonSource("test_answers_as_documented")
_PARAMETERS = [PythonSource("self"), PythonSource("api: Api"), PythonSource("case: Case")]
_OPERATIONS = {"support.api": ["Api"], "support.explaining": ["exchange"], "support.statuses": ["status_matches"]}
_OWN = ["Case", "check_documented", "operation", "send"]


def property_files(
    description: ApiDescription, scenarios: Iterable[Scenario], renderer: Renderer, *, package: bool
) -> dict[str, str]:
    """Return the files of the property level by path relative to the suite's folder.

    Args:
        scenarios: Tell which identity an operation is asked as.
        package: See `SuiteSettings`.
    """
    identities = _identities(scenarios)
    stems = module_stems(description.operations)
    modules: dict[PythonSource, list[Operation]] = {}
    for operation in description.operations:
        if operation.method not in _METHODS:
            continue
        modules.setdefault(stems[operation.key], []).append(operation)
    own = [own_import(module, names, package=package, depth=1) for module, names in _OPERATIONS.items()]
    return {
        f"{LEVEL}/__init__.py": "",
        f"{LEVEL}/conftest.py": renderer.render(
            f"{LEVEL}/conftest.py.jinja",
            imports=[
                own_import("support.application", ["logger"], package=package, depth=1),
                *_gap(package),
                PythonSource("from .profiles import register_profiles"),
            ],
        ),
        f"{LEVEL}/profiles.py": renderer.text(f"{LEVEL}/profiles.py"),
        f"{LEVEL}/operations.py": renderer.render(
            f"{LEVEL}/operations.py.jinja",
            imports=[*own, *_gap(package), PythonSource("from .profiles import chosen")],
        ),
        **{
            f"{LEVEL}/test_{stem}.py": renderer.render(
                TEST_MODULE, module=_module(stem, operations, identities, package=package)
            )
            for stem, operations in sorted(modules.items())
        },
    }


def _module(
    stem: PythonSource, operations: Sequence[Operation], identities: Mapping[str, str], *, package: bool
) -> ModuleView:
    scope = NameScope()
    return ModuleView(
        docstring=docstring(f"Property tests of {stem}."),
        imports=[
            PythonSource("import pytest"),
            PythonSource(""),
            own_import("support", ["Api"], package=package, depth=1),
            *_gap(package),
            PythonSource(f"from .operations import {', '.join(_OWN)}"),
        ],
        marks=[PythonSource(f"pytest.mark.{LEVEL}")],
        classes=[
            ClassView(
                name=scope.name(test_class_name(operation), separator=""),
                docstring=docstring(operation.key),
                tests=[_test(operation, identities.get(operation.key))],
            )
            for operation in operations
        ],
    )


def _gap(package: bool) -> list[PythonSource]:
    """Return the empty line between the suite's modules and those of this folder, where they count as two sections."""
    return [] if package else [PythonSource("")]


def _test(operation: Operation, identity: str | None) -> TestView:
    sent = call("send", PythonSource("api"), PythonSource("case"), as_=None if identity is None else string(identity))
    statuses = [string(response.status) for response in operation.responses]
    return TestView(
        name=_NAME,
        parameters=_PARAMETERS,
        marks=[call("operation", string(operation.method), string(operation.path))],
        request=source("response = ", sent),
        checks=[call("check_documented", PythonSource("response"), *statuses)],
    )


def _identities(scenarios: Iterable[Scenario]) -> dict[str, str]:
    """Return who asks, by operation: whom the first scenario that should succeed is sent as."""
    found: dict[str, str] = {}
    for scenario in scenarios:
        if scenario.status.startswith("2") and scenario.when.identity is not None:
            found.setdefault(scenario.operation, scenario.when.identity)
    return found
