"""The parts of the loop: pool, slots, mutation, novelty, choice, shrinking, health."""

from __future__ import annotations

import json
import math
from collections import Counter
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oagen.fuzz import trouble
from oagen.fuzz.campaign import Campaign
from oagen.fuzz.corpus import Track, choose
from oagen.fuzz.documented import body_places
from oagen.fuzz.events import CampaignOptions
from oagen.fuzz.health import Health
from oagen.fuzz.luck import Luck
from oagen.fuzz.mutation import Mutator
from oagen.fuzz.novelty import NoveltyMap
from oagen.fuzz.pool import Pool
from oagen.fuzz.sending import Sent
from oagen.fuzz.share import Share
from oagen.fuzz.slots import drop, fit_for_argument, place_at, put, slots_of
from oagen.fuzz.twisted import twisted
from oagen.scenario.model import Literal, Request
from oagen.scenario.wire import WireRequest, encode
from oagen.target.model import Answer
from tests.fuzz.apps import OrdersApi, described
from tests.fuzz.exchanges import a_request, json_answer


def _bound(_value: object) -> str:
    raise AssertionError("nothing is dynamic")


# -- pool -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("made_by", "answer", "name", "path"),
    [
        ("/orders", {"id": "o-77"}, "order_id", "/orders/{order_id}"),
        ("/orders", {"id": "o-77"}, "orderId", "/users/{id}/orders/{orderId}"),
        ("/orders", {"id": "o-77"}, "id", "/orders/{id}"),
        ("/orders", {"id": "o-77"}, "ord_id", "/orders/{ord_id}/lines"),
        ("/orders", {"id": "o-77"}, "order_id", "/invoices"),
        ("/companies", {"data": [{"id": "o-77"}]}, "companyId", "/companies/{companyId}"),
        ("/orders", {"order": {"uuid": "o-77"}}, "order_id", "/orders/{order_id}"),
        ("/users/", {"owner": {"id": "o-77"}}, "owner_id", "/orders"),
        ("/orders", {"connection_id": "o-77"}, "conn_id", "/connections/{conn_id}"),
    ],
)
def test_values_are_found_by_the_names_that_ask_for_them(made_by: str, answer: Any, name: str, path: str) -> None:
    pool = Pool(Luck(1))
    pool.learn(a_request(path=made_by), json_answer(answer, 201))

    assert pool.pick(name, path) == "o-77"
    assert pool.pick("colour", path) is None


def test_headers_are_learnt_too() -> None:
    pool = Pool(Luck(1))
    pool.learn(a_request(), json_answer({}, 201, ETag='"e1"', Location="/orders/o-9?x=1"))

    assert pool.pick("ETag", "/orders/{id}") == '"e1"'
    assert pool.pick("order_id", "/orders/{order_id}") == "o-9"


def test_a_pool_is_bounded_whatever_comes() -> None:
    pool = Pool(Luck(1))
    for index in range(300):
        pool.learn(a_request(), json_answer({"id": f"o-{index:04}", f"name{index}": [[{}] * 50] * 50}))

    assert len(pool._by_name["orderid"]) <= 24
    assert pool.pick("order_id", "/orders/{order_id}") >= "o-0276"
    pool.learn(a_request(), Answer(status=200, body=b"[" * 100_000))


# -- slots, mutation, trouble -----------------------------------------------------------------------------------------


def test_every_place_can_be_changed_and_dropped() -> None:
    request = a_request(path="/o/{id}", body={"a": [1, {"b": "x"}], "c": None}, id="7", q="z")

    for slot in slots_of(request):
        changed = put(request, slot, "new")
        assert changed != request
        assert [item.value for item in slots_of(changed)].count("new") == 1
        assert drop(request, slot) != request
    assert request == a_request(path="/o/{id}", body={"a": [1, {"b": "x"}], "c": None}, id="7", q="z")


def test_what_a_text_of_json_holds_can_be_changed_too() -> None:
    request = a_request(path="/o/{id}", body={"settings": '{"colour": "red", "sizes": [1]}'}, q='{"page": 0}')

    slots = {slot.name: slot for slot in reversed(slots_of(request))}  # the array before its items

    assert slots["colour"].value == "red"
    changed = put(put(request, slots["colour"], None), slots["page"], -1)
    assert changed == a_request(path="/o/{id}", body={"settings": '{"colour": null, "sizes": [1]}'}, q='{"page": -1}')
    assert drop(request, slots["sizes"]).body == a_request(body={"settings": '{"colour": "red"}'}).body


def test_luck_prefers_what_paid_off_and_starves_nothing() -> None:
    luck = Luck(1)
    values = tuple("abcdefgh")
    for _ in range(800):
        value = luck.pick("letters", values)
        luck.credit(luck.taken(), 1.0 if value == "c" else 0.0)
    drawn = [luck.pick("letters", values) for _ in range(1000)]

    assert drawn.count("c") > 700
    assert set(drawn) == set(values)
    assert luck.weight("letters", 2) > luck.weight("never drawn", 0) > luck.weight("letters", 0)


def test_luck_tries_the_best_of_a_list_first() -> None:
    luck = Luck(1)
    assert luck.best("bodies", [0, 1, 2], 3) == 0
    luck.credit(luck.taken(), 0.0)
    luck.note("bodies", 2)
    luck.credit(luck.taken(), 1.0)

    assert luck.best("bodies", [0, 1, 2], 3) == 2
    assert luck.best("bodies", [0, 1], 3) == 1


def test_mutation_never_fails_and_seldom_does_nothing(tmp_path: Path) -> None:
    api = described(tmp_path)
    operation = next(item for item in api.operations if item.key == "POST /orders")
    chance = Luck(5)
    pool = Pool(chance)
    pool.learn(a_request(), json_answer({"id": "o-1", "note": "hello"}))
    mutator = Mutator(pool, chance)
    parent = a_request(body={"quantity": 1, "note": "n", "due": "2024-01-01", "tags": [1, 2]}, q="1")
    unchanged, request = 0, parent

    for _ in range(3000):
        child = mutator.mutate(request, operation, parent)
        encode(child, _bound)
        unchanged += child == request
        request = child if chance.random() < 0.3 else parent

    assert unchanged < 150


def test_valid_json_gets_deep_in_one_place(tmp_path: Path) -> None:
    operation = next(item for item in described(tmp_path).operations if item.key == "POST /orders")
    luck = Luck(3)
    mutator = Mutator(Pool(luck), luck)
    parent = a_request(body={"quantity": 1, "note": "n"})

    bodies = [mutator.mutate(parent, operation, parent).body for _ in range(4000)]
    deep = [
        json.loads(body.value.value)
        for body in bodies
        if body is not None and body.raw and isinstance(body.value, Literal) and body.value.value in _deep_bodies()
    ]

    assert deep
    assert any(isinstance(value, dict) and value.get("quantity") == 1 for value in deep)


def _deep_bodies() -> set[bytes]:
    """Return what a body is whose note, or whole, is deep."""
    return {*trouble.DEEP, *(b'{"quantity":1,"note":' + text + b"}" for text in trouble.DEEP)}


@settings(max_examples=300, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40) | st.binary(max_size=9),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
        max_leaves=5,
    ),
    st.integers(0, 10**6),
)
def test_trouble_can_always_be_sent(value: Any, seed: int) -> None:
    for hurting in (trouble.trouble_like(value, Luck(seed)), *trouble.core_trouble(value)):
        wire = encode(a_request(body={"a": hurting}, q=hurting), _bound)
        assert wire.target.isascii()
        assert wire.body is not None


def _same(one: str, other: str) -> int:
    """Return with how many characters both texts begin."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


@given(st.text(min_size=1, max_size=12), st.integers(0, 10**6))
def test_a_twisted_text_is_right_but_for_one_place(text: str, seed: int) -> None:
    changed = twisted(text, Luck(seed))
    start = _same(text, changed)
    end = _same(text[start:][::-1], changed[start:][::-1])

    assert text.startswith(changed) or len(text) - start - end <= 1
    assert len(changed) <= len(text) + len("99999")


def test_twisting_reaches_what_only_looks_like_a_number() -> None:
    luck = Luck(0)
    assert {"\u00b2h", "\u0663h", "h", "1\rh", "1", "11h"} <= {twisted("1h", luck) for _ in range(2000)}


def test_the_dictionary_holds_what_programs_stumble_over() -> None:
    assert {2**63, -(2**63) - 1, 2**31}.issubset(trouble.NUMBERS)
    assert {0, -1, 2**63, 2**31} <= set(trouble.core_trouble(5)) & set(trouble.core_trouble("5"))
    assert any(isinstance(item, float) and math.isnan(item) for item in trouble.NUMBERS)
    assert {"\0", "\ud800", ""} <= set(trouble.TEXTS)
    assert b"" in trouble.BODIES


# -- novelty and choice -----------------------------------------------------------------------------------------------


def test_what_is_new_and_what_only_looks_new() -> None:
    novelty = NoveltyMap()

    def score(status: int, body: str, **arguments: str) -> float:
        return novelty.of(a_request(**arguments), Answer(status=status, body=body.encode())).score

    assert score(200, "a") == 4
    assert score(200, "b") == 0
    assert score(422, "field x1y2z is wrong", q="x1y2z") == 6
    assert score(422, "field k9k9k is wrong", q="k9k9k") == 0
    assert score(422, "another thing is wrong") == 2
    assert score(405, "no") == 4
    assert score(405, "still no") == 0
    assert NoveltyMap().of(a_request(), Answer(status=200, new_lines=8)).score > 4


def test_the_budget_goes_where_something_new_comes_from_but_nobody_starves(tmp_path: Path) -> None:
    tracks = [Track(operation=operation) for operation in described(tmp_path).operations]
    for track in tracks:
        track.add(a_request(), 1)
        track.stale = 2000
    tracks[0].stale = 0
    tracks[1].rest(now=0)
    chance = Luck(1)

    chosen = Counter(track.operation.key for track in (choose(tracks, 1.0, chance) for _ in range(2000)) if track)

    assert chosen[tracks[0].operation.key] > 1400
    assert chosen[tracks[1].operation.key] == 0
    assert min(chosen[track.operation.key] for track in tracks[2:]) > 20
    assert choose(tracks[1:2], 100.0, chance) is tracks[1]


def test_the_least_worth_parent_goes_when_there_are_too_many(tmp_path: Path) -> None:
    track = Track(operation=described(tmp_path).operations[0])
    track.add(a_request(q="best"), 50)
    for index in range(200):
        track.add(a_request(q=str(index)), 1)

    assert len(track.seeds) <= 60
    assert any(seed.weight == 50 for seed in track.seeds)


# -- what the document names ------------------------------------------------------------------------------------------


def test_places_of_a_body_are_found_through_references_and_branches(tmp_path: Path) -> None:
    schema = {
        "$ref": "#/components/schemas/Order",
    }
    order = {
        "allOf": [
            {"type": "object", "properties": {"state": {"enum": ["open", "closed"]}}},
            {
                "properties": {
                    "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                    "extra": {"title": "Whatever it is"},
                    "lines": {"type": "array", "items": {"$ref": "#/components/schemas/Line"}},
                    "parent": {"$ref": "#/components/schemas/Order"},
                }
            },
        ]
    }
    line = {"type": "object", "properties": {"due": {"type": "string", "format": "date"}, "n": {"type": "integer"}}}
    api = described(
        tmp_path,
        {
            "openapi": "3.1.0",
            "info": {"title": "T", "version": "1"},
            "paths": {
                "/orders": {
                    "post": {
                        "requestBody": {"content": {"application/json": {"schema": schema}}},
                        "responses": {"200": {"description": "x"}},
                    }
                }
            },
            "components": {"schemas": {"Order": order, "Line": line}},
        },
    )

    places = {place.path: place for place in body_places(api.operations[0])}

    assert places["state",].named == ("open", "closed")
    assert set(places["note",].plain) == {"a", None}
    assert places["lines", 0, "due"].plain == ("2024-01-01",)
    assert places["lines", 0, "n"].plain == (1,)
    assert places["extra",].plain == ("a", 1.5, [], {})
    assert ("parent",) not in places or len(places) < 60


@pytest.mark.parametrize(
    "value", ["x" * 10**6, "\u03a9" * 10**6, ["\u03a9" * 9000] * 300, {f"{n}" * 50: ["y" * 5000] for n in range(300)}]
)
def test_no_argument_is_longer_than_servers_read(value: Any) -> None:
    assert 2_000 < len(encode(a_request(q=fit_for_argument(value)), _bound).target) < 40_000


def test_a_place_is_made_where_it_lacks() -> None:
    assert place_at({"a": 1}, ("b", 0, "c"), 5) == {"a": 1, "b": [{"c": 5}]}
    assert place_at({"b": [{"d": 1}, 2]}, ("b", 0, "c"), 5) == {"b": [{"d": 1, "c": 5}, 2]}
    assert place_at("text", ("b",), 5) == {"b": 5}


# -- health -----------------------------------------------------------------------------------------------------------


def _sent(request: Request, status: int) -> Sent:
    return Sent(request=request, wire=WireRequest(method=request.method, target="/"), answer=Answer(status=status))


def test_many_refusals_alone_are_no_lock_out() -> None:
    health = Health()
    health.observe(_sent(a_request("GET", "/me"), 200))
    for index in range(200):
        health.observe(_sent(a_request("GET", f"/secret{index % 9}"), 403))

    assert health.check(lambda _request: Answer(status=200)) is None


def test_a_lock_out_names_the_writes_since_the_target_was_well() -> None:
    health = Health()
    health.observe(_sent(a_request("GET", "/me"), 200))
    health.observe(_sent(a_request("POST", "/early"), 201))
    for _ in range(60):
        health.observe(_sent(a_request("GET", "/me"), 200))
    assert health.check(lambda _request: Answer(status=200)) is None
    health.observe(_sent(a_request("POST", "/roles"), 200))
    for index in range(60):
        health.observe(_sent(a_request("GET", f"/x{index % 9}"), 403))

    asked: list[Request] = []

    def ask(request: Request) -> Answer:
        asked.append(request)
        return Answer(status=403)

    lock_out = health.check(ask)

    assert lock_out is not None
    assert lock_out.status == 403
    assert [write.request.path for write in lock_out.writes] == ["/roles"]
    assert [request.path for request in asked] == ["/me"]


def test_refused_writes_are_seen_while_reads_go_on() -> None:
    health = Health()
    health.observe(_sent(a_request("GET", "/me"), 200))
    health.observe(_sent(a_request("POST", "/mode"), 200))
    for index in range(40):
        health.observe(_sent(a_request("POST", f"/x{index % 9}"), 503))

    lock_out = health.check(lambda request: Answer(status=200 if request.method == "GET" else 503))

    assert lock_out is not None
    assert [write.request.path for write in lock_out.writes] == ["/mode"]
    assert lock_out.since == 1
    assert not health.has_ended(lock_out, lambda _request: Answer(status=503))
    assert health.has_ended(lock_out, lambda _request: Answer(status=422))


# -- shares of workers ------------------------------------------------------------------------------------------------


def test_workers_share_work_and_requests_without_a_rest() -> None:
    shares = [Share(number=number, of=3) for number in range(3)]

    assert sorted(item for share in shares for item in share.items(range(10))) == list(range(10))
    assert [share.requests(10) for share in shares] == [4, 3, 3]
    assert [share.requests(2) for share in shares] == [1, 1, 1]
    assert [share.seed(7) for share in shares] == [share.seed(7) for share in shares]
    assert len({share.seed(seed) for share in shares for seed in (1, 2)}) == 6
    assert Share().seed(7) == shares[0].seed(7) == 7


def test_a_worker_sends_the_same_with_the_same_seed(tmp_path: Path) -> None:
    def sent(number: int) -> list[WireRequest]:
        api, share = OrdersApi(), Share(number=number, of=2)
        options = CampaignOptions(seed=share.seed(3), max_requests=300, share=share)
        list(Campaign(described(tmp_path), api, options).run())
        return api.sent

    assert sent(1) == sent(1)
    assert sent(0) != sent(1)
