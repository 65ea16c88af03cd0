"""The nightly workflow of a project, night after night, run step by step on clean clones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.ci.shop import SECRETS, ShopProject
from tests.ci.tracker import issues_in
from tests.ci.workflow import Run, Runner

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("nights")]

Nights = dict[str, Run]
Issues = dict[str, list[str]]
UNKNOWN = 'raise Problem(404, "Author not found")'
BROKEN = """\
async def create_author(draft: AuthorDraft, authors: Authors, response: Response) -> Author:
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("nights")


@pytest.fixture(scope="module")
def issues() -> Issues:
    """Return the states of all issues after each night."""
    return {}


@pytest.fixture(scope="module")
def nights(place: Path, issues: Issues) -> Nights:
    shop = ShopProject(place / "shop")
    shop.write_jobs()
    shop.commit("a shop, and its nightly job")
    runner = Runner(
        shop.folder, place / "runs", environment=shop.environment, secrets=SECRETS, skip=["Install", "Install oagen"]
    )
    found: Nights = {}

    def night(name: str) -> None:
        found[name] = runner.run()
        issues[name] = [item["state"] for item in issues_in(shop.issues)]

    night("first")
    shop.change(
        "shop/authors.py", "\nclass AuthorRepository:", "\n# a comment\n\nMOST = 20\n\n\nclass AuthorRepository:"
    )
    shop.commit("lines above a known fault")
    night("unchanged")
    shop.change(
        "shop/authors.py", f"{UNKNOWN}\n    if authors.has_books", "raise KeyError(author_id)\n    if authors.has_books"
    )
    shop.commit("a new fault in an operation that has one")
    night("new fault")
    shop.take_back()
    night("repaired")
    shop.change("shop/authors.py", BROKEN, f'{BROKEN}    raise Problem(403, "Closed")\n')
    shop.commit("no author can be made")
    night("set-up of a finding broken")
    shop.take_back()
    shop.change("oagen.toml", "shop.main:app", "shop.moved:app")
    shop.commit("the API does not start")
    night("no API")
    return found


def new(run: Run) -> str:
    """Return the part of a summary that lists new findings."""
    return run.summary.partition("### New")[2].partition("### ")[0]


def test_the_first_night_finds_the_planted_faults_and_ends_with_1(nights: Nights) -> None:
    run = nights["first"]

    assert run.code == 1, run.steps
    assert run.step("Fuzz").code == 1
    assert "DELETE /books/\\{book\\_id\\}/reviews/\\{review\\_id\\} answers 404 with other content" in new(run)
    assert "DELETE /authors/\\{author\\_id\\} answers an undocumented 500 \\(IndexError" in new(run)
    assert "Documented and never seen" in run.summary


def test_the_second_night_knows_them_all_though_lines_have_moved(nights: Nights) -> None:
    run = nights["unchanged"]

    assert run.code == 0, run.summary
    assert {step.name for step in run.steps if step.outcome != "success"} == {"Accept what the team has decided on"}
    assert run.step("Accept what the team has decided on").outcome == "skipped"
    assert "### New" not in run.summary
    assert "### Fixed" not in run.summary
    assert "authors\\.py&#58;105\\)" in nights["first"].summary
    assert "authors\\.py&#58;110\\)" in run.summary


def test_a_new_fault_in_an_operation_with_a_known_one_is_the_only_new_one(nights: Nights) -> None:
    run = nights["new fault"]

    assert run.code == 1
    assert new(run).startswith(" (1)")
    assert "DELETE /authors/\\{author\\_id\\} answers an undocumented 500 \\(KeyError" in new(run)
    assert "(IndexError" in run.summary.partition("### Known")[2]


def test_after_its_repair_it_is_fixed(nights: Nights) -> None:
    run = nights["repaired"]

    assert run.code == 0, run.summary
    assert "### Fixed (1)" in run.summary
    assert "(KeyError" in run.summary.partition("### Fixed")[2].partition("### ")[0]


def test_a_finding_whose_set_up_fails_is_not_reached_and_not_fixed(nights: Nights) -> None:
    run = nights["set-up of a finding broken"]

    assert "(IndexError" in run.summary.partition("### Not reached")[2].partition("### ")[0], run.summary
    assert "### Fixed" not in run.summary


def test_a_night_without_an_api_says_so_and_ends_with_2(nights: Nights) -> None:
    run = nights["no API"]

    assert run.code == 2
    assert "nothing was tested" in run.summary
    assert "the API's start command ended with" in run.summary
    listed = run.summary.partition("### Not reached")[2]
    assert "answers 404 with other content" in listed
    assert "(IndexError" in listed
    assert "not tested" in run.summary.partition("### The last nights")[2]


def test_issues_are_opened_once_and_closed_when_the_fault_is_gone(nights: Nights, issues: Issues) -> None:
    opened = len(issues["first"])

    assert opened >= 2
    assert issues["first"] == issues["unchanged"] == ["OPEN"] * opened
    assert issues["new fault"] == ["OPEN"] * (opened + 1)
    assert issues["repaired"] == ["OPEN"] * opened + ["CLOSED"]
    assert issues["no API"] == issues["repaired"]


def test_each_night_hands_sarif_to_code_scanning_but_the_one_without_an_api(nights: Nights) -> None:
    assert {name: len(run.uploads) for name, run in nights.items()} == {
        **dict.fromkeys(nights, 1),
        "no API": 0,
    }
    results = json.loads(nights["first"].uploads[0].read_text())["runs"][0]["results"]
    assert all(result["partialFingerprints"] for result in results)


def test_the_trend_has_every_night_so_far(nights: Nights) -> None:
    rows = nights["no API"].summary.partition("### The last nights")[2].splitlines()

    assert [row.split(" | ")[1] for row in rows if row.startswith("| 2")] == [
        "not tested",
        "clean",
        "clean",
        "findings",
        "clean",
        "findings",
    ]


def test_no_secret_is_in_anything_that_a_night_leaves(nights: Nights, place: Path) -> None:
    kept = [file for file in (place / "runs").rglob("*") if file.is_file() and ".git" not in file.parts]
    leaking = [
        str(file.relative_to(place))
        for file in kept
        if any(secret.encode() in file.read_bytes() for secret in SECRETS.values())
    ]

    assert len(kept) > 50
    assert leaking == []
    for run in nights.values():
        printed = run.summary + "".join(step.output for step in run.steps)
        assert not any(secret in printed for secret in SECRETS.values())
