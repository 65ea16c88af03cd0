"""Unit tests whose collaborators' outcomes were found: what is patched, a request, and what is answered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

from oagen.outcomes.model import Outcome, Outcomes, Replaced, SeamKind, UnitWitness
from oagen.scenario.wire import WireRequest
from oagen.scenario.wire.media_types import essence, is_json
from oagen.spec.model import Operation
from oagen.suite.draft import Draft
from oagen.suite.expressions import Imports
from oagen.suite.factories import Factories
from oagen.suite.importing import own_import
from oagen.suite.model import Level
from oagen.suite.objects import AppImports, Objects, importable
from oagen.suite.python_source import (
    NameScope,
    PythonSource,
    call,
    docstring,
    literal,
    mapping,
    snake_name,
    source,
    string,
)
from oagen.suite.templating import Renderer
from oagen.suite.views import FunctionsView, TestView

_AUTH = ("401", "403")
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_TAKEN = ("self", "client", "response", "app", "patch", "httpx", "pytest")
_LARGEST = 1500  # characters of a body that a test repeats as a whole


class UnitTests:
    """Writes the unit tests of one suite."""

    def __init__(self, outcomes: Outcomes, factories: Factories) -> None:
        self._outcomes = outcomes
        self._app = outcomes.app
        self._objects = Objects(outcomes, [view.name for view in factories.views(Imports())])

    def add(self, draft: Draft, operation: Operation, status: str) -> bool:
        """Add the tests of a documented response; return whether there are any."""
        witnesses = self._outcomes.of(operation.key, status)
        for witness in witnesses:
            module = draft.module(Level.UNIT, operation, auth=status in _AUTH)
            inside = draft.class_of(module, operation)
            name = draft.name(inside, f"{status} {witness.reason}")
            draft.add_found(module, inside, self._test(witness, name, module.app_imports), witness)
        return bool(witnesses)

    def files(self, renderer: Renderer, *, package: bool) -> dict[str, str]:
        """Return the files beside the tests: fixtures, and what makes objects."""
        imports = AppImports()
        imports.use("typing:Any")
        functions = self._objects.functions(imports)
        support = {
            "support.api": ["Api"],
            "support.application": ["import_application"],
            "support.settings": ["load_settings"],
            "support.sockets": ["no_sockets"],
        }
        statements = [*imports.standard(), "", *imports.others()]
        return {
            "unit/conftest.py": renderer.render(
                "unit/conftest.py.jinja",
                imports=[own_import(module, names, package=package, depth=1) for module, names in support.items()],
                found_imports=["import httpx"],
            ),
            "unit/objects.py": renderer.render(
                "unit/objects.py.jinja",
                module=FunctionsView(
                    docstring=docstring("What collaborators give back in unit tests; a test changes what it is about."),
                    imports=list(map(PythonSource, statements)),
                    functions=functions,
                ),
            ),
        }

    def _test(self, witness: UnitWitness, name: PythonSource, imports: AppImports) -> TestView:
        """Return the test of a witness."""
        overridden = [item.target for item in witness.replaced if item.kind is SeamKind.DEPENDENCY]
        functions = [imports.use(target) for target in overridden]  # no variable takes the name of one
        scope = NameScope([*_TAKEN, *functions])
        before: list[PythonSource] = []
        patches: list[PythonSource] = []
        checks: list[PythonSource] = []
        for replaced in witness.replaced:
            if replaced.kind is SeamKind.DEPENDENCY:
                value = self._value(replaced.outcomes[0], scope, before, imports)
                key = imports.use(replaced.target)
                patches.append(
                    call(
                        f"{_patch_in(imports)}.dict", self._overrides(replaced, imports), f"{{{key}: lambda: {value}}}"
                    )
                )
            else:
                patches.append(self._patch(replaced, scope, before, checks, imports))
        return TestView(
            name=name,
            parameters=[
                PythonSource("self"),
                PythonSource("client: httpx.Client"),
                *self._app_parameter(witness, imports),
            ],
            before=before,
            states=patches,
            request=source("response = ", _request(witness.request)),
            checks=[*answer_checks(witness), *checks],
        )

    def _overrides(self, replaced: Replaced, imports: AppImports) -> str:
        held = replaced.holder or (self._app if self._is_held else "")
        holder = imports.use(held) if held else "app"
        return f"{holder}.dependency_overrides"

    @property
    def _is_held(self) -> bool:
        """Whether a module holds the application, and no factory makes it."""
        return all(part.isidentifier() for part in self._app.partition(":")[2].split("."))

    def _app_parameter(self, witness: UnitWitness, imports: AppImports) -> list[PythonSource]:
        needed = any(item.kind is SeamKind.DEPENDENCY for item in witness.replaced) and not self._is_held
        return [source("app: ", imports.use("typing:Any"))] if needed else []

    def _patch(
        self,
        replaced: Replaced,
        scope: NameScope,
        before: list[PythonSource],
        checks: list[PythonSource],
        imports: AppImports,
    ) -> PythonSource:
        patch = self._patching(replaced.target, imports)
        if len(replaced.outcomes) > 1:
            values = [self._value(outcome, scope, before, imports) for outcome in replaced.outcomes]
            patched = call(*patch, side_effect=f"[{', '.join(values)}]")
        else:
            value = self._value(replaced.outcomes[0], scope, before, imports)
            acts = replaced.outcomes[0].raises or replaced.outcomes[0].value["k"] in ("assign", "by_model")
            keyword = "side_effect" if acts else "return_value"
            spec = "True" if replaced.autospec or replaced.outcomes[0].value.get("self") else None
            patched = call(*patch, autospec=spec, **{keyword: value})
        if "autospec=" in patched or replaced.called_with is None or len(replaced.called_with) != 1:
            return patched
        mock = scope.name(snake_name(replaced.target.rpartition(".")[2].rpartition(":")[2], "replaced"))
        arguments = [
            imports.use("unittest.mock:ANY") if spec is None else self._objects.expression(spec, imports)
            for spec in replaced.called_with[0]
        ]
        checks.append(call(f"{mock}.assert_called_once_with", *arguments))
        return source(patched, " as ", mock)

    def _patching(self, target: str, imports: AppImports) -> tuple[str, ...]:
        """Return the function that patches what is at `module:path`, and its first arguments."""
        module, _, path = target.partition(":")
        if importable(module):
            return (_patch_in(imports), string(f"{module}.{path}"))
        holder, _, name = path.rpartition(".")
        held = (
            imports.use(target.rpartition(".")[0])
            if holder
            else source(imports.use("sys:modules"), "[", string(module), "]")
        )
        return (f"{_patch_in(imports)}.object", held, string(name))

    def _value(
        self, outcome: Outcome, scope: NameScope, before: list[PythonSource], imports: AppImports
    ) -> PythonSource:
        """Return the expression of an outcome; an object gets a variable."""
        expression = self._objects.expression(outcome.value, imports)
        wanted = "" if outcome.raises else self._objects.variable(outcome.value)
        if not wanted:
            return expression
        for statement in before if outcome.value["k"] != "mock" else ():
            variable, _, made = statement.partition(" = ")
            if made == expression:
                return PythonSource(variable)
        name = scope.name(wanted)
        before.append(source(name, " = ", expression))
        if outcome.value["k"] == "mock":
            for path, value in outcome.value["kw"].items():
                place = PythonSource(path.replace("()", ".return_value"))
                before.append(source(name, ".", place, " = ", self._objects.expression(value, imports)))
        return name


def _patch_in(imports: AppImports) -> PythonSource:
    return imports.use("unittest.mock:patch")


def _request(request: WireRequest) -> PythonSource:
    headers = list(request.headers)
    keywords: dict[str, str | None] = {}
    content_type = next((value for name, value in headers if name.lower() == "content-type"), "")
    body = _body(request.body, content_type)
    if body is not None:
        keywords[body[0]] = body[1]
        usual = {"json": "application/json", "data": "application/x-www-form-urlencoded"}.get(body[0])
        headers = [(name, value) for name, value in headers if name.lower() != "content-type" or value != usual]
    if headers:
        keywords = {"headers": mapping((name, string(value)) for name, value in headers), **keywords}
    if request.method in _METHODS and (body is None or request.method in _WITH_BODY):
        return call(f"client.{request.method.lower()}", string(request.target), **keywords)
    return call("client.request", string(request.method), string(request.target), **keywords)


def _body(body: bytes | None, content_type: str) -> tuple[str, PythonSource] | None:
    """Return the keyword that sends a body, and its value."""
    if body is None:
        return None
    if is_json(content_type):
        try:
            return "json", literal(json.loads(body, parse_constant=_refuse))
        except (ValueError, RecursionError):
            return "content", literal(body)
    if essence(content_type) == "application/x-www-form-urlencoded":
        try:
            pairs = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True)
        except ValueError:
            return "content", literal(body)
        if len(dict(pairs)) == len(pairs):
            return "data", literal(dict(pairs))
    try:
        return "content", string(body.decode())
    except UnicodeDecodeError:
        return "content", literal(body)


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


def answer_checks(witness: UnitWitness) -> Iterator[PythonSource]:
    """Yield the statements about an answer: its status, its headers, its body."""
    yield source(f"assert response.status_code == {witness.answered}")
    for name, value in witness.headers:
        yield source("assert response.headers[", string(name.lower()), "] == ", string(value))
    body = witness.body
    if body is None:
        return
    whole = witness.whole and len(json.dumps(body)) <= _LARGEST and (witness.answered < 400 or _is_short(body))  # noqa: PLR2004
    if whole:
        comparison = "is" if isinstance(body, bool) else "=="
        yield source(f"assert response.json() {comparison} ", literal(body))
    elif isinstance(body, dict):
        for key, value in body.items():
            if isinstance(value, str | int | float) and len(str(value)) <= 80:  # noqa: PLR2004
                comparison = "is" if isinstance(value, bool) else "=="
                yield source("assert response.json()[", string(key), f"] {comparison} ", literal(value))


def _is_short(body: Any) -> bool:
    """Tell whether a refusal says its own words alone, no list of what a library has to say."""
    return isinstance(body, dict) and all(isinstance(value, str | int | None) for value in body.values())
