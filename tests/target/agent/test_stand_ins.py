"""What stands in for queries, which are told apart by their model, and what can't be made."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any, Literal

import pytest

from oagen.target.agent.program.proposing import Proposer
from oagen.target.agent.program.standins import StandIn, exactly
from oagen.target.agent.program.values import UntellableError, build, lit

SOURCE = """
class Book: ...
class Author: ...

class Query:
    def __init__(self, model):
        self.model = model

    def get(self, key):
        raise ConnectionError("no database")

class Session:
    def __get__(self, row, kind):
        raise RuntimeError("outside of an application")

class Row:
    session = Session()
"""


@pytest.fixture
def shop() -> Iterator[Any]:
    module = ModuleType("stand_in_shop")
    exec(SOURCE, vars(module))
    sys.modules["stand_in_shop"] = module
    yield module
    del sys.modules["stand_in_shop"]


def test_a_stand_in_for_one_model_leaves_queries_for_others_alone(shop: Any) -> None:
    book = StandIn("stand_in_shop:Query.get", [{"return": lit("Dune")}], lambda _: False, "stand_in_shop:Book")
    with book.in_place():
        author = StandIn("stand_in_shop:Query.get", [{"return": lit("Ada")}], lambda _: False, "stand_in_shop:Author")
        with author.in_place():
            assert shop.Query(shop.Book).get(1) == "Dune"
            assert shop.Query(shop.Author).get(2) == "Ada"
            with pytest.raises(ConnectionError):
                shop.Query(shop.Query).get(3)


def test_a_test_has_one_mock_for_all_models(shop: Any) -> None:
    missing = {"raise": {"k": "call", "of": "builtins:LookupError", "args": [lit("none")]}}
    items = [["stand_in_shop:Book", {"return": lit("Dune")}], ["stand_in_shop:Author", missing]]
    outcome = {"return": {"k": "by_model", "items": items, "self": True}}
    with exactly("stand_in_shop:Query.get", [outcome], autospec=False):
        assert shop.Query(shop.Book).get(1) == "Dune"
        with pytest.raises(LookupError, match="none"):
            shop.Query(shop.Author).get(2)


def test_a_class_that_does_not_let_itself_be_looked_into_is_not_mocked(shop: Any) -> None:
    with pytest.raises(UntellableError):
        build({"k": "mock", "of": "stand_in_shop:Row", "kw": {}})
    kinds = [outcome["return"]["k"] for outcome in Proposer({}).outcomes(shop.Row)]
    assert "mock" not in kinds


def test_what_comes_instead_of_something_comes_last() -> None:
    outcomes = Proposer({}).outcomes(Literal[False] | int)
    assert next(outcome["return"]["v"] for outcome in outcomes) == 3
    assert lit(False) in [outcome["return"] for outcome in outcomes]  # noqa: FBT003


def test_a_mock_gives_mocks_but_not_for_ever() -> None:
    def encoded(thing: Any) -> Any:
        return thing if isinstance(thing, str) else encoded(thing.tolist())

    made = build({"k": "mock", "of": "", "kw": {}})

    assert made.session.query().filter().first().name is not None
    with pytest.raises(TypeError, match="not JSON serializable"):
        encoded(made)
