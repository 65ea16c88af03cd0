"""Text of a document as Python source: it stays data, whatever it holds."""

from __future__ import annotations

import ast
import math
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oagen.suite.python_source import (
    NameScope,
    class_name,
    comment,
    docstring,
    literal,
    mapping,
    snake_name,
    string,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
ANY_TEXT = st.text(st.characters())


@given(JSON)
def test_a_literal_is_the_value(value: object) -> None:
    assert ast.literal_eval(literal(value)) == value


@given(ANY_TEXT)
def test_a_string_is_the_text_on_one_line_without_what_can_not_be_seen(text: str) -> None:
    source = string(text)

    assert eval(source) == text
    assert "\n" not in source
    assert not any(unicodedata.category(character)[0] == "C" for character in source)


@given(st.text(min_size=1, max_size=9), st.integers(1, 90), ANY_TEXT)
def test_a_long_string_is_the_text(unit: str, times: int, tail: str) -> None:
    for text in (unit * times, unit * times + tail, tail + unit[0] * 100 + tail):
        assert eval(string(text)) == text


def test_a_lone_surrogate_is_escaped() -> None:
    assert string("\ud800x") == '"\\ud800x"'


def test_repetitions_are_said_so() -> None:
    assert string("a" * 300) == '("a" * 300)'
    assert string("Hello! " * 20 + "Hel") == '("Hello! " * 21)[:143]'
    assert literal(b"\0" * 5000) == "b'\\x00' * 5000"


def test_numbers_outside_json() -> None:
    assert math.isnan(eval(literal(float("nan"))))
    assert eval(literal(float("-inf"))) == -math.inf


def test_what_no_document_holds_is_refused() -> None:
    with pytest.raises(TypeError):
        literal(object())


@given(ANY_TEXT)
def test_a_docstring_is_one_line_and_nothing_else(text: str) -> None:
    tree = ast.parse(f"def f():\n    {docstring(text)}\n")

    function = tree.body[0]
    assert isinstance(function, ast.FunctionDef)
    assert len(tree.body) == 1
    assert len(function.body) == 1
    assert ast.get_docstring(function) is not None


@given(ANY_TEXT)
def test_a_comment_is_one_line_and_nothing_else(text: str) -> None:
    assert not ast.parse(comment(text)).body
    assert len(comment(text).splitlines()) == 1


@pytest.mark.parametrize("text", ["noqa", "type: ignore", "x # fmt: off", "ruff: noqa: F401", "pragma: no cover"])
def test_a_comment_gives_no_orders(text: str) -> None:
    assert not re.search(r"noqa|(type|fmt|ruff|pragma)\s*:", comment(text), re.IGNORECASE)


@given(ANY_TEXT)
def test_a_name_is_a_short_ascii_identifier(text: str) -> None:
    for name in (snake_name(text, "fallback"), f"Test{class_name(text)}"):
        assert name.isidentifier()
        assert name.isascii()
        assert len(name) < 80


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("getPetById", "get_pet_by_id"),
        ("import", "import_"),
        ("2nd", "n2nd"),
        ("", "x"),
        ("名前", "x"),
        ("list", "list_"),
    ],
)
def test_names(text: str, name: str) -> None:
    assert snake_name(text, "x") == name


def test_a_scope_gives_each_name_once_even_where_case_does_not_count() -> None:
    scope = NameScope(["api"])

    assert [scope.name(name) for name in ("pet", "Pet", "pet", "API")] == ["pet", "Pet_2", "pet_3", "API_2"]


def test_a_mapping_quotes_its_keys() -> None:
    assert ast.literal_eval(mapping([('a"b\\', literal(1))])) == {'a"b\\': 1}
