from __future__ import annotations

import pytest

from oagen.config.environment import expanded, headers_of
from oagen.config.settings import Identity
from oagen.errors import ConfigError


def test_a_variable_is_expanded_in_its_place() -> None:
    assert expanded("Bearer ${A}-${B}", {"A": "1", "B": "2"}, what="x") == "Bearer 1-2"


def test_a_value_is_not_expanded_again() -> None:
    assert expanded("${A}", {"A": "${B}"}, what="x") == "${B}"


def test_a_doubled_dollar_stands_for_itself() -> None:
    assert expanded("$${A}", {"A": "1"}, what="x") == "${A}"


def test_a_missing_variable_is_named() -> None:
    identity = Identity(name="alice", headers=(("Authorization", "Bearer ${ALICE_TOKEN}"),))

    with pytest.raises(ConfigError) as caught:
        headers_of(identity, {})

    assert "ALICE_TOKEN" in caught.value.message
    assert "identities.alice.headers.Authorization" in caught.value.message


def test_a_line_break_in_a_secret_is_refused_and_the_secret_not_shown() -> None:
    with pytest.raises(ConfigError) as caught:
        expanded("${A}", {"A": "hunter2\n"}, what="x")

    assert "hunter2" not in caught.value.message
