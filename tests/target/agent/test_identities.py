"""What is given where an application asks who is there, and whose token it was shown."""

from __future__ import annotations

from oagen.target.agent.program.doors import granting, unknown_identity
from oagen.target.agent.program.proposing import Outcome
from oagen.target.agent.program.values import Spec, lit

YES: Spec = {"k": "lit", "v": True}
NO: Spec = {"k": "lit", "v": False}
USER: Outcome = {"return": {"k": "call", "of": "shop:User", "kw": {"name": lit("alice")}}}
TOKEN: Spec = {"k": "call", "of": "shop:Token", "kw": {"books_read": YES}}


def test_a_token_allows_what_its_flags_are_about_and_stays_what_it_is() -> None:
    names = ("books_read", "write", "is_bound", "revoked", "disabled")
    token: Spec = {"k": "call", "of": "shop:Token", "kw": {**dict.fromkeys(names, NO), "text": lit("t")}}

    flags = granting(token)["kw"]

    assert {name for name in names if flags[name] == YES} == {"books_read", "write"}
    assert flags["text"] == lit("t")
    assert token["kw"]["write"] == NO


def test_who_looks_a_token_up_gets_one() -> None:
    found = unknown_identity("get_token_for_authentication", USER, token=lambda: TOKEN)

    assert [outcome["return"] for outcome in found] == [TOKEN, USER["return"], lit(None)]


def test_who_looks_a_user_up_gets_no_token() -> None:
    for path in ("get_user", "current_user_of_token", "resolve_token_guard"):
        found = unknown_identity(path, USER, token=lambda: TOKEN)
        assert TOKEN not in [outcome["return"] for outcome in found]


def test_a_user_takes_the_place_of_a_token_where_the_application_has_none() -> None:
    found = unknown_identity("get_token", USER)

    assert [outcome["return"] for outcome in found] == [USER["return"], lit(None)]
