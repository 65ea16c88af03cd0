"""Every (operation, status) of the bookshop's document is reached, but for the two that a planted fault spoils."""

from collections.abc import Callable
from typing import Any

import httpx
import jsonschema
import pytest

from oagen.demo.bookshop.main import create_app
from tests.demo.shop import Shop, review_path

DOCUMENT = create_app().openapi()
UNKNOWN = 999_999
XML = {"Content-Type": "application/xml"}

Draw = Callable[[Shop], httpx.Response]
CASES: dict[tuple[str, int], Draw] = {}


def case(operation_id: str, status: int, draw: Draw) -> None:
    assert (operation_id, status) not in CASES
    CASES[operation_id, status] = draw


def body_cases(operation_id: str, path: Callable[[Shop], str], *, method: str = "POST", admin: bool = False) -> None:
    """Broken syntax, a violated schema, a wrong media type, no credentials, a wrong role."""
    token = "root-demo-token" if admin else "alice-demo-token"
    json = {"Content-Type": "application/json"}
    case(operation_id, 400, lambda s: s.send(method, path(s), token=token, content=b"{", headers=json))
    case(operation_id, 415, lambda s: s.send(method, path(s), token=token, content=b"<a/>", headers=XML))
    case(operation_id, 422, lambda s: s.send(method, path(s), token=token, json={"odd": 1}))
    case(operation_id, 401, lambda s: s.send(method, path(s), token=None, json={"odd": 1}))
    if admin:
        case(operation_id, 403, lambda s: s.send(method, path(s), json={"odd": 1}))


def order_case(operation_id: str, status: int, *steps: str, token: str = "alice-demo-token", **options: Any) -> None:
    step = {"payOrder": "payment", "shipOrder": "shipment", "cancelOrder": "cancellation"}[operation_id]
    case(
        operation_id,
        status,
        lambda s: s.send("POST", f"/orders/{s.given_order(*steps)['id']}/{step}", token=token, **options),
    )


case("checkHealth", 200, lambda s: s.send("GET", "/health", token=None))

body_cases("createAuthor", lambda _: "/authors", admin=True)
case("createAuthor", 201, lambda s: s.admin("POST", "/authors", json={"name": "Ann", "country": "IE"}))
case("getAuthor", 200, lambda s: s.send("GET", f"/authors/{s.given_author()['id']}", token=None))
case("getAuthor", 404, lambda s: s.send("GET", f"/authors/{UNKNOWN}"))
case("getAuthor", 422, lambda s: s.send("GET", "/authors/jane"))
case("deleteAuthor", 204, lambda s: s.admin("DELETE", f"/authors/{s.given_author()['id']}"))
case("deleteAuthor", 401, lambda s: s.send("DELETE", "/authors/1", token="nobody"))
case("deleteAuthor", 403, lambda s: s.send("DELETE", "/authors/1"))
case("deleteAuthor", 404, lambda s: s.admin("DELETE", f"/authors/{UNKNOWN}"))
case("deleteAuthor", 409, lambda s: s.admin("DELETE", f"/authors/{s.given_book()['author_id']}"))
case("deleteAuthor", 422, lambda s: s.admin("DELETE", "/authors/0"))

case("listBooks", 200, lambda s: s.send("GET", "/books", token=None, params={"q": s.given_book()["title"]}))
case("listBooks", 422, lambda s: s.send("GET", "/books", params={"limit": 101}))
case("exportCatalogue", 200, lambda s: s.send("GET", "/catalogue"))
case("exportCatalogue", 405, lambda s: s.send("POST", "/catalogue"))
case("exportCatalogue", 406, lambda s: s.send("GET", "/catalogue", headers={"Accept": "application/pdf"}))
case("findByIsbn", 307, lambda s: s.send("GET", f"/isbn/{s.given_book()['isbn']}"))
case("findByIsbn", 404, lambda s: s.send("GET", "/isbn/9799999999999"))
case("findByIsbn", 422, lambda s: s.send("GET", "/isbn/0141439518"))

body_cases("createBook", lambda _: "/books", admin=True)
case("createBook", 201, lambda s: s.admin("POST", "/books", json=s.book_draft()))
case("createBook", 404, lambda s: s.admin("POST", "/books", json=s.book_draft(author_id=UNKNOWN)))
case("createBook", 409, lambda s: s.admin("POST", "/books", json=s.book_draft(isbn=s.given_book()["isbn"])))
case("getBook", 200, lambda s: s.send("GET", f"/books/{s.given_book()['id']}", token=None))
case("getBook", 404, lambda s: s.send("GET", f"/books/{UNKNOWN}"))
case("getBook", 422, lambda s: s.send("GET", f"/books/{2**31}"))


def unchanged_book(shop: Shop) -> httpx.Response:
    book = shop.given_book()
    return shop.send("GET", f"/books/{book['id']}", headers={"If-None-Match": f'"other", W/{shop.etag(book)}'})


def replaced_book(shop: Shop, *, headers: dict[str, str] | None = None, **changes: Any) -> httpx.Response:
    book = shop.given_book()
    headers = {"If-Match": shop.etag(book)} if headers is None else headers
    return shop.admin("PUT", f"/books/{book['id']}", json=shop.book_draft(**changes), headers=headers)


case("getBook", 304, unchanged_book)
body_cases("replaceBook", lambda s: f"/books/{s.given_book()['id']}", method="PUT", admin=True)
case("replaceBook", 200, replaced_book)
case("replaceBook", 404, lambda s: replaced_book(s, author_id=UNKNOWN))
case("replaceBook", 409, lambda s: replaced_book(s, isbn=s.given_book()["isbn"]))
case("replaceBook", 412, lambda s: replaced_book(s, headers={"If-Match": '"0-0"'}))
case("replaceBook", 428, lambda s: replaced_book(s, headers={}))

TEXT = {"Content-Type": "text/plain; charset=utf-8"}
case("writeBlurb", 204, lambda s: s.admin("PUT", f"/books/{s.given_book()['id']}/blurb", content="Ω", headers=TEXT))
case("writeBlurb", 401, lambda s: s.send("PUT", "/books/1/blurb", token=None, content="Wit.", headers=TEXT))
case("writeBlurb", 403, lambda s: s.send("PUT", "/books/1/blurb", content="Wit.", headers=TEXT))
case("writeBlurb", 404, lambda s: s.admin("PUT", f"/books/{UNKNOWN}/blurb", content="Wit.", headers=TEXT))
case("writeBlurb", 413, lambda s: s.admin("PUT", "/books/1/blurb", content="x" * 65537, headers=TEXT))
case("writeBlurb", 415, lambda s: s.admin("PUT", "/books/1/blurb", content="<a/>", headers=XML))
case("writeBlurb", 422, lambda s: s.admin("PUT", "/books/1/blurb", content=b"\xff", headers=TEXT))

case("deleteBook", 204, lambda s: s.admin("DELETE", f"/books/{s.given_book()['id']}"))
case("deleteBook", 401, lambda s: s.send("DELETE", "/books/1", token=None))
case("deleteBook", 403, lambda s: s.send("DELETE", "/books/1"))
case("deleteBook", 404, lambda s: s.admin("DELETE", f"/books/{UNKNOWN}"))
case("deleteBook", 409, lambda s: s.admin("DELETE", f"/books/{s.given_order()['items'][0]['book_id']}"))
case("deleteBook", 422, lambda s: s.admin("DELETE", "/books/emma"))

REVIEW = {"rating": 5, "text": "Read it twice."}
body_cases("createReview", lambda s: f"/books/{s.given_book()['id']}/reviews")
case("createReview", 201, lambda s: s.send("POST", f"/books/{s.given_book()['id']}/reviews", json=REVIEW))
case("createReview", 404, lambda s: s.send("POST", f"/books/{UNKNOWN}/reviews", json=REVIEW))
case("getReview", 200, lambda s: s.send("GET", review_path(s.given_review()), token=None))
case("getReview", 404, lambda s: s.send("GET", f"/books/1/reviews/{UNKNOWN}"))
case("getReview", 410, lambda s: s.send("GET", s.given_deleted_review()))
case("getReview", 422, lambda s: s.send("GET", "/books/1/reviews/x"))
case("deleteReview", 204, lambda s: s.send("DELETE", review_path(s.given_review())))
case("deleteReview", 401, lambda s: s.send("DELETE", "/books/1/reviews/1", token=None))
case("deleteReview", 403, lambda s: s.send("DELETE", review_path(s.given_review()), token="bob-demo-token"))
case("deleteReview", 410, lambda s: s.send("DELETE", s.given_deleted_review()))
case("deleteReview", 422, lambda s: s.send("DELETE", "/books/1/reviews/x"))


def order_of(book_id: int, quantity: int = 1) -> dict[str, Any]:
    return {"items": [{"book_id": book_id, "quantity": quantity}]}


body_cases("createOrder", lambda _: "/orders")
case("createOrder", 201, lambda s: s.send("POST", "/orders", json=order_of(s.given_book()["id"])))
case("createOrder", 404, lambda s: s.send("POST", "/orders", json=order_of(UNKNOWN)))
case("createOrder", 409, lambda s: s.send("POST", "/orders", json=order_of(s.given_book()["id"], 11)))
case("listOrders", 200, lambda s: s.send("GET", "/orders"))
case("listOrders", 401, lambda s: s.send("GET", "/orders", token=None))
case("listOrders", 422, lambda s: s.send("GET", "/orders", params={"offset": -1}))
case("getOrder", 200, lambda s: s.send("GET", f"/orders/{s.given_order()['id']}"))
case("getOrder", 401, lambda s: s.send("GET", "/orders/1", token=None))
case("getOrder", 403, lambda s: s.send("GET", f"/orders/{s.given_order()['id']}", token="bob-demo-token"))
case("getOrder", 404, lambda s: s.send("GET", f"/orders/{UNKNOWN}"))
case("getOrder", 422, lambda s: s.send("GET", "/orders/x"))

CARD = {"card_token": "tok_visa"}
body_cases("payOrder", lambda _: "/orders/1/payment")
order_case("payOrder", 200, json=CARD)
order_case("payOrder", 403, json=CARD, token="bob-demo-token")
case("payOrder", 404, lambda s: s.send("POST", f"/orders/{UNKNOWN}/payment", json=CARD))
order_case("payOrder", 409, "payment", json=CARD)
order_case("payOrder", 503, json={"card_token": "tok_outage"})
order_case("shipOrder", 200, "payment", token="root-demo-token")
case("shipOrder", 401, lambda s: s.send("POST", "/orders/1/shipment", token=None))
order_case("shipOrder", 403, "payment")
case("shipOrder", 404, lambda s: s.admin("POST", f"/orders/{UNKNOWN}/shipment"))
order_case("shipOrder", 409, token="root-demo-token")
case("shipOrder", 422, lambda s: s.admin("POST", "/orders/x/shipment"))
order_case("cancelOrder", 200, "payment")
case("cancelOrder", 401, lambda s: s.send("POST", "/orders/1/cancellation", token=None))
order_case("cancelOrder", 403, token="bob-demo-token")
case("cancelOrder", 404, lambda s: s.send("POST", f"/orders/{UNKNOWN}/cancellation"))
order_case("cancelOrder", 409, "cancellation")
case("cancelOrder", 422, lambda s: s.send("POST", "/orders/x/cancellation"))

case("listCustomers", 200, lambda s: s.admin("GET", "/customers"))
case("listCustomers", 401, lambda s: s.send("GET", "/customers", token=None))
case("listCustomers", 403, lambda s: s.send("GET", "/customers"))


def hasty_subscriber(shop: Shop) -> httpx.Response:
    return [shop.send("POST", "/newsletter/subscriptions", json={"email": "hasty@example.com"}) for _ in range(6)][-1]


body_cases("subscribe", lambda _: "/newsletter/subscriptions")
case("subscribe", 202, lambda s: s.send("POST", "/newsletter/subscriptions", json={"email": "calm@example.com"}))
case("subscribe", 429, hasty_subscriber)

SPOILED = {("createReview", 409), ("deleteReview", 404)}  # FAULTS.md, 6 and 7


def documented() -> dict[tuple[str, int], dict[str, Any]]:
    return {
        (operation["operationId"], int(status)): response
        for path_item in DOCUMENT["paths"].values()
        for operation in path_item.values()
        for status, response in operation["responses"].items()
    }


def test_every_documented_pair_has_a_case() -> None:
    assert documented().keys() == CASES.keys() | SPOILED


@pytest.mark.parametrize(("operation_id", "status"), CASES)
def test_promise_is_kept(shop: Shop, operation_id: str, status: int) -> None:
    response = CASES[operation_id, status](shop)

    promise = documented()[operation_id, status]
    assert response.status_code == status, response.text
    assert all(name in response.headers for name in promise.get("headers", {}))
    if "content" in promise:
        media_type = response.headers["Content-Type"].partition(";")[0]
        schema = promise["content"][media_type]["schema"]
        validator = jsonschema.Draft202012Validator(schema | {"components": DOCUMENT["components"]})
        validator.validate(response.json())
    else:
        assert response.content == b""
    if status >= 400:
        assert response.json()["status"] == status
