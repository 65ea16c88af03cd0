"""Outcomes in words: what the name of a test says."""

from __future__ import annotations

from typing import Any

import pytest

from oagen.outcomes import wording
from oagen.outcomes.model import Outcome


def lit(value: Any) -> dict[str, Any]:
    return {"k": "lit", "v": value}


YES, NO = ({"k": "lit", "v": flag} for flag in (True, False))
ORDER = {"k": "call", "of": "shop.models:Order", "kw": {"id": lit(7), "status": lit("open"), "paid": NO}}


@pytest.mark.parametrize(
    ("target", "value", "about", "said"),
    [
        ("shop.orders:OrderRepository.get", lit(None), "Order", "there is no order"),
        ("shop.orders:OrderRepository.get", lit(None), "", "there is no order"),
        ("sqlalchemy.orm:Query.first", lit(None), "UserModel", "there is no user"),
        ("shop.crud:get_user_by_email", lit(None), "", "there is no user"),
        ("shop.crud:find", lit(None), "", "find gives nothing"),
        ("shop.orders:AuthorRepository.has_books", YES, "", "author has books"),
        ("shop.orders:AuthorRepository.has_books", NO, "", "author has no books"),
        ("shop.limits:RateLimiter.admits", NO, "", "rate limiter does not admit"),
        ("shop.auth:Identity.may_see", NO, "", "identity may not see"),
        ("shop.crud:find_all", {"k": "list", "items": []}, "", "find all gives nothing"),
        ("sqlalchemy.orm:Query.first", ORDER, "Order", "there is an order"),
    ],
)
def test_a_value_says_what_is_so(target: str, value: dict[str, Any], about: str, said: str) -> None:
    assert wording.of_outcome(target, Outcome(value=value), about) == said


def test_an_exception_is_named_and_one_for_nothing_found_says_so() -> None:
    refused = Outcome(value={"k": "call", "of": "shop.bank:BankUnavailableError"}, raises=True)
    assert wording.of_outcome("shop.bank:Bank.charge", refused) == "charge raises bank unavailable"
    missing = Outcome(value={"k": "call", "of": "shop.models:Note.DoesNotExist"}, raises=True)
    assert wording.of_outcome("django.db.models:QuerySet.get", missing) == "there is no note"


@pytest.mark.parametrize(
    ("path", "now", "said"),
    [
        ("status", lit("shipped"), "order status is shipped"),
        ("status", {"k": "enum", "of": "shop.models:Status", "name": "SHIPPED"}, "order status is shipped"),
        ("paid", YES, "order is paid"),
        ("is_paid", NO, "order is not paid"),
        ("owner", lit("bob"), "order has another owner"),
        ("parent_id", lit(None), "order has no parent id"),
        ("stock", lit(0), "order stock is 0"),
    ],
)
def test_a_field_says_what_is_so(path: str, now: dict[str, Any], said: str) -> None:
    assert wording.of_field("shop.orders:OrderRepository.get", ORDER, path, now) == said
