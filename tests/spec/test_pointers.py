from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from oagen.spec.model import Location
from oagen.spec.pointers import join, split


@given(st.lists(st.text()))
def test_tokens_come_back(tokens: list[str]) -> None:
    assert split(join(tokens)) == tokens
    assert Location("a", "").child(*tokens).pointer == join(tokens)


def test_the_order_of_unescaping_is_that_of_rfc_6901() -> None:
    assert split("/~01") == ["~1"]
    assert split("") == []
    assert split("/") == [""]
