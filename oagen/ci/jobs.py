"""The files of each provider: what the templates are given, and where they go."""

from __future__ import annotations

import json
import math
import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from oagen import __version__
from oagen.ci.provider import Provider
from oagen.config.environment import variables_of
from oagen.config.settings import Settings
from oagen.errors import OutputError
from oagen.findings.folder import STATE

ACTIONS = {
    "checkout": "v6.0.2",
    "python": "v6.2.0",
    "cache": "v5.0.3",
    "upload": "v6.0.0",
    "download": "v7.0.0",
    "codeql": "v4.35.2",
}
"""The released version of each action that is used: GitHub's own, and no others."""

_KEPT = ("findings.sqlite*", "nights.jsonl")
_TEMPLATES = {
    Provider.GITHUB: {
        ".github/workflows/oagen-nightly{of}.yml": "ci/github-nightly.yml.template",
        ".github/workflows/oagen-pull-request{of}.yml": "ci/github-pull-request.yml.template",
    },
    Provider.GITLAB: {".gitlab/oagen{of}.yml": "ci/gitlab.yml.template"},
    Provider.SHELL: {
        "ci/oagen-nightly{of}.sh": "ci/nightly.sh.template",
        "ci/oagen-pull-request{of}.sh": "ci/pull-request.sh.template",
    },
}
_MARGIN_MINUTES = 15  # to check out, install, and write reports
_COMPOSE_MINUTES = 15  # to build images
_SUITE_MINUTES = 15
_HAS_SECRETS = (  # neither a fork nor Dependabot is given those of the repository
    "github.event.pull_request.head.repo.full_name == github.repository"
    " && github.event.pull_request.user.login != 'dependabot[bot]'"
)
_INSTALLED = "!cancelled() && steps.install.outcome == 'success'"


def secret_names(settings: Settings) -> tuple[str, ...]:
    """Return the names of the environment variables that hold secrets."""
    named = [name for who in settings.identities for name in variables_of(who)]
    return tuple(dict.fromkeys((*named, *settings.ci.secrets)))


def repository_root(project: Path) -> Path:
    """Return the nearest folder at or above the project that is a git repository, or has jobs; else the project's."""
    from oagen.ci.writing import MANIFEST

    absolute = project.absolute()
    marks = (".git", MANIFEST)
    around = (absolute, *absolute.parents)
    return next((folder for folder in around if any((folder / mark).exists() for mark in marks)), absolute)


def job_files(provider: Provider, settings: Settings, root: Path, templates: Path | None = None) -> dict[str, str]:
    """Return the files of a provider by their path in the repository.

    Those of a project in a folder bear its name, so that each project of a repository has its own.

    Args:
        root: The repository's root.
        templates: The user's folder of templates; those in its `ci` come first.

    Raises:
        TemplateError: A template is missing or broken.
        OutputError: The project lies at a path that no job can name.
    """
    from oagen.ci.rendering import render

    view = _view(settings, root)
    found = {}
    for pattern, template in _TEMPLATES[provider].items():
        path = pattern.format(of=view["of"])
        found[path] = render(template, templates, job={**view, "file": path}, actions=ACTIONS)
    return found


def _view(settings: Settings, root: Path) -> Mapping[str, Any]:
    """Return what templates are given: texts that stand in YAML or a shell's script as they are."""
    ci = settings.ci
    folder = _folder(settings.root.absolute(), root)
    inside = f"{folder}/" if folder else ""
    of = f"-{folder.replace('/', '-')}" if folder else ""
    secrets = secret_names(settings)
    install_oagen = f"python -m pip install {_requirement(ci.oagen or f'oagen=={__version__}')}"
    install = [install_oagen, *(line.strip() for line in ci.install)]
    state = f"{inside}{STATE}"
    margin = _MARGIN_MINUTES + (_COMPOSE_MINUTES if ci.compose is not None else 0)
    may_test = f"{_INSTALLED} && {_HAS_SECRETS}" if secrets else _INSTALLED
    return {
        "schedule": _yaml(ci.schedule),
        "python": _yaml(ci.python),
        "python_version": ci.python,
        "folder": _yaml(folder) if folder else "",
        "up": "../" + folder if folder else "..",
        "install": install,
        "install_quoted": [_yaml(line) for line in install],
        "install_oagen": _yaml(install_oagen),
        "install_oagen_quoted": _yaml(install_oagen),
        "secrets": secrets,
        "and_secrets": "".join(f" && ${name}" for name in secrets),
        "listed_secrets": ", ".join(secrets) or "none",
        "kept": [f"{state}/{name}" for name in _KEPT],
        "of": of,
        "of_folder": f" ({folder})" if folder else "",
        "cache": f"oagen-findings{of}",
        "state": _yaml(state),
        "state_shown": state,
        "reports": f"{state}/reports/",
        "reports_quoted": _yaml(f"{state}/reports/"),
        "sarif": _yaml(f"{state}/reports/findings.sarif"),
        "sarif_test": f"'{state}/reports/findings.sarif'",
        "junit": f"{state}/reports/junit.xml",
        "codequality": f"{state}/reports/codequality.json",
        "suite_junit": f"{state}/reports/suite.xml",
        "nightly_minutes": _minutes(ci.wait + ci.budget * 1.2) + margin,
        "pull_request_minutes": _minutes(2 * ci.wait + ci.pull_request_budget * 1.2) + margin + _SUITE_MINUTES,
        "require": f"{ci.require:g}%",
        "issues": ci.issues,
        "code_scanning": ci.code_scanning,
        "publishes": ci.issues or ci.code_scanning,
        "may_test": may_test,
        "may_require": f"{may_test} && steps.suite.outcome == 'success'",
    }


def _requirement(text: str) -> str:
    """Return what pip installs as one argument of a shell, and `-e` before it as another."""
    editable = text.removeprefix("-e ")
    return shlex.quote(text) if editable == text else f"-e {shlex.quote(editable.strip())}"


def _folder(project: Path, root: Path) -> str:
    """Return where the project lies in the repository; empty at its root."""
    relative = Path(os.path.relpath(project, root)).as_posix()
    if relative == ".":
        return ""
    if not all(character.isalnum() or character in "-_./" for character in relative):
        raise OutputError(f"the project's folder {relative!r} can't be named in a job", hint="rename the folder")
    return relative


def _minutes(seconds: float) -> int:
    return math.ceil(seconds / 60)


def _yaml(text: str) -> str:
    """Return text as a double-quoted scalar of YAML, which a string of JSON is (YAML 1.2, section 1.3)."""
    return json.dumps(text, ensure_ascii=False)
