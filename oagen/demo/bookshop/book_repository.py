"""Books, as rows."""

import json
import sqlite3
from typing import Annotated, Any

from fastapi import Depends

from oagen.demo.bookshop.database import SessionOfRequest
from oagen.demo.bookshop.models import Book, BookDraft


class BookRepository:
    def __init__(self, session: SessionOfRequest) -> None:
        self._session = session

    def add(self, draft: BookDraft) -> Book:
        columns = _columns(draft)
        cursor = self._session.execute(
            f"INSERT INTO books ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})",
            *columns.values(),
        )
        return Book(id=cursor.lastrowid or 0, blurb=None, **draft.model_dump())

    def get(self, book_id: int) -> Book | None:
        row = self._session.execute("SELECT * FROM books WHERE id = ?", book_id).fetchone()
        return book_of(row) if row else None

    def etag(self, book_id: int) -> str:
        row = self._session.execute("SELECT version FROM books WHERE id = ?", book_id).fetchone()
        return f'"{book_id}-{row["version"]}"'

    def with_isbn(self, isbn: str) -> Book | None:
        row = self._session.execute("SELECT * FROM books WHERE isbn = ?", isbn).fetchone()
        return book_of(row) if row else None

    def replace(self, book_id: int, draft: BookDraft) -> bool:
        """Write the draft over the book; answer False when another book has the ISBN."""
        columns = _columns(draft)
        isbn = columns.pop("isbn")
        assignments = ", ".join(f"{column} = ?" for column in columns)
        self._session.execute(
            f"UPDATE books SET {assignments}, version = version + 1 WHERE id = ?", *columns.values(), book_id
        )
        try:
            self._session.execute("UPDATE books SET isbn = ? WHERE id = ?", isbn, book_id)
        except sqlite3.IntegrityError:
            return False
        return True

    def describe(self, book_id: int, blurb: str) -> None:
        self._session.execute("UPDATE books SET blurb = ?, version = version + 1 WHERE id = ?", blurb, book_id)

    def is_ordered(self, book_id: int) -> bool:
        found = self._session.execute("SELECT 1 FROM order_items WHERE book_id = ? LIMIT 1", book_id)
        return found.fetchone() is not None

    def remove(self, book_id: int) -> None:
        self._session.execute("DELETE FROM books WHERE id = ?", book_id)


def _columns(draft: BookDraft) -> dict[str, Any]:
    return draft.model_dump(mode="json") | {"tags": json.dumps(draft.tags)}


def book_of(row: sqlite3.Row) -> Book:
    return Book.model_validate({**row, "tags": json.loads(row["tags"])})


async def book_repository(session: SessionOfRequest) -> BookRepository:
    return BookRepository(session)


Books = Annotated[BookRepository, Depends(book_repository)]
