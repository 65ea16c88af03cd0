from __future__ import annotations

import pytest

from oagen.suite.merging import MergeRules, departed, merge
from oagen.suite.resolution import Resolution

BASE = '''\
"""Tests of pets."""

from __future__ import annotations

import httpx

from .support import Api, explain


class TestListPets:
    """GET /pets"""

    def test_200(self, api: Api) -> None:
        response = api.get("/pets")

        assert response.status_code == 200, explain(response)

    def test_401_without_credentials(self, api: Api) -> None:
        response = api.get("/pets", identity=None)

        assert response.status_code == 401


class TestShowPet:
    """GET /pets/{petId}"""

    def test_404_when_pet_id_is_unknown(self, api: Api) -> None:
        response = api.get("/pets/0")

        assert response.status_code == 404
'''
PATH = "integration/test_pets.py"


def edited(text: str, *changes: tuple[str, str]) -> str:
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


MINE = edited(BASE, ('api.get("/pets")\n', 'api.get("/pets", params={"limit": 3})\n'))
NEW_TEST = """\
    def test_422_when_limit_is_negative(self, api: Api) -> None:
        response = api.get("/pets", params={"limit": -1})

        assert response.status_code == 422
"""
OBSOLETE = BASE[BASE.index("    def test_401") : BASE.index("\n\nclass TestShowPet")]


def test_an_untouched_file_becomes_the_new_one() -> None:
    theirs = edited(BASE, ("404", "410"))
    # the renamed test is one that left and one that came
    merged = merge("README.md", BASE, BASE, theirs)

    assert (merged.text, merged.base) == (theirs, theirs)


def test_a_test_arrives_next_to_an_edited_one() -> None:
    theirs = edited(BASE, (OBSOLETE, f"{NEW_TEST}\n{OBSOLETE}"))

    merged = merge(PATH, BASE, MINE, theirs)

    assert merged.text == edited(MINE, (OBSOLETE, f"{NEW_TEST}\n{OBSOLETE}"))
    assert merged.base == theirs
    assert merged.conflicts == []


def test_lines_would_conflict_where_units_do_not() -> None:
    mine = edited(BASE, ("status_code == 404\n", "status_code == 404, explain(response)\n"))
    theirs = f"{BASE}\n{NEW_TEST}"

    assert merge("x.txt", BASE, mine, theirs).conflicts == [""]
    merged = merge(PATH, BASE, mine, theirs)
    assert merged.conflicts == []
    assert merged.text == f"{mine}\n{NEW_TEST}"


def test_changes_in_different_lines_of_one_test_go_together() -> None:
    theirs = edited(
        BASE, ("== 200, explain(response)\n", "== 200, explain(response)\n        assert response.json() == []\n")
    )

    merged = merge(PATH, BASE, MINE, theirs)

    assert 'params={"limit": 3}' in merged.text
    assert "response.json() == []" in merged.text


def test_a_conflict_keeps_the_users_test_and_the_rest_goes_on() -> None:
    theirs = edited(BASE, ('api.get("/pets")\n', 'api.get("/pets?x=1")\n'), ("/pets/0", "/pets/999"))

    merged = merge(PATH, BASE, MINE, theirs)

    assert merged.conflicts == ["TestListPets::test_200"]
    assert merged.text == edited(MINE, ("/pets/0", "/pets/999"))


def test_a_conflict_comes_up_again_until_it_is_settled() -> None:
    theirs = edited(BASE, ('api.get("/pets")\n', 'api.get("/pets?x=1")\n'))
    first = merge(PATH, BASE, MINE, theirs)

    again = merge(PATH, first.base, first.text, theirs)
    mine = merge(PATH, first.base, first.text, theirs, MergeRules(resolution=Resolution.MINE))
    generated = merge(PATH, first.base, first.text, theirs, MergeRules(resolution=Resolution.GENERATED))

    assert again.conflicts == ["TestListPets::test_200"]
    assert (mine.text, mine.conflicts, mine.base) == (MINE, [], theirs)
    assert merge(PATH, mine.base, mine.text, theirs).conflicts == []
    assert generated.text == theirs


def test_a_test_that_left_the_document_is_kept_and_reported_again_and_again() -> None:
    theirs = edited(BASE, (f"\n{OBSOLETE}", ""))

    first = merge(PATH, BASE, BASE, theirs)
    again = merge(PATH, first.base, first.text, theirs)

    assert first.obsolete == again.obsolete == ["TestListPets::test_401_without_credentials"]
    assert first.text == again.text == BASE


def test_an_obsolete_test_that_the_user_deletes_is_gone() -> None:
    theirs = edited(BASE, (f"\n{OBSOLETE}", ""))
    first = merge(PATH, BASE, BASE, theirs)

    merged = merge(PATH, first.base, theirs, theirs)

    assert (merged.obsolete, merged.removed, merged.text) == ([], [], theirs)


def test_a_class_that_left_the_document_is_reported_by_its_tests() -> None:
    theirs = BASE[: BASE.index("\n\nclass TestShowPet")]

    assert merge(PATH, BASE, BASE, theirs).obsolete == ["TestShowPet::test_404_when_pet_id_is_unknown"]


def test_what_the_user_deleted_stays_away_until_it_is_restored() -> None:
    mine = edited(BASE, (f"\n{OBSOLETE}", ""))
    theirs = edited(BASE, ("/pets/0", "/pets/999"))

    merged = merge(PATH, BASE, mine, theirs)
    later = merge(PATH, merged.base, merged.text, theirs)
    restored = merge(PATH, merged.base, merged.text, theirs, MergeRules(restore=True))

    assert merged.removed == later.removed == ["TestListPets::test_401_without_credentials"]
    assert OBSOLETE not in later.text
    assert restored.text == theirs


def test_imports_merge_as_sets() -> None:
    mine = edited(
        BASE,
        ("import httpx\n", "import httpx\nimport respx\n"),
        ("import Api, explain", "import Api, explain, wait_for"),
        ('"/pets/0"', 'wait_for(respx, "/pets/0")'),
    )
    theirs = edited(
        BASE, ("import httpx\n", "import httpx\nimport pytest\n"), ("import Api, explain", "import Api, Pets, explain")
    )

    merged = merge(PATH, BASE, mine, theirs)

    assert merged.conflicts == []
    assert "import httpx\nimport pytest\nimport respx\n" in merged.text
    assert "from .support import Api, Pets, explain, wait_for\n" in merged.text


def test_an_import_stays_while_a_kept_test_uses_it() -> None:
    theirs = edited(
        BASE, ("import Api, explain", "import Api"), (", explain(response)", ""), ("test_200", "test_200_now")
    )

    merged = merge(PATH, BASE, BASE, theirs)

    assert merged.obsolete == ["TestListPets::test_200"]
    assert "from .support import Api, explain\n" in merged.text


def test_an_import_goes_with_the_deleted_tests_that_used_it() -> None:
    deleted = BASE[BASE.index("    def test_200") : BASE.index("    def test_401")]
    theirs = edited(BASE, ("/pets/0", "/pets/999"))

    merged = merge(PATH, BASE, edited(BASE, (deleted, "")), theirs)

    assert "from .support import Api\n" in merged.text
    restored = merge(PATH, merged.base, merged.text, theirs, MergeRules(restore=True))
    assert restored.text == theirs


def test_a_function_that_left_goes_unless_it_is_edited_or_needed() -> None:
    base = "def make_order():\n    return {}\n\n\ndef make_pet():\n    return {}\n"
    theirs = "def make_pet():\n    return {}\n"
    mine = edited(base, ("return {}\n\n", 'return {"mine": 1}\n\n'))

    assert merge("factories.py", base, base, theirs).text == theirs
    assert merge("factories.py", base, mine, theirs).text == mine
    assert merge("factories.py", base, base, theirs, MergeRules(needed=frozenset({"make_order"}))).text == base


def test_departed_names_classes_methods_and_functions() -> None:
    theirs = edited(BASE[: BASE.index("\n\nclass TestShowPet")], (f"\n{OBSOLETE}", ""))

    assert [unit.name for unit in departed(BASE, theirs)] == ["test_401_without_credentials", "TestShowPet"]


def test_statements_without_a_name_conflict_rather_than_double() -> None:
    base = 'import sys\n\nif sys.platform == "x":\n    a()\n'

    merged = merge(PATH, base, edited(base, ('"x"', '"mine"')), edited(base, ('"x"', '"new"')))

    assert merged.text.count("if sys.platform") == 1
    assert len(merged.conflicts) == 1


def test_a_users_broken_python_is_merged_by_lines() -> None:
    mine = edited(BASE, ('api.get("/pets")\n', 'api.get("/pets"\n'))

    merged = merge(PATH, BASE, mine, edited(BASE, ("/pets/0", "/pets/999")))

    assert merged.text == edited(mine, ("/pets/0", "/pets/999"))


def test_the_users_own_tests_stay() -> None:
    mine = BASE + "\n\ndef test_mine() -> None:\n    assert True\n"

    merged = merge(PATH, BASE, mine, edited(BASE, ("/pets/0", "/pets/999")))

    assert merged.text == edited(mine, ("/pets/0", "/pets/999"))
    assert merged.obsolete == []


@pytest.mark.parametrize("path", ["a.py", "a.md"])
def test_merging_the_same_twice_changes_nothing(path: str) -> None:
    theirs = edited(BASE, ("/pets/0", "/pets/999"))
    first = merge(path, BASE, MINE, theirs)

    assert merge(path, first.base, first.text, theirs).text == first.text
