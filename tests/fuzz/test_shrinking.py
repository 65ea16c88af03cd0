"""Findings made smaller, and the steps that make what their requests name."""

from __future__ import annotations

from oagen.fuzz.luck import Luck
from oagen.fuzz.pool import Pool
from oagen.fuzz.shrink import shrink, steps_for, steps_with_writes
from oagen.fuzz.slots import slots_of
from oagen.scenario.model import ArrayOf, Body, Capture, Literal, ObjectOf, Request
from tests.fuzz.exchanges import a_request, json_answer


def test_shrinking_keeps_only_what_matters() -> None:
    request = a_request(body={"a": ["x" * 40, {"k": 2**70}], "b": {"c": 1}, "d": "z"}, q="1", r="2")
    tries = 0

    def shows(candidate: Request) -> bool:
        nonlocal tries
        tries += 1
        return any(
            isinstance(slot.value, str) and slot.name == "a" and len(slot.value) > 9 for slot in slots_of(candidate)
        )

    smallest = shrink(request, shows)

    assert shows(smallest)
    assert smallest.arguments == ()
    assert smallest.body is not None
    assert isinstance(smallest.body.value, Literal)
    (only,) = smallest.body.value.value["a"]
    assert list(smallest.body.value.value) == ["a"]
    assert 9 < len(only) < 20
    assert tries < 80


def test_an_identifier_in_a_list_of_its_own_becomes_one_that_steps_make() -> None:
    pool = Pool(Luck(1))
    pool.learn(a_request(path="/orders", body={"n": 1}), json_answer({"id": "order-1"}, 201))
    reading = a_request("GET", "/orders/{id}", id=["order-1"])

    smallest = shrink(reading, lambda candidate: "order-1" in str(candidate.arguments))
    steps, captured = steps_for(smallest, pool)

    assert smallest.arguments[0].value == Literal("order-1")
    assert [step.request.path for step in steps] == ["/orders"]
    assert captured.arguments[0].value == Capture("order", pointer="/id")


def test_steps_make_the_resources_that_a_request_names() -> None:
    pool = Pool(Luck(1))
    user = a_request(path="/users", body={"name": "A"})
    pool.learn(user, json_answer({"id": "user-1"}, 201))
    order = a_request(path="/users/{user_id}/orders", body={}, user_id="user-1")
    pool.learn(order, json_answer({"id": "order-1"}, 201))
    reading = a_request("GET", "/users/{user_id}/orders/{id}", user_id="user-1", id="order-1", q="never-seen")

    steps, captured = steps_for(reading, pool)

    assert [(step.name, step.request.path) for step in steps] == [
        ("user", "/users"),
        ("order", "/users/{user_id}/orders"),
    ]
    assert [argument.value for argument in captured.arguments] == [
        Capture("user", pointer="/id"),
        Capture("order", pointer="/id"),
        Literal("never-seen"),
    ]
    assert steps[1].request.arguments[0].value == Capture("user", pointer="/id")


def test_what_was_there_before_is_named_as_it_was() -> None:
    pool = Pool(Luck(1))
    pool.learn(a_request("GET", "/orders/{id}", id=1), json_answer({"id": 1, "items": [{"item_id": 8}]}))
    pool.learn(a_request("GET", "/orders"), json_answer([{"id": 2}]))
    pool.learn(a_request("PATCH", "/orders/{id}", {}, id=3), json_answer({"id": 3}))
    pool.learn(a_request(path="/orders/{id}/cancel", id=4), json_answer({"id": 4}))

    for name in (1, 2, 3, 4):
        reading = a_request("GET", "/orders/{id}/total", id=name)
        assert steps_for(reading, pool) == ((), reading)
    item = a_request("GET", "/items/{item_id}", item_id=8)
    assert steps_for(item, pool) == ((), item)


def test_what_a_write_made_may_be_read_to_learn_the_name_of_its_parts() -> None:
    pool = Pool(Luck(1))
    pool.learn(a_request(path="/orders", body={}), json_answer({"id": 5}, 201))
    pool.learn(a_request(path="/orders/{id}/cancel", id=5), json_answer({"id": 5}))
    pool.learn(a_request("GET", "/orders/{order_id}/items", order_id=5), json_answer([{"item_id": 9}]))

    steps, captured = steps_for(a_request("GET", "/items/{item_id}", item_id=9), pool)

    assert [(step.request.method, step.request.path) for step in steps] == [
        ("POST", "/orders"),
        ("GET", "/orders/{order_id}/items"),
    ]
    assert captured.arguments[0].value == Capture("item", pointer="/0/item_id")


def test_writes_to_what_a_request_names_are_steps_one_by_one_and_all_together() -> None:
    pool = Pool(Luck(1))
    pool.learn(a_request(path="/sensors", body={"unit": "C"}), json_answer({"id": "sensor-1"}, 201))
    pool.learn(a_request(path="/sensors", body={"unit": "F"}), json_answer({"id": "sensor-2"}, 201))
    reading = a_request(path="/sensors/{sensor_id}/readings", body=[1.5], sensor_id="sensor-1")
    pause = a_request("PUT", "/sensors/{sensor_id}/state", {"state": "paused"}, sensor_id="sensor-1")
    for write in (reading, pause):
        pool.learn(write, json_answer({}, 200))
    statistics = a_request("GET", "/sensors/{sensor_id}/statistics", sensor_id="sensor-1")

    ways = list(steps_with_writes(statistics, pool))

    assert [[step.name for step in steps] for steps, _ in ways] == [
        ["sensor", "state"],
        ["sensor", "reading"],
        ["sensor", "reading", "state"],
    ]
    steps, captured = ways[-1]
    assert steps[0].request.body == Body(media_type="application/json", value=Literal({"unit": "C"}))
    assert {item.arguments[0].value for item in (steps[1].request, steps[2].request, captured)} == {
        Capture("sensor", pointer="/id")
    }
    other = a_request("GET", "/sensors/{sensor_id}/statistics", sensor_id="sensor-2")
    assert list(steps_with_writes(other, pool)) == []


def test_identifiers_in_bodies_are_captured_and_nothing_else() -> None:
    pool = Pool(Luck(1))
    book = a_request(path="/books", body={"title": "T"})
    pool.learn(book, json_answer({"id": 61, "title": "T", "stock": 2}, 201))
    order = a_request(path="/orders", body={"items": [{"book_id": 61, "quantity": 61}], "title": "T"})

    steps, captured = steps_for(order, pool)

    assert [step.name for step in steps] == ["book"]
    assert captured.body is not None
    item = ObjectOf((("book_id", Capture("book", pointer="/id")), ("quantity", Literal(61))))
    assert captured.body.value == ObjectOf((("items", ArrayOf((item,))), ("title", Literal("T"))))
    assert steps_for(a_request(path="/orders", body={"quantity": 61}), pool) == (
        (),
        a_request(path="/orders", body={"quantity": 61}),
    )
