"""Secrets are found in whatever form they are written, and nothing else is taken for one."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oagen.findings.redaction import REDACTED, Redaction, is_telling, was_redacted
from oagen.runner.login_secrets import secrets_in
from oagen.scenario.model import Body, Literal
from tests.findings import faulty

_SECRETS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=8, max_size=40)
_WRITTEN = st.sampled_from(
    [
        lambda text: text,
        lambda text: quote(text, safe=""),
        quote_plus,
        json.dumps,
        lambda text: json.dumps(text, ensure_ascii=False),
        lambda text: json.dumps({"sent": f"Bearer {text}"}),
        lambda text: base64.b64encode(text.encode()).decode(),
        repr,
    ]
)


@given(secret=_SECRETS, written=_WRITTEN, around=st.text(max_size=20))
def test_a_secret_is_found_in_every_form(secret: str, written: Any, around: str) -> None:
    redaction = Redaction([f"Bearer {secret}"])
    text = written(secret.strip())
    value = {"a": [text, {"b": f"{around}{text}"}], "c": text.encode(), "d": 3, "e": None}

    cleaned = redaction.value(value)

    inner = text.strip("\"'")
    assert inner not in cleaned["a"][0]
    assert inner not in cleaned["a"][1]["b"].removeprefix(around)
    assert inner.encode() not in cleaned["c"]
    assert (cleaned["d"], cleaned["e"]) == (3, None)


@given(text=st.text(max_size=200))
def test_other_text_stays(text: str) -> None:
    assert Redaction(["a-secret-nobody-writes"]).text(text) == text


@pytest.mark.parametrize(
    ("header", "secret"),
    [
        ("Bearer abcdefgh", "abcdefgh"),
        ("session=0123456789; theme=dark-blue", "0123456789"),
        ("Basic " + base64.b64encode(b"me:p4ssw0rd!").decode(), "p4ssw0rd!"),
        ("Token token=0123456789", "0123456789"),
    ],
)
def test_what_is_secret_in_a_header(header: str, secret: str) -> None:
    assert Redaction([header]).text(f"<{secret}>") == f"<{REDACTED}>"


def test_a_word_of_the_document_is_no_secret() -> None:
    redaction = Redaction(["admin", "a-long-token-of-orders"])
    redaction.spare(["GET /admin/users", "GET /orders"])
    redaction.learn(["another-secret"])

    assert redaction.text("GET /admin/users: another-secret") == f"GET /admin/users: {REDACTED}"
    assert redaction.text("a-long-token-of-orders") == REDACTED


def test_of_a_finding_only_what_was_sent_or_said_is_redacted() -> None:
    body = Body(media_type="application/json", value=Literal({"bottles": "secret-of-bottles"}))
    scenario = replace(faulty.BROKEN.scenario, when=replace(faulty.BROKEN.scenario.when, body=body))
    finding = replace(faulty.BROKEN, scenario=scenario, message="no secret-of-bottles")

    cleaned = Redaction(["secret-of-bottles", "POST /bottles", finding.fingerprint]).finding(finding)

    assert (cleaned.operation, cleaned.fingerprint) == (finding.operation, finding.fingerprint)
    assert cleaned.scenario.when.path == "/bottles"
    assert cleaned.message == f"no {REDACTED}"
    assert cleaned.scenario.when.body == replace(body, value=Literal({"bottles": REDACTED}))
    assert (was_redacted(cleaned.scenario), was_redacted(finding.scenario)) == (True, False)


@pytest.mark.parametrize(
    ("name", "telling"),
    [
        *((name, True) for name in ("Authorization", "Set-Cookie", "X-Api-Key", "refresh_token", "client-secret")),
        *((name, False) for name in ("Accept", "author_id", "Content-Type", "X-Request-Id", "quantity")),
    ],
)
def test_names_that_tell(name: str, telling: bool) -> None:
    assert is_telling(name) is telling


def test_what_is_secret_in_the_answer_to_a_login() -> None:
    number = "123e4567-e89b-12d3-a456-426614174000"
    body = {
        "data": {"access_token": "abc-of-the-session", "type": "bearer"},
        "refresh_token": "def-of-the-session",
        "user": {"id": number, "name": "alice", "author": "Jane Austen, novelist"},
        "jwt": "x" * 40,
    }
    headers = [("Set-Cookie", "sid=cookie-value; Path=/"), ("Content-Type", "application/json")]

    found = set(secrets_in(headers, json.dumps(body).encode(), "/data/access_token"))

    assert found == {"abc-of-the-session", "def-of-the-session", "x" * 40, "cookie-value"}
    assert set(secrets_in([], b"{", "/token")) == set()
    assert set(secrets_in([], json.dumps("the-token-itself").encode(), "")) == {"the-token-itself"}
