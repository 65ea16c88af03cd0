"""Tests of an application in process undo what they write, where SQLAlchemy or pytest-django offers it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.suite import running
from tests.suite.applications import project

SESSION = """
import shop_models
from sqlalchemy.orm import Session

def store(name):
    with Session(shop_models.engine) as session:
        session.add(shop_models.Note(name=name))
        try:
            session.commit()
        except shop_models.IntegrityError:
            session.rollback()
            return 409
        session.add(shop_models.Note(name=name + " again"))
        session.rollback()
        with session.begin_nested():
            session.add(shop_models.Note(name=name + " nested"))
        session.commit()
    return 201

def names():
    with Session(shop_models.engine) as session:
        return sorted(session.scalars(shop_models.select(shop_models.Note.name)))
"""
CORE = """
import shop_models

def store(name):
    try:
        with shop_models.engine.begin() as connection:
            connection.execute(shop_models.Note.__table__.insert(), [{"name": name}, {"name": name + " nested"}])
    except shop_models.IntegrityError:
        return 409
    with shop_models.engine.connect() as connection:
        connection.execute(shop_models.Note.__table__.insert(), [{"name": name + " again"}])
    return 201

def names():
    with shop_models.engine.connect() as connection:
        return sorted(connection.scalars(shop_models.select(shop_models.Note.name)))
"""
MODELS = """
from sqlalchemy import create_engine, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.pool import StaticPool


class Base(DeclarativeBase):
    pass


class Note(Base):
    __tablename__ = "notes"
    name: Mapped[str] = mapped_column(primary_key=True)


__all__ = ["IntegrityError", "select"]
"""
FILE = """
engine = create_engine("sqlite:///notes.sqlite")
Base.metadata.create_all(engine)
"""
MEMORY = """
engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
Base.metadata.create_all(engine)
"""
WSGI = """
import json
import shop_store

def app(environ, start_response):
    if environ["REQUEST_METHOD"] == "POST":
        status = shop_store.store(environ["PATH_INFO"])
        start_response(f"{status} Done", [])
        return []
    start_response("200 OK", [])
    return [json.dumps(shop_store.names()).encode()]
"""
ASGI = """
import asyncio
import json
import shop_store

async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError
    status, body = 200, b""
    if scope["method"] == "POST":
        status = await asyncio.to_thread(shop_store.store, scope["path"])
    else:
        body = json.dumps(await asyncio.to_thread(shop_store.names)).encode()
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": body})
"""
ASYNC_MODELS = """
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

engine = create_async_engine("sqlite+aiosqlite:///notes.sqlite")
make_session = async_sessionmaker(engine)
"""
ASYNC = """
import asyncio
import json
import shop_models

async def start():
    async with shop_models.engine.begin() as connection:
        await connection.run_sync(shop_models.Base.metadata.create_all)

async def store(name):
    async with shop_models.make_session() as session:
        session.add(shop_models.Note(name=name))
        try:
            await session.commit()
        except shop_models.IntegrityError:
            await session.rollback()
            return 409
        session.add(shop_models.Note(name=name + " nested"))
        await session.commit()
    return 201

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await shop_models.engine.dispose()
        await send({"type": "lifespan.shutdown.complete"})
        return
    status, body = 200, b""
    if scope["method"] == "POST":
        status = await store(scope["path"])
    else:
        async with shop_models.make_session() as session:
            body = json.dumps(sorted(await session.scalars(shop_models.select(shop_models.Note.name)))).encode()
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": body})
"""
TESTS = """
import pytest

from ..support import Api, together

pytestmark = [pytest.mark.integration]


@pytest.mark.parametrize("number", range(3))
def test_what_was_written_is_there_until_the_test_ends(api: Api, number: int) -> None:
    assert api.get("/").json() == []
    assert api.post("/a").status_code == 201
    assert api.post("/a").status_code == 409
    assert api.get("/").json() == ["/a", "/a nested"]
    assert api.post("/b").status_code == 201
    assert api.get("/").json() == ["/a", "/a nested", "/b", "/b nested"]
"""
KEPT = """
import pytest

from ..support import Api, together

pytestmark = [pytest.mark.integration]


def test_1_what_is_sent_at_the_same_moment_is_written(api: Api) -> None:
    assert together("201", lambda: api.post("/a"), lambda: api.post("/b")).status_code == 201


def test_2_it_is_still_there(api: Api) -> None:
    assert {"/a", "/b"} <= set(api.get("/").json())
"""
SHOPS = {
    "sessions, WSGI, a file": {"shop_models": MODELS + FILE, "shop_store": SESSION, "shop": WSGI},
    "sessions, ASGI, a file": {"shop_models": MODELS + FILE, "shop_store": SESSION, "shop": ASGI},
    "sessions, ASGI, in memory": {"shop_models": MODELS + MEMORY, "shop_store": SESSION, "shop": ASGI},
    "connections, WSGI, in memory": {"shop_models": MODELS + MEMORY, "shop_store": CORE, "shop": WSGI},
    "connections, ASGI, a file": {"shop_models": MODELS + FILE, "shop_store": CORE, "shop": ASGI},
    "asyncio": {"shop_models": MODELS + ASYNC_MODELS, "shop": ASYNC},
}


@pytest.mark.parametrize("modules", SHOPS.values(), ids=SHOPS)
def test_each_test_begins_with_what_was_there_before(tmp_path: Path, modules: dict[str, str]) -> None:
    suite = project(tmp_path, modules, TESTS)

    for _ in range(2):  # nor does the whole run leave anything behind
        ran = running.run(suite, "--api-app", "shop:app", "-q")
        assert ran.code == 0, ran.output


BEGINNING = """
from sqlalchemy import event

engine = create_engine("sqlite:///notes.sqlite")
Base.metadata.create_all(engine)


@event.listens_for(engine, "connect")
def connected(connection, record):
    connection.isolation_level = None


@event.listens_for(engine, "begin")
def begun(connection):
    connection.exec_driver_sql("BEGIN")
"""


def test_an_engine_whose_listener_begins_is_left_as_it_is(tmp_path: Path) -> None:
    suite = project(tmp_path, {"shop_models": MODELS + BEGINNING, "shop_store": SESSION, "shop": WSGI}, TESTS)

    ran = running.run(suite, "--api-app", "shop:app", "-q", "-k", "0")

    assert ran.code == 0, ran.output
    assert running.run(suite, "--api-app", "shop:app", "-q", "-k", "0").code == 1  # it was written


def test_a_pool_that_is_disposed_of_within_a_request_does_no_harm(tmp_path: Path) -> None:
    disposing = SESSION.replace("def names():", "def names():\n    shop_models.engine.dispose()")
    modules = {"shop_models": MODELS + FILE, "shop_store": disposing, "shop": ASGI}
    suite = project(tmp_path, modules, TESTS)

    ran = running.run(suite, "--api-app", "shop:app", "-q")

    assert ran.code == 0, ran.output


def test_it_can_be_turned_off(tmp_path: Path) -> None:
    suite = project(tmp_path, SHOPS["sessions, WSGI, a file"], TESTS)
    (tmp_path / "oagen.toml").write_text("[suite]\nrollback = false\n", encoding="utf-8")

    ran = running.run(suite, "--api-app", "shop:app", "-q")

    assert len(ran.ended("passed")) == 1, ran.output
    assert len(ran.ended("failed")) == 2


def test_what_is_sent_at_the_same_moment_is_no_transaction(tmp_path: Path) -> None:
    suite = project(tmp_path, SHOPS["sessions, ASGI, a file"], KEPT)

    ran = running.run(suite, "--api-app", "shop:app", "-q")

    assert ran.code == 0, ran.output


DJANGO_SETTINGS = """
SECRET_KEY = "x"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "shop"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "notes.sqlite"}}
USE_TZ = True
"""
DJANGO = """
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop_settings")

from django.core.handlers.%(kind)s import %(handler)s
from django import setup

setup()

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.http import HttpResponse, JsonResponse
from django.urls import path


def notes(request, name=""):
    if request.method == "GET":
        names = sorted(User.objects.values_list("username", flat=True))
        return JsonResponse(names, safe=False)
    try:
        with transaction.atomic():
            User.objects.create(username=f"/{name}")
            User.objects.create(username=f"/{name} nested")
    except IntegrityError:
        return HttpResponse(status=409)
    return HttpResponse(status=201)


urlpatterns = [path("", notes), path("<str:name>", notes)]
app = %(handler)s()
"""
RESETTING = """
from django.contrib.auth.models import User

from .support import state

__all__ = ["reset", "state"]


def reset() -> None:
    User.objects.all().delete()
"""


@pytest.mark.parametrize(("kind", "handler"), [("wsgi", "WSGIHandler"), ("asgi", "ASGIHandler")])
def test_pytest_django_gives_its_database(tmp_path: Path, kind: str, handler: str) -> None:
    modules = {"shop": DJANGO % {"kind": kind, "handler": handler}, "shop_settings": DJANGO_SETTINGS}
    suite = project(tmp_path, modules, TESTS)
    together = KEPT.replace("test_1_", "test_").replace('{"/a", "/b"} <= set(api.get("/").json())', "ARRIVED")
    (suite / "integration" / "test_together.py").write_text(
        together.replace("test_2_it_is_still_there", "test_it_is_there_no_longer").replace(
            "assert ARRIVED", 'assert api.get("/").json() == []'
        ),
        encoding="utf-8",
    )
    (suite / "states.py").write_text(RESETTING, encoding="utf-8")

    ran = running.run(
        *(suite, "--api-app", "shop:app", "-q", "-p", "pytest_django.plugin"),
        DJANGO_SETTINGS_MODULE="shop_settings",
        PYTHONPATH=str(tmp_path),
    )

    assert ran.code == 0, ran.output
    assert "5 passed" in ran.output
    assert not (tmp_path / "notes.sqlite").exists()  # the database of the settings is not touched


@pytest.mark.parametrize("plugin", [[], ["-p", "pytest_django.plugin"]])
def test_without_settings_that_pytest_django_knows_nothing_changes(tmp_path: Path, plugin: list[str]) -> None:
    modules = {"shop": DJANGO % {"kind": "wsgi", "handler": "WSGIHandler"}, "shop_settings": DJANGO_SETTINGS}
    suite = project(tmp_path, modules, TESTS)

    ran = running.run(suite, "--api-app", "shop:app", "-q", *plugin)

    assert len(ran.ended("failed")) == 3, ran.output
    assert "no such table" in ran.output


ONCE = """
import pytest

from ..support import Api

pytestmark = [pytest.mark.integration]


def test_it_is_written(api: Api) -> None:
    assert api.post("/a").status_code == 201
    assert api.get("/").json() == ["/a", "/a nested"]
"""
MOCKED = """
from unittest.mock import patch

import pytest

from ..support import Api

pytestmark = [pytest.mark.unit]


@pytest.fixture
def client(application: Api):
    return application.client


def test_201(client) -> None:
    with patch("django.contrib.auth.models.User.objects.values_list", return_value=["a"]):
        assert client.get("/").json() == ["a"]
"""
IDENTITY = """
[identities.alice]
headers = {{ Authorization = "Token 7" }}

[suite]
rollback = {rollback}
"""
FILLED = """
import pytest


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        pass
"""


@pytest.mark.parametrize(
    ("files", "rollback", "touched"),
    [
        ({}, "true", True),
        ({}, "false", True),
        ({"conftest.py": FILLED}, "true", False),
        ({"api_tests/states.py": RESETTING}, "true", False),
    ],
    ids=["nobody fills it", "turned off", "a fixture fills it", "reset fills it"],
)
def test_people_who_are_not_in_pytest_djangos_database_keep_that_of_the_settings(
    tmp_path: Path, files: dict[str, str], rollback: str, touched: bool
) -> None:
    modules = {"shop": DJANGO % {"kind": "wsgi", "handler": "WSGIHandler"}, "shop_settings": DJANGO_SETTINGS}
    suite = project(tmp_path, modules, TESTS if not touched else ONCE)
    (tmp_path / "oagen.toml").write_text(IDENTITY.format(rollback=rollback), encoding="utf-8")
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "shop_settings", "PYTHONPATH": str(tmp_path)}
    migrated = subprocess.run(
        [sys.executable, "-m", "django", "migrate", "-v0"], env=environment, cwd=tmp_path, check=False
    )
    assert migrated.returncode == 0

    ran = running.run(
        *(suite, "--api-app", "shop:app", "-q", "-p", "pytest_django.plugin"),
        DJANGO_SETTINGS_MODULE="shop_settings",
        PYTHONPATH=str(tmp_path),
    )

    assert ran.code == 0, ran.output
    with sqlite3.connect(tmp_path / "notes.sqlite") as connection:
        ((written,),) = connection.execute("SELECT COUNT(*) FROM auth_user")
    assert bool(written) is touched


def test_a_unit_test_leaves_the_connections_of_other_tests_alone(tmp_path: Path) -> None:
    modules = {"shop": DJANGO % {"kind": "wsgi", "handler": "WSGIHandler"}, "shop_settings": DJANGO_SETTINGS}
    suite = project(tmp_path, modules, ONCE)
    (suite / "unit" / "test_notes.py").write_text(MOCKED, encoding="utf-8")

    ran = running.run(
        *(suite, "--api-app", "shop:app", "-q", "-p", "pytest_django.plugin"),
        DJANGO_SETTINGS_MODULE="shop_settings",
        PYTHONPATH=str(tmp_path),
    )

    assert ran.code == 0, ran.output
    assert "2 passed" in ran.output
