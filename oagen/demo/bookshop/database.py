"""SQLite on disk: the schema, and one unit of work for each request."""

import os
import shutil
import sqlite3
import tempfile
import weakref
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Final

from fastapi import Depends, Request

SCHEMA_VERSION: Final = 1
SCHEMA: Final = """
CREATE TABLE authors (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, country TEXT NOT NULL, born TEXT
);
CREATE TABLE books (
    id INTEGER PRIMARY KEY AUTOINCREMENT, author_id INTEGER NOT NULL REFERENCES authors (id),
    title TEXT NOT NULL, isbn TEXT NOT NULL UNIQUE, price_cents INTEGER NOT NULL, stock INTEGER NOT NULL,
    format TEXT NOT NULL, tags TEXT NOT NULL, published TEXT, blurb TEXT, version INTEGER NOT NULL DEFAULT 1
);
CREATE TABLE reviews (
    id INTEGER PRIMARY KEY AUTOINCREMENT, book_id INTEGER NOT NULL REFERENCES books (id) ON DELETE CASCADE,
    reviewer TEXT NOT NULL, rating INTEGER NOT NULL, text TEXT NOT NULL, deleted INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE customers (name TEXT PRIMARY KEY, email TEXT NOT NULL, joined TEXT NOT NULL);
CREATE TABLE orders (
    id INTEGER PRIMARY KEY AUTOINCREMENT, customer TEXT NOT NULL REFERENCES customers (name),
    state TEXT NOT NULL, gift_note TEXT, label BLOB, placed_at TEXT NOT NULL
);
CREATE TABLE order_items (
    order_id INTEGER NOT NULL REFERENCES orders (id), book_id INTEGER NOT NULL REFERENCES books (id),
    quantity INTEGER NOT NULL, price_cents INTEGER NOT NULL
);
CREATE TABLE rate_limit_hits (key TEXT NOT NULL, at REAL NOT NULL);
CREATE INDEX books_by_author ON books (author_id);
CREATE INDEX reviews_by_book ON reviews (book_id);
CREATE INDEX orders_by_customer ON orders (customer);
CREATE INDEX items_by_order ON order_items (order_id);
CREATE INDEX items_by_book ON order_items (book_id);
CREATE INDEX hits_by_key ON rate_limit_hits (key, at);
INSERT INTO customers VALUES
    ('alice', 'alice@bookshop.example', '2024-02-29'),
    ('bob', 'bob@bookshop.example', '2024-11-05'),
    ('root', 'root@bookshop.example', '2023-10-01');
"""
SAFE_METHODS: Final = {"GET", "HEAD", "OPTIONS"}


class Database:
    """Where the shop keeps its rows: a given file, or one in a temporary directory of its own."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._remove_directory: weakref.finalize[..., Database] | None = None

    @property
    def path(self) -> Path:
        if self._path is None:
            directory = tempfile.mkdtemp(prefix="bookshop-")
            self._remove_directory = weakref.finalize(self, _remove, directory, os.getpid())
            self._path = Path(directory) / "bookshop.sqlite3"
        return self._path

    def connect(self) -> sqlite3.Connection:
        """Open a connection, with the schema in place even if no lifespan was run."""
        connection = sqlite3.connect(self.path, timeout=10, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = OFF")
        if _schema_version(connection) != SCHEMA_VERSION:
            connection.execute("BEGIN IMMEDIATE")
            if _schema_version(connection) != SCHEMA_VERSION:  # another process may have been first
                for statement in SCHEMA.split(";\n"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            connection.execute("COMMIT")
        return connection

    def close(self) -> None:
        """Remove the temporary directory, if there is one; the next connection starts afresh."""
        if self._remove_directory is not None:
            self._remove_directory()
            self._remove_directory = self._path = None


def _schema_version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _remove(directory: str, owner: int) -> None:
    if os.getpid() == owner:  # a forked child leaves its parent's files alone
        shutil.rmtree(directory, ignore_errors=True)


class Session:
    """One request's transaction: begins with its first statement, ends with the handler."""

    def __init__(self, database: Database, *, writes: bool) -> None:
        self._database = database
        self._begin = "BEGIN IMMEDIATE" if writes else "BEGIN"
        self._connection: sqlite3.Connection | None = None

    def execute(self, statement: str, *values: object) -> sqlite3.Cursor:
        if self._connection is None:
            self._connection = self._database.connect()
            self._connection.execute(self._begin)
        return self._connection.execute(statement, values)

    def commit(self) -> None:
        if self._connection is not None:
            self._connection.execute("COMMIT")

    def close(self) -> None:
        """Roll back what was not committed."""
        if self._connection is not None:
            self._connection.close()


async def open_session(request: Request) -> AsyncIterator[Session]:
    session = Session(request.app.state.database, writes=request.method not in SAFE_METHODS)
    try:
        yield session
        session.commit()
    finally:
        session.close()


# The transaction ends before the response is sent, so that the client can read what it wrote.
SessionOfRequest = Annotated[Session, Depends(open_session, scope="function")]
