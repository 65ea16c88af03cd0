from __future__ import annotations

import re

import pytest

from oagen.scenario.uniqueness import fill, unique_seed


@pytest.mark.parametrize(
    ("template", "pattern"),
    [
        ("alice-????????@example.com", r"alice-[a-z]{8}@example\.com"),
        ("978##########", r"978\d{10}"),
        ("^^^^", r"[0-9a-f]{4}"),
        ("~~-##", r"[A-Z]{2}-\d{2}"),
        (r"\#\?\~\^\\#", r"#\?~\^\\\d"),
        ("plain", "plain"),
        ("", ""),
    ],
)
def test_placeholders_become_characters_of_their_class(template: str, pattern: str) -> None:
    assert re.fullmatch(pattern, fill(template, "seed"))


def test_the_text_is_the_same_on_every_machine() -> None:
    seed = unique_seed("run", "test_201", "title", "Dune ????")

    assert fill("Dune ????", seed) == fill("Dune ????", seed)
    assert fill("????-####-^^^^", "seed") == "jhdc-7279-572b"


def test_seeds_differ_by_every_part() -> None:
    parts = ("run", "test", "name", "template")
    changed = [tuple("other" if place == index else part for place, part in enumerate(parts)) for index in range(4)]
    texts = {fill("????????", unique_seed(*each)) for each in (parts, *changed)}

    assert len(texts) == 5
