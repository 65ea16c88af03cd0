"""`WWW-Authenticate` by its grammar."""

from __future__ import annotations

import pytest

from oagen.runner.challenges import Challenge, parse_challenges


def _parsed(text: str) -> list[tuple[str, str | None, dict[str, str]]]:
    return [(item.scheme, item.token, dict(item.parameters)) for item in parse_challenges(text)]


@pytest.mark.parametrize(
    ("text", "challenges"),
    [
        ("Bearer", [("bearer", None, {})]),
        ("Bearer ", [("bearer", None, {})]),
        ("Bearer,", [("bearer", None, {})]),
        (", Basic realm=x", [("basic", None, {"realm": "x"})]),
        ('Basic realm="a, \\"b\\""', [("basic", None, {"realm": 'a, "b"'})]),
        ('Basic REALM = "x" , charset="UTF-8"', [("basic", None, {"realm": "x", "charset": "UTF-8"})]),
        ("Negotiate abc/+d==", [("negotiate", "abc/+d==", {})]),
        ("Basic, Bearer", [("basic", None, {}), ("bearer", None, {})]),
        # RFC 9110, 11.6.1
        (
            'Basic realm="simple", Newauth realm="apps", type=1, title="To \\"apps\\""',
            [
                ("basic", None, {"realm": "simple"}),
                ("newauth", None, {"realm": "apps", "type": "1", "title": 'To "apps"'}),
            ],
        ),
        (
            'Digest nonce="", Negotiate a=, Basic realm=""',
            [("digest", None, {"nonce": ""}), ("negotiate", "a=", {}), ("basic", None, {"realm": ""})],
        ),
    ],
)
def test_well_formed(text: str, challenges: list[tuple[str, str | None, dict[str, str]]]) -> None:
    assert _parsed(text) == challenges


@pytest.mark.parametrize(
    "text",
    [
        "",
        " , ",
        "Please log in",
        'Basic realm="x',
        'Basic realm="x" Bearer',
        "Basic realm=a b",
        "Basic realm=x, realm=y",
        'realm="x"',
        "Bearer: token",
        "Basic {realm}",
        'Basic realm="é\u0100"',
        "Bearer a=b=c",
    ],
)
def test_malformed(text: str) -> None:
    with pytest.raises(ValueError):
        parse_challenges(text)


def test_a_challenge_keeps_the_order_of_its_parameters() -> None:
    assert parse_challenges("A b=1, a=2") == (Challenge(scheme="a", parameters=(("b", "1"), ("a", "2"))),)
