"""A first oagen.toml: what was found in a project, with comments on the rest."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from oagen.ci.sources import FoundApp, applications
from oagen.ci.surroundings import Surroundings, surroundings_of
from oagen.spec.discovery import usual_documents
from oagen.spec.model import ApiDescription, SchemeKind, SecurityScheme

_PORTS = {"Node.js": 3000, "Java": 8080, "Kotlin": 8080, "Go": 8080, "Ruby": 3000}
_HEALTH = re.compile(r"/(?:[\w-]+/){0,2}(?:health|healthz|health-?check|livez|readyz|ready|ping|heartbeat|up)/?$")
_WSGI = frozenset({"Flask", "APIFlask", "flask-openapi3", "Connexion", "Falcon"})
_WITHOUT_DOCUMENT = frozenset({"Flask", "Django", "Starlette", "Quart", "Falcon"})
_PORT_WANTED = re.compile(r"\$(?:PORT\b|\{PORT\b)")
_WORD = re.compile(r"[^A-Za-z0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """What was found in a project.

    Attributes:
        document: The API description, seen from the project's folder.
        apps: Application objects, the likeliest first.
        health: A path that tells whether the API is up.
        schemes: Security schemes of the document.
    """

    document: str | None = None
    apps: tuple[FoundApp, ...] = ()
    around: Surroundings
    health: str | None = None
    schemes: tuple[SecurityScheme, ...] = ()

    @property
    def describes_itself(self) -> bool:
        """Whether the likeliest application offers a description by itself, without an extension."""
        return bool(self.apps) and self.apps[0].framework not in _WITHOUT_DOCUMENT


def project_in(root: Path) -> Project:
    """Return what lies in a project's folder; nothing of it is imported or run."""
    documents = usual_documents(root)
    description = _read(documents[0]) if documents else None
    return Project(
        document=documents[0].relative_to(root).as_posix() if documents else None,
        apps=tuple(applications(root)),
        around=surroundings_of(root),
        health=_health(description) if description else None,
        schemes=description.security_schemes if description else (),
    )


def _read(file: Path) -> ApiDescription | None:
    from oagen.errors import DocumentError
    from oagen.spec.loading import load_description

    try:
        return load_description(str(file))
    except DocumentError:
        return None


def _health(description: ApiDescription) -> str | None:
    for operation in description.operations:
        if operation.method == "GET" and "{" not in operation.path and _HEALTH.match(operation.path):
            return operation.path
    return None


def first_configuration(project: Project) -> str:
    """Return the text of a first oagen.toml, which is valid as it stands."""
    lines = [
        "# The configuration of oagen. Every key: docs/configuration.md of oagen. Secrets never stand here: ${NAME} is",
        "# taken from the environment when it is used.",
        "",
        *_api(project),
        "",
        *_identities(project.schemes),
        "",
        "[suite]",
        'out = "api_tests"  # where oagen generate writes the suite; commit it',
        "",
        *_ci(project),
    ]
    return "\n".join(lines) + "\n"


def _api(project: Project) -> Iterator[str]:
    around, app = project.around, next(iter(project.apps), None)
    yield "[api]"
    if project.document:
        yield f"document = {_toml(project.document)}"
    elif project.describes_itself:
        yield '# document = "openapi.yaml"  # the application is asked for its own; a file can be reviewed and compared'
    else:
        yield '# document = "openapi.yaml"  # none was found; a path or a URL. By default the API is asked for it'
    url = f"http://127.0.0.1:{_port(around)}"
    if app:
        yield f"app = {_toml(app.place)}  # {app.framework}, {app.file}:{app.line}"
        for other in project.apps[1:4]:
            yield f"# app = {_toml(other.place)}  # or this one: {other.framework}, {other.file}:{other.line}"
        yield f"# base_url = {_toml(url)}  # instead of app: where it answers when it is served"
    else:
        yield f"base_url = {_toml(url)}  # where it answers"
        yield '# app = "package.module:app"  # instead of base_url: an ASGI or WSGI application'
    yield '# python = ".venv"  # the interpreter that has the application\'s dependencies; a .venv is found by itself'
    yield '# allow_hosts = ["staging.example.com"]  # hosts outside this machine that may be sent requests'
    yield '# reset_command = "make reset"  # brings the API\'s state back'


def _port(around: Surroundings) -> int:
    return around.port or _PORTS.get(around.language or "", 8000)


def _identities(schemes: tuple[SecurityScheme, ...]) -> Iterator[str]:
    headers = _headers(schemes)
    yield "# Who uses the API. The first one sends ordinary requests; others show what is forbidden to whom."
    if headers is None:
        yield "# [identities.user]"
        yield '# headers = { Authorization = "Bearer ${USER_TOKEN}" }'
        return
    yield "[identities.user]"
    yield f"headers = {{ {headers} }}"
    yield ""
    yield "# [identities.admin]"
    yield '# role = "admin"'
    yield f"# headers = {{ {headers.replace('USER_', 'ADMIN_')} }}"
    yield "# A token that has to be fetched first: [identities.user.login], see docs/identities.md of oagen."


def _headers(schemes: tuple[SecurityScheme, ...]) -> str | None:
    """Return the headers that the first security scheme which is sent in one asks for."""
    for scheme in schemes:
        if scheme.kind is SchemeKind.API_KEY and scheme.where and scheme.where.value == "header" and scheme.parameter:
            variable = f"USER_{_WORD.sub('_', scheme.parameter).strip('_').upper()}"
            return f'{_toml(scheme.parameter)} = "${{{variable}}}"'
        if scheme.kind is SchemeKind.HTTP and (scheme.http_scheme or "").lower() == "basic":
            return 'Authorization = "Basic ${USER_BASIC}"'
        if scheme.kind in (SchemeKind.HTTP, SchemeKind.OAUTH2, SchemeKind.OPENID_CONNECT):
            return 'Authorization = "Bearer ${USER_TOKEN}"'
    return None


def _ci(project: Project) -> Iterator[str]:
    around = project.around
    yield "# What the jobs do that oagen ci github, gitlab or shell write."
    yield "[ci]"
    if around.install:
        listed = ", ".join(_toml(command) for command in around.install)
        yield f"install = [{listed}]"
    else:
        yield '# install = ["python -m pip install -r requirements.txt"]  # what the API and its suite need'
    if around.tests:
        yield f"# (the project's own tests run with {around.tests}; the suite is run by oagen ci suite)"
    if project.apps:
        yield f"# start = {_toml(_serving(project.apps[0]))}  # with base_url: served, not in process"
    elif around.compose:
        yield f"compose = {_toml(around.compose)}"
    elif around.start:
        command = around.start[0]
        given = f"export PORT={_port(around)} && " if _PORT_WANTED.search(command) else ""
        yield f"start = {_toml(given + command)}  # as {around.start[1]} has it"
    else:
        yield '# start = "make serve"  # serves the API until it is stopped; or: compose = "compose.yaml"'
    mark = "# " if project.apps else ""
    yield (
        f"{mark}health = {_toml(project.health)}"
        if project.health
        else '# health = "/health"  # answers 2xx once it is up'
    )
    yield "# wait = 60  # seconds until it has to be healthy"
    yield '# schedule = "17 2 * * *"  # of the nights, in UTC'
    yield "# budget = 900  # seconds of fuzzing each night"
    yield '# require = "90%"  # of the status matrix, in a pull request'
    yield "# issues = true  # keep one issue for each finding"
    yield "# code_scanning = true  # hand SARIF to code scanning"


def _serving(app: FoundApp) -> str:
    place = app.place.removesuffix("()")
    if app.framework == "Django":
        return "python manage.py runserver 8000"
    factory = " --factory" if app.place.endswith("()") else ""
    if app.framework in _WSGI:
        return f"python -m flask --app {shlex.quote(app.place)} run --port 8000"
    return f"python -m uvicorn {place}{factory} --port 8000"


def _toml(text: str) -> str:
    """Return text as a basic string of TOML, which a string of JSON in ASCII is."""
    return json.dumps(text).replace("\x7f", "\\u007f")
