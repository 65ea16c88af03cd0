"""What holds only with what other scenarios made is not verified."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from oagen.learn.model import Learned, WitnessState
from oagen.learn.witnesses import learn
from oagen.scenario.design import design
from oagen.scenario.wire import WireRequest
from oagen.spec.loading import load_description
from oagen.target.model import Answer
from tests.learn.items import Items, context, document

_EXPORT, _NEWEST = "GET /export", "DELETE /newest/{newest_id}"


class Shop(Items):
    """Items that can be exported while there are any, and a thing of which nobody says how it is made.

    Attributes:
        seeded: Items that are there from the beginning.
    """

    def __init__(self, seeded: int = 0) -> None:
        super().__init__()
        self.kept = {-number: {"sku": f"seed {number}", "count": 1} for number in range(1, seeded + 1)}

    def send(self, request: WireRequest, *, timeout: float | None = None) -> Answer:
        if request.target == "/export":
            self.sent.append(request)
            return Answer(status=200 if self.kept else 404)
        if request.target == "/newest":
            self.sent.append(request)
            found = [{"id": number} for number in self.kept][-1:]
            headers = (("Content-Type", "application/json"),)
            return Answer(status=200, headers=headers, body=json.dumps(found).encode())
        if request.method == "DELETE" and request.target.startswith("/newest/"):
            self.sent.append(request)
            number = request.target.rpartition("/")[2]
            return Answer(status=204 if self.kept.pop(int(number) if _is_number(number) else 0, None) else 404)
        return super().send(request, timeout=timeout)


def _is_number(text: str) -> bool:
    return text.removeprefix("-").isdecimal()


def learned_from(shop: Shop, folder: Path, **options: Any) -> Learned:
    fine = {"description": "fine"}
    identifier = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}
    listed = {"application/json": {"schema": {"type": "array", "items": identifier}}}
    made = document()
    made["paths"] |= {
        "/export": {"get": {"responses": {"200": fine}}},
        "/newest": {"get": {"responses": {"200": {"description": "all", "content": listed}}}},
        "/newest/{newest_id}": {
            "parameters": [{"name": "newest_id", "in": "path", "required": True, "schema": {"type": "integer"}}],
            "delete": {"responses": {"204": fine}},
        },
    }
    file = folder / "openapi.json"
    file.write_text(json.dumps(made), encoding="utf-8")
    description = load_description(str(file))
    return learn(description, design(description), shop, context(), **options)


def test_what_reads_others_things_is_not_verified_by_them(tmp_path: Path) -> None:
    known = learned_from(Shop(), tmp_path).pairs[_EXPORT, "200"]

    assert known.state is WitnessState.NOT_REACHED
    assert known.reason == "reached, but only with what others had made; without it, it answered 404, not 200"


def test_what_was_there_before_may_be_read(tmp_path: Path) -> None:
    learned = learned_from(Shop(seeded=30), tmp_path)

    assert learned.state_of((_EXPORT, "200")) is WitnessState.VERIFIED


def test_what_was_there_before_may_not_be_deleted(tmp_path: Path) -> None:
    learned = learned_from(Shop(seeded=30), tmp_path)

    known = learned.pairs[_NEWEST, "204"]
    assert known.state is WitnessState.NOT_REACHED
    assert known.reason == "reached, but only by deleting what it had not made"


def test_what_makes_its_own_stays_verified_and_is_not_tried_again(tmp_path: Path) -> None:
    shop = Shop(seeded=3)

    learned = learned_from(shop, tmp_path)

    assert learned.state_of(("GET /items/{item_id}", "200")) is WitnessState.VERIFIED
    assert learned.state_of(("POST /items", "201")) is WitnessState.VERIFIED
    assert {request.method for request in shop.sent[-2:]} == {"GET"}  # nothing is made after the cleanup


@pytest.mark.parametrize("seeded", [0, 30])
def test_a_second_time_comes_to_the_same(tmp_path: Path, seeded: int) -> None:
    first = learned_from(Shop(seeded), tmp_path)
    second = learned_from(Shop(seeded), tmp_path, known=first)

    verified = [
        {pair for pair, known in learned.pairs.items() if known.state is WitnessState.VERIFIED}
        for learned in (first, second)
    ]
    assert verified[0] == verified[1]
