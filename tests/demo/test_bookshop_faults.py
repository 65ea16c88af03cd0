"""The planted faults do what FAULTS.md says; whoever mends one by accident learns of it here."""

from pathlib import Path

import pytest

import oagen.demo.bookshop
from tests.demo.shop import Shop, review_path


def test_1_sorting_by_rating_fails_on_a_book_without_reviews(shop: Shop) -> None:
    shop.given_book()

    assert shop.send("GET", "/books", params={"sort": "rating"}).status_code == 500


def test_1_sorting_by_rating_works_where_all_have_reviews(shop: Shop) -> None:
    review = shop.given_review()
    book = shop.send("GET", f"/books/{review['book_id']}").json()

    response = shop.send("GET", "/books", params={"sort": "rating", "author_id": book["author_id"]})

    assert response.json() == {"items": [book], "total": 1}


@pytest.mark.parametrize(("year", "status"), [(0, 500), (1, 200), (9999, 200)])
def test_2_the_year_0_is_admitted_and_fails(shop: Shop, year: int, status: int) -> None:
    assert shop.send("GET", "/books", params={"published_year": year}).status_code == status


@pytest.mark.parametrize(("offset", "status"), [(2**63 - 1, 200), (2**63, 500)])
def test_3_a_large_offset_overflows(shop: Shop, offset: int, status: int) -> None:
    assert shop.send("GET", "/orders", params={"offset": offset}).status_code == status


@pytest.mark.parametrize(("note", "status"), [("Grüße", 201), ("Ω", 500), ("\0", 201)])
def test_4_a_note_outside_latin_1_fails(shop: Shop, note: str, status: int) -> None:
    items = [{"book_id": shop.given_book()["id"], "quantity": 1}]

    assert shop.send("POST", "/orders", json={"items": items, "gift_note": note}).status_code == status


def test_5_a_cancelled_order_lacks_its_items(shop: Shop) -> None:
    order = shop.given_order("cancellation")

    read = shop.send("GET", f"/orders/{order['id']}")

    assert read.status_code == 200
    assert order.keys() - read.json().keys() == {"items"}


def test_6_a_second_review_is_answered_400(shop: Shop) -> None:
    review = shop.given_review()

    again = shop.send("POST", f"/books/{review['book_id']}/reviews", json={"rating": 1, "text": "Not again."})

    assert again.status_code == 400


def test_7_withdrawing_an_unknown_review_has_no_problem_details(shop: Shop) -> None:
    unknown = review_path(shop.given_review()) + "99"

    response = shop.send("DELETE", unknown)

    assert response.status_code == 404
    assert response.headers["Content-Type"].startswith("text/plain")


def test_8_a_refused_replacement_changes_the_book(shop: Shop) -> None:
    book, other = shop.given_book(), shop.given_book()
    draft = shop.book_draft(isbn=other["isbn"], title="Changed all the same")

    refused = shop.admin("PUT", f"/books/{book['id']}", json=draft, headers={"If-Match": shop.etag(book)})

    assert refused.status_code == 409
    after = shop.send("GET", f"/books/{book['id']}").json()
    assert after["title"] == "Changed all the same"
    assert after["isbn"] == book["isbn"]


def test_every_fault_is_listed_and_tested() -> None:
    listed = Path(oagen.demo.bookshop.__file__).with_name("FAULTS.md").read_text(encoding="utf-8")
    rows = [line for line in listed.splitlines() if line.startswith("| ") and line[2].isdigit()]
    tested = {name.split("_")[1] for name in globals() if name.startswith("test_") and name[5].isdigit()}

    assert [row.split("|")[1].strip() for row in rows] == sorted(tested)
