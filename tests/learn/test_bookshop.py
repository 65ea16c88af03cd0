"""The bundled bookshop, served: nearly everything is verified, and what is not are its planted faults."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from oagen.demo.faults import PLANTED
from oagen.demo.serving import ServedBookshop, serve_bookshop
from oagen.learn.choosing import is_broken_promise
from oagen.learn.codec import dump_learned, load_learned
from oagen.learn.model import Learned, WitnessState
from oagen.learn.witnesses import learn
from oagen.runner.run import RunContext
from oagen.scenario.design import design
from oagen.scenario.identities import IdentityInfo
from oagen.spec.loading import load_description
from oagen.spec.model import ApiDescription
from oagen.target.http import HttpTarget
from tests.cli.running import oagen_in

CAST = (IdentityInfo("alice", "user"), IdentityInfo("bob", "user"), IdentityInfo("root", "admin"))
SECRETS = {f"{who.name.upper()}_TOKEN": f"{who.name}-demo-token" for who in CAST}


@pytest.fixture(scope="module")
def shop() -> Iterator[ServedBookshop]:
    with serve_bookshop() as served:
        yield served


@pytest.fixture(scope="module")
def description(shop: ServedBookshop) -> ApiDescription:
    return load_description(f"{shop.base_url}/openapi.json")


@pytest.fixture(scope="module")
def learned(shop: ServedBookshop, description: ApiDescription) -> Learned:
    return _learn(shop, description, None)


def _learn(shop: ServedBookshop, description: ApiDescription, known: Learned | None) -> Learned:
    headers = {who.name: {"Authorization": f"Bearer {who.name}-demo-token"} for who in CAST}
    with closing(HttpTarget(shop.base_url)) as target:
        return learn(
            description,
            design(description, identities=CAST),
            target,
            RunContext(run="test", identities=headers, timeout=10),
            budget=110,
            known=known,
            identities=CAST,
        )


def test_nineteen_in_twenty_documented_responses_are_verified(learned: Learned) -> None:
    verified = sum(known.state is WitnessState.VERIFIED for known in learned.pairs.values())
    assert learned.stopped is None
    assert verified >= 0.95 * len(learned.pairs)


def test_what_is_refuted_is_a_planted_fault(learned: Learned) -> None:
    planted = {response for fault in PLANTED for response in fault.responses}
    refuted = {pair for pair, known in learned.pairs.items() if known.state is not WitnessState.VERIFIED}
    broken = {pair for pair, known in learned.pairs.items() if any(is_broken_promise(item) for item in known.tried)}
    assert refuted | broken <= planted
    assert refuted


def test_no_secret_is_remembered(learned: Learned) -> None:
    text = json.dumps(dump_learned(learned))
    assert not [secret for secret in SECRETS.values() if secret in text]


def test_what_is_known_costs_nothing(shop: ServedBookshop, description: ApiDescription, learned: Learned) -> None:
    again = _learn(shop, description, load_learned(dump_learned(learned)))
    assert again.requests == 0
    assert dump_learned(again) == dump_learned(learned)


def test_generate_tries_what_it_writes(shop: ServedBookshop, tmp_path: Path) -> None:
    tables = "\n".join(
        f'[identities.{who.name}]\nrole = "{who.role}"\n'
        f'headers = {{ Authorization = "Bearer ${{{who.name.upper()}_TOKEN}}" }}'
        for who in CAST
    )
    (tmp_path / "oagen.toml").write_text(tables, encoding="utf-8")
    options = ("--base-url", shop.base_url, "--budget", "60")
    first = oagen_in(tmp_path, "generate", *options, "--overlay", "overlay.json", environment=SECRETS)
    assert first.code == 0, first.err
    assert "requests that create, change and delete" in first.err
    assert "409 promised when the review is there; the API answered 400" in first.err

    assert "no undocumented client errors were met, so that overlay.json is not written" in first.err
    assert not (tmp_path / "overlay.json").exists()
    cells = json.loads((tmp_path / "api_tests" / "manifest.json").read_text(encoding="utf-8"))["cells"]
    states = {
        (cell["status"], cell["level"]): cell["state"]
        for cell in cells
        if cell["operation"] == "POST /books/{book_id}/reviews"
    }
    assert states["201", "integration"] == states["201", "contract"] == "verified"
    assert states["409", "integration"] == states["409", "contract"] == "refuted"

    second = oagen_in(tmp_path, "generate", *options, environment=SECRETS)
    assert second.code == 0
    assert "learned in" not in second.err


def test_identities_without_secrets_take_no_part(shop: ServedBookshop, tmp_path: Path) -> None:
    (tmp_path / "oagen.toml").write_text(
        '[identities.alice]\nheaders = { Authorization = "Bearer ${NO_SUCH_TOKEN}" }\n', encoding="utf-8"
    )
    ended = oagen_in(tmp_path, "generate", "--base-url", shop.base_url, "--include", "GET /health")
    assert ended.code == 0, ended.err
    assert "identity 'alice' takes no part, since NO_SUCH_TOKEN is not set" in ended.err


def test_nothing_is_sent_without_being_asked(shop: ServedBookshop, tmp_path: Path) -> None:
    ended = oagen_in(tmp_path, "generate", "--base-url", shop.base_url, "--no-learn", "--include", "GET /health")
    assert ended.code == 0, ended.err
    assert "learned in" not in ended.err
    assert "verified" in ended.out
