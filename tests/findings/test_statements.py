"""Messages that hold the statement of a database, or words that a request happens to hold, too."""

from __future__ import annotations

import json
import time

import pytest

from oagen.findings.normalising import normalise


def _body(message: str) -> str:
    return json.dumps({"name": "UnknownError", "message": message, "details": [{"message": message}]})


_INSERT = (
    'insert into "apps" ("name", "color") values ($1, $2) on conflict ("name") do update set "color" = excluded."color"'
)
_PLAIN = 'insert into "apps" ("name") values ($1)'
_TOO_LONG = "value too long for type character varying(255)"


@pytest.mark.parametrize("form", [str, _body], ids=["text", "JSON"])
@pytest.mark.parametrize(
    ("one", "given", "other", "also_given"),
    [
        (f"{_INSERT} - {_TOO_LONG}", ["color", "type"], f"{_PLAIN} - {_TOO_LONG}", []),
        (
            'update "tags" set "name" = $1, "icon" = $2 where "id" = $3 returning "id" - no',
            [],
            'update "tags" set "icon" = DEFAULT where "id" = $1 - no',
            ["icon"],
        ),
        (
            'with "a" as (select x.n from x where (x.n ILIKE ANY (ARRAY[$1]))) select * from "a" limit $2 - bad',
            [],
            'with "a" as (select x.n from x) select * from "a" limit $1 - bad',
            ["asc"],
        ),
        (
            '(NotNull) null value in "mail"\n[SQL: INSERT INTO users (a, b) VALUES (%(a)s, %(b)s)]\n(see more)',
            [],
            '(NotNull) null value in "mail"\n[SQL: INSERT INTO users (b) VALUES (%(b)s)]\n(see more)',
            [],
        ),
        ("invalid type integer: '[]'", [], "invalid type integer: ','", []),
        ("invalid type integer: '$ref,#'", ["$ref", "#"], "invalid type integer: '7'", ["7"]),
        ("Received type number (5)", [], "Received an instance of Object", []),
        ("reading 'old_strategy'", ["old_strategy", "old"], "reading 'x'", ["x"]),
        ("Failed to decode param '/%ff'", [], "Failed to decode param '%E0%A4%A'", []),
    ],
)  # fmt: skip
def test_one_fault_has_one_message(
    form: type[str], one: str, given: list[str], other: str, also_given: list[str]
) -> None:
    left = normalise(form(one), given)

    assert left == normalise(form(other), also_given)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (f"{_PLAIN} - {_TOO_LONG}", f"{_PLAIN} - null value in column"),
        (f"{_PLAIN} - {_TOO_LONG}", f'insert into "users" ("name") values ($1) - {_TOO_LONG}'),
        (f"{_PLAIN} - {_TOO_LONG}", f'update "apps" set "name" = $1 - {_TOO_LONG}'),
        ("select a colour from the list - none", "select a size from the list - none"),
    ],
)
def test_what_the_database_says_and_of_which_table_tells_faults_apart(one: str, other: str) -> None:
    assert normalise(one) != normalise(other)
    assert normalise(_body(one)) != normalise(_body(other))


@pytest.mark.parametrize(
    ("said", "given"),
    [
        ("Columns: description,icon,color.", ["col", "desc"]),
        ("invalid input syntax for type bigint", ["type", "input"]),
        ("Cannot read properties of undefined", ["undefined", "fine"]),
        ('{"message":"no","details":"none"}', [",", "a,b", ":"]),
    ],
)
def test_words_of_the_message_itself_stay(said: str, given: list[str]) -> None:
    assert normalise(said, given) == said


def test_what_is_no_statement_stays_and_takes_no_time() -> None:
    began = time.process_time()

    assert normalise('a "select" b - update on c') == 'a "select" b - update on c'
    for hostile in (
        "select " * 5_000,
        "with x as (" * 3_000,
        "insert into x " + 'a "b' * 5_000,
        "select a from [" * 2_000,
    ):
        normalise(hostile)

    assert time.process_time() - began < 5
