"""Values of the application as Python source, and the functions that make its objects in unit tests."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from oagen.outcomes.model import Outcomes, Spec
from oagen.suite.importing import member_order
from oagen.suite.python_source import (
    NameScope,
    PythonSource,
    call,
    docstring,
    is_plain_name,
    literal,
    sequence,
    snake_name,
    source,
    string,
    words,
)
from oagen.suite.views import FunctionView

FEWEST_FIELDS = 3
"""From so many fields on, an object is made by a function of its own."""

BY_MODEL = "by_model"
"""The function of `objects.py` that gives queries what their model has."""

_PLAIN = frozenset({"lit", "bytes"})


@dataclass(slots=True)
class AppImports:
    """What a module imports from the application and from other packages.

    Attributes:
        names: The name in this module, by module and name there.
        objects: Functions of `objects.py`.
    """

    names: dict[tuple[str, str], str] = field(default_factory=dict)
    objects: set[str] = field(default_factory=set)
    modules: set[str] = field(default_factory=set)
    taken: set[str] = field(default_factory=lambda: {"client", "self", "response", "httpx", "pytest"})

    def use(self, of: str) -> PythonSource:
        """Return the expression for what is at `module:path`."""
        module, _, path = of.partition(":")
        first, _, rest = path.partition(".")
        if module == "builtins":
            return PythonSource(path)
        if not importable(module):
            return source(self.use("sys:modules"), "[", string(module), "].", path)
        if (module, first) not in self.names:
            mine, number = first, 1
            while mine in self.taken:
                number += 1
                mine = f"{first}_{number}"
            self.taken.add(mine)
            self.names[module, first] = mine
        return PythonSource(self.names[module, first] + (f".{rest}" if rest else ""))

    def standard(self) -> list[PythonSource]:
        """Return the import statements of the standard library, in order."""
        return [item for item in self._statements() if _is_standard(item)]

    def others(self) -> list[PythonSource]:
        """Return the import statements of other packages and of the application, in order."""
        return [item for item in self._statements() if not _is_standard(item)]

    def _statements(self) -> list[PythonSource]:
        by_module: dict[str, list[str]] = {}
        aliased: list[tuple[str, PythonSource]] = []
        for (module, name), mine in self.names.items():
            if mine == name:
                by_module.setdefault(module, []).append(name)
            else:
                aliased.append((module, PythonSource(f"from {module} import {name} as {mine}")))
        plain = [
            (module, PythonSource(f"from {module} import {', '.join(sorted(names, key=member_order))}"))
            for module, names in by_module.items()
        ]
        return [statement for _, statement in sorted([*plain, *aliased], key=lambda item: item[0])]


def importable(module: str) -> bool:
    """Tell whether an import statement can name a module; one that was loaded by hand may have any name."""
    return all(is_plain_name(part) for part in module.split("."))


def _is_standard(statement: str) -> bool:
    return statement.split()[1].partition(".")[0] in sys.stdlib_module_names


class Objects:
    """The objects that collaborators give in a suite's unit tests.

    An object of many fields is made by a function, `make_order(state=OrderState.PAID)`, whose defaults are the values
    that its tests have most often.

    Args:
        taken: Names of other functions that make things.
    """

    def __init__(self, outcomes: Outcomes, taken: Iterable[str] = ()) -> None:
        self._defaults: dict[str, Mapping[str, Spec]] = {}
        self._names: dict[str, PythonSource] = {}
        values = [item.value for each in outcomes.witnesses for one in each.replaced for item in one.outcomes]
        found: dict[str, list[Spec]] = {}
        for value in values:
            for spec in _calls(value):
                if len(spec.get("kw", {})) >= FEWEST_FIELDS and not spec.get("args"):
                    found.setdefault(spec["of"], []).append(spec)
        self._asks_by_model = any(value["k"] == BY_MODEL for value in values)
        scope = NameScope([*taken, BY_MODEL])
        for of, specs in found.items():
            kept = Counter(repr(spec["kw"]) for spec in specs).most_common(1)[0][0]
            self._defaults[of] = next(spec["kw"] for spec in specs if repr(spec["kw"]) == kept)
            noun = snake_name(_class_name(of), "object")
            self._names[of] = scope.name(f"make_{noun}", otherwise=[f"build_{noun}", f"a_{noun}"])

    def expression(self, spec: Spec, imports: AppImports) -> PythonSource:
        """Return the Python expression of a value."""
        match spec["k"]:
            case "lit":
                return literal(spec["v"])
            case "bytes":
                return literal(spec["v"].encode("latin-1"))
            case "class":
                return imports.use(spec["of"])
            case "enum":
                return source(imports.use(spec["of"]), ".", spec["name"])
            case "list":
                return sequence(self.expression(item, imports) for item in spec["items"])
            case "tuple":
                items = [self.expression(item, imports) for item in spec["items"]]
                return PythonSource(f"({', '.join(items)}{',' if len(items) == 1 else ''})")
            case "set":
                items = [self.expression(item, imports) for item in spec["items"]]
                return PythonSource(f"{{{', '.join(items)}}}" if items else "set()")
            case "dict":
                pairs = [
                    f"{self.expression(key, imports)}: {self.expression(value, imports)}"
                    for key, value in spec["items"]
                ]
                return PythonSource(f"{{{', '.join(pairs)}}}")
            case "bare":
                return call("object.__new__", imports.use(spec["of"]))
            case "mock":
                spec_of = imports.use(spec["of"]) if spec["of"] else None
                return call(imports.use("unittest.mock:MagicMock"), spec=spec_of)
            case "assign":
                return PythonSource(
                    f'lambda it, *_, **__: setattr(it, "{spec["field"]}", {self.expression(spec["value"], imports)})'
                )
            case "by_model":
                imports.objects.add(BY_MODEL)
                pairs = [
                    f"{imports.use(of)}: {self.expression(outcome.get('raise') or outcome['return'], imports)}"
                    for of, outcome in spec["items"]
                ]
                return source(BY_MODEL, "({", ", ".join(pairs), "})")
            case "ns":
                return self._keywords(imports.use("types:SimpleNamespace"), spec["kw"], imports)
            case "chain":
                return self._chain(spec["path"], spec["value"], imports)
        return self._call(spec, imports)

    def functions(self, imports: AppImports) -> list[FunctionView]:
        """Return the functions that make objects."""
        views = []
        if self._asks_by_model:
            imports.use("inspect:isfunction")
            views.append(_by_model())
        for of, defaults in self._defaults.items():
            made = imports.use(of)
            members = [f'"{name}": {self.expression(value, imports)}' for name, value in defaults.items()]
            kind = imports.use(of.removesuffix(".model_construct"))
            views.append(
                FunctionView(
                    name=self._names[of],
                    parameters=[PythonSource("**changes: Any")],
                    docstring=docstring(f"Return {_article(' '.join(words(_class_name(of))))}, with these changes."),
                    body=[PythonSource(f"values: dict[str, Any] = {{{', '.join(members)}}}")],
                    result=source(made, "(**{**values, **changes})"),
                    returns=kind,
                )
            )
        return views

    def variable(self, spec: Spec) -> str:
        """Return the name of a variable for a value that deserves one; nothing for others."""
        if spec["k"] == "call" and (spec["of"] in self._defaults or len(spec.get("kw", {})) > 1):
            return snake_name(_class_name(spec["of"]), "value")
        if spec["k"] == "mock":
            return snake_name(_class_name(spec["of"]), "value")
        if spec["k"] in ("list", "tuple") and spec["items"] and (name := self.variable(spec["items"][0])):
            return f"{name}s" if spec["k"] == "list" else ""
        return ""

    def _call(self, spec: Spec, imports: AppImports) -> PythonSource:
        defaults = self._defaults.get(spec["of"])
        keywords = spec.get("kw", {})
        if defaults is not None and set(defaults) == set(keywords) and not spec.get("args"):
            imports.objects.add(self._names[spec["of"]])
            changes = {name: value for name, value in keywords.items() if defaults[name] != value}
            return self._keywords(self._names[spec["of"]], changes, imports)
        arguments = [self.expression(item, imports) for item in spec.get("args", ())]
        return self._keywords(imports.use(spec["of"]), keywords, imports, arguments)

    def _keywords(
        self, function: str, keywords: Mapping[str, Spec], imports: AppImports, arguments: Iterable[str] = ()
    ) -> PythonSource:
        named = {name: self.expression(value, imports) for name, value in keywords.items()}
        plain: dict[str, str | None] = {name: value for name, value in named.items() if is_plain_name(name)}
        return call(function, *arguments, **plain)

    def _chain(self, path: list[str], value: Spec, imports: AppImports) -> PythonSource:
        made = self.expression(value, imports)
        for name in reversed(path):
            made = call(imports.use("types:SimpleNamespace"), **{name: f"lambda *_: {made}"})
        return made


def _calls(spec: Spec) -> Iterator[Spec]:
    """Yield the objects in a value, the outermost first."""
    match spec["k"]:
        case "list" | "tuple" | "set":
            for item in spec["items"]:
                yield from _calls(item)
        case "chain" | "assign":
            yield from _calls(spec["value"])
        case "mock":
            for item in spec["kw"].values():
                yield from _calls(item)
        case "by_model":
            for _, outcome in spec["items"]:
                yield from _calls(outcome.get("raise") or outcome["return"])
        case "call":
            yield spec
            for item in [*spec.get("args", ()), *spec.get("kw", {}).values()]:
                yield from _calls(item)


def _by_model() -> FunctionView:
    """Return the function that gives queries what their model has."""
    lines = (
        "def asked(query: Any, *_: Any, **__: Any) -> Any:",
        "    found = outcomes[query.model]",
        "    if isinstance(found, Exception):",
        "        raise found",
        "    return found(query) if isfunction(found) else found",
        "",
    )
    return FunctionView(
        name=PythonSource(BY_MODEL),
        parameters=[PythonSource("outcomes: dict[type, Any]")],
        docstring=docstring("Return what a query does, by the model that it is for: it gives a value, or raises one."),
        body=list(map(PythonSource, lines)),
        result=PythonSource("asked"),
        returns=PythonSource("Any"),
    )


def _class_name(of: str) -> str:
    return of.partition(":")[2].removesuffix(".model_construct").rpartition(".")[2]


def _article(noun: str) -> str:
    return f"{'an' if noun[:1] in 'aeio' else 'a'} {noun}"
