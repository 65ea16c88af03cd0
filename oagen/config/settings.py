"""What the user decided, as one frozen value: the result of `oagen.toml`, the environment and the command line."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiSettings:
    """Which API is meant, and how to reach it.

    Attributes:
        document: Path or URL of the API description, seen from the current folder; None: to be discovered.
        base_url: Where the API answers.
        app: `package.module:attribute` of an ASGI or WSGI application.
        python: The interpreter that has the application's dependencies.
        allow_hosts: Hosts outside loopback that may be sent requests.
        reset_command: Brings the API's state back to its start; run by the shell.
    """

    document: str | None = None
    base_url: str | None = None
    app: str | None = None
    python: str | None = None
    allow_hosts: tuple[str, ...] = ()
    reset_command: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """The request that an identity gets its credentials from; `${VAR}` in any text stands for an environment variable.

    Attributes:
        path: Below the API's base path.
        json: The JSON body; None where there is none.
        form: The fields of an `application/x-www-form-urlencoded` body.
        token: JSON Pointer to the token in the answer's body; None where cookies alone count.
        header: The header that carries the token: its name, and a template with `{token}` in it.
        cookies: Names of the answer's cookies that are sent from then on.
    """

    method: str = "POST"
    path: str
    json: Any = field(default=None, repr=False)
    form: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    token: str | None = None
    header: tuple[str, str] = ("Authorization", "Bearer {token}")
    cookies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Somebody who uses the API.

    Attributes:
        headers: Name and template of each header it sends; `${VAR}` in a template stands for an environment
            variable and is expanded where it is used, by `oagen.config.environment.expanded`.
        login: How it gets more of them by itself; None where the headers are all.
    """

    name: str
    role: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    login: Login | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteSettings:
    """Where the suite goes, and what goes into it.

    Attributes:
        out: The suite's folder.
        templates: Folder of the user's templates, which come before the bundled ones.
        include: Patterns of operations to keep; empty keeps all.
        exclude: Patterns of operations to leave out.
        tags: An operation has to have one of these, where there are any.
        methods: An operation's method has to be one of these, where there are any.
        property_tests: Whether the suite has the property level, which needs Schemathesis.
        rollback: Whether a test of the application in process undoes what it writes, where pytest-django or SQLAlchemy
            offers it.
    """

    out: Path = Path("api_tests")
    templates: Path | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    property_tests: bool = False
    rollback: bool = True

    @property
    def selects(self) -> bool:
        """Whether some operations may be left out on purpose."""
        return bool(self.include or self.exclude or self.tags or self.methods)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """A documented response that need not be shown to happen, for a time.

    Attributes:
        operation: Key of the operation, `POST /orders`.
        status: As documented: `503`, `5XX` or `default`.
        until: The last day on which it holds.
    """

    operation: str
    status: str
    reason: str
    until: dt.date

    def expired(self, today: dt.date) -> bool:
        """Tell whether its last day is over."""
        return today > self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class CiSettings:
    """What the scheduled job and the job of a pull request do; `oagen ci` writes and serves them.

    Attributes:
        install: Commands that install what the API and its suite need; oagen comes first, by itself.
        oagen: What pip is told to install oagen from; None: the release that writes the job.
        python: Version of Python on the runner.
        start: A command that serves the API until it is stopped; run by the shell, in the project's folder.
        compose: A Compose file that serves the API, seen from the current folder.
        health: A path below the base URL, or a URL, that answers 2xx once the API is up; None: any answer will do.
        wait: Seconds until it has to be healthy.
        log: A file that the API logs to, where that is not what `start` or `compose` prints.
        schedule: When the nightly job runs, as cron writes it, in UTC.
        budget: Seconds of fuzzing each night.
        pull_request_budget: Seconds of fuzzing for a pull request.
        require: Per cent of the matrix that the suite has to prove in a pull request.
        issues: Whether the nightly job keeps one issue for each finding.
        code_scanning: Whether it uploads SARIF to the provider's code scanning.
        secrets: Names of environment variables that hold secrets, beyond those that the identities name.
    """

    install: tuple[str, ...] = ()
    oagen: str | None = None
    python: str = "3.12"
    start: str | None = None
    compose: Path | None = None
    health: str | None = None
    wait: float = 60
    log: Path | None = None
    schedule: str = "17 2 * * *"
    budget: float = 900
    pull_request_budget: float = 120
    require: float = 90
    issues: bool = True
    code_scanning: bool = True
    secrets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One run's settings.

    Attributes:
        file: The configuration file that was read; None where there is none.
        root: The project's folder: that of the configuration file, else the current one.
        identities: In the file's order; the first is the one that ordinary requests use.
        warnings: What is allowed in the configuration but unwise, one sentence each.
    """

    api: ApiSettings = field(default_factory=ApiSettings)
    identities: tuple[Identity, ...] = ()
    suite: SuiteSettings = field(default_factory=SuiteSettings)
    waivers: tuple[Waiver, ...] = ()
    ci: CiSettings = field(default_factory=CiSettings)
    file: Path | None = None
    root: Path = Path()
    warnings: tuple[str, ...] = ()
