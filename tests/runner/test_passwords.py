"""The password of a login, and of basic credentials."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from oagen.config.settings import Login
from oagen.runner.passwords import MARK, basic_password, marked, password_text, with_basic_password


@pytest.mark.parametrize(
    ("login", "password"),
    [
        (Login(path="/login", json={"user": "ann", "password": "${SECRET}"}), "${SECRET}"),
        (Login(path="/login", json={"data": [{"userPwd": "p"}]}), "p"),
        (Login(path="/login", form=(("username", "ann"), ("password", "p"))), "p"),
        (Login(path="/login", json={"token": "p"}), None),
        (Login(path="/login", json={"password": "p", "passphrase": "q"}), None),
        (Login(path="/login"), None),
    ],
)
def test_the_password_of_a_login(login: Login, password: str | None) -> None:
    assert password_text(login) == password


def test_a_login_is_marked_where_its_password_stands() -> None:
    login = marked(Login(path="/login", json={"user": "ann", "in": [{"password": "p"}], "password": 3}))

    assert login.json == {"user": "ann", "in": [{"password": MARK}], "password": 3}
    assert marked(Login(path="/login", form=(("pwd", "p"), ("user", "ann")))).form == (("pwd", MARK), ("user", "ann"))


def _basic(text: str) -> dict[str, Any]:
    return {"X-Tenant": "a", "Authorization": f"Basic {base64.b64encode(text.encode()).decode()}"}


def test_basic_credentials_get_another_password() -> None:
    assert basic_password(_basic("ann:a:b")) == "a:b"
    assert with_basic_password(_basic("ann:a:b"), "ž") == _basic("ann:ž")
    assert basic_password({"Authorization": "Bearer x"}) is None
    assert basic_password({"Authorization": "Basic \xff"}) is None
    assert with_basic_password({"Authorization": "Bearer x"}, "p") == {"Authorization": "Bearer x"}
