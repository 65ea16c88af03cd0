"""No two scenarios of an operation ask the same and expect answers that exclude each other."""

from __future__ import annotations

import json
import re
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from oagen.errors import OagenError
from oagen.runner.statuses import status_matches
from oagen.scenario import tree
from oagen.scenario.design import design
from oagen.scenario.identities import IdentityInfo
from oagen.scenario.model import Expectation, Literal, ProviderState, Scenario
from oagen.spec.loading import load_description
from oagen.spec.model import ApiDescription
from tests.scenario.shop import answers, describe, designed, takes
from tests.spec.documents import document, read, shared

SAMPLES = sorted(
    path
    for path in (Path(__file__).parents[2] / "sample_specs").rglob("*.yaml")
    if re.search(r"^(?:openapi|swagger):", path.read_text(encoding="utf-8"), re.MULTILINE)
)
CODES = range(100, 600)


def contradictions(description: ApiDescription, people: tuple[IdentityInfo, ...] = ()) -> list[str]:
    """Return the pairs of scenarios of which one must fail whatever the API answers."""
    alike: dict[str, list[Scenario]] = {}
    for scenario in design(description, identities=people):
        alike.setdefault(scenario.operation, []).append(scenario)
    return [
        f"{one.operation}: {one.title} | {other.title}"
        for found in alike.values()
        for one, other in combinations(found, 2)
        if (one.given, one.when, one.alongside, one.repeat) == (other.given, other.when, other.alongside, other.repeat)
        and not any(meets(code, one.then) and meets(code, other.then) for code in CODES)
    ]


def meets(code: int, then: Expectation) -> bool:
    return status_matches(code, then.status, then.excluded)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_the_sample_documents_give_no_contradiction(path: Path) -> None:
    description = load_description(str(path))
    assert description.operations
    assert contradictions(description) == []
    assert contradictions(description, (IdentityInfo("alice", "user"), IdentityInfo("root", "admin"))) == []


@pytest.mark.slow
@pytest.mark.parametrize("folder", ["real", "edge", "broken"])
def test_the_shared_documents_give_no_contradiction(folder: str) -> None:
    read_ones, found = 0, []
    for path in sorted(shared(folder).iterdir()):
        if not path.is_file():
            continue
        try:
            description = load_description(str(path))
        except OagenError:
            continue
        read_ones += 1
        found += [f"{path.name}: {each}" for each in contradictions(description)]
    assert read_ones > 0
    assert found == []


def test_without_security_no_request_lacks_credentials(tmp_path: Path) -> None:
    listing = {"parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer"}}]}
    paths = {"/pets": {"get": {**listing, "responses": answers("200", "401", "default")}}}
    description = describe(tmp_path, paths)
    (refused,) = designed(description, "GET /pets", "401", people=())
    (other,) = designed(description, "GET /pets", "default", people=())
    assert [type(item) for item in refused.given] == [ProviderState]
    assert other.title == "default when limit is not an integer"


def test_a_range_prefers_broken_input_to_missing_credentials(tmp_path: Path) -> None:
    pet = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
    paths = {"/pets": {"post": {"requestBody": takes("Pet"), "responses": answers("201", "default")}}}
    (scenario,) = designed(describe(tmp_path, paths, {"Pet": pet}), "POST /pets", "default")
    assert scenario.title == "default when name is missing"


def test_a_redirect_beside_a_success_is_the_users_to_arrange(tmp_path: Path) -> None:
    description = describe(tmp_path, {"/home": {"get": {"responses": answers("302", "200")}}})
    assert contradictions(description) == []
    (moved,) = designed(description, "GET /home", "302")
    (found,) = designed(description, "GET /home", "200")
    assert [type(item) for item in moved.given] == [ProviderState]
    assert found.given == ()


def account_paths(login: str, example: Any = None) -> Any:
    body = takes("Account")
    if example is not None:
        body["content"]["application/json"]["example"] = example
    return {login: {"post": {"security": [], "requestBody": body, "responses": answers("200", "401")}}}


def account_document(paths: Any) -> str:
    text = {"type": "string"}
    account = {"type": "object", "required": ["name", "password"], "properties": {"name": text, "password": text}}
    return json.dumps(document(paths, components={"schemas": {"Account": account}}))


def test_the_password_of_a_documented_account_is_replaced(tmp_path: Path) -> None:
    paths = account_paths("/login", {"name": "demo", "password": "demo-password"})
    description = read(tmp_path, account_document(paths))
    (scenario,) = designed(description, "POST /login", "401", people=())
    assert scenario.title == "401 with a wrong password"
    assert scenario.when.body is not None
    assert tree.at(scenario.when.body.value, ("password",)) not in (None, Literal("demo-password"))
    assert contradictions(description) == []


def test_a_registration_has_no_wrong_password(tmp_path: Path) -> None:
    description = read(tmp_path, account_document(account_paths("/users")))
    (scenario,) = designed(description, "POST /users", "401", people=())
    assert [type(item) for item in scenario.given] == [ProviderState]
