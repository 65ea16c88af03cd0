from __future__ import annotations

from pathlib import Path

import pytest

from oagen.errors import UsageError
from oagen.spec.loading import Selection
from tests.spec.documents import OK, document, read

PATHS = {
    "/pets": {"get": {**OK, "operationId": "listPets", "tags": ["pets"]}, "post": {**OK, "tags": ["pets", "admin"]}},
    "/pets/{id}": {"get": {**OK, "operationId": "getPet"}},
    "/[odd]": {"get": OK},
}
ALL = ["GET /pets", "POST /pets", "GET /pets/{id}", "GET /[odd]"]


@pytest.mark.parametrize(
    ("include", "exclude", "keys"),
    [
        ((), (), ALL),
        (("tag:pets",), (), ALL[:2]),
        (("tag:adm*",), (), ALL[1:2]),
        (("path:/pets*",), (), ALL[:3]),
        (("method:get",), (), [ALL[0], ALL[2], ALL[3]]),
        (("id:*Pet",), (), [ALL[2]]),
        (("GET /pets",), (), [ALL[0]]),
        (("GET *",), ("tag:pets",), ALL[2:]),
        (("/pets",), (), ALL[:2]),
        ((), ("/pets*",), [ALL[3]]),
        (("path:/[odd]",), (), [ALL[3]]),
        ((), ("*",), []),
        (("id:getPet", "method:POST"), (), ALL[1:3]),
    ],
)
def test_patterns_choose_operations(
    tmp_path: Path, include: tuple[str, ...], exclude: tuple[str, ...], keys: list[str]
) -> None:
    description = read(tmp_path, document(PATHS), selection=Selection(include=include, exclude=exclude))

    assert [operation.key for operation in description.operations] == keys


@pytest.mark.parametrize("pattern", ["", " ", "tag:", "id:"])
def test_a_pattern_that_selects_nothing_is_refused(pattern: str) -> None:
    with pytest.raises(UsageError):
        Selection(include=(pattern,))


def test_what_is_not_selected_is_not_complained_about(tmp_path: Path) -> None:
    paths = {"/a": {"get": {**OK, "parameters": [{"$ref": "#/none"}]}, "put": OK}}

    assert read(tmp_path, document(paths), selection=Selection(include=("method:put",))).diagnostics == ()


@pytest.mark.parametrize(
    ("chosen", "keys"),
    [
        (Selection(tags=("pets",)), ALL[:2]),
        (Selection(methods=("get",), tags=("pets",)), ALL[:1]),
        (Selection(methods=("GET", "post"), exclude=("path:/pets/*",)), [ALL[0], ALL[1], ALL[3]]),
        (Selection(include=("path:/pets*",), methods=("GET",)), [ALL[0], ALL[2]]),
        (Selection(tags=("admin",), methods=("GET",)), []),
    ],
)
def test_tags_and_methods_narrow_what_patterns_choose(tmp_path: Path, chosen: Selection, keys: list[str]) -> None:
    description = read(tmp_path, document(PATHS), selection=chosen)

    assert [operation.key for operation in description.operations] == keys


@pytest.mark.parametrize(
    ("chosen", "message", "hint"),
    [
        (Selection(include=("tag:pets", "tag:petz")), "'tag:petz'", "tags are 'pets'"),
        (Selection(tags=("Pets",)), "'tag:Pets'", "tags are 'pets'"),
        (Selection(exclude=("id:listPet",)), "'id:listPet'", "operation ids are 'listPets'"),
        (Selection(methods=("PATCH",)), "'method:PATCH'", "methods are "),
        (Selection(include=("GET /pet",)), "'GET /pet'", "operations are 'GET /pets'"),
    ],
)
def test_a_pattern_that_nothing_matches_is_an_error_with_what_may_be_meant(
    tmp_path: Path, chosen: Selection, message: str, hint: str
) -> None:
    with pytest.raises(UsageError) as error:
        read(tmp_path, document(PATHS), selection=chosen)

    assert message in error.value.message
    assert (error.value.hint or "").startswith(hint)
