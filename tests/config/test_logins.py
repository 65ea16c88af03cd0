from __future__ import annotations

from pathlib import Path

import pytest

from oagen.config.environment import header_templates, variables_of
from oagen.config.reading import read_settings
from oagen.config.settings import Login, Settings
from oagen.errors import ConfigError


def read(folder: Path, login: str, more: str = "") -> Settings:
    file = folder / "oagen.toml"
    file.write_text(f"[identities.alice]\n{more}\n[identities.alice.login]\n{login}\n", encoding="utf-8")
    return read_settings(file)


def test_reads_a_json_login(tmp_path: Path) -> None:
    login = """
path = "/sessions"
json = { user = { name = "alice", password = "${ALICE_PASSWORD}" }, remember = true }
token = "/data/token"
header = "X-Token: {token}"
"""
    (alice,) = read(tmp_path, login).identities

    assert alice.login == Login(
        method="POST",
        path="/sessions",
        json={"user": {"name": "alice", "password": "${ALICE_PASSWORD}"}, "remember": True},
        token="/data/token",
        header=("X-Token", "{token}"),
    )
    assert variables_of(alice) == ("ALICE_PASSWORD",)
    assert header_templates(alice) == (("X-Token", "${ALICE_TOKEN}"),)


def test_reads_a_form_login_with_cookies(tmp_path: Path) -> None:
    login = 'method = "put"\npath = "/login"\nform = { password = "${P}" }\ncookie = ["session-id", "csrf"]\n'
    settings = read(tmp_path, login, 'headers = { X-Tenant = "${TENANT}" }')

    (alice,) = settings.identities
    assert alice.login == Login(
        method="PUT", path="/login", form=(("password", "${P}"),), cookies=("session-id", "csrf")
    )
    assert variables_of(alice) == ("TENANT", "P")
    assert header_templates(alice) == (
        ("X-Tenant", "${TENANT}"),
        ("Cookie", "session-id=${ALICE_SESSION_ID}; csrf=${ALICE_CSRF}"),
    )
    assert settings.warnings == ()


def test_the_token_is_a_bearer_token_unless_told_otherwise(tmp_path: Path) -> None:
    (alice,) = read(tmp_path, 'path = "/t"\ntoken = "/a"').identities

    assert alice.login is not None
    assert alice.login.header == ("Authorization", "Bearer {token}")


def test_a_secret_in_the_file_is_warned_of(tmp_path: Path) -> None:
    (warning,) = read(tmp_path, 'path = "/t"\ntoken = ""\njson = { name = "a", password = "hunter2" }').warnings

    assert "identities.alice.login.json.password" in warning
    assert "hunter2" not in warning


@pytest.mark.parametrize(
    ("login", "message"),
    [
        ('token = "/a"', "lacks 'path'"),
        ('path = "/t"', "what to take from the answer"),
        ('path = "t"\ntoken = "/a"', "path: must start with /"),
        ('path = "/t"\ntoken = "a"', "token: is no JSON Pointer"),
        ('path = "/t"\ntoken = "/a"\nheader = "Bearer"', "header: must be one line with {token}"),
        ('path = "/t"\ncookie = "s"\nheader = "Bearer {token}"', "header: needs a token"),
        ('path = "/t"\ntoken = "/a"\njson = {}\nform = { a = "b" }', "only one can be sent"),
        ('path = "/t"\ntoken = "/a"\njson = { born = 2020-01-01 }', "json.born: is not a JSON value"),
        ('path = "/t"\ntoken = "/a"\nform = { a = "${A B}" }', "form.a: ${A B} does not name"),
        ('path = "/t"\ntoken = "/a"\nmethod = "P T"', "method: is no HTTP method"),
        ('path = "/t"\ntokn = "/a"\ncookie = "s"', "tokn: is not a known key"),
    ],
)
def test_refuses_what_makes_no_sense_with_its_place(tmp_path: Path, login: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, login)

    assert message in str(caught.value)
    assert "oagen.toml:" in str(caught.value)
