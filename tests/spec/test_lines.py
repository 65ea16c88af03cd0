from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from oagen.spec.lines import line_index
from oagen.spec.pointers import join

KEYS = st.text(min_size=1, max_size=3)


@given(st.dictionaries(KEYS, st.dictionaries(KEYS, st.lists(st.integers(), max_size=3), max_size=3), max_size=4))
def test_lines_of_json_are_those_of_an_indented_dump(value: dict[str, dict[str, list[int]]]) -> None:
    index = line_index(json.dumps(value, indent=1), is_json=True)
    line = 1
    for outer, members in value.items():
        line += 1
        assert index.line_of(join((outer,))) == line
        for inner, items in members.items():
            line += 1
            assert index.line_of(join((outer, inner))) == line
            for number in range(len(items)):
                line += 1
                assert index.line_of(join((outer, inner, number))) == line
            line += bool(items)
        line += bool(members)


def test_lines_of_yaml() -> None:
    index = line_index("a:\n  b: [1,\n    2]\n  c: {d: 3}\n  c: 4\n", is_json=False)

    assert [index.line_of(place) for place in ("", "/a", "/a/b", "/a/b/1", "/a/c")] == [1, 1, 2, 3, 5]


def test_what_is_not_there_has_the_line_of_what_is_around_it() -> None:
    assert line_index('{\n"a": {\n"b": 1}}', is_json=True).line_of("/a/none/more") == 2
    assert line_index("x: 1\na:\n  b: 1", is_json=False).line_of("/a/none/more") == 2
