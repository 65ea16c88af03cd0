"""Writing the jobs again: what is new comes in, the team's edits stay."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from oagen.ci.writing import MANIFEST
from tests.ci.projects import CONFIGURATION, project
from tests.cli.running import oagen_in

NIGHTLY = ".github/workflows/oagen-nightly.yml"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = project(tmp_path / "p")
    assert oagen_in(folder, "ci", "github").code == 0
    return folder


def changed(file: Path, before: str, after: str) -> None:
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after, 1))


def test_writing_says_what_is_to_be_done_next(tmp_path: Path) -> None:
    ended = oagen_in(project(tmp_path / "p"), "ci", "github")

    assert ended.out.splitlines() == [
        "written: .github/workflows/oagen-nightly.yml",
        "written: .github/workflows/oagen-pull-request.yml",
    ]
    assert "gh secret set NAME): ALICE_TOKEN, DATABASE_URL" in ended.err
    assert "commit them together with .oagen-ci.json" in ended.err


@pytest.mark.parametrize(
    ("api", "is_told"),
    [
        ('base_url = "http://127.0.0.1:9"', True),
        ('base_url = "http://127.0.0.1:9"\ndocument = "a.yaml"', False),
        ('base_url = "http://127.0.0.1:9"\napp = "shop:app"', False),
    ],
    ids=["nothing", "a document", "an application"],
)
def test_a_description_that_no_check_can_read_is_warned_of(tmp_path: Path, api: str, is_told: bool) -> None:
    place = project(tmp_path / "p", f'[api]\n{api}\n\n[ci]\nstart = "serve"\n')

    ended = oagen_in(place, "ci", "shell")

    assert ended.code == 0
    assert ("warning: nothing tells the API description while the API is down" in ended.err) is is_told


def test_written_again_nothing_changes(place: Path) -> None:
    before = {file: file.read_bytes() for file in place.rglob("*") if file.is_file() and ".git" not in file.parts}

    ended = oagen_in(place, "ci", "github")

    assert (ended.code, ended.out) == (0, "")
    assert {file: file.read_bytes() for file in before} == before
    assert oagen_in(place, "ci", "github", "--check").code == 0


def test_edits_survive_what_the_configuration_changes(place: Path) -> None:
    changed(place / NIGHTLY, "runs-on: ubuntu-latest", "runs-on: [self-hosted, linux]")
    changed(place / NIGHTLY, "run: exec oagen ci fuzz", "run: exec oagen ci fuzz -- --read-only")
    changed(place / "oagen.toml", "[ci]\n", '[ci]\nschedule = "30 4 * * *"\n')

    stale = oagen_in(place, "ci", "github", "--check")
    diff = oagen_in(place, "ci", "github", "--diff")
    ended = oagen_in(place, "ci", "github")

    assert (stale.code, stale.out) == (1, "the jobs are out of date\n")
    assert '+    - cron: "30 4 * * *"' in diff.out
    assert ended.out == f"updated: {NIGHTLY}\n"
    text = (place / NIGHTLY).read_text()
    assert "runs-on: [self-hosted, linux]" in text
    assert "oagen ci fuzz -- --read-only" in text
    assert 'cron: "30 4 * * *"' in text


def test_the_same_line_changed_by_both_is_a_conflict_that_is_named(place: Path) -> None:
    changed(place / NIGHTLY, "17 2 * * *", "0 5 * * *")
    changed(place / "oagen.toml", "[ci]\n", '[ci]\nschedule = "30 4 * * *"\n')

    ended = oagen_in(place, "ci", "github")

    assert ended.code == 1
    assert f"conflict, the same lines were changed by you and by oagen (left as it is): {NIGHTLY}" in ended.err
    assert '"0 5 * * *"' in (place / NIGHTLY).read_text()
    assert oagen_in(place, "ci", "github", "--check").code == 1


@pytest.mark.parametrize(("resolution", "cron"), [("mine", "0 5 * * *"), ("generated", "30 4 * * *")])
def test_a_conflict_is_settled_once(place: Path, resolution: str, cron: str) -> None:
    changed(place / NIGHTLY, "17 2 * * *", "0 5 * * *")
    changed(place / "oagen.toml", "[ci]\n", '[ci]\nschedule = "30 4 * * *"\n')

    assert oagen_in(place, "ci", "github", "--resolve", resolution).code == 0

    assert cron in (place / NIGHTLY).read_text()
    assert oagen_in(place, "ci", "github").code == 0
    assert oagen_in(place, "ci", "github", "--check").code == 0


def test_a_file_that_was_deleted_stays_away(place: Path) -> None:
    (place / NIGHTLY).unlink()

    ended = oagen_in(place, "ci", "github")

    assert ended.code == 0
    assert f"deleted by you (stays away; --resolve generated brings it back): {NIGHTLY}" in ended.err
    assert not (place / NIGHTLY).exists()
    oagen_in(place, "ci", "github", "--resolve", "generated")
    assert (place / NIGHTLY).exists()


def test_a_file_of_somebody_else_is_not_overwritten(tmp_path: Path) -> None:
    place = project(tmp_path / "p")
    (place / ".gitlab").mkdir()
    (place / ".gitlab" / "oagen.yml").write_text("mine: {script: [make]}\n")

    ended = oagen_in(place, "ci", "gitlab")

    assert ended.code == 1
    assert "conflict" in ended.err
    assert (place / ".gitlab" / "oagen.yml").read_text() == "mine: {script: [make]}\n"


def test_line_endings_of_the_team_stay(place: Path) -> None:
    file = place / NIGHTLY
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    changed_configuration = (place / "oagen.toml").read_text().replace("[ci]\n", '[ci]\nschedule = "30 4 * * *"\n')
    (place / "oagen.toml").write_text(changed_configuration)

    assert oagen_in(place, "ci", "github").code == 0

    data = file.read_bytes()
    assert b'"30 4 * * *"\r\n' in data
    assert data.count(b"\r\n") == data.count(b"\n")


def test_each_provider_remembers_its_own(place: Path) -> None:
    assert oagen_in(place, "ci", "gitlab").code == 0
    assert oagen_in(place, "ci", "shell").code == 0

    assert len(json.loads((place / MANIFEST).read_text())["files"]) == 5
    assert os.access(place / "ci" / "oagen-nightly.sh", os.X_OK)
    assert oagen_in(place, "ci", "github", "--check").code == 0


def test_a_project_in_a_folder_writes_to_the_root_of_the_repository(tmp_path: Path) -> None:
    place = project(tmp_path / "p", CONFIGURATION, inside="services/shop")

    ended = oagen_in(place, "ci", "github")

    assert ended.out.splitlines()[0] == "written: ../../.github/workflows/oagen-nightly-services-shop.yml"
    assert (tmp_path / "p" / NIGHTLY.replace("nightly", "nightly-services-shop")).is_file()


@pytest.mark.parametrize("provider", ["github", "gitlab", "shell"])
def test_projects_of_one_repository_have_jobs_of_their_own(tmp_path: Path, provider: str) -> None:
    root = project(tmp_path / "p")
    places = [root, project(root, inside="services/shop"), project(root, inside="services/mill")]
    for place in places:
        assert oagen_in(place, "ci", provider).code == 0

    assert [oagen_in(place, "ci", provider, "--check").code for place in places] == [0, 0, 0]
    assert len(json.loads((root / MANIFEST).read_text())["files"]) == (3 if provider == "gitlab" else 6)


def test_a_flag_turns_issues_off(place: Path) -> None:
    assert oagen_in(place, "ci", "github", "--no-issues", "--no-code-scanning").code == 0

    text = (place / NIGHTLY).read_text()
    assert "issues: write" not in text
    assert "security-events" not in text


@pytest.mark.parametrize("damage", ["", "{}", '{"format": 1, "files": []}', '{"format": 9, "files": {}}'])
def test_a_damaged_manifest_is_said_and_nothing_is_written(place: Path, damage: str) -> None:
    (place / MANIFEST).write_text(damage)

    ended = oagen_in(place, "ci", "github")

    assert ended.code == 2
    assert "hint: " in ended.err
    assert (place / MANIFEST).read_text() == damage


def test_a_template_of_the_team_comes_first(place: Path) -> None:
    (place / "mine" / "ci").mkdir(parents=True)
    (place / "mine" / "ci" / "nightly.sh.template").write_text('echo [[ job.require ]] "{{ }}" ${{ x }}\n')
    changed(place / "oagen.toml", "[ci]\n", '[suite]\ntemplates = "mine"\n\n[ci]\n')

    assert oagen_in(place, "ci", "shell").code == 0

    assert (place / "ci" / "oagen-nightly.sh").read_text() == 'echo 90% "{{ }}" ${{ x }}\n'


def test_a_template_with_a_mistake_is_named(place: Path) -> None:
    (place / "mine" / "ci").mkdir(parents=True)
    (place / "mine" / "ci" / "nightly.sh.template").write_text("[[ job.nothing ]]\n")
    changed(place / "oagen.toml", "[ci]\n", '[suite]\ntemplates = "mine"\n\n[ci]\n')

    ended = oagen_in(place, "ci", "shell")

    assert ended.code == 2
    assert "ci/nightly.sh.template" in ended.err
    assert "Traceback" not in ended.err
