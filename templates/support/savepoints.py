"""SQLAlchemy 2 in a transaction around a test.

What the application commits while the test sends its requests is a savepoint in it,
whether by a session or by a connection, and is rolled back when the test ends. What
runs beside the requests, in a thread of its own, is left alone.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from importlib import import_module
from typing import Any

Complete = Callable[[Coroutine[Any, Any, None]], None]

DIALECTS = frozenset({"mariadb", "mysql", "postgresql", "sqlite"})
"""Databases whose savepoints are made, released and rolled back in the same words."""

_current: ContextVar[Transactions | None] = ContextVar("transactions", default=None)
_refused: list[Any] = []  # dialects of engines that are left as they are


@contextmanager
def rolled_back(complete: Complete, *, has_loop: bool) -> Iterator[Transactions]:
    """Roll back what the application commits in the block; nothing without SQLAlchemy.

    Yield what tells, at the end, whether it has used a database.

    Args:
        complete: Runs a coroutine to its end on the application's event loop.
        has_loop: Whether it has one; engines of asyncio are left alone without.
    """
    transactions = Transactions(has_loop=has_loop)
    version = getattr(sys.modules.get("sqlalchemy"), "__version__", "0")
    if version.startswith(("0", "1.")):
        yield transactions
        return
    sqlalchemy: Any = import_module("sqlalchemy.engine")
    engines = sqlalchemy.Engine
    connect, raw_connection = engines.connect, engines.raw_connection

    def joined(engine: Any) -> Any:
        outer = _outer_of(engine)
        if outer is None:
            return connect(engine)
        return sqlalchemy.Connection(engine, connection=outer.checkout())

    def joined_raw(engine: Any) -> Any:
        outer = _outer_of(engine)
        return raw_connection(engine) if outer is None else outer.checkout()

    engines.connect, engines.raw_connection = joined, joined_raw
    token = _current.set(transactions)
    try:
        yield transactions
    finally:
        _current.reset(token)
        engines.connect, engines.raw_connection = connect, raw_connection
        transactions.end(complete)


def _outer_of(engine: Any) -> Outer | None:
    """Return the transaction that the use of an engine joins, if it does."""
    transactions = _current.get()
    return None if transactions is None else transactions.of(engine)


class Transactions:
    """Those of one test: one for each engine, told by its dialect, as pools may go."""

    def __init__(self, *, has_loop: bool) -> None:
        self._has_loop = has_loop
        self._opening = False
        self._outers: list[tuple[Any, Outer]] = []

    @property
    def used(self) -> bool:
        """Whether there was one."""
        return bool(self._outers)

    def of(self, engine: Any) -> Outer | None:
        """Return the transaction for an engine, begun now if need be."""
        dialect = engine.dialect
        for known, outer in self._outers:
            if known is dialect:
                return outer
        if self._opening or any(dialect is refused for refused in _refused):
            return None
        if (
            dialect.name not in DIALECTS
            or type(engine.pool).__name__ == "SingletonThreadPool"
            or len(engine.dispatch.begin)  # a listener that begins would fail
            or (dialect.is_async and not self._has_loop)
        ):
            _refused.append(dialect)
            return None
        error = import_module("sqlalchemy.exc").SQLAlchemyError
        self._opening = True  # listeners of the pool may use the engine
        try:
            outer = Outer(engine)
        except (dialect.dbapi.Error, error, OSError):
            _refused.append(dialect)
            return None
        finally:
            self._opening = False
        self._outers.append((dialect, outer))
        return outer

    def end(self, complete: Complete) -> None:
        """Roll everything back."""
        for dialect, outer in self._outers:
            if outer.is_left_open:
                _refused.append(dialect)  # a session outlives its request
            if outer.is_async:
                spawn = import_module("sqlalchemy.util").greenlet_spawn
                complete(spawn(outer.end))
            else:
                outer.end()


class Outer:
    """A transaction at one database, on one connection, which all others stand for.

    Args:
        engine: Gives the connection.
    """

    def __init__(self, engine: Any) -> None:
        self._dialect = engine.dialect
        self._held = engine.pool.connect()
        try:
            raw = self._held.dbapi_connection
            if self._dialect.name == "sqlite":  # its driver would begin too late
                self._execute("BEGIN")
            self._execute("SAVEPOINT api_tests")
            self._execute("RELEASE SAVEPOINT api_tests")
        except BaseException:
            self._held.close()
            raise
        self._pool = import_module("sqlalchemy.pool").StaticPool(
            lambda: raw, reset_on_return=None, dialect=self._dialect
        )
        self._numbers = itertools.count(1)
        self._stack: list[tuple[Any, str]] = []
        self._given: list[Any] = []
        self._replace()

    @property
    def is_async(self) -> bool:
        """Whether its driver is one of asyncio."""
        return bool(self._dialect.is_async)

    @property
    def is_left_open(self) -> bool:
        """Whether somebody has begun what they have not ended."""
        return bool(self._stack)

    def checkout(self) -> Any:
        """Return the connection, as a pool does."""
        connection = self._pool.connect()
        self._given.append(connection)
        return connection

    def end(self) -> None:
        """Roll back, and give the connection back."""
        for name in ("do_begin", "do_commit", "do_rollback"):
            vars(self._dialect).pop(name, None)
        with suppress(Exception):  # it may have been lost in the test
            self._held.rollback()
        self._held.close()

    def _replace(self) -> None:
        """Let what begins and ends transactions on this connection use savepoints."""
        dialect = self._dialect
        begin, commit = dialect.do_begin, dialect.do_commit
        rollback = dialect.do_rollback

        def do_begin(connection: Any) -> None:
            if not self._is_ours(connection):
                begin(connection)
                return
            name = f"api_tests_{next(self._numbers)}"
            self._execute(f"SAVEPOINT {name}")
            self._stack.append((connection, name))

        def do_commit(connection: Any) -> None:
            if not self._is_ours(connection):
                commit(connection)
            elif name := self._taken(connection):
                self._execute(f"RELEASE SAVEPOINT {name}")

        def do_rollback(connection: Any) -> None:
            if not self._is_ours(connection):
                rollback(connection)
            elif name := self._taken(connection):
                self._execute(f"ROLLBACK TO SAVEPOINT {name}")
                self._execute(f"RELEASE SAVEPOINT {name}")

        dialect.do_begin, dialect.do_commit = do_begin, do_commit
        dialect.do_rollback = do_rollback

    def _is_ours(self, connection: Any) -> bool:
        return any(connection is given for given in self._given)

    def _taken(self, connection: Any) -> str | None:
        """Return the savepoint of a connection, which ends with all inside it."""
        for place, (owner, name) in enumerate(self._stack):
            if owner is connection:
                del self._stack[place:]
                return name
        return None

    def _execute(self, statement: str) -> None:
        cursor = self._held.cursor()
        try:
            cursor.execute(statement)
        finally:
            cursor.close()
