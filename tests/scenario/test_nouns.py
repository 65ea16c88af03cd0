"""Names compared as words."""

from __future__ import annotations

import pytest

from oagen.scenario.nouns import noun, singular, step_name


@pytest.mark.parametrize(
    ("plural", "single"),
    [
        *(("orders", "order"), ("categories", "category"), ("boxes", "box"), ("addresses", "address")),
        *(("shelves", "shelf"), ("bookshelves", "bookshelf"), ("valves", "valve"), ("archives", "archive")),
        *(("people", "person"), ("children", "child"), ("indices", "index"), ("services", "service")),
        *(("statuses", "status"), ("status", "status"), ("houses", "house"), ("sizes", "size"), ("caches", "cache")),
        *(("news", "news"), ("gas", "gas"), ("taxes", "tax")),
    ],
)
def test_the_singular_of_what_collections_are_called(plural: str, single: str) -> None:
    assert singular(plural) == single


def test_a_collection_and_what_refers_to_it_have_one_name() -> None:
    assert noun("book-shelves") == noun("BookShelf") == "bookshelf"
    assert step_name("shelves") == "shelf"
