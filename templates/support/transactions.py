"""Undoing what a test writes, where the application in this process offers it.

pytest-django does so for Django, savepoints for SQLAlchemy.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import pytest

from .api import Api
from .application import is_asgi, load_application
from .current import SUITE
from .savepoints import rolled_back
from .settings import Settings
from .states import reset_function

ALL = "__all__"
"""Every database of the settings."""

MOCKING = frozenset({"app", "client"})
"""Fixtures of unit tests that replace what would write."""


def offer_database(items: list[pytest.Item], settings: Settings) -> None:
    """Let tests of a Django application in this process have pytest-django's database.

    Not where the suite's identities are missing in it: nobody fills it, neither
    `reset` of states.py nor a `django_db_setup` of the project's own. The database of
    the settings serves then.

    Each is rolled back. Where other threads take part, which have connections of their
    own, all is committed and the tables are emptied afterwards: those come last.
    """
    own = [item for item in items if SUITE in item.path.parents]
    if not (own and settings.app and settings.rollback and _has_django()):
        return
    if _has_people(settings) and not reset_function() and not _is_filled(own[0]):
        return
    has_loop = is_asgi(load_application(settings.app, settings.root))
    emptied = []
    for item in own:
        if _is_in_process(item, settings):
            committed = has_loop or _sends_together(item)
            mark = pytest.mark.django_db(
                transaction=committed, serialized_rollback=committed, databases=ALL
            )
            item.add_marker(mark)
            if committed:
                emptied.append(item)
    items.sort(key=lambda item: item in emptied)


@contextmanager
def undone(request: pytest.FixtureRequest, settings: Settings) -> Iterator[None]:
    """Undo what a test writes by SQLAlchemy; nothing where a URL is tested."""
    item: pytest.Item = request.node
    if not _is_in_process(item, settings):
        with _connections_left_alone():
            yield
        return
    with _database_of_settings(request):
        if not settings.rollback:
            yield
            return
        with _rolled_back(request, item):
            yield


@contextmanager
def _rolled_back(request: pytest.FixtureRequest, item: pytest.Item) -> Iterator[None]:
    api: Api = request.getfixturevalue("application")
    if item.get_closest_marker("django_db"):
        api.forget()  # the sessions of the test before are undone, too
    if _sends_together(item):
        yield
        return
    with rolled_back(api.complete, has_loop=is_asgi(api.app)) as transactions:
        yield
    if transactions.used:
        api.forget()


def database_access(
    request: pytest.FixtureRequest,
) -> AbstractContextManager[Any]:
    """Return what lets code outside the tests use the database of Django."""
    if not _has_django():
        return nullcontext()
    if any(item.get_closest_marker("django_db") for item in request.session.items):
        request.getfixturevalue("django_db_setup")
    return _unblocked(request)


def _database_of_settings(
    request: pytest.FixtureRequest,
) -> AbstractContextManager[Any]:
    """Return what lets a test use a database that pytest-django would keep from it."""
    if not _has_django() or request.node.get_closest_marker("django_db"):
        return nullcontext()
    return _unblocked(request)


def _unblocked(request: pytest.FixtureRequest) -> AbstractContextManager[Any]:
    blocker: Any = request.getfixturevalue("django_db_blocker")
    return nullcontext() if blocker is None else blocker.unblock()


@contextmanager
def _connections_left_alone() -> Iterator[None]:
    """Let no request look at Django's connections, as its own test client does."""
    db, signals = map(sys.modules.get, ("django.db", "django.core.signals"))
    if db is None or signals is None:
        yield
        return
    around = (signals.request_started, signals.request_finished)
    for signal in around:
        signal.disconnect(db.close_old_connections)
    try:
        yield
    finally:
        for signal in around:
            signal.connect(db.close_old_connections)


def _has_people(settings: Settings) -> bool:
    """Return whether identities are users that the API has to know."""
    return bool(settings.logins) or any(settings.identities.values())


def _is_filled(item: pytest.Item) -> bool:
    """Return whether the project fills the test database of pytest-django itself."""
    manager: Any = getattr(item.session, "_fixturemanager", None)
    found: Any = manager.getfixturedefs("django_db_setup", item) if manager else None
    return bool(found) and not found[-1].func.__module__.startswith("pytest_django")


def _has_django() -> bool:
    """Return whether pytest-django has found settings with a database."""
    settings = getattr(sys.modules.get("django.conf"), "settings", None)
    if "pytest_django.plugin" not in sys.modules or not settings:
        return False
    if not settings.configured:
        return False
    engine = settings.DATABASES.get("default", {}).get("ENGINE", "")
    return bool(engine) and not engine.endswith(".dummy")


def _is_in_process(item: pytest.Item, settings: Settings) -> bool:
    """Return whether a test calls the application, and all of it."""
    if item.get_closest_marker("unit"):
        mocking = MOCKING.intersection(getattr(item, "fixturenames", ()))
        return bool(settings.app) and not mocking
    return bool(settings.app) and not settings.base_url


def _sends_together(item: pytest.Item) -> bool:
    """Return whether a test sends requests at the same moment, in threads."""
    code = getattr(getattr(item, "function", None), "__code__", None)
    return "together" in getattr(code, "co_names", ())
