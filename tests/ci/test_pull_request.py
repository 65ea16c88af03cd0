"""The workflow of a pull request, run step by step on the merge that GitHub makes of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.ci.projects import git
from tests.ci.shop import SECRETS, ShopProject
from tests.ci.workflow import Run, Runner
from tests.cli.running import oagen_in

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("pull request")]

WORKFLOW = ".github/workflows/oagen-pull-request.yml"
SUITE = ("Tell whether the suite is up to date", "Run the suite", "Require what the suite has to prove")


def event(repository: str) -> Mapping[str, Any]:
    return {"pull_request": {"number": 7, "head": {"repo": {"full_name": repository}}}}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> ShopProject:
    shop = ShopProject(tmp_path_factory.mktemp("pull-request") / "shop")
    configuration = (shop.folder / "oagen.toml").read_text()
    configuration = configuration.replace("[api]\n", '[api]\ndocument = "openapi.json"\napp = "shop.main:app"\n')
    configuration = configuration.replace("[ci]\n", "[ci]\npull_request_budget = 8\nrequire = 70\n")
    (shop.folder / "oagen.toml").write_text(configuration)
    code = "import json, shop.main; print(json.dumps(shop.main.app.openapi(), indent=1))"
    (shop.folder / "openapi.json").write_text(shop.python("-c", code))
    assert oagen_in(shop.folder, "generate", environment=shop.environment).code == 0
    shop.write_jobs()
    shop.commit("a shop with a suite")
    return shop


def merged(shop: ShopProject, name: str) -> None:
    """Commit what was changed on a branch, and merge that, as GitHub does for a pull request."""
    git(shop.folder, "checkout", "--quiet", "-b", name)
    shop.commit(name)
    git(shop.folder, "checkout", "--quiet", "main")
    git(shop.folder, "merge", "--quiet", "--no-ff", "--no-edit", name)


def checked(shop: ShopProject, place: Path, *, repository: str = "team/shop", skip: tuple[str, ...] = ()) -> Run:
    runner = Runner(
        shop.folder,
        place,
        environment=shop.environment,
        secrets=SECRETS,
        skip=["Install", *skip],
        event=event(repository),
    )
    return runner.run(WORKFLOW)


def test_a_change_of_one_handler_is_fuzzed_where_it_is(shop: ShopProject, tmp_path: Path) -> None:
    plain = "        if self.q is not None:\n"
    shop.change("shop/catalogue.py", plain, plain + '            self.q[40:41].encode("ascii")\n')
    merged(shop, "a-fault")

    run = checked(shop, tmp_path)

    assert [run.step(name).outcome for name in SUITE] == ["success"] * 3, run.step("Run the suite").output
    assert "cells of the matrix were executed and passed" in run.summary
    assert "The change touches 4 operations" in run.summary, "one of them is handled beside the imports of all others"
    assert "`GET /books` (shop/catalogue\\.py)" in run.summary


def test_a_fork_gets_no_secret_and_is_checked_as_far_as_that_goes(shop: ShopProject, tmp_path: Path) -> None:
    run = checked(shop, tmp_path, repository="stranger/shop")

    assert run.step("Tell whether the suite is up to date").outcome == "success"
    assert {run.step(name).outcome for name in (*SUITE[1:], "Fuzz what the change touches")} == {"skipped"}
    assert run.code == 0


def test_a_document_that_the_suite_does_not_follow_fails(shop: ShopProject, tmp_path: Path) -> None:
    document = json.loads((shop.folder / "openapi.json").read_text())
    document["paths"]["/authors"]["post"]["responses"]["418"] = {"description": "A teapot"}
    (shop.folder / "openapi.json").write_text(json.dumps(document, indent=1))
    merged(shop, "a-promise")

    run = checked(shop, tmp_path, skip=("Run the suite",))

    assert run.step("Tell whether the suite is up to date").code == 1
    assert run.step("Fuzz what the change touches").outcome in ("success", "failure"), "it is looked at all the same"
    assert "`POST /authors` (description)" in run.summary
