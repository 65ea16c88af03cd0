from __future__ import annotations

from typing import Any

import pytest

from oagen.runner.hints import Hint, Wanted, hints_in


@pytest.mark.parametrize(
    ("body", "place", "wanted", "values"),
    [
        ({"detail": [{"loc": ["body", "sku"], "msg": "Field required"}]}, ("sku",), Wanted.PRESENT, ()),
        (
            {"detail": [{"loc": ["body", "items", 0, "kind"], "msg": "Input should be 'a' or 'b'"}]},
            ("items", 0, "kind"),
            Wanted.ONE_OF,
            ("a", "b"),
        ),
        (
            {"detail": [{"loc": ["body", "n"], "msg": "Input should be greater than or equal to 5"}]},
            ("n",),
            Wanted.AT_LEAST,
            (5,),
        ),
        ({"detail": [{"loc": ["body", "n"], "msg": "Input should be less than 5"}]}, ("n",), Wanted.AT_MOST, (4,)),
        (
            {"detail": [{"loc": ["body", "name"], "msg": "String should have at least 3 characters"}]},
            ("name",),
            Wanted.LONGER,
            (3,),
        ),
        (
            {"detail": [{"loc": ["body", "id"], "msg": "Input should be a valid UUID, invalid length"}]},
            ("id",),
            Wanted.OF_KIND,
            ("uuid",),
        ),
        ({"detail": [{"loc": ["body", "x"], "msg": "Extra inputs are not permitted"}]}, ("x",), Wanted.ABSENT, ()),
        ({"email": ["This field is required."]}, ("email",), Wanted.PRESENT, ()),
        ({"errors": {"json": {"kind": ["Must be one of: red, blue."]}}}, ("kind",), Wanted.ONE_OF, ("red", "blue")),
        (
            {"errors": [{"pointer": "#/a/0/b", "detail": "must be an integer"}]},
            ("a", 0, "b"),
            Wanted.OF_KIND,
            ("integer",),
        ),
        ({"message": "'name' is a required property"}, ("name",), Wanted.PRESENT, ()),
        ("missing required field: title", ("title",), Wanted.PRESENT, ()),
    ],
)
def test_what_an_error_says(body: Any, place: tuple[str | int, ...], wanted: Wanted, values: tuple[Any, ...]) -> None:
    assert Hint(place=place, wanted=wanted, values=values) in hints_in(body)


def test_a_parameter_is_told_from_the_body() -> None:
    (hint,) = hints_in({"detail": [{"loc": ["query", "limit"], "msg": "Field required"}]})
    assert hint.outside_body
    assert hint.place == ("limit",)


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        [],
        {"detail": "not found"},
        "x" * 100_000,
        {"detail": [{"loc": [1.5]}]},
        {"number": ["A patient with this number already exists."]},
    ],
)
def test_errors_that_say_nothing_are_read_without_harm(body: Any) -> None:
    assert hints_in(body) == []


def test_an_error_without_end_is_read_in_part() -> None:
    deep: Any = "required"
    for _ in range(500):
        deep = {"a": deep}
    assert len(hints_in({"errors": [{"field": f"f{n}", "message": "is required"} for n in range(1000)]})) <= 12
    assert hints_in(deep) == []
