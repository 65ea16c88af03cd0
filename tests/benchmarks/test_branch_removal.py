import json
import subprocess
import sys
from pathlib import Path

import pytest
from branches import branches_of, find_branches, without

REPOSITORY = Path(__file__).parents[2]
BOOKSHOP = REPOSITORY / "oagen" / "demo" / "bookshop"

SOURCE = """\
def get(item, request):
    if item is None:
        raise Problem(
            404, "not found"
        )
    if item.odd:
        log(item)
        raise HTTPException(status_code=409)
    elif item.gone:
        return Response(status_code=status.HTTP_410_GONE), 1
    try:
        item.pay(250)
    except Down:
        raise Problem(503) from None
    if item.new:
        return Response(201)
    if item.count > 404:
        raise ValueError("404")
    return Response(404)
"""


def test_finds_what_answers_a_status_under_a_condition() -> None:
    found = branches_of(SOURCE, Path("shop.py"))

    assert [(branch.status, branch.line, branch.start, branch.end) for branch in found] == [
        (404, 3, 2, 5),
        (409, 8, 8, 8),
        (410, 10, 10, 10),
        (503, 14, 14, 14),
    ]
    assert {branch.function for branch in found} == {"get"}


@pytest.mark.parametrize("index", range(4))
def test_takes_one_away_and_leaves_the_others(index: int) -> None:
    found = branches_of(SOURCE, Path("shop.py"))

    changed = without(SOURCE, found[index])

    left = branches_of(changed, Path("shop.py"))
    assert left == [branch for branch in found if branch is not found[index]]
    assert len(changed.splitlines()) == len(SOURCE.splitlines())


def test_each_branch_of_the_bookshop_can_be_taken_away() -> None:
    branches = find_branches(REPOSITORY, BOOKSHOP)

    assert len(branches) >= 20
    for branch in branches:
        source = (REPOSITORY / branch.file).read_text(encoding="utf-8")
        left = branches_of(without(source, branch), branch.file)
        assert left == [other for other in branches if other.file == branch.file and other != branch]


APPLICATION = """\
class Problem(Exception):
    pass


def read_item(number: int) -> int:
    if number > 9:
        raise Problem(404)
    if number == 5:
        raise Problem(410)
    if number < 0:
        raise Problem(422)
    return 200


app = read_item
"""
CONFTEST = """\
import importlib

import pytest


def pytest_addoption(parser):
    parser.addoption("--api-app")


@pytest.fixture
def answer(request):
    module, _, name = request.config.getoption("--api-app").partition(":")
    app = getattr(importlib.import_module(module), name)

    def send(number):
        try:
            return app(number)
        except Exception as problem:
            return problem.args[0]

    return send
"""
SUITE = """\
class TestReadItem:
    def test_200(self, answer):
        assert answer(1) == 200

    def test_404_when_unknown(self, answer):
        assert answer(10) == 404

    def test_410_when_deleted(self, answer):
        assert answer(5) == 418  # a failure of the unchanged application


def test_negative_numbers_are_refused(answer):
    assert answer(-1) == 422
"""


def run_script(folder: Path, *options: str, conftest: str = CONFTEST) -> subprocess.CompletedProcess[str]:
    files = {
        "shop/__init__.py": "",
        "shop/main.py": APPLICATION,
        "suite/conftest.py": conftest,
        "suite/own_app.py": APPLICATION,
        "suite/test_items.py": SUITE,
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return subprocess.run(
        [
            *(sys.executable, str(REPOSITORY / "benchmarks" / "branch_removal.py"), str(folder / "suite")),
            *("--source", str(folder), "--package", "shop", "--mutate", "shop", "--app", "shop.main:app", *options),
        ],
        check=False,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )


@pytest.mark.slow
def test_reports_what_was_caught_and_what_survived(tmp_path: Path) -> None:
    report = tmp_path / "report.json"

    ended = run_script(tmp_path, "--json", str(report), "--require", "50")

    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "Unchanged: 3 passed, 1 failed and left out." in ended.stdout
    removals = json.loads(report.read_text(encoding="utf-8"))["removals"]
    assert [(r["status"], r["caught"], r["by_name"]) for r in removals] == [
        (404, True, True),
        (410, False, False),
        (422, True, False),
    ]
    assert "3 removals: 2 caught, 1 (33.3 %)" in ended.stdout


@pytest.mark.slow
def test_refuses_a_suite_in_which_nothing_passes(tmp_path: Path) -> None:
    ended = run_script(tmp_path, "--", "-k", "nothing_at_all")

    assert ended.returncode == 1
    assert "No test passes on the unchanged application" in ended.stderr


@pytest.mark.slow
def test_notices_that_the_copy_is_not_what_is_tested(tmp_path: Path) -> None:
    ended = run_script(tmp_path, conftest=CONFTEST.replace("import_module(module)", "import_module('own_app')"))

    assert ended.returncode == 1
    assert "does not use the copied application: 3 tests passed" in ended.stderr
