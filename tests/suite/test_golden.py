"""What is rendered for a small API, to the byte; test_shelf.py runs the same suite."""

from __future__ import annotations

import pytest

from tests.suite.golden import rendered, stored


def test_the_same_files_are_rendered() -> None:
    assert sorted(rendered()) == sorted(stored())


@pytest.mark.parametrize("name", sorted(stored()))
def test_a_file_is_rendered_as_it_was(name: str) -> None:
    assert rendered().get(name) == stored()[name], "if this is meant: python -m tests.suite.golden"
