"""Names of what stands in a suite."""

from __future__ import annotations

from pathlib import Path

import pytest

from oagen.suite.naming import longer_names, test_class_name
from oagen.suite.python_source import NameScope
from tests.spec.documents import document, read

test_class_name.__test__ = False  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("identifier", "method", "path", "expected"),
    [
        ("showPetById", "get", "/pets/{petId}", "TestShowPetById"),
        ("read_user_v1_users__user_id__get", "get", "/v1/users/{user_id}", "TestReadUser"),
        ("read_users_get", "get", "/users", "TestReadUsers"),
        ("health_health_get", "get", "/health", "TestHealth"),
        (None, "get", "/pets/{petId}", "TestGetPetsByPetId"),
    ],
)
def test_a_class_goes_by_the_operations_id(
    tmp_path: Path, identifier: str | None, method: str, path: str, expected: str
) -> None:
    operation = {"responses": {"200": {"description": ""}}} | ({"operationId": identifier} if identifier else {})
    (read_operation,) = read(tmp_path, document({path: {method: operation}})).operations
    assert test_class_name(read_operation) == expected


def test_things_of_one_name_are_told_apart_by_their_paths() -> None:
    assert list(longer_names("review", "/v2/books/{id}/reviews")) == ["review_v2", "book_review", "book_review_v2"]
    assert list(longer_names("thing", "/{id}")) == []
    scope = NameScope(["review"])
    assert scope.name("review", otherwise=["book_review"]) == "book_review"
    assert scope.name("review", otherwise=["book_review"]) == "review_2"
