"""Finding outcomes: which collaborators' outcomes draw which status, and that nothing leaves the process meanwhile."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ruff import find_ruff_bin  # type: ignore[import-untyped]

from oagen.config.settings import Settings
from oagen.outcomes.codec import dump_outcomes, load_outcomes
from oagen.outcomes.model import Outcomes, SeamKind, UnitWitness
from oagen.suite.build import build_suite
from oagen.suite.generating import generate_suite
from oagen.suite.matrix import CellState
from oagen.suite.model import Level, SuiteSettings
from tests.outcomes.shops import FASTAPI, FLASK, NOTES, Found, found_for
from tests.suite.running import run, write

SELL = "POST /offers/{offer_id}/sale"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("offers")


@pytest.fixture(scope="module")
def offers(folder: Path) -> Found:
    return found_for(FASTAPI, folder)


def the(outcomes: Outcomes, operation: str, status: str) -> UnitWitness:
    return outcomes.of(operation, status)[0]


def given(witness: UnitWitness, name: str) -> Any:
    """Return what a collaborator does, by the end of its name; None where it is left as it is."""
    return next((item.outcomes[0].told() for item in witness.replaced if item.target.endswith(name)), None)


def test_every_documented_status_that_can_be_reached_is(offers: Found) -> None:
    documented = {(operation.key, response.status) for operation, response in offers.description.documented()}
    missed = {(item.operation, item.status) for item in offers.outcomes.unreached}
    assert missed == {("GET /hidden/{part}", "418")}
    assert documented - missed == {(item.operation, item.status) for item in offers.outcomes.witnesses}
    assert offers.outcomes.unmapped == ()


def test_nothing_has_left_the_process(offers: Found, folder: Path) -> None:
    assert offers.outcomes.trials > 20
    assert not list(folder.glob("*.db"))


def test_a_repository_gives_nothing_for_404(offers: Found) -> None:
    witness = the(offers.outcomes, "GET /offers/{offer_id}", "404")
    assert given(witness, "Offers.get") == {"return": {"k": "lit", "v": None}}
    assert witness.body == {"detail": "No such offer"}
    assert witness.reason == "when there is no offer"


def test_what_the_repository_gives_is_what_is_answered(offers: Found) -> None:
    witness = the(offers.outcomes, "GET /offers/{offer_id}", "200")
    made = given(witness, "Offers.get")["return"]
    assert made["of"] == "shop:Offer"
    assert witness.body["title"] == made["kw"]["title"]["v"] == "A bicycle"
    assert witness.weak == ""


def test_states_and_owners_are_told_apart_by_one_field(offers: Found) -> None:
    ours = given(the(offers.outcomes, SELL, "200"), "Offers.get")["return"]["kw"]
    sold = given(the(offers.outcomes, SELL, "409"), "Offers.get")["return"]["kw"]
    assert (ours["state"]["name"], sold["state"]["name"]) == ("OPEN", "SOLD")
    assert {name for name in ours if ours[name] != sold[name]} == {"state"}
    assert the(offers.outcomes, SELL, "409").reason == "when offer state is sold"

    theirs = the(offers.outcomes, SELL, "403")
    assert given(theirs, "Offers.get")["return"]["kw"]["owner"] != given(theirs, ":person")["return"]["kw"]["name"]


def test_a_collaborator_raises_only_what_its_own_source_raises(offers: Found) -> None:
    raised = {
        outcome.value["of"]
        for witness in offers.outcomes.witnesses
        for item in witness.replaced
        for outcome in item.outcomes
        if outcome.raises
    }
    assert raised == {"shop:BankError"}
    assert "raise" in given(the(offers.outcomes, SELL, "503"), ":charge")


def test_nobody_asks_for_401_and_somebody_is_put_in_the_dependency_elsewhere(offers: Found) -> None:
    nobody = the(offers.outcomes, SELL, "401")
    assert nobody.replaced == ()
    assert ("www-authenticate", "Bearer") in nobody.headers
    kinds = {item.kind for item in the(offers.outcomes, SELL, "404").replaced}
    assert kinds == {SeamKind.DEPENDENCY, SeamKind.PATCH}


def test_outcomes_go_to_json_and_back(offers: Found) -> None:
    text = json.dumps(dump_outcomes(offers.outcomes))
    again = load_outcomes(json.loads(text))
    assert again.witnesses == tuple(again.witnesses)
    assert dump_outcomes(again) == json.loads(text)


def test_a_second_search_of_the_same_application_sends_nothing(offers: Found, folder: Path) -> None:
    again = found_for(FASTAPI, folder, known=offers.outcomes)
    assert again.outcomes.trials == 0
    assert dump_outcomes(again.outcomes) == dump_outcomes(offers.outcomes)


def test_the_tests_pass_in_any_order_and_say_what_was_found(offers: Found, folder: Path) -> None:
    suite = build_suite(offers.description, offers.scenarios, SuiteSettings(), offers.outcomes)
    files = write(suite, folder / "api_tests")
    source = files["unit/test_offers.py"]
    assert 'patch("shop.Offers.get", return_value=None) as get' in source
    assert "build_offer(state=State.SOLD)" in source
    assert "oagen" not in source

    ran = run(folder / "api_tests", "-m", "unit", "--api-app", "shop:app", cwd=folder, PYTHONPATH=str(folder))
    assert ran.code == 0, ran.output
    assert len(ran.ended("passed")) == len(offers.outcomes.witnesses)
    assert len(ran.ended("skipped")) == 1  # the status that no outcome reaches keeps its state
    assert not list(folder.glob("*.db"))


def test_the_tests_are_as_clean_as_the_rest_of_the_suite(offers: Found, folder: Path) -> None:
    suite = build_suite(offers.description, offers.scenarios, SuiteSettings(), offers.outcomes)
    write(suite, folder / "clean")
    for command in (["check"], ["format", "--check", "--isolated"]):
        done = subprocess.run(
            [find_ruff_bin(), *command, "--no-cache", "."],
            cwd=folder / "clean",
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_a_test_that_does_io_fails(offers: Found, folder: Path) -> None:
    suite = build_suite(offers.description, offers.scenarios, SuiteSettings(), offers.outcomes)
    files = write(suite, folder / "leaky")
    source = files["unit/test_offers.py"].replace(
        'patch("shop.Offers.get", return_value=None) as get', "pytest.raises(AssertionError)"
    )
    (folder / "leaky/unit/test_offers.py").write_text(source)
    ran = run(folder / "leaky", "-m", "unit", "--api-app", "shop:app", cwd=folder, PYTHONPATH=str(folder))
    assert "a unit test does no I/O, and this one tried sqlite3.connect" in ran.output
    assert not list(folder.glob("*.db"))


def test_cells_of_the_matrix_are_verified(offers: Found, folder: Path) -> None:
    settings = Settings()
    from dataclasses import replace

    settings = replace(settings, api=replace(settings.api, app="shop:app"))
    suite = generate_suite(offers.description, settings, scenarios=offers.scenarios, outcomes=offers.outcomes)
    unit = {(cell.operation, cell.status): cell for cell in suite.matrix.cells if cell.level is Level.UNIT}
    states = {key: cell.state for key, cell in unit.items()}
    assert states.pop(("GET /hidden/{part}", "418")) is CellState.NEEDS_STATE
    assert set(states.values()) == {CellState.VERIFIED}


def test_what_nobody_annotates_is_told_by_its_source(tmp_path: Path) -> None:
    found = found_for(FLASK, tmp_path, NOTES)
    assert found.outcomes.unreached == ()
    locked = the(found.outcomes, "DELETE /notes/{note_id}", "409")
    assert locked.body == {"error": "the note is locked"}
    keys = [pair[0]["v"] for pair in given(locked, ":find")["return"]["items"]]
    assert keys == ["id", "text", "locked"]
    assert given(the(found.outcomes, "DELETE /notes/{note_id}", "204"), ":remove") == {
        "return": {"k": "lit", "v": None}
    }
    assert not list(tmp_path.glob("*.db"))
