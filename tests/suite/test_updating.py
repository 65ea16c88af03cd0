from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from oagen.errors import OutputError, StoreError
from oagen.suite.matrix import Matrix
from oagen.suite.merging import MergeRules
from oagen.suite.resolution import Resolution
from tests.suite.suites import CELLS, FILES, MATRIX, STATES, contents, module_of, planned, updated

TESTS = "integration/test_pets.py"
MINE = FILES[TESTS].replace("api.get(404)", "api.get(404, mine=True)")


def edit(folder: Path, path: str, text: str) -> None:
    (folder / path).write_text(text, encoding="utf-8")


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    folder = tmp_path / "api_tests"
    updated(folder, FILES)
    return folder


def test_a_new_suite_is_what_was_generated(suite: Path) -> None:
    assert contents(suite) == FILES


def test_the_same_again_writes_nothing(suite: Path) -> None:
    update = planned(suite, FILES)

    assert (update.changes, update.is_clean) == ([], True)


def test_planning_writes_nothing(tmp_path: Path) -> None:
    update = planned(tmp_path / "new", FILES)

    assert not update.is_clean
    assert list(tmp_path.iterdir()) == []


def test_an_edit_survives_and_a_new_test_arrives_beside_it(suite: Path) -> None:
    edit(suite, TESTS, MINE)

    update = updated(suite, FILES | {TESTS: module_of(200, 404, 422)})

    assert (suite / TESTS).read_text() == MINE + "\n" + module_of(422)[module_of(422).index("    def") :]
    assert update.conflicts == []
    assert planned(suite, FILES | {TESTS: module_of(200, 404, 422)}).is_clean


def test_a_conflict_leaves_the_test_and_is_reported_until_settled(suite: Path) -> None:
    edit(suite, TESTS, MINE)
    new = FILES | {TESTS: FILES[TESTS].replace("api.get(404)", "api.get(404, theirs=True)")}

    first = updated(suite, new)
    again = updated(suite, new)

    assert first.conflicts == again.conflicts == [f"{TESTS}::TestPets::test_404"]
    assert not again.is_clean
    assert (suite / TESTS).read_text() == MINE

    settled = updated(suite, new, rules=MergeRules(resolution=Resolution.MINE))
    assert settled.conflicts == []
    assert (suite / TESTS).read_text() == MINE
    assert planned(suite, new).is_clean


def test_a_conflict_can_be_settled_for_the_generated_text(suite: Path) -> None:
    edit(suite, TESTS, MINE)
    new = FILES | {TESTS: FILES[TESTS].replace("api.get(404)", "api.get(404, theirs=True)")}
    updated(suite, new)

    updated(suite, new, rules=MergeRules(resolution=Resolution.GENERATED))

    assert contents(suite) == new


def test_an_obsolete_test_is_kept_with_what_it_uses(suite: Path) -> None:
    helper = FILES["support.py"] + "\n\ndef make_pet() -> int:\n    return 404\n"
    with_helper = module_of(200, 404, helper=", make_pet").replace("get(404)", "get(make_pet())")
    updated(suite, FILES | {TESTS: with_helper, "support.py": helper})

    update = updated(suite, FILES | {TESTS: module_of(200)})

    assert update.obsolete == [f"{TESTS}::TestPets::test_404"]
    assert "make_pet" in (suite / "support.py").read_text()
    assert (suite / TESTS).read_text() == with_helper
    later = planned(suite, FILES | {TESTS: module_of(200)})
    assert later.is_clean
    assert later.obsolete == update.obsolete


def test_what_a_test_of_the_user_needs_stays_too(suite: Path) -> None:
    helper = FILES["support.py"] + "\n\ndef make_pet() -> int:\n    return 404\n"
    updated(suite, FILES | {"support.py": helper})
    edit(suite, "test_mine.py", "from .support import make_pet\n\n\ndef test_mine() -> None:\n    assert make_pet()\n")

    updated(suite, FILES)

    assert (suite / "support.py").read_text() == helper


def test_a_function_nobody_needs_goes(suite: Path) -> None:
    updated(suite, FILES | {"support.py": FILES["support.py"] + "\n\ndef make_pet() -> int:\n    return 404\n"})

    updated(suite, FILES)

    assert contents(suite) == FILES


def test_a_module_that_left_the_document_is_kept_and_reported(suite: Path) -> None:
    without = {path: text for path, text in FILES.items() if path != TESTS}

    update = updated(suite, without)

    assert update.obsolete == [f"{TESTS}::TestPets::test_200", f"{TESTS}::TestPets::test_404"]
    assert contents(suite) == FILES
    assert planned(suite, without).obsolete == update.obsolete
    (suite / TESTS).unlink()
    assert updated(suite, without).obsolete == []


def test_a_file_the_user_deleted_stays_away_until_it_is_restored(suite: Path) -> None:
    (suite / TESTS).unlink()

    update = updated(suite, FILES)

    assert update.removed == [TESTS]
    assert not (suite / TESTS).exists()
    updated(suite, FILES, rules=MergeRules(restore=True))
    assert contents(suite) == FILES


def test_a_test_the_user_deleted_comes_back_on_request_alone(suite: Path) -> None:
    edit(suite, TESTS, module_of(200))

    updated(suite, FILES | {TESTS: module_of(200, 404, 422)})
    assert (suite / TESTS).read_text() == module_of(200, 422)

    updated(suite, FILES | {TESTS: module_of(200, 404, 422)}, rules=MergeRules(restore=True))
    assert (suite / TESTS).read_text() == module_of(200, 404, 422)


def test_a_file_of_the_user_is_written_once(suite: Path) -> None:
    edit(suite, STATES, "mine = 1\n")

    updated(suite, FILES | {STATES: "# other\n"})

    assert (suite / STATES).read_text() == "mine = 1\n"


def test_a_new_module_in_the_way_of_the_users_own_is_a_conflict(suite: Path) -> None:
    edit(suite, "integration/test_dogs.py", "mine = 1\n")

    update = updated(suite, FILES | {"integration/test_dogs.py": module_of(200)})

    assert update.conflicts == ["integration/test_dogs.py"]
    assert (suite / "integration/test_dogs.py").read_text() == "mine = 1\n"


def test_line_ends_of_another_system_are_no_edit(suite: Path) -> None:
    (suite / TESTS).write_bytes(FILES[TESTS].replace("\n", "\r\n").encode())

    assert planned(suite, FILES).is_clean
    updated(suite, FILES | {TESTS: module_of(200, 404, 422)})

    assert (suite / TESTS).read_bytes() == module_of(200, 404, 422).replace("\n", "\r\n").encode()


def test_a_file_that_is_no_longer_text_is_left_alone(suite: Path) -> None:
    (suite / TESTS).write_bytes(b"\xff\xfe")

    assert updated(suite, FILES | {TESTS: module_of(200)}).conflicts == [TESTS]
    assert (suite / TESTS).read_bytes() == b"\xff\xfe"


def test_a_changed_matrix_alone_makes_a_suite_stale(suite: Path) -> None:
    update = planned(suite, FILES, matrix=Matrix(operations=2, documented=2, cells=CELLS))

    assert (update.files, update.is_clean) == ([], False)


def test_the_diff_can_be_applied(suite: Path) -> None:
    diff = "".join(planned(suite, FILES | {"README.md": "# Tests\nnew"}).diff())

    assert diff == "--- a/README.md\n+++ b/README.md\n@@ -1 +1,2 @@\n # Tests\n+new\n\\ No newline at end of file\n"


def test_somebody_elses_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")

    with pytest.raises(OutputError, match="holds other files"):
        planned(tmp_path, FILES)

    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")

    with pytest.raises(OutputError, match="is a file, not a folder"):
        planned(tmp_path / "out", FILES)


def test_a_folder_in_place_of_a_file_is_refused(suite: Path) -> None:
    (suite / "new.md").mkdir()

    with pytest.raises(OutputError, match="is a folder"):
        planned(suite, FILES | {"new.md": "x"})


def test_a_file_in_place_of_a_folder_inside_is_refused(suite: Path) -> None:
    (suite / "unit").write_text("mine")

    with pytest.raises(OutputError, match="is a file, and a folder of that name is needed"):
        planned(suite, FILES | {"unit/test_pets.py": "x"})


def test_a_link_out_of_the_suite_is_refused(suite: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (suite / "unit").symlink_to(elsewhere)

    with pytest.raises(OutputError, match="symbolic link"):
        planned(suite, FILES | {"unit/test_pets.py": "x"})

    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize("path", ["../x.py", "/tmp/x.py", "a/../../x.py", "C:x.py", "a\\b.py", ""])
def test_a_path_out_of_the_suite_is_refused(suite: Path, path: str) -> None:
    with pytest.raises(OutputError, match="is not a path inside a suite"):
        planned(suite, FILES | {path: "x"})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not JSON"),
        ("<<<<<<< HEAD\n", "marks of a merge conflict"),
        ('{"name": "web app"}', "is not one of oagen's"),
        ('{"format": 99}', "newer oagen"),
        ('{"format": 1, "document": "x", "files": []}', "is damaged"),
    ],
)
def test_a_damaged_manifest_is_named_and_nothing_overwritten(suite: Path, text: str, message: str) -> None:
    edit(suite, "manifest.json", text)

    with pytest.raises(StoreError, match=message):
        planned(suite, FILES)

    assert contents(suite) == FILES


def test_without_the_old_text_an_edit_is_a_conflict_rather_than_lost(suite: Path) -> None:
    (suite / "generated.json").unlink()
    edit(suite, TESTS, MINE)

    update = updated(suite, FILES | {TESTS: module_of(200, 404, 422), "README.md": "# New\n"})

    assert update.conflicts == [TESTS]
    assert (suite / TESTS).read_text() == MINE
    assert (suite / "README.md").read_text() == "# New\n"


@pytest.mark.parametrize("edited", [False, True])
def test_a_test_goes_where_others_take_its_place_unless_it_was_edited(tmp_path: Path, edited: bool) -> None:
    def matrix(*statuses: int) -> Matrix:
        tests = tuple(f"{TESTS}::TestPets::test_{status}" for status in statuses)
        return replace(MATRIX, cells=(replace(CELLS[0], tests=tests),))

    suite = tmp_path / "api_tests"
    updated(suite, FILES | {TESTS: module_of(200, 201, 404)}, matrix=matrix(200, 201))
    if edited:
        file = suite / TESTS
        file.write_text(file.read_text().replace("api.get(201) == 201", "api.get(201) == 202"))

    update = updated(suite, FILES | {TESTS: module_of(200)}, matrix=matrix(200))

    kept = [f"{TESTS}::TestPets::test_201"] if edited else []
    assert update.obsolete == [*kept, f"{TESTS}::TestPets::test_404"]
    assert ("test_201" in (suite / TESTS).read_text()) is edited
    assert updated(suite, FILES | {TESTS: module_of(200)}, matrix=matrix(200)).is_clean
