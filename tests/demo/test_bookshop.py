"""What the bookshop does beyond the status codes of its document."""

import asyncio
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from oagen.demo.bookshop.database import Database, Session
from oagen.demo.bookshop.main import create_app, lifespan
from oagen.demo.bookshop.rate_limit import RateLimiter
from tests.demo.shop import Shop, open_shop


@pytest.mark.parametrize(
    ("token", "challenge"),
    [(None, 'Bearer realm="bookshop"'), ("wrong", 'Bearer realm="bookshop", error="invalid_token"')],
)
def test_401_carries_a_challenge(shop: Shop, token: str | None, challenge: str) -> None:
    assert shop.send("GET", "/orders", token=token).headers["WWW-Authenticate"] == challenge


def test_tokens_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOOKSHOP_ALICE_TOKEN", "wonderland")

    with open_shop(tmp_path / "bookshop.sqlite3") as shop:
        assert shop.send("GET", "/orders", token="wonderland").status_code == 200
        assert shop.send("GET", "/orders", token="alice-demo-token").status_code == 401


def test_created_resources_say_where_they_are(shop: Shop) -> None:
    created = shop.admin("POST", "/books", json=shop.book_draft(tags=["classic"], published="1813-01-28"))

    assert shop.send("GET", created.headers["Location"]).json() == created.json()


def test_the_catalogue_is_exported_as_csv(shop: Shop) -> None:
    book = shop.given_book(title='"Emma", a novel')

    response = shop.send("GET", "/catalogue", headers={"Accept": "text/csv;q=0.9, application/json;q=0.8"})

    assert response.headers["Content-Type"].startswith("text/csv")
    assert f'{book["isbn"]},"""Emma"", a novel",Jane Austen,999\r\n' in response.text


def test_a_refused_order_leaves_the_stock_alone(shop: Shop) -> None:
    plenty, scarce = shop.given_book(stock=10), shop.given_book(stock=1)
    items = [{"book_id": plenty["id"], "quantity": 2}, {"book_id": scarce["id"], "quantity": 2}]

    assert shop.send("POST", "/orders", json={"items": items}).status_code == 409

    assert shop.send("GET", f"/books/{plenty['id']}").json()["stock"] == 10


def test_an_unknown_book_is_not_replaced(shop: Shop) -> None:
    response = shop.admin("PUT", "/books/999999", json=shop.book_draft(), headers={"If-Match": "*"})

    assert response.status_code == 404
    assert response.json()["title"] == "Book not found"


def test_one_book_in_two_items_counts_twice(shop: Shop) -> None:
    item = {"book_id": shop.given_book(stock=5)["id"], "quantity": 3}

    assert shop.send("POST", "/orders", json={"items": [item, item]}).status_code == 409


def test_a_cancelled_order_gives_its_books_back(shop: Shop) -> None:
    book = shop.given_book(stock=5)
    order = shop.given(shop.send("POST", "/orders", json={"items": [{"book_id": book["id"], "quantity": 5}]}))
    assert shop.send("GET", f"/books/{book['id']}").json()["stock"] == 0

    shop.send("POST", f"/orders/{order['id']}/cancellation")

    assert shop.send("GET", f"/books/{book['id']}").json()["stock"] == 5


def test_an_administrator_sees_the_orders_of_all(shop: Shop) -> None:
    order = shop.given_order()

    assert order in shop.admin("GET", "/orders", params={"limit": 100}).json()["items"]
    assert order not in shop.send("GET", "/orders", token="bob-demo-token").json()["items"]


def test_the_limit_counts_each_address_alone(shop: Shop) -> None:
    def subscribe(address: str, token: str = "alice-demo-token") -> int:
        return shop.send("POST", "/newsletter/subscriptions", json={"email": address}, token=token).status_code

    assert [subscribe("burst@example.com") for _ in range(7)] == [202] * 5 + [429] * 2
    assert subscribe("another@example.com") == 202
    assert subscribe("burst@example.com", "bob-demo-token") == 202


def test_the_limit_forgets_after_its_window(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("time.time", lambda: now)
    session = Session(Database(tmp_path / "bookshop.sqlite3"), writes=True)
    limiter = RateLimiter(session)

    assert [limiter.admits("alice") for _ in range(6)] == [True] * 5 + [False]
    now += RateLimiter.window_seconds
    assert limiter.admits("alice")
    session.close()


def test_hostile_text_is_refused_without_an_error_of_ours(shop: Shop) -> None:
    for body in (b'{"\\ud800": 1}', b'{"name": "\\udfff"}', b'{"name": NaN}', b"[" * 100_000, b"\xff", b"9" * 5000):
        response = shop.admin("POST", "/authors", content=body, headers={"Content-Type": "application/json"})

        assert response.status_code in {400, 422}, body[:20]
        assert response.json()["status"] == response.status_code


@pytest.mark.parametrize(
    "violation",
    [
        *({"born": 0}, {"born": "0"}, {"born": "1775-12-16T00:00:00"}, {"born": True}, {"born": "1775-13-16"}),
        *({"name": 5}, {"country": "gb"}, {"country": "GB\n"}, {"country": None}),
    ],
)
def test_nothing_is_taken_for_another_type(shop: Shop, violation: dict[str, object]) -> None:
    draft = {"name": "Jane Austen", "country": "GB", "born": "1775-12-16"}

    assert shop.admin("POST", "/authors", json=draft | violation).status_code == 422


@pytest.mark.parametrize(
    "violation", [{"stock": "5"}, {"stock": True}, {"stock": 1.5}, {"format": "scroll"}, {"format": 1}, {"tags": {}}]
)
def test_a_number_is_a_number(shop: Shop, violation: dict[str, object]) -> None:
    assert shop.admin("POST", "/books", json=shop.book_draft(**violation)).status_code == 422


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("a.b+c@mail.example.com", 202),
        ("o'hara@example.com", 202),
        ("alice", 422),
        ("a b@c.de", 422),
        ("a@b@c.de", 422),
    ],
)
def test_an_address_is_an_address(shop: Shop, address: str, status: int) -> None:
    assert shop.send("POST", "/newsletter/subscriptions", json={"email": address}).status_code == status


@pytest.mark.parametrize(
    ("path", "methods"),
    [("/books/1", {"GET", "PUT", "DELETE"}), ("/orders", {"GET", "POST"}), ("/catalogue", {"GET"})],
)
def test_405_names_all_methods_of_the_path(shop: Shop, path: str, methods: set[str]) -> None:
    response = shop.send("TRACE", path)

    assert response.status_code == 405
    assert set(response.headers["Allow"].split(", ")) == methods


def test_an_unknown_path_has_problem_details(shop: Shop) -> None:
    response = shop.send("GET", "/magazines")

    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json() == {"type": "/problems/not-found", "title": "Not Found", "status": 404}


def test_without_a_path_the_database_is_fresh_and_removed_on_shutdown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BOOKSHOP_DATABASE", raising=False)
    app = create_app()
    existed: list[bool] = []

    async def run() -> Path:
        async with lifespan(app):
            path: Path = app.state.database.path
            existed.append(path.exists())  # noqa: ASYNC240 - nothing else is running
        return path

    first, second = asyncio.run(run()), asyncio.run(run())
    assert existed == [True, True]
    assert first != second
    assert not first.parent.exists()
    assert not second.parent.exists()


def test_the_environment_names_the_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOOKSHOP_DATABASE", str(tmp_path / "named.sqlite3"))

    create_app().state.database.connect().close()

    assert (tmp_path / "named.sqlite3").is_file()


def test_many_may_set_up_the_schema_at_once(tmp_path: Path) -> None:
    databases = [Database(tmp_path / "bookshop.sqlite3") for _ in range(8)]
    failures: list[BaseException] = []
    monitor = threading.Barrier(len(databases))

    def connect(database: Database) -> None:
        try:
            monitor.wait()
            database.connect().close()
        except (sqlite3.Error, threading.BrokenBarrierError) as failure:
            failures.append(failure)

    threads = [threading.Thread(target=connect, args=[database]) for database in databases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    session = Session(databases[0], writes=False)
    assert session.execute("SELECT count(*) FROM customers").fetchone()[0] == 3
    session.close()


def test_the_document_names_every_schema_that_it_uses() -> None:
    document = create_app().openapi()
    text = str(document)

    assert "HTTPValidationError" not in text
    for name in document["components"]["schemas"]:
        assert f"#/components/schemas/{name}'" in text, name


def test_the_shop_needs_fastapi_alone() -> None:
    """It is also what `--app` is tried on, in an interpreter that need not have what oagen has."""
    program = (
        "import sys, oagen.demo.bookshop.main\n"
        "print(*sorted({'yaml', 'httpx', 'schemathesis', 'hypothesis', 'jsonschema', 'typer'} & set(sys.modules)))"
    )

    ended = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        check=True,
        cwd=Path(__file__).parents[2],
        encoding="utf-8",
    )

    assert ended.stdout.strip() == ""
