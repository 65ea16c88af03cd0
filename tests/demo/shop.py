"""A client of the bookshop, in process, that knows how to set its state up."""

import asyncio
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from oagen.demo.bookshop.main import create_app

isbns = itertools.count(9780000000001)


class Shop:
    def __init__(self, app: FastAPI, runner: asyncio.Runner) -> None:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self._client = httpx.AsyncClient(transport=transport, base_url="http://bookshop")
        self._runner = runner

    def send(self, method: str, path: str, *, token: str | None = "alice-demo-token", **options: Any) -> httpx.Response:
        headers = dict(options.pop("headers", {}))
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        return self._runner.run(self._client.request(method, path, headers=headers, **options))

    def admin(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self.send(method, path, token="root-demo-token", **options)

    def close(self) -> None:
        self._runner.run(self._client.aclose())

    def given(self, response: httpx.Response) -> dict[str, Any]:
        assert response.is_success, response.text
        created: dict[str, Any] = response.json()
        return created

    def given_author(self) -> dict[str, Any]:
        return self.given(self.admin("POST", "/authors", json={"name": "Jane Austen", "country": "GB"}))

    def book_draft(self, **changes: Any) -> dict[str, Any]:
        author_id = changes.pop("author_id", None) or self.given_author()["id"]
        draft = {"author_id": author_id, "title": "Emma", "isbn": str(next(isbns)), "price_cents": 999, "stock": 10}
        return draft | changes

    def given_book(self, **changes: Any) -> dict[str, Any]:
        return self.given(self.admin("POST", "/books", json=self.book_draft(**changes)))

    def given_review(self) -> dict[str, Any]:
        path = f"/books/{self.given_book()['id']}/reviews"
        return self.given(self.send("POST", path, json={"rating": 4, "text": "Fine."}))

    def given_deleted_review(self) -> str:
        path = review_path(self.given_review())
        assert self.send("DELETE", path).status_code == 204
        return path

    def given_order(self, *steps: str) -> dict[str, Any]:
        items = [{"book_id": self.given_book()["id"], "quantity": 2}]
        order = self.given(self.send("POST", "/orders", json={"items": items}))
        for step in steps:
            body = {"json": {"card_token": "tok_visa"}} if step == "payment" else {}
            order = self.given(self.admin("POST", f"/orders/{order['id']}/{step}", **body))
        return order

    def etag(self, book: dict[str, Any]) -> str:
        etag: str = self.send("GET", f"/books/{book['id']}").headers["ETag"]
        return etag


def review_path(review: dict[str, Any]) -> str:
    return f"/books/{review['book_id']}/reviews/{review['id']}"


@contextmanager
def open_shop(database: Path) -> Iterator[Shop]:
    with asyncio.Runner() as runner:
        shop = Shop(create_app(database), runner)
        yield shop
        shop.close()
