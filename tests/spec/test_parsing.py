from __future__ import annotations

import json
import math
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oagen.errors import DocumentError
from oagen.spec.lines import line_index
from oagen.spec.parsing import parse

NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
PRINTABLE = st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0xD7FF, blacklist_categories=("Cc", "Cs", "Cn")), max_size=50
)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | PRINTABLE,
    lambda below: st.lists(below, max_size=4) | st.dictionaries(PRINTABLE, below, max_size=4),
)


def yaml(text: str) -> Any:
    return parse(text.encode(), "a.yaml").value


@given(st.dictionaries(PRINTABLE, VALUES, min_size=1))
def test_json_read_as_yaml_is_the_same(value: dict[str, Any]) -> None:
    text = json.dumps(value)

    assert parse(text.encode(), "a.json").value == value
    assert yaml("# a comment, so that it is no JSON\n" + text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"), ("on", "on"), ("y", "y"), ("2020-01-01", "2020-01-01"), ("12:30:45", "12:30:45"),
        ("1_000", "1_000"), ("0o17", 15), ("0x1F", 31), ("017", 17), ("+5", 5), ("-1", -1), ("1.0", 1.0), (".5", 0.5),
        ("5.", 5.0), ("1e3", 1000.0), (".inf", math.inf), ("-.INF", -math.inf), ("~", None), ("", None),
        ("Null", None), ("TRUE", True), ("tRUE", "tRUE"), ("'1'", "1"), ('"true"', "true"), ("!!str 1", "1"),
        ('!!int "7"', 7), ("!secret x", "x"), ("9" * 5000, "9" * 5000), ("1.2.3", "1.2.3"), ("0b11", "0b11"),
    ],
)  # fmt: skip
def test_scalars_follow_the_core_schema_of_yaml_1_2(text: str, value: Any) -> None:
    assert yaml(f"a: {text}") == {"a": value}


def test_keys_are_strings() -> None:
    assert list(yaml("200: a\ntrue: b\nnull: c\n1.0: d\n2020-01-01: e")) == ["200", "true", "null", "1.0", "2020-01-01"]


def test_doubled_keys_are_noticed_in_yaml_with_their_line() -> None:
    parsed = parse(b"a:\n  b: 1\n  c: 2\n  b: 3\n", "a.yaml")

    assert parsed.value == {"a": {"b": 3, "c": 2}}
    (problem,) = parsed.problems
    assert (problem.tokens, problem.line) == (("a", "b"), 4)


def test_doubled_keys_are_noticed_in_json_with_their_place() -> None:
    parsed = parse(b'{"a": [{}, {"b": 1, "b": 2}]}', "a.json")

    assert parsed.value == {"a": [{}, {"b": 2}]}
    assert [problem.tokens for problem in parsed.problems] == [("a", "1", "b")]


def test_aliases_and_merge_keys() -> None:
    value = yaml("a: &a {x: 1, y: 2}\nb: *a\nc: {<<: *a, y: 3}\nd: {<<: [*a, {z: 4}]}\n&k e: 5\nf: {*k : 6}")

    assert value["b"] is value["a"]
    assert value["c"] == {"x": 1, "y": 3}
    assert value["d"] == {"x": 1, "y": 2, "z": 4}
    assert value["f"] == {"e": 6}


def test_a_yaml_bomb_is_refused_soon() -> None:
    lines = ["a: &a [x,x,x,x,x,x,x,x,x]"]
    lines += [f"{b}: &{b} [{','.join(['*' + a] * 9)}]" for a, b in zip("abcdefghij", "bcdefghijk", strict=True)]
    started = time.process_time()

    with pytest.raises(DocumentError, match=r"line \d+ .*without measure"):
        yaml("\n".join(lines))
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: &a\n  b: *a", "line 2 .*stands inside of its own anchor"),
        ("a: *b", "line 1 .*has no anchor|line 1 .*undefined alias"),
        ("a:\n\tb: 1", "line 2 is not YAML"),
        ("? [a]\n: b", "line 1 .*can't be a key"),
        ("a: " + "[" * 600 + "]" * 600, "levels deep"),
        ("a: 'x\n", "line"),
        ("a: b\x07", "can't be read as YAML"),
    ],
)
def test_what_is_no_yaml_is_refused_with_its_line(text: str, message: str) -> None:
    with pytest.raises(DocumentError, match=message) as caught:
        yaml(text)
    assert "\n" not in caught.value.message


def test_tabs_are_explained() -> None:
    with pytest.raises(DocumentError) as caught:
        yaml("a:\n\tb: 1")
    assert caught.value.hint == "YAML is indented with spaces, never with tabs"


def test_surrogate_pairs_of_json_are_read_in_yaml() -> None:
    assert yaml('# no JSON\n{"a": "\\ud83d\\ude00"}') == {"a": "\U0001f600"}


def test_only_the_first_yaml_document_is_read() -> None:
    parsed = parse(b"a: 1\n---\nb: 2\n", "a.yaml")

    assert parsed.value == {"a": 1}
    assert parsed.problems[0].line == 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("text", ['{"a": "é"}', "a: é\n"])
def test_encodings_are_told_by_the_first_bytes(encoding: str, text: str) -> None:
    assert parse(text.encode(encoding), "a").value == {"a": "é"}


def test_latin_1_is_read_with_a_warning() -> None:
    parsed = parse("a: 1\nb: é\n".encode("latin-1"), "a.yaml")

    assert parsed.value == {"a": 1, "b": "é"}
    assert "byte 0xe9 is not UTF-8" in parsed.problems[0].message
    assert parsed.problems[0].line == 2


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "a.json is empty"),
        (b" \n", "a.json is empty"),
        (b"<!DOCTYPE html><html>", "HTML or XML"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "binary"),
        (b"\xff\xfe\x00", "binary"),
        (b'{"a": 1,\n "b": ', r"line 2 is not JSON: .*ends too early"),
        (b'{"a": 1\n "b": 2}', "line 2 is not JSON"),
        (b'{"a": ' + b"9" * 5000 + b"}", "a.json is not JSON"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_no_description_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        parse(data, "a.json")


def test_control_characters_in_json_are_forgiven() -> None:
    parsed = parse(b'{"a": 1,\n"b": "x\ty",\n"c": {"d": 1}}', "a.json")

    assert parsed.value == {"a": 1, "b": "x\ty", "c": {"d": 1}}
    assert [(problem.line, "control character" in problem.message) for problem in parsed.problems] == [(2, True)]
    assert line_index(parsed.text, is_json=True).line_of("/c/d") == 3


def test_json_with_comments_is_read_as_yaml_where_its_name_allows() -> None:
    assert parse(b"{a: 1, 'b': [2, ], # odd\n}", "a.yaml").value == {"a": 1, "b": [2]}
