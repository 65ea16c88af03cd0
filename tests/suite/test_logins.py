"""A generated suite whose identity logs in by itself, at an API that ends sessions while the suite runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from oagen.suite.build import build_suite
from oagen.suite.model import SuiteSettings
from tests.suite import shelf
from tests.suite.running import run, write

TOKEN = """
[identities.alice.login]
path = "/login"
json = { name = "alice", password = "${SHELF_PASSWORD}" }
token = "/session/token"
"""
COOKIE = """
[identities.alice.login]
path = "/login"
form = { name = "alice", password = "${SHELF_PASSWORD}" }
cookie = "session"
"""
APP = '''
"""The shelf behind a login; a session serves four requests."""
import shelf_app

logins, served = [], []


async def app(scope, receive, send):
    if scope["type"] != "http":
        return await shelf_app.app(scope, receive, send)
    if scope["path"] == "/login":
        message = await receive()
        body = message["body"]
        well = b"open sesame" in body or b"open+sesame" in body
        if well:
            logins.append(1)
            served.clear()
        text = b'{"session": {"token": "t%d"}}' % len(logins) if well else b"{}"
        headers = [(b"set-cookie", b"session=t%d; Path=/" % len(logins)), (b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200 if well else 403, "headers": headers})
        return await send({"type": "http.response.body", "body": text})
    token = b"t%d" % len(logins)
    headers = dict(scope["headers"])
    if headers.get(b"authorization") == b"Bearer " + token or headers.get(b"cookie") == b"session=" + token:
        served.append(1)
        headers[b"authorization"] = b"Bearer sesame" if len(served) <= 4 else b"Bearer ended"
    await shelf_app.app({**scope, "headers": list(headers.items())}, receive, send)
'''


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("project")
    write(build_suite(shelf.description(), shelf.scenarios(), SuiteSettings()), root / "api_tests")
    (root / "shelf_app.py").write_text(shelf.APP)
    (root / "login_app.py").write_text(APP)
    return root


@pytest.mark.parametrize("configuration", [TOKEN, COOKIE], ids=["token", "cookie"])
def test_the_suite_passes_in_sessions_that_end(project: Path, configuration: str) -> None:
    (project / "oagen.toml").write_text(configuration)

    ran = run(project / "api_tests", "-m", "integration", "--api-app", "login_app:app", SHELF_PASSWORD="open sesame")

    plain = len([name for name in ran.ended("passed") if "_auth" not in name])
    assert ran.code == 0, ran.output
    assert plain > 8
    assert "open sesame" not in ran.output


def test_a_wrong_password_is_told_without_it(project: Path) -> None:
    (project / "oagen.toml").write_text(TOKEN)

    ran = run(project / "api_tests", "-m", "integration", "--api-app", "login_app:app", SHELF_PASSWORD="hunter2")

    assert ran.code == 1
    assert "the identity 'alice' can't log in: POST /login answered 403" in ran.output
    assert "hunter2" not in ran.output


def test_tests_skip_where_the_password_is_not_set(project: Path) -> None:
    (project / "oagen.toml").write_text(TOKEN)

    ran = run(project / "api_tests", "-m", "integration", "--api-app", "login_app:app")

    assert ran.code == 0, ran.output
    assert ran.ended("skipped")
