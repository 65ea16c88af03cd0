from __future__ import annotations

from oagen.fuzz.grafting import grafts
from oagen.scenario.model import (
    Argument,
    ArrayOf,
    Body,
    Capture,
    Expectation,
    Literal,
    ObjectOf,
    Request,
    Scenario,
    Step,
    Unique,
)
from oagen.spec.model import ParameterLocation

BOOK = Step(
    name="book",
    request=Request(
        method="POST",
        path="/books",
        body=Body(media_type="application/json", value=ObjectOf((("isbn", Unique("?????")),))),
    ),
)
ORDER = Step(name="order", request=Request(method="POST", path="/orders"))


def order_body(book: object, note: object) -> Body:
    return Body(
        media_type="application/json", value=Literal({"items": [{"book_id": book, "quantity": 1}], "note": note})
    )


def designed(status: str, when: Request, *steps: Step) -> Scenario:
    return Scenario(
        operation="POST /orders",
        status=status,
        technique="success",
        title="is there",
        pointer="",
        given=steps,
        when=when,
        then=Expectation(status=status),
    )


ITEM = ObjectOf((("book_id", Capture("book", pointer="/id")), ("quantity", Literal(2))))
PLACED = Request(
    method="POST",
    path="/orders",
    body=Body(media_type="application/json", value=ObjectOf((("items", ArrayOf((ITEM,))),))),
)


def test_identifiers_in_a_body_come_from_the_steps_and_all_else_stays() -> None:
    request = Request(method="POST", path="/orders", body=order_body(1, "Ω"))

    [(steps, grafted)] = grafts(request, [designed("201", PLACED, BOOK)])

    assert steps == (BOOK,)
    assert grafted.body is not None
    item = ObjectOf((("book_id", Capture("book", pointer="/id")), ("quantity", Literal(1))))
    assert grafted.body.value == ObjectOf((("items", ArrayOf((item,))), ("note", Literal("Ω"))))


def test_an_identifier_in_the_path_comes_from_the_steps() -> None:
    def at(value: Literal | Capture) -> Request:
        path = Argument(name="order_id", where=ParameterLocation.PATH, value=value)
        query = Argument(name="limit", where=ParameterLocation.QUERY, value=Literal(7))
        return Request(method="GET", path="/orders/{order_id}", arguments=(path, query))

    [(steps, grafted)] = grafts(at(Literal(12)), [designed("200", at(Capture("order", pointer="/id")), ORDER)])

    assert (steps, grafted) == ((ORDER,), at(Capture("order", pointer="/id")))


def test_what_names_nothing_is_left_alone() -> None:
    request = Request(
        method="POST", path="/orders", body=Body(media_type="application/json", value=Literal({"note": "a"}))
    )

    assert list(grafts(request, [designed("201", PLACED, BOOK)])) == []


def test_scenarios_that_succeed_come_first_and_few_are_tried() -> None:
    request = Request(method="POST", path="/orders", body=order_body(1, "a"))
    others = [designed("404", PLACED, Step(name=f"s{number}", request=BOOK.request)) for number in range(5)]

    found = list(grafts(request, [*others, designed("201", PLACED, BOOK)]))

    assert len(found) == 3
    assert found[0][0] == (BOOK,)
