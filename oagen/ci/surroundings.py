"""What a project has around its API: how it is installed, started, tested."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

_COMPOSE = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
_OTHERS = {
    "package.json": "Node.js",
    "go.mod": "Go",
    "pom.xml": "Java",
    "build.gradle": "Java",
    "build.gradle.kts": "Kotlin",
    "Gemfile": "Ruby",
    "composer.json": "PHP",
    "Cargo.toml": "Rust",
}
_WEB = re.compile(r"^web:\s*(.+?)\s*$", re.MULTILINE)
_PORT = re.compile(r"^(?:[\d.]+:)?(\d{2,5}):(\d{2,5})(?:/tcp)?$")
_NO_APIS = frozenset({1433, 1521, 2181, 3306, 4317, 5432, 5672, 6379, 9092, 9200, 11211, 27017})
"""Ports of databases, brokers and the like, which often come first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What lies in a project's folder.

    Attributes:
        install: Commands that install the project.
        start: A command that starts the API, and the file that says so; None where there is none.
        compose: The Compose file.
        port: That the Compose file opens to the outside.
        language: Where it is not Python.
        tests: How its tests run, as far as that can be told.
    """

    install: tuple[str, ...] = ()
    start: tuple[str, str] | None = None
    compose: str | None = None
    port: int | None = None
    language: str | None = None
    tests: str | None = None


def surroundings_of(root: Path) -> Surroundings:
    """Return what lies in a project's folder; files that can't be read count as absent."""
    project = _toml(root / "pyproject.toml")
    compose = next((name for name in _COMPOSE if (root / name).is_file()), None)
    python = bool(project) or any(root.glob("*.py")) or (root / "requirements.txt").is_file()
    language = None if python else next((name for file, name in _OTHERS.items() if (root / file).is_file()), None)
    return Surroundings(
        install=_install(root, project),
        start=_start(root),
        compose=compose,
        port=_port(root / compose) if compose else None,
        language=language,
        tests=_tests(root, project),
    )


def _install(root: Path, project: dict[str, Any]) -> tuple[str, ...]:
    if (root / "uv.lock").is_file():
        locked = "/tmp/requirements.txt"  # noqa: S108 - on a runner that is thrown away
        return (
            "python -m pip install uv",
            f"uv export --quiet --frozen --no-hashes --format requirements-txt --output-file {locked}",
            f"python -m pip install -r {locked}",
        )
    if (root / "poetry.lock").is_file():
        return ("python -m pip install poetry", "poetry config virtualenvs.create false", "poetry install")
    found = [name for name in ("requirements.txt", "requirements-dev.txt") if (root / name).is_file()]
    commands = [f"python -m pip install -r {name}" for name in found]
    if "project" in project or (root / "setup.py").is_file():
        commands.append("python -m pip install .")
    if not commands and (root / "package.json").is_file():
        commands.append("npm ci" if (root / "package-lock.json").is_file() else "npm install")
    return tuple(commands)


def _start(root: Path) -> tuple[str, str] | None:
    if found := _WEB.search(_text(root / "Procfile")):
        return found[1], "Procfile"
    try:
        package = json.loads(_text(root / "package.json") or "{}")
    except ValueError:
        return None
    scripts = package.get("scripts") if isinstance(package, dict) else None
    return ("npm start", "package.json") if isinstance(scripts, dict) and "start" in scripts else None


def _port(file: Path) -> int | None:
    try:
        document = yaml.safe_load(_text(file))
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
    services = document.get("services") if isinstance(document, dict) else None
    found: list[tuple[bool, int]] = []
    for service in services.values() if isinstance(services, dict) else ():
        if isinstance(service, dict):
            is_theirs = "build" not in service
            opened = [_opened(port) for port in service.get("ports") or ()]
            found += [(is_theirs, ports[0]) for ports in opened if ports is not None and ports[1] not in _NO_APIS]
    return min(found, key=lambda item: item[0])[1] if found else None


def _opened(port: object) -> tuple[int, int] | None:
    """Return the port outside and that in the container; None where a range or a variable says so."""
    if isinstance(port, dict):
        outside, inside = str(port.get("published", "")), str(port.get("target", ""))
        return (int(outside), int(inside)) if outside.isdigit() and inside.isdigit() else None
    found = _PORT.match(str(port))
    return (int(found[1]), int(found[2])) if found else None


def _tests(root: Path, project: dict[str, Any]) -> str | None:
    tools = project.get("tool", {})
    if "pytest" in tools or (root / "pytest.ini").is_file() or "[tool:pytest]" in _text(root / "setup.cfg"):
        return "pytest"
    for file, name in (("tox.ini", "tox"), ("noxfile.py", "nox")):
        if (root / file).is_file():
            return name
    if re.search(r"^test:", _text(root / "Makefile"), re.MULTILINE):
        return "make test"
    return "python manage.py test" if (root / "manage.py").is_file() else None


def _toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(_text(file))
    except tomllib.TOMLDecodeError:
        return {}


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
