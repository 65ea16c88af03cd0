"""One issue for each finding, through the provider's own command line."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from oagen.findings.model import Decision, Finding, FindingKind
from oagen.findings.store import Store
from oagen.scenario.model import Expectation, Request, Scenario
from tests.ci import tracker
from tests.ci.projects import project
from tests.ci.tracker import issues_in
from tests.cli.running import oagen_in
from tests.forked import Ended

DAY = dt.date(2100, 1, 1)


def finding(
    fingerprint: str, operation: str = "GET /notes", kind: FindingKind = FindingKind.UNDOCUMENTED_5XX
) -> Finding:
    method, path = operation.split()
    return Finding(
        fingerprint=fingerprint,
        kind=kind,
        operation=operation,
        status=500,
        message="boom",
        exception="KeyError",
        frame="notes.py:3",
        traceback="Traceback (most recent call last):\nKeyError: '```'",
        scenario=Scenario(
            operation=operation,
            status="default",
            technique="fuzz",
            title="no server error",
            pointer="",
            when=Request(method=method, path=path),
            then=Expectation(status="default"),
        ),
        operations=(operation,),
    )


class Project:
    def __init__(self, folder: Path, provider: str) -> None:
        self.place = project(folder / "p", "")
        self.provider = provider
        self.store = self.place / ".oagen" / "findings.sqlite"
        self.file = folder / "issues.json"
        self.command = {"github": "gh", "gitlab": "glab"}[provider]
        tracker.install(folder / "bin", self.command)
        self.environment = {
            "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "ISSUES_FILE": str(self.file),
            "GH_TOKEN": "x",
            "GITLAB_TOKEN": "x",
            {"github": "GITHUB_ACTIONS", "gitlab": "GITLAB_CI"}[provider]: "true",
        }

    def found(self, *findings: Finding) -> None:
        with closing(Store(self.store)) as store:
            run = store.begin_run(seed=1, source="x")
            for item in findings:
                store.record(item, run)

    def decide(self, fingerprint: str, decision: Decision, **more: object) -> None:
        with closing(Store(self.store)) as store:
            assert store.mark(fingerprint, decision, **more)  # type: ignore[arg-type]

    def update(self, *arguments: str) -> Ended:
        return oagen_in(self.place, "ci", "issues", *arguments, environment=self.environment)

    def states(self) -> list[str]:
        return [str(item["state"]).upper().removesuffix("ED") for item in issues_in(self.file)]


@pytest.fixture(params=["github", "gitlab"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Project:
    return Project(tmp_path, str(request.param))


def bodies(shop: Project) -> Sequence[str]:
    return [str(item.get("body", item.get("description"))) for item in issues_in(shop.file)]


def test_the_life_of_an_issue(shop: Project) -> None:
    shop.found(finding("aaaa1111"), finding("bbbb2222", "POST /notes"))
    first, again = shop.update(), shop.update()
    assert (first.code, again.code) == (0, 0), first.err
    assert first.out.splitlines()[-1] == "issues: 2 opened"
    assert again.out == "issues: nothing to do\n"

    shop.decide("aaaa1111", Decision.FIXED)
    assert shop.update().out.splitlines()[-1] == "issues: 1 closed"
    is_open, is_closed = {"github": ("OPEN", "CLOS"), "gitlab": ("OPEN", "CLOS")}[shop.provider]
    assert shop.states() == [is_closed, is_open]

    shop.found(finding("aaaa1111"))
    assert shop.update().out.splitlines()[-1] == "issues: 1 reopened"
    assert shop.states() == [is_open, is_open]


def test_what_is_accepted_or_waived_has_no_open_issue(shop: Project) -> None:
    shop.found(finding("aaaa1111"), finding("bbbb2222"), finding("cccc3333"))
    shop.decide("aaaa1111", Decision.ACCEPTED, reason="it is old")
    shop.update()
    assert len(issues_in(shop.file)) == 2

    shop.decide("bbbb2222", Decision.WAIVED, reason="until @christmas", until=DAY)
    assert shop.update().out.splitlines()[-1] == "issues: 1 closed"
    comment = issues_in(shop.file)[0]["comments"][-1]
    assert comment.startswith("Waived until 2100-01-01. Reason: ")
    assert "@christmas" not in comment


def test_documented_server_errors_are_none_of_the_tracker_s_business(shop: Project) -> None:
    shop.found(finding("aaaa1111", kind=FindingKind.DOCUMENTED_5XX))

    assert shop.update().out == "issues: nothing to do\n"


def test_few_are_opened_in_one_run(shop: Project) -> None:
    shop.found(*(finding(f"{number:08x}") for number in range(1, 6)))

    ended = shop.update("--limit", "2")

    assert ended.out.splitlines()[-1] == "issues: 2 opened"
    assert "3 more are to be opened" in ended.err


def test_a_dry_run_shows_and_does_nothing(shop: Project) -> None:
    shop.found(finding("aaaa1111"))

    ended = shop.update("--dry-run")

    assert ended.out.startswith("open aaaa1111: GET /notes answers an undocumented 500 (KeyError at notes.py:3)")
    assert issues_in(shop.file) == []


def test_nothing_of_a_document_becomes_markup_or_a_mention(shop: Project) -> None:
    shop.found(finding("aaaa1111", "GET /@octocat/<img>"))
    shop.update()

    [body] = bodies(shop)
    prose = re.sub(r"(`{3,})[^`].*?\n\1|`[^`]*`|<!--.*?-->", "", body, flags=re.DOTALL)
    assert "@octocat" not in prose
    assert "<img" not in prose
    assert "@" not in issues_in(shop.file)[0]["title"]
    assert body.count("````") == 2, "what holds a fence stands in a longer one"


def test_an_issue_that_somebody_has_changed_is_brought_up_to_date(shop: Project) -> None:
    shop.found(finding("aaaa1111"))
    shop.update()
    shop.found(finding("aaaa1111", "GET /others"))

    shop.update()

    assert len(issues_in(shop.file)) == 1
    assert "oagen:finding:aaaa1111" in bodies(shop)[0]


def test_without_a_store_there_is_nothing_to_do(shop: Project) -> None:
    ended = shop.update()

    assert ended.code == 0
    assert "nothing to do" in ended.err


def test_a_token_that_is_missing_is_said(shop: Project) -> None:
    shop.found(finding("aaaa1111"))
    shop.environment |= {"GH_TOKEN": "", "GITLAB_TOKEN": ""}

    ended = shop.update()

    assert ended.code == 2
    assert f"{shop.command} issue list: not logged in" in ended.err


def test_elsewhere_the_provider_has_to_be_named(tmp_path: Path) -> None:
    shop = Project(tmp_path, "github")
    shop.found(finding("aaaa1111"))
    shop.environment["GITHUB_ACTIONS"] = ""

    assert shop.update().code == 2
    assert shop.update("--provider", "github").code == 0
