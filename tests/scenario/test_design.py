"""Every documented response gets a scenario, in the document's order, the same each time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from oagen.scenario.codec import dump, load
from oagen.scenario.context import DesignContext
from oagen.scenario.design import design
from oagen.scenario.model import Capture, ProviderState, Scenario, Step
from oagen.scenario.registry import Registry
from oagen.scenario.techniques import BUNDLED, LAST_RESORT
from oagen.scenario.wire import encode
from oagen.spec.model import ApiDescription, Operation, Response
from tests.scenario.shop import PEOPLE, answers, describe, shop_document
from tests.spec.documents import read


@pytest.fixture
def shop(tmp_path: Path) -> ApiDescription:
    return read(tmp_path, shop_document())


def test_every_documented_response_has_a_scenario_in_order(shop: ApiDescription) -> None:
    scenarios = design(shop, identities=PEOPLE)
    met = list(dict.fromkeys((scenario.operation, scenario.status) for scenario in scenarios))
    assert met == [(operation.key, response.status) for operation, response in shop.documented()]


def test_the_same_document_gives_the_same_scenarios(shop: ApiDescription, tmp_path: Path) -> None:
    again = read(tmp_path, shop_document())
    assert design(shop, identities=PEOPLE) == design(again, identities=PEOPLE)


def test_scenarios_go_to_json_and_back(shop: ApiDescription) -> None:
    for scenario in design(shop, identities=PEOPLE):
        assert load(dump(scenario)) == scenario


def test_titles_are_unique_within_a_cell_and_begin_with_the_status(shop: ApiDescription) -> None:
    titles = [(item.operation, item.title) for item in design(shop, identities=PEOPLE)]
    assert len(set(titles)) == len(titles)
    assert all(item.title.startswith(f"{item.status} ") for item in design(shop, identities=PEOPLE))


def test_scenarios_point_at_the_response_they_answer_to(shop: ApiDescription) -> None:
    places = {(operation.key, response.status): response.location for operation, response in shop.documented()}
    for scenario in design(shop, identities=PEOPLE):
        place = places[scenario.operation, scenario.status]
        assert (scenario.document, scenario.pointer) == (place.document, place.pointer)


def test_captures_refer_to_earlier_steps(shop: ApiDescription) -> None:
    for scenario in design(shop, identities=PEOPLE):
        known: set[str] = set()
        for step in scenario.steps:
            captured = {item.value.step for item in step.request.arguments if isinstance(item.value, Capture)}
            assert captured <= known, scenario.title
            assert step.name not in known
            known.add(step.name)


def test_stand_ins_are_used_where_nobody_is_named(shop: ApiDescription) -> None:
    names = {scenario.when.identity for scenario in design(shop)} - {None}
    assert names == {"user", "other", "admin"}


def test_an_api_without_security_gets_no_identity(tmp_path: Path) -> None:
    description = describe(tmp_path, {"/things": {"get": {"responses": answers("200", "403")}}})
    assert {scenario.when.identity for scenario in design(description)} == {None}


def test_a_document_that_refuses_nobody_gives_the_same_whoever_is_named(tmp_path: Path) -> None:
    parameter = {"name": "thing_id", "in": "path", "required": True, "schema": {"type": "integer"}}
    paths = {
        "/things": {"post": {"responses": answers("201", "422", "default")}},
        "/things/{thing_id}": {"parameters": [parameter], "delete": {"responses": answers("204", "404")}},
    }
    description = describe(tmp_path, paths)
    assert design(description, identities=PEOPLE) == design(description)


def test_a_document_without_schemes_that_refuses_senders_leaves_it_to_the_identities(tmp_path: Path) -> None:
    paths = {"/things": {"get": {"responses": answers("200")}, "post": {"responses": answers("201", "401")}}}
    description = describe(tmp_path, paths)
    senders = {item.title: item.when.identity for item in design(description, identities=PEOPLE)}
    assert senders["200 for a valid request"] == PEOPLE[0].name
    assert {item.when.identity for item in design(description)} == {None}


def test_progress_counts_operations(shop: ApiDescription) -> None:
    seen: list[tuple[int, int]] = []
    design(shop, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(number, len(shop.operations)) for number in range(1, len(shop.operations) + 1)]


class Teapot:
    """A technique as a plugin brings one."""

    name = "teapot"

    def design(self, context: DesignContext, operation: Operation, response: Response) -> Iterator[Scenario]:
        if response.status == "418":
            yield context.scenario(
                operation, response, technique=self.name, reason="for coffee", when=context.bare(operation), repeat=2
            )


class Broken:
    name = "broken"

    def design(self, context: DesignContext, operation: Operation, response: Response) -> Iterator[Scenario]:
        raise RuntimeError("out of order")


def test_a_plugin_adds_scenarios(tmp_path: Path) -> None:
    description = describe(tmp_path, {"/pot": {"get": {"responses": answers("200", "418")}}})
    scenarios = design(description, registry=Registry((Teapot(), *BUNDLED), LAST_RESORT))
    assert [item.title for item in scenarios] == ["200 for a valid request", "418 for coffee"]


def test_a_broken_plugin_is_left_out_with_one_warning(tmp_path: Path) -> None:
    description = describe(tmp_path, {"/pot": {"get": {"responses": answers("200", "404")}}})
    with pytest.warns(RuntimeWarning, match="technique broken is left out: RuntimeError: out of order") as caught:
        scenarios = design(description, registry=Registry((Broken(), *BUNDLED), LAST_RESORT))
    assert len(caught) == 1
    assert {item.status for item in scenarios} == {"200", "404"}


def test_what_nothing_arranges_asks_for_a_named_state(tmp_path: Path) -> None:
    responses = answers("200", _507="The disk is full. Try again later")
    description = describe(tmp_path, {"/backups": {"post": {"operationId": "backUp", "responses": responses}}})
    scenario = design(description)[-1]
    assert scenario.technique == "provider-state"
    assert [state.name for state in scenario.states] == ["backUp answers 507: The disk is full"]


def test_state_names_hold_no_control_characters(tmp_path: Path) -> None:
    responses = answers("200", _500="boom\x1b[31m\nimport os")
    description = describe(tmp_path, {"/x": {"get": {"responses": responses}}})
    (state,) = design(description)[-1].states
    assert state.name.isprintable()


def test_an_identifier_that_nobody_makes_is_the_users_to_provide(tmp_path: Path) -> None:
    parameter = {"name": "device_id", "in": "path", "required": True, "schema": {"type": "string"}}
    paths = {"/devices/{device_id}": {"parameters": [parameter], "get": {"responses": answers("200", "404")}}}
    found, missing = design(describe(tmp_path, paths))
    assert [type(item) for item in found.given] == [ProviderState]
    assert found.states[0].name == "the device exists"
    assert missing.given == ()


def test_steps_are_named_after_what_they_make(shop: ApiDescription) -> None:
    (scenario,) = [
        item
        for item in design(shop, identities=PEOPLE)
        if item.operation == "POST /orders/{order_id}/shipment" and item.status == "200"
    ]
    assert [item.name for item in scenario.given if isinstance(item, Step)] == ["author", "book", "order", "payment"]


@pytest.mark.parametrize(
    ("schema", "sent"),
    [
        ({"type": "string", "format": "binary"}, b'filename="photo.txt"\r\nContent-Type: application/octet-stream\r\n'),
        (
            {"type": "array", "items": {"type": "string", "contentMediaType": "application/octet-stream"}},
            b'filename="photo.txt"\r\nContent-Type: application/octet-stream\r\n',
        ),
        ({"type": "string", "contentMediaType": "image/png"}, b'filename="photo.png"\r\nContent-Type: image/png\r\n'),
        ({"type": "string", "format": "byte"}, b'name="photo"\r\n\r\n'),
    ],
    ids=["3.0", "3.1", "of a type", "none"],
)
def test_a_file_of_a_form_is_sent_as_one(tmp_path: Path, schema: dict[str, object], sent: bytes) -> None:
    form = {
        "type": "object",
        "required": ["photo", "note"],
        "properties": {"photo": schema, "note": {"type": "string"}},
    }
    content = {"multipart/form-data": {"schema": form}}
    upload = {"requestBody": {"required": True, "content": content}, "responses": answers("201")}

    [scenario] = design(describe(tmp_path, {"/photos": {"post": upload}}))

    assert sent in (encode(scenario.when, str).body or b"")
