"""Whose resources are whose, what waits, and what undoes a write."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from oagen.fuzz.caller import caller_of
from oagen.fuzz.caution import Gate, Stage
from oagen.fuzz.hazards import is_hazardous
from oagen.fuzz.ownership import Caution, Ownership
from oagen.fuzz.resources import Resource, last_resource
from oagen.fuzz.undoing import Write, undoing
from oagen.scenario.model import Argument, Body, Literal, Request
from oagen.spec.model import ParameterLocation
from oagen.target.model import Answer
from tests.fuzz.accounts import document
from tests.fuzz.apps import described


def _request(method: str, path: str, body: Any = None, **values: Any) -> Request:
    arguments = tuple(
        Argument(name=name, where=ParameterLocation.PATH, value=Literal(value)) for name, value in values.items()
    )
    sent = None if body is None else Body(media_type="application/json", value=Literal(body))
    return Request(method=method, path=path, arguments=arguments, body=sent)


def _answer(value: Any, status: int = 200) -> Answer:
    return Answer(status=status, body=json.dumps(value).encode())


def _ownership(tmp_path: Path, **caller: str) -> Ownership:
    paths = ("/tokens", "/tokens/{token_id}", "/roles/{role_id}/rights")
    return Ownership(described(tmp_path, document(*paths)), seed=1, caller=caller)


def test_what_the_campaign_made_may_be_deleted_and_what_was_there_before_waits(tmp_path: Path) -> None:
    ownership = _ownership(tmp_path)
    ownership.learn(_request("GET", "/notes"), _answer([{"id": 7, "text": "old"}]))
    ownership.learn(_request("POST", "/notes", {"text": "new"}), _answer({"id": 8, "text": "new"}, 201))
    old = _request("DELETE", "/notes/{note_id}", note_id=7)

    assert ownership.caution_of(old) is Caution.DESTROYS_OTHERS
    assert ownership.caution_of(_request("PUT", "/notes/{note_id}", {}, note_id=7)) is Caution.CHANGES_OTHERS
    assert ownership.caution_of(_request("DELETE", "/notes/{note_id}", note_id=8)) is Caution.NONE
    assert ownership.caution_of(_request("DELETE", "/notes/{note_id}", note_id="\ud800")) is Caution.NONE
    spared = ownership.spared(old)
    assert spared is not None
    assert last_resource(spared) == Resource("note", "8")


@pytest.mark.parametrize("value", [1, "1", "01", ["1"]])
def test_an_identifier_is_what_is_sent(value: Any) -> None:
    assert last_resource(_request("DELETE", "/users/{user_id}", user_id=value)) == Resource("user", "1")


def test_what_stands_for_the_caller_is_known_from_answers_about_it(tmp_path: Path) -> None:
    ownership = _ownership(tmp_path)
    ownership.learn(_request("GET", "/me"), _answer({"data": {"id": 5, "name": "ann", "role": {"id": 3}}}))
    ownership.learn(_request("GET", "/users"), _answer([{"id": 5, "name": "ann"}, {"id": 6, "name": "bob"}]))

    assert ownership.is_own(_request("DELETE", "/users/{user_id}", user_id=5))
    assert ownership.is_own(_request("PUT", "/roles/{role_id}/rights", {"rights": []}, role_id=3))
    assert ownership.is_own(_request("PUT", "/me/password", {"password": "x"}))
    assert not ownership.is_own(_request("DELETE", "/users/{user_id}", user_id=6))
    assert not ownership.is_own(_request("DELETE", "/notes/{note_id}", note_id=5))


def test_a_new_token_in_the_place_of_the_old_one_costs_the_caller_its_rights(tmp_path: Path) -> None:
    keys, tokens = ("/keys", "/keys/{key_id}"), ("/me/reset-token", "/me/tokens", "/api-key/rotate")
    made = {"post": {"responses": {"201": {"description": "made"}}}}
    api = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": dict.fromkeys((*keys, *tokens), made)}
    ownership = Ownership(described(tmp_path, api), seed=1, caller={})

    assert ownership.caution_of(_request("POST", "/me/reset-token")) is Caution.OWN
    assert ownership.caution_of(_request("POST", "/api-key/rotate")) is Caution.OWN
    assert ownership.caution_of(_request("POST", "/me/tokens")) is Caution.NONE
    assert ownership.caution_of(_request("POST", "/keys", {"key": "x"})) is Caution.NONE


def test_what_switches_the_whole_target_waits(tmp_path: Path) -> None:
    changed = {"post": {"responses": {"200": {"description": "changed"}}}}
    paths = ("/jwt/settings", "/maintenance", "/orders/search", "/orders/price", "/orders/confirm", "/a", "/b", "/c")
    api = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": dict.fromkeys(paths, changed)}
    ownership = Ownership(described(tmp_path, api), seed=1, caller={})
    api["paths"] = dict.fromkeys(("/config/a", "/config/b", "/orders"), changed)
    all_about_that = Ownership(described(tmp_path, api), seed=1, caller={})

    assert ownership.caution_of(_request("POST", "/jwt/settings", {})) is Caution.OWN
    assert ownership.caution_of(_request("POST", "/maintenance", {})) is Caution.DESTROYS_OTHERS
    assert ownership.caution_of(_request("POST", "/orders/confirm", {})) is Caution.NONE
    assert all_about_that.caution_of(_request("POST", "/config/a", {})) is Caution.NONE


def test_what_says_that_it_ends_the_target_comes_last_of_all(tmp_path: Path) -> None:
    gate = Gate(_ownership(tmp_path), fragile=True)
    ending, leaving = _request("GET", "/shutdown"), _request("POST", "/logout")

    assert gate.admitted(ending) is None
    assert gate.admitted(leaving) is None
    gate.stage = Stage.LATE
    assert gate.admitted(ending) is None
    gate.stage = Stage.LAST
    assert list(gate.kept_back()) == [leaving, ending, ending]
    assert gate.admitted(ending) == ending
    assert Gate(_ownership(tmp_path), fragile=False).admitted(ending) == ending


def test_the_caller_is_known_from_its_name_in_a_list(tmp_path: Path) -> None:
    ownership = _ownership(tmp_path, username="ann")
    users = [{"id": 5, "username": "ann", "roles": [{"id": 3}]}, {"id": 6, "username": "bob", "roles": [{"id": 4}]}]
    ownership.learn(_request("GET", "/users"), _answer(users))

    assert ownership.is_own(_request("DELETE", "/users/{user_id}", user_id=5))
    assert ownership.is_own(_request("DELETE", "/roles/{role_id}", role_id=3))
    assert not ownership.is_own(_request("DELETE", "/roles/{role_id}", role_id=4))


def test_who_the_caller_is_stands_in_its_credentials() -> None:
    claims = base64.urlsafe_b64encode(json.dumps({"sub": "u-1", "exp": 9, "iss": "me"}).encode()).decode().rstrip("=")

    assert caller_of({"Authorization": f"Bearer a.{claims}.c"}) == {"sub": "u-1"}
    assert caller_of({"Authorization": "Basic " + base64.b64encode(b"ann:secret").decode()}) == {"username": "ann"}
    assert caller_of({"X-Key": "opaque"}) == {}


@pytest.mark.parametrize("value", ["a\0b", {"a": ["\0"]}, {"\0": 1}, "https://" + "a" * 60 + "!"])
def test_what_has_ended_servers_is_hazardous(value: Any) -> None:
    assert is_hazardous(_request("POST", "/notes", {"text": value}))


@pytest.mark.parametrize("value", ["", "text", "x" * 5000, 10**30, None, ["a"] * 50])
def test_other_values_are_not(value: Any) -> None:
    assert not is_hazardous(_request("POST", "/notes", {"text": value}))


def _undone(request: Request, before: Any, *operations: str) -> list[tuple[str, Any]]:
    write = Write(number=1, request=request, before=None if before is None else json.dumps(before).encode())
    return [
        (item.method, item.body.value.value if item.body and isinstance(item.body.value, Literal) else None)
        for item in undoing(write, operations)
    ]


def test_a_write_is_undone_by_its_flags_by_what_was_there_before_or_by_deletion() -> None:
    assert _undone(_request("POST", "/switch", {"on": True}), None) == [("POST", {"on": False})]
    assert _undone(_request("PUT", "/role", {"name": "x"}), {"data": {"name": "admins", "id": 1}}) == [
        ("PUT", {"name": "admins"})
    ]
    rights = [{"id": 3, "name": "read"}, {"id": 4, "name": "write"}]
    assert _undone(_request("POST", "/role/rights", {"ids": []}), rights) == [("POST", {"ids": [3, 4]})]
    assert _undone(_request("POST", "/lock", {}), None, "DELETE /lock") == [("DELETE", None)]
    assert _undone(_request("POST", "/other", {}), None) == []
