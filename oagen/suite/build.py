"""Scenarios to the files of a suite, in memory."""

from __future__ import annotations

import dataclasses
import functools
import json
import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from oagen.learn.choosing import Name, name_of
from oagen.outcomes.model import Outcomes
from oagen.runner import challenges, pointers, sessions, statuses
from oagen.scenario import uniqueness
from oagen.scenario.identities import documents_security
from oagen.scenario.model import Scenario
from oagen.scenario.wire import media_types
from oagen.spec.bundle import bundle
from oagen.spec.model import ApiDescription, Operation
from oagen.suite.contract import contract_test
from oagen.suite.draft import Draft
from oagen.suite.e2e import flow_test
from oagen.suite.expressions import Imports
from oagen.suite.factories import Factories
from oagen.suite.flows import Flow, flows
from oagen.suite.given import GivenFunctions
from oagen.suite.importing import contract_import, import_statements, own_import
from oagen.suite.integration import integration_test
from oagen.suite.matrix import LEVELS
from oagen.suite.model import Level, Suite, SuiteSettings
from oagen.suite.naming import module_stems
from oagen.suite.properties import property_files
from oagen.suite.python_source import PythonSource, docstring, literal, string
from oagen.suite.templating import TEST_MODULE, Renderer
from oagen.suite.unit import needs_set_up, unit_states, unit_test
from oagen.suite.unit_outcomes import UnitTests
from oagen.suite.views import ConftestView, FlowView, FunctionsView

USER_OWNED = frozenset({"states.py", "quarantine.txt"})
"""Files that are written once."""

_CONFTEST = {
    "api": ["Api"],
    "current": ["SUITE", "current"],
    "leniency": ["apply_leniency", "read_quarantine"],
    "outcomes": ["OutcomeRecorder", "passed_before"],
    "settings": ["MARKERS", "NOWHERE", "Settings", "add_options", "load_settings"],
    "states": ["known_state", "load_states"],
    "target": ["open_application", "open_url"],
    "transactions": ["database_access", "offer_database", "undone"],
}
_FACTORY_IMPORTS = ("from collections.abc import Mapping", "from typing import Any")
_CARRIED = {
    "challenges": challenges,
    "media_types": media_types,
    "pointers": pointers,
    "sessions": sessions,
    "statuses": statuses,
    "uniqueness": uniqueness,
}
_METHODS_OF_3_1 = frozenset({"GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"})
_TEMPLATES = {Level.E2E: "test_flows.py.jinja"}


def build_suite(
    description: ApiDescription,
    scenarios: tuple[Scenario, ...],
    settings: SuiteSettings,
    outcomes: Outcomes | None = None,
    *,
    keeping: Collection[Name] = (),
) -> Suite:
    """Return the files of the suite that holds an API to its description, and what each test is for.

    Args:
        outcomes: Of the application's collaborators, as they were found: they decide what the unit tests are.
        keeping: Scenarios whose answers were seen to keep the contract: its tests are made of them where they can be.

    The texts are deterministic, and not yet laid out: see `oagen.suite.formatting`.

    Raises:
        TemplateError: A template of the user is missing, broken, or asks for what its view does not have.
    """
    renderer = Renderer(settings.templates)
    factories = Factories(scenarios)
    given = GivenFunctions(factories)
    draft = Draft(module_stems(description.operations))
    by_operation = _by_operation(scenarios)
    units = UnitTests(outcomes, factories) if outcomes is not None and outcomes.witnesses else None
    for operation in description.operations:
        mine = by_operation.get(operation.key, {})
        for response in operation.responses:
            sought = outcomes is not None and operation.key in outcomes.fingerprints
            has_unit_test = units is not None and units.add(draft, operation, response.status)
            _add_tests(
                draft,
                operation,
                mine.get(response.status, []),
                given,
                factories,
                has_unit_test=has_unit_test,
                sought=sought,
                keeping=keeping,
            )
    operations = {operation.key: operation for operation in description.operations}
    found = flows(scenarios)
    for flow in found:
        write = functools.partial(_flow_test, flow, given, factories)
        draft.add_flow(operations[flow.operation], flow, write)
    files = {
        module.file: renderer.render(
            _TEMPLATES.get(module.level, TEST_MODULE), module=module.view(package=settings.package)
        )
        for module in draft.modules()
    }
    files |= _shared_files(description, renderer, factories, given, settings, has_flows=bool(found))
    if units is not None:
        files |= units.files(renderer, package=settings.package)
    if settings.property_tests:
        files |= property_files(description, scenarios, renderer, package=settings.package)
    return Suite(files=dict(sorted(files.items())), tests=tuple(draft.tests), user_owned=USER_OWNED)


def _flow_test(
    flow: Flow, given: GivenFunctions, factories: Factories, name: PythonSource, imports: Imports
) -> FlowView:
    return flow_test(flow, name, given, factories, imports)


def _by_operation(scenarios: Iterable[Scenario]) -> dict[str, dict[str, list[Scenario]]]:
    found: dict[str, dict[str, list[Scenario]]] = {}
    for scenario in scenarios:
        found.setdefault(scenario.operation, {}).setdefault(scenario.status, []).append(scenario)
    return found


def _add_tests(
    draft: Draft,
    operation: Operation,
    scenarios: list[Scenario],
    given: GivenFunctions,
    factories: Factories,
    *,
    has_unit_test: bool,
    sought: bool,
    keeping: Collection[Name],
) -> None:
    """Add the tests of one documented response at each level."""
    if not scenarios:
        return
    for scenario in scenarios:
        module = draft.module(Level.INTEGRATION, operation, auth=scenario.auth)
        inside = draft.class_of(module, operation)
        name = draft.name(inside, scenario.title)
        test = integration_test(scenario, name, given, factories, module.imports)
        draft.add(module, inside, test, scenario, [state.name for state in scenario.states])
    if not has_unit_test:
        scenario = min(scenarios, key=lambda one: (needs_set_up(one), *_cost(one)))
        module = draft.module(Level.UNIT, operation, auth=scenario.auth)
        inside = draft.class_of(module, operation)
        states = unit_states(scenario, operation, sought=sought)
        name = draft.name(inside, scenario.title)
        test = unit_test(scenario, operation, name, factories, module.imports, states=states)
        draft.add(module, inside, test, scenario, states)

    scenario = min(scenarios, key=lambda one: (name_of(one) not in keeping, *_cost(one)))
    module = draft.module(Level.CONTRACT, operation, auth=scenario.auth)
    inside = draft.class_of(module, operation)
    name = draft.name(inside, f"{scenario.status} keeps its contract")
    test = contract_test(scenario, name, given, factories, module.imports)
    draft.add(module, inside, test, scenario, [state.name for state in scenario.states])


def _cost(scenario: Scenario) -> tuple[bool, bool, bool, int]:
    """Return what makes one scenario of a response harder to run than another, weightiest first."""
    return bool(scenario.states), bool(scenario.alongside), scenario.repeat > 1, len(scenario.given)


def _shared_files(
    description: ApiDescription,
    renderer: Renderer,
    factories: Factories,
    given: GivenFunctions,
    settings: SuiteSettings,
    *,
    has_flows: bool,
) -> dict[str, str]:
    """Return the files beside the tests."""
    package = settings.package

    def own(modules: Mapping[str, Iterable[str]], depth: int) -> list[PythonSource]:
        return [own_import(module, names, package=package, depth=depth) for module, names in modules.items()]

    made = Imports()
    factory_views = factories.views(made)
    files = {
        "conftest.py": renderer.render(
            "conftest.py.jinja",
            module=ConftestView(
                imports=own({f"support.{name}": names for name, names in _CONFTEST.items()}, 0),
                base_path=string(description.base_path),
                documents_security=literal(documents_security(description)),
            ),
        ),
        "factories.py": renderer.render(
            "factories.py.jinja",
            module=FunctionsView(
                docstring=docstring("Valid payloads, with other members where a test wants them."),
                imports=import_statements(
                    made, package=package, depth=0, others=map(PythonSource, _FACTORY_IMPORTS if factory_views else ())
                ),
                functions=factory_views,
            ),
        ),
        "given.py": renderer.render(
            "given.py.jinja",
            module=FunctionsView(
                docstring=docstring("Set-up of tests: requests that make what a test needs."),
                imports=import_statements(given.imports, package=package, depth=0),
                functions=given.views(),
            ),
        ),
        "states.py": renderer.render("states.py.jinja", imports=own({"support": ["state"]}, 0)),
        ".gitignore": renderer.render("gitignore.jinja"),
        "ruff.toml": renderer.render("ruff.toml.jinja"),
        "quarantine.txt": renderer.render("quarantine.txt.jinja"),
        "requirements.txt": renderer.render(
            "requirements.txt.jinja",
            parts=[renderer.text("property/requirements.txt")] if settings.property_tests else [],
        ),
        "unit/conftest.py": renderer.render(
            "unit/conftest.py.jinja",
            imports=own({"support.api": ["Api"], "support.sockets": ["no_sockets"]}, 1),
            found_imports=[],
        ),
        "contract/conftest.py": renderer.render(
            "contract/conftest.py.jinja",
            imports=[*own({"support.explaining": ["exchange"]}, 1), *contract_import(package=package)],
        ),
        "contract/checking.py": renderer.text("contract/checking.py"),
        "contract/openapi.json": contract_text(description),
        **_shared_sources(),
        **{name: renderer.text(name) for name in renderer.runtime()},
        **{f"{level.value}/__init__.py": "" for level in LEVELS},
    }
    if has_flows:
        files |= {"e2e/__init__.py": "", "e2e/conftest.py": renderer.render("e2e/conftest.py.jinja")}
    if package:
        files["__init__.py"] = ""
    return files


def _shared_sources() -> dict[str, str]:
    """Return the modules of oagen's own that a suite carries: what a test and the runner must do alike."""
    return {f"support/{name}.py": _carried(Path(str(module.__file__))) for name, module in _CARRIED.items()}


def _carried(file: Path) -> str:
    """Return a module as it stands beside the others that a suite carries, without remarks to our linter."""
    text = re.sub(r"  # noqa: [A-Z0-9, ]+( - .*)?$", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return re.sub(r"^from oagen\.[\w.]+\.(\w+) import", r"from .\1 import", text, flags=re.MULTILINE)


def contract_text(description: ApiDescription) -> str:
    """Return the description as the JSON file that `checking.py` reads."""
    return _document_text(_contract_document(description))


def _contract_document(description: ApiDescription) -> dict[str, Any]:
    """Return the description for openapi-core; operations whose method 3.1 lacks stand apart, each as a POST."""
    document = bundle(description)
    apart = {
        operation.key: bundle(description, [dataclasses.replace(operation, method="POST")])
        for operation in description.operations
        if operation.method not in _METHODS_OF_3_1
    }
    return {**document, "x-other-methods": apart} if apart else document


def _document_text(document: Mapping[str, Any]) -> str:
    """Return a document as JSON, a line for each path and each component, so that a diff shows what changed."""
    return "{" + ",".join(f"\n{json.dumps(key)}: {_lines(value, depth=2)}" for key, value in document.items()) + "\n}\n"


def _lines(value: Any, *, depth: int) -> str:
    if depth == 0 or not isinstance(value, dict) or not value:
        return json.dumps(value)
    return (
        "{" + ",".join(f"\n{json.dumps(key)}: {_lines(item, depth=depth - 1)}" for key, item in value.items()) + "\n}"
    )
