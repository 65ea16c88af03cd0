"""What the jobs hold, and that providers take them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from oagen.ci.jobs import ACTIONS, job_files
from oagen.ci.provider import Provider
from oagen.config.reading import read_settings
from oagen.config.settings import Settings
from tests.ci.expressions import condition
from tests.ci.projects import CONFIGURATION, project
from tests.ci.workflow import status_functions
from tests.cli.running import ROOT
from tests.forked import Forks

NIGHTLY = ".github/workflows/oagen-nightly.yml"
PULL_REQUEST = ".github/workflows/oagen-pull-request.yml"
_CHECKS = Forks("check_jsonschema")
HOSTILE = """\
[api]
document = "openapi.yaml"

[ci]
install = ["echo 'a: b' # \\"c\\"", "echo {{ x }} [[ y ]] %}"]
oagen = "oagen @ https://example.test/a b'c.whl"
schedule = "*/5 1-3 * * MON"
"""
CONFIGURATIONS = {
    "full": CONFIGURATION,
    "nothing said": "",
    "quiet": "[ci]\nissues = false\ncode_scanning = false\n",
    "issues alone": "[ci]\ncode_scanning = false\n",
    "code scanning alone": "[ci]\nissues = false\n",
    "texts that YAML could take for something else": HOSTILE,
}


def settings_in(folder: Path, configuration: str, inside: str = "") -> Settings:
    place = project(folder, configuration, inside=inside)
    return read_settings(place / "oagen.toml", seen_from=place)


def files_of(folder: Path, provider: Provider, configuration: str, inside: str = "") -> dict[str, str]:
    return job_files(provider, settings_in(folder, configuration, inside), folder)


def written(folder: Path, files: dict[str, str]) -> list[str]:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return [str(folder / path) for path in files]


def steps(text: str, job: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(text)["jobs"][job]["steps"]
    return found


def ran(*command: str) -> tuple[int, str]:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("configuration", CONFIGURATIONS.values(), ids=CONFIGURATIONS)
@pytest.mark.parametrize("inside", ["", "services/shop"], ids=["at the root", "in a folder"])
@pytest.mark.parametrize(
    ("provider", "schema"),
    [(Provider.GITHUB, "vendor.github-workflows"), (Provider.GITLAB, "vendor.gitlab-ci")],
)
def test_files_are_valid_by_the_schema_of_the_provider(
    tmp_path: Path, provider: Provider, schema: str, configuration: str, inside: str
) -> None:
    files = written(tmp_path, files_of(tmp_path, provider, configuration, inside))

    checked = _CHECKS.run(
        "check_jsonschema",
        *("--builtin-schema", schema, *files),
        folder=tmp_path,
        environment=os.environ,
        timeout=60,
    )

    assert (checked.code, "ok" in checked.out) == (0, True), checked


@pytest.mark.parametrize("configuration", CONFIGURATIONS.values(), ids=CONFIGURATIONS)
def test_zizmor_has_nothing_to_say_of_the_workflows(tmp_path: Path, configuration: str) -> None:
    zizmor = shutil.which("zizmor", path=str(Path(sys.executable).parent))
    assert zizmor is not None, "install the development tools"
    files = written(tmp_path, files_of(tmp_path, Provider.GITHUB, configuration))

    code, said = ran(zizmor, "--offline", "--no-progress", "--persona", "pedantic", *files)

    assert code == 0, said


def test_actionlint_has_nothing_to_say_of_the_workflows(tmp_path: Path) -> None:
    actionlint = shutil.which("actionlint")
    if actionlint is None:
        pytest.skip("actionlint is not installed; its package downloads it from its releases")
    files = written(tmp_path, files_of(tmp_path, Provider.GITHUB, CONFIGURATION))

    assert ran(actionlint, *files) == (0, "")


@pytest.mark.parametrize("path", [NIGHTLY, PULL_REQUEST])
def test_only_actions_of_github_in_a_released_version_are_used(tmp_path: Path, path: str) -> None:
    document = yaml.safe_load(files_of(tmp_path, Provider.GITHUB, CONFIGURATION)[path])
    used = [step["uses"] for job in document["jobs"].values() for step in job["steps"] if "uses" in step]

    assert used
    for action in used:
        name, _, version = action.partition("@")
        assert name.split("/")[0] in ("actions", "github")
        assert version in ACTIONS.values()
        assert version.count(".") == 2


def test_nothing_is_permitted_that_is_not_needed(tmp_path: Path) -> None:
    files = files_of(tmp_path, Provider.GITHUB, CONFIGURATION)
    nightly, pull_request = (yaml.safe_load(files[path]) for path in (NIGHTLY, PULL_REQUEST))

    assert nightly["permissions"] == pull_request["permissions"] == {}
    assert nightly["jobs"]["fuzz"]["permissions"] == {"contents": "read"}
    assert pull_request["jobs"]["check"]["permissions"] == {"contents": "read"}
    assert nightly["jobs"]["publish"]["permissions"] == {
        "contents": "read",
        "actions": "read",
        "security-events": "write",
        "issues": "write",
    }


def test_what_is_off_needs_no_permission(tmp_path: Path) -> None:
    quiet = yaml.safe_load(files_of(tmp_path, Provider.GITHUB, CONFIGURATIONS["quiet"])[NIGHTLY])
    issues = yaml.safe_load(files_of(tmp_path / "b", Provider.GITHUB, CONFIGURATIONS["issues alone"])[NIGHTLY])

    assert list(quiet["jobs"]) == ["fuzz"]
    assert issues["jobs"]["publish"]["permissions"] == {"contents": "read", "issues": "write"}


@pytest.mark.parametrize(
    ("event", "branch", "is_done"),
    [("schedule", "main", True), ("workflow_dispatch", "main", True), ("workflow_dispatch", "an-idea", False)],
)
def test_what_another_branch_mends_closes_no_issue(tmp_path: Path, event: str, branch: str, is_done: bool) -> None:
    found = steps(files_of(tmp_path, Provider.GITHUB, CONFIGURATION)[NIGHTLY], "publish")[-1]
    github = {"event_name": event, "ref_name": branch, "event": {"repository": {"default_branch": "main"}}}

    assert found["run"] == "oagen ci issues"
    assert condition(found["if"], {"github": github}, status_functions(failed=True, well=False)) is is_done


def test_secrets_go_by_name_to_the_steps_that_need_them_and_never_to_forks(tmp_path: Path) -> None:
    files = files_of(tmp_path, Provider.GITHUB, CONFIGURATION)
    secrets = {"ALICE_TOKEN": "${{ secrets.ALICE_TOKEN }}", "DATABASE_URL": "${{ secrets.DATABASE_URL }}"}
    pull_request = yaml.safe_load(files[PULL_REQUEST])

    assert [step["env"] for step in steps(files[NIGHTLY], "fuzz") if "secrets." in str(step.get("env"))] == [secrets]
    with_secrets = [step for step in steps(files[PULL_REQUEST], "check") if "env" in step]
    assert [step["env"] for step in with_secrets] == [secrets, secrets]
    for repository, author, is_given in (
        ("team/shop", "somebody", True),
        ("stranger/shop", "somebody", False),
        ("team/shop", "dependabot[bot]", False),
    ):
        event = {"pull_request": {"head": {"repo": {"full_name": repository}}, "user": {"login": author}}}
        context = {"github": {"repository": "team/shop", "event": event}, "steps": {"install": {"outcome": "success"}}}
        functions = status_functions(failed=False, well=True)
        assert {condition(step["if"], context, functions) for step in with_secrets} == {is_given}, (repository, author)
    assert list(pull_request[True]) == ["pull_request"]  # YAML 1.1 reads `on` as a boolean


def test_a_merge_request_that_gets_no_secrets_is_checked_without_the_api(tmp_path: Path) -> None:
    """GitLab hands protected variables to protected branches alone, and those of a project to no fork."""
    (text,) = files_of(tmp_path, Provider.GITLAB, CONFIGURATION).values()
    jobs = yaml.safe_load(text)
    (plain,) = files_of(tmp_path / "b", Provider.GITLAB, "[ci]\n").values()
    of_merge_requests = '$CI_PIPELINE_SOURCE == "merge_request_event"'

    assert jobs["oagen:check"]["rules"] == [{"if": of_merge_requests}]
    assert jobs["oagen:check"]["script"] == ["oagen generate --check"]
    assert jobs["oagen:merge-request"]["rules"] == [{"if": f"{of_merge_requests} && $ALICE_TOKEN && $DATABASE_URL"}]
    assert yaml.safe_load(plain)["oagen:merge-request"]["rules"] == [{"if": of_merge_requests}]


FINDINGS = """\
#!/bin/sh
[ "$1 $2" = "ci fuzz" ] && exit 0
for argument; do printf '%s\\n' "$argument"; done
"""


@pytest.mark.parametrize("finding", ["aaaa1111", "--all"])
def test_findings_of_earlier_nights_are_accepted_by_hand(tmp_path: Path, finding: str) -> None:
    reason = """there 'before' "we" looked; $(touch it-ran) `touch it-ran` ${{ x }}"""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "oagen").write_text(FINDINGS)
    (tmp_path / "bin" / "oagen").chmod(0o755)
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    github = files_of(tmp_path / "a", Provider.GITHUB, "")[NIGHTLY]
    (gitlab,) = files_of(tmp_path / "b", Provider.GITLAB, "").values()
    (step,) = (step for step in steps(github, "fuzz") if step["name"].startswith("Accept"))
    assert [step["env"][name] for name in ("FINDING", "REASON")] == ["${{ inputs.accept }}", "${{ inputs.reason }}"]
    scripts = (
        (step["run"], {"FINDING": finding, "REASON": reason}),
        (
            "\n".join(yaml.safe_load(gitlab)["oagen:nightly"]["script"]),
            {"OAGEN_ACCEPT": finding, "OAGEN_REASON": reason},
        ),
    )

    for script, variables in scripts:
        done = subprocess.run(
            ["bash", "-e", "-c", script], cwd=tmp_path, env={"PATH": path, **variables}, capture_output=True, check=True
        )
        assert done.stdout.decode().splitlines() == ["findings", "accept", finding, "--reason", reason]
    assert not (tmp_path / "it-ran").exists()


def test_nothing_is_accepted_on_a_night_like_any_other(tmp_path: Path) -> None:
    found = steps(files_of(tmp_path, Provider.GITHUB, "")[NIGHTLY], "fuzz")
    (step,) = (step for step in found if step["name"].startswith("Accept"))
    names = [step["name"] for step in found]

    functions = status_functions(failed=False, well=True)
    assert [
        condition(step["if"], {"inputs": inputs}, functions) for inputs in ({}, {"accept": ""}, {"accept": "a"})
    ] == [
        False,
        False,
        True,
    ]
    assert names.index("Bring back what earlier nights found") < names.index(step["name"]) < names.index("Fuzz")


@pytest.mark.parametrize(("refuses", "code"), [("", 0), ("matrix", 1), ("ci fuzz", 1), ("ci suite", 1)])
def test_a_merge_request_that_proves_too_little_is_fuzzed_all_the_same(tmp_path: Path, refuses: str, code: int) -> None:
    (tmp_path / "oagen").write_text(f'#!/bin/sh\necho "$*"\ncase "$*" in "{refuses or "-"}"*) exit 1 ;; esac\n')
    (tmp_path / "oagen").chmod(0o755)
    (text,) = files_of(tmp_path / "p", Provider.GITLAB, "").values()
    script = "\n".join(yaml.safe_load(text)["oagen:merge-request"]["script"])
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"

    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script], env={"PATH": path}, capture_output=True, text=True, check=False
    )

    assert done.returncode == code
    assert ("ci fuzz" in done.stdout) is (refuses != "ci suite")


def test_a_job_without_secrets_does_all_of_it_for_forks(tmp_path: Path) -> None:
    text = files_of(tmp_path, Provider.GITHUB, "[ci]\n")[PULL_REQUEST]

    assert "full_name" not in text
    assert "secrets." not in text


def test_the_store_is_kept_whatever_happens_and_under_a_name_that_is_found_again(tmp_path: Path) -> None:
    files = files_of(tmp_path, Provider.GITHUB, CONFIGURATION)
    found = steps(files[NIGHTLY], "fuzz")
    restore, save = (next(step for step in found if f"cache/{what}" in step.get("uses", "")) for what in ("re", "save"))
    of_pull_request = next(step for step in steps(files[PULL_REQUEST], "check") if "cache/re" in step.get("uses", ""))

    assert save["if"] == "${{ always() }}"
    assert save["with"]["path"] == restore["with"]["path"] == of_pull_request["with"]["path"]
    assert save["with"]["key"] == restore["with"]["key"]
    assert save["with"]["key"].startswith(restore["with"]["restore-keys"].strip())
    assert "run_id" in save["with"]["key"]


def test_a_project_in_a_folder_works_there(tmp_path: Path) -> None:
    text, _ = files_of(tmp_path, Provider.GITHUB, CONFIGURATION, "services/shop").values()
    fuzz = yaml.safe_load(text)["jobs"]["fuzz"]

    assert fuzz["defaults"]["run"]["working-directory"] == "services/shop"
    assert "services/shop/.oagen/findings.sqlite*" in text


def test_what_a_repository_has_once_is_told_apart_by_project(tmp_path: Path) -> None:
    """One group of concurrency cancels what waits in it; one category of code scanning closes what it lacks."""
    texts = [files_of(tmp_path, Provider.GITHUB, CONFIGURATION, inside) for inside in ("", "a/shop", "a/mill")]
    nightly, pull_request = zip(*([yaml.safe_load(text) for text in files.values()] for files in texts), strict=True)
    jobs = [
        yaml.safe_load(*files_of(tmp_path, Provider.GITLAB, CONFIGURATION, inside).values()) for inside in ("a", "b")
    ]

    categories = [
        step["with"]["category"]
        for document in nightly
        for step in document["jobs"]["publish"]["steps"]
        if "category" in step.get("with", {})
    ]
    assert len(set(categories)) == 3
    for documents in (nightly, pull_request):
        assert len({document["name"] for document in documents}) == 3
        assert len({document["concurrency"]["group"] for document in documents}) == 3
    assert not set(jobs[0]) & set(jobs[1])


@pytest.mark.parametrize("configuration", CONFIGURATIONS.values(), ids=CONFIGURATIONS)
def test_scripts_are_what_a_shell_can_read(tmp_path: Path, configuration: str) -> None:
    files = written(tmp_path, files_of(tmp_path, Provider.SHELL, configuration, "a/b"))

    assert [ran("bash", "-n", file) for file in files] == [(0, ""), (0, "")]


def test_the_page_on_pinning_names_the_version_that_is_used() -> None:
    page = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")

    assert f"actions/checkout@{ACTIONS['checkout']}" in page
    assert f"refs/tags/{ACTIONS['checkout']}" in page
    assert re.search(r"\b[0-9a-f]{40}\b", page) is None, "no commit is ever invented"
