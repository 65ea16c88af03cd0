"""The Python files of a project, and the application object in them; nothing is imported or run."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FRAMEWORKS = {
    "FastAPI": "FastAPI",
    "Flask": "Flask",
    "APIFlask": "APIFlask",
    "OpenAPI": "flask-openapi3",
    "Quart": "Quart",
    "Starlette": "Starlette",
    "Litestar": "Litestar",
    "Sanic": "Sanic",
    "AsyncApp": "Connexion",
    "FlaskApp": "Connexion",
    "BlackSheep": "BlackSheep",
    "Application": "BlackSheep",
    "App": "Falcon",
    "get_asgi_application": "Django",
    "get_wsgi_application": "Django",
}
"""What makes an application, and the framework that it is of."""

_MODULES = {
    "App": "falcon",
    "Application": "blacksheep",
    "OpenAPI": "flask_openapi3",
    "AsyncApp": "connexion",
    "FlaskApp": "connexion",
}
"""Names that others use too: they count where the file imports this package."""

_SKIPPED = frozenset({"node_modules", "venv", "env", "site-packages", "build", "dist", "migrations", "__pycache__"})
_MOST_FILES = 3000
_LARGEST = 500_000  # bytes
_NAMES = ("app", "application", "api")
_FILES = ("main", "app", "asgi", "wsgi", "api", "server", "application", "__init__")
_NOT_THE_PRODUCT = ("test", "tests", "example", "examples", "docs", "doc", "demo", "benchmarks", "scripts", "conftest")


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundApp:
    """An application object.

    Attributes:
        place: `package.module:attribute`, or with `()` behind it for a factory.
        file: Where it stands, seen from the project's folder.
    """

    place: str
    framework: str
    file: str
    line: int


def applications(root: Path) -> list[FoundApp]:
    """Return the application objects of a project, the likeliest first."""
    found = [app for file in _python_files(root) for app in _in_file(file, root)]
    return sorted(found, key=_unlikelihood)


def _unlikelihood(app: FoundApp) -> tuple[int, int, bool, int, int, str]:
    module, _, name = app.place.removesuffix("()").partition(":")
    parts = module.split(".")
    stem = parts[-1] if not app.file.endswith("__init__.py") else "__init__"
    return (
        sum(part in _NOT_THE_PRODUCT or part.startswith("test_") for part in (*parts, *Path(app.file).parts)),
        _FILES.index(stem) if stem in _FILES else len(_FILES),
        app.place.endswith("()"),
        _NAMES.index(name) if name in _NAMES else len(_NAMES),
        len(parts),
        app.place,
    )


def _python_files(root: Path) -> Iterator[Path]:
    count = 0
    for folder, names, files in os.walk(root):
        names[:] = sorted(
            name
            for name in names
            if name not in _SKIPPED and not name.startswith(".") and not (Path(folder) / name / "pyvenv.cfg").exists()
        )
        for name in sorted(files):
            if name.endswith(".py"):
                count += 1
                if count > _MOST_FILES:
                    return
                yield Path(folder) / name


def _in_file(file: Path, root: Path) -> Iterator[FoundApp]:
    try:
        if file.stat().st_size > _LARGEST:
            return
        source = file.read_bytes()
        if not any(name.encode() in source for name in FRAMEWORKS):
            return
        tree = ast.parse(source)
    except (OSError, SyntaxError, ValueError, RecursionError):
        return
    module = _module_of(file, root)
    if module is None:
        return
    imported = _imported(tree)
    shown = file.relative_to(root).as_posix()
    factories: dict[str, str] = {}
    for node in tree.body:
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ):
                if framework := _framework(value, imported) or factories.get(_called(value)):
                    yield FoundApp(place=f"{module}:{name}", framework=framework, file=shown, line=node.lineno)
            case ast.FunctionDef(name=name):
                if framework := _made_in(node, imported):
                    factories[name] = framework
                if framework and _needs_nothing(node):
                    yield FoundApp(place=f"{module}:{name}()", framework=framework, file=shown, line=node.lineno)


def _module_of(file: Path, root: Path) -> str | None:
    """Return the dotted name that a file is imported by; None where it has none."""
    relative = file.relative_to(root).with_suffix("")
    parts = list(relative.parts)
    if parts[0] == "src" and len(parts) > 1 and not (root / "src" / "__init__.py").exists():
        parts = parts[1:]
    if parts[-1] == "__init__":
        parts = parts[:-1]
    return ".".join(parts) if parts and all(part.isidentifier() for part in parts) else None


def _imported(tree: ast.Module) -> set[str]:
    """Return the top packages that a file imports."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def _framework(value: ast.expr, imported: set[str]) -> str | None:
    name = _called(value)
    if name not in FRAMEWORKS or (name in _MODULES and _MODULES[name] not in imported):
        return None
    return FRAMEWORKS[name]


def _called(value: ast.expr) -> str:
    """Return the last name of what an expression calls; empty where it calls nothing."""
    match value:
        case ast.Call(func=ast.Name(id=name)) | ast.Call(func=ast.Attribute(attr=name)):
            return name
    return ""


def _made_in(function: ast.FunctionDef, imported: set[str]) -> str | None:
    """Return the framework of the application that a function makes and returns."""
    made: dict[str, str] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and (framework := _framework(node.value, imported)):
            made |= {target.id: framework for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and node.value and (framework := _framework(node.value, imported)):
            made |= {node.target.id: framework} if isinstance(node.target, ast.Name) else {}
    for node in ast.walk(function):
        if isinstance(node, ast.Return) and node.value is not None:
            if framework := _framework(node.value, imported):
                return framework
            if isinstance(node.value, ast.Name) and node.value.id in made:
                return made[node.value.id]
    return None


def _needs_nothing(function: ast.FunctionDef) -> bool:
    arguments = function.args
    positional = len(arguments.posonlyargs) + len(arguments.args) - len(arguments.defaults)
    return positional <= 0 and all(default is not None for default in arguments.kw_defaults)
