"""The trackers of GitHub and GitLab, through the provider's own command line: `gh` and `glab`."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from typing import Any, Protocol

from oagen.ci.issues import LABEL, Deed, Issue, Step
from oagen.ci.provider import Provider
from oagen.errors import TargetError, UsageError

_SECONDS = 60.0
_MOST = 1000
_COLOUR = "B60205"
_PAGE = 100


class Tracker(Protocol):
    """Where issues are kept."""

    def issues(self) -> tuple[Issue, ...]:
        """Return the issues that carry oagen's label, open and closed."""

    def do(self, step: Step) -> None:
        """Do one thing."""


class GitHubIssues:
    """GitHub's issues, through `gh`; it takes its token from `GH_TOKEN`."""

    def issues(self) -> tuple[Issue, ...]:
        """Return the issues that carry oagen's label.

        Raises:
            TargetError: `gh` is not there, or fails. So do all methods.
        """
        fields = "number,title,body,state"
        text = _ran("gh", "issue", "list", "--label", LABEL, "--state", "all", "--limit", str(_MOST), "--json", fields)
        return tuple(
            Issue(
                number=int(item["number"]),
                title=str(item["title"]),
                body=str(item["body"] or ""),
                is_open=str(item["state"]).upper() == "OPEN",
            )
            for item in _items(text)
        )

    def do(self, step: Step) -> None:
        """Do one thing."""
        number = str(step.number)
        match step.deed:
            case Deed.OPEN:
                _ran("gh", "label", "create", LABEL, "--force", "--color", _COLOUR, "--description", "Found by oagen")
                title = f"--title={step.title}"
                _ran("gh", "issue", "create", title, "--label", LABEL, "--body-file", "-", text=step.body)
            case Deed.UPDATE:
                _ran("gh", "issue", "edit", number, f"--title={step.title}", "--body-file", "-", text=step.body)
            case Deed.CLOSE:
                _ran("gh", "issue", "close", number, f"--comment={step.comment}")
            case Deed.REOPEN:
                _ran("gh", "issue", "reopen", number, f"--comment={step.comment}")


class GitLabIssues:
    """GitLab's issues, through `glab`; it takes its token from `GITLAB_TOKEN`."""

    def issues(self) -> tuple[Issue, ...]:
        """Return the issues that carry oagen's label.

        Raises:
            TargetError: `glab` is not there, or fails. So do all methods.
        """
        found: list[dict[str, Any]] = []
        for page in range(1, _MOST // _PAGE + 1):
            text = _ran(
                *("glab", "issue", "list", "--all", "--label", LABEL, "--output", "json"),
                *("--per-page", str(_PAGE), "--page", str(page)),
            )
            items = _items(text)
            found += items
            if len(items) < _PAGE:
                break
        return tuple(
            Issue(
                number=int(item["iid"]),
                title=str(item["title"]),
                body=str(item["description"] or ""),
                is_open=item["state"] == "opened",
            )
            for item in found
        )

    def do(self, step: Step) -> None:
        """Do one thing."""
        number, title, body = str(step.number), f"--title={step.title}", f"--description={step.body}"
        match step.deed:
            case Deed.OPEN:
                _ran("glab", "issue", "create", title, body, "--label", LABEL, "--yes")
            case Deed.UPDATE:
                _ran("glab", "issue", "update", number, title, body)
            case Deed.CLOSE:
                _ran("glab", "issue", "note", number, f"--message={step.comment}")
                _ran("glab", "issue", "close", number)
            case Deed.REOPEN:
                _ran("glab", "issue", "reopen", number)
                _ran("glab", "issue", "note", number, f"--message={step.comment}")


def tracker_of(provider: Provider) -> Tracker:
    """Return the tracker of a provider.

    Raises:
        UsageError: It has none.
    """
    match provider:
        case Provider.GITHUB:
            return GitHubIssues()
        case Provider.GITLAB:
            return GitLabIssues()
        case Provider.SHELL:
            raise UsageError("this is no job of GitHub or GitLab", hint="name the tracker: --provider github")


def _ran(*command: str, text: str | None = None) -> str:
    try:
        return subprocess.run(  # noqa: S603 - arguments, never a shell
            command,
            input=text,
            stdin=subprocess.DEVNULL if text is None else None,
            capture_output=True,
            encoding="utf-8",
            timeout=_SECONDS,
            check=True,
        ).stdout
    except OSError as error:
        raise TargetError(f"{command[0]} can't be run: {error.strerror}", hint=f"install {command[0]}") from error
    except subprocess.TimeoutExpired as error:
        raise TargetError(f"{_named(command)} did not end within {_SECONDS:g} s") from error
    except subprocess.CalledProcessError as error:
        said = (error.stderr or error.stdout or "").strip().splitlines()
        hint = "see that the job may write issues, and that its token is in the environment"
        raise TargetError(
            f"{_named(command)}: {said[-1] if said else f'ended with {error.returncode}'}", hint=hint
        ) from error


def _named(command: Sequence[str]) -> str:
    return " ".join(command[:3])


def _items(text: str) -> list[dict[str, Any]]:
    try:
        value = json.loads(text or "[]")
    except ValueError as error:
        raise TargetError("the list of issues is not JSON") from error
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
