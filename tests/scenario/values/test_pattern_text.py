from __future__ import annotations

import re
import time

import pytest

from oagen.scenario.values.pattern_text import templates_for, texts_for
from oagen.scenario.values.patterns import matches


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (r"^[A-Z]{3}-\d{4}$", "ABC-1234"),
        (r"^(red|green)$", "red"),
        (r"^v\d+\.\d+$", "v123.456"),
        (r"^#[0-9a-fA-F]{6}$", "#abcdef"),
        (r"^\p{Lu}\p{Ll}+$", "Aabc"),
        (r"^(?<a>x+)\k<a>$", "xxxxxx"),
        (r"^[^a-z]$", "A"),
        (r"^(\d{3})?$", "123"),
        (r"\S", "a"),
    ],
)
def test_the_plainest_match_is_made(pattern: str, expected: str) -> None:
    assert texts_for(pattern)[0] == expected


@pytest.mark.parametrize(
    ("pattern", "length"),
    [
        (r"^[a-z]+$", 40),
        (r"^[a-z]+(-[a-z]+)*$", 17),
        (r"^[A-Z][a-z]*( [A-Z][a-z]*)?$", 12),
        (r"^\w{2,30}$", 30),
        (r"^(ab)+$", 10),
        (r"^(?=.*\d)(?=.*[a-z])(?=.*[A-Z]).{8,40}$", 25),
        (r"^[a-z]*$", 10_000),
    ],
)
def test_a_length_is_met(pattern: str, length: int) -> None:
    texts = texts_for(pattern, length, length)

    assert texts
    assert all(len(text) == length and matches(pattern, text) for text in texts)


@pytest.mark.parametrize(
    "pattern", ["[", "(?<=x)y(?!", r"^(?!.*)$", "(((a{1000}){1000}){1000})", "a{99999999}", r"(?P<n>a)(?(n)b|c"]
)
def test_what_can_not_be_matched_gives_nothing_and_ends(pattern: str) -> None:
    begun = time.process_time()

    assert all(matches(pattern, text) for text in texts_for(pattern, 5000, 10_000))
    assert time.process_time() - begun < 2


def test_templates_keep_the_shape_of_the_pattern() -> None:
    assert templates_for(r"^[A-Z]{3}-\d{6}$")[0] == "~~~-######"
    assert re.fullmatch(r"\?+", templates_for(r"^[a-z]+$")[0])
    assert templates_for(r"^\?[0-9a-f]{8}$")[0] == r"\?^^^^^^^^"
