"""What a scenario holds survives its stored form."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oagen.errors import StoreError
from oagen.scenario import codec, model
from oagen.spec.model import ParameterLocation, Style

_TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=6)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _TEXT | st.binary(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(_TEXT | st.sampled_from(["$bytes", "$object", "literal"]), inner, max_size=3)
    ),
    max_leaves=5,
)


def _tuples(strategy: st.SearchStrategy[Any], size: int = 2) -> st.SearchStrategy[Any]:
    return st.lists(strategy, max_size=size).map(tuple)


_LEAF = st.one_of(
    st.builds(model.Literal, _JSON),
    st.builds(model.Capture, _TEXT, pointer=_TEXT),
    st.builds(model.Capture, _TEXT, header=_TEXT),
    st.builds(model.Unique, _TEXT, _TEXT, st.booleans()),
    st.builds(model.Credential, _TEXT, _TEXT),
)
_VALUE = st.recursive(
    _LEAF,
    lambda inner: st.one_of(
        st.builds(model.Text, _tuples(inner)),
        st.builds(model.ArrayOf, _tuples(inner)),
        st.builds(model.ObjectOf, _tuples(st.tuples(_TEXT, inner), 3)),
    ),
    max_leaves=3,
)
_MAYBE_TEXT = st.none() | _TEXT
_ARGUMENT = st.builds(
    model.Argument,
    name=_TEXT,
    where=st.sampled_from(ParameterLocation),
    value=_VALUE,
    style=st.sampled_from(Style),
    explode=st.booleans(),
    media_type=_MAYBE_TEXT,
    allow_reserved=st.booleans(),
    raw=st.booleans(),
)
_ENCODING = st.builds(
    model.PartEncoding,
    name=_TEXT,
    content_type=_MAYBE_TEXT,
    style=st.none() | st.sampled_from(Style),
    explode=st.none() | st.booleans(),
)
_BODY = st.builds(model.Body, media_type=_MAYBE_TEXT, value=_VALUE, raw=st.booleans(), encodings=_tuples(_ENCODING, 1))
_REQUEST = st.builds(
    model.Request, method=_TEXT, path=_TEXT, arguments=_tuples(_ARGUMENT), body=st.none() | _BODY, identity=_MAYBE_TEXT
)
_GIVEN = st.builds(model.Step, name=_TEXT, request=_REQUEST, status=_TEXT) | st.builds(
    model.ProviderState, name=_TEXT, parameters=_tuples(st.tuples(_TEXT, _VALUE), 1)
)
_BODY_CHECK = st.builds(model.BodyCheck, pointer=_TEXT, value=_VALUE)
_THEN = st.builds(
    model.Expectation,
    status=_TEXT,
    excluded=_tuples(_TEXT),
    media_types=_tuples(_TEXT),
    headers=_tuples(
        st.builds(
            model.HeaderCheck,
            name=_TEXT,
            rule=st.sampled_from(model.HeaderRule),
            values=_tuples(_TEXT),
            required=st.booleans(),
        ),
        1,
    ),
    body=_tuples(_BODY_CHECK, 1),
    effects=_tuples(
        st.builds(model.Effect, reason=_TEXT, request=_REQUEST, statuses=_tuples(_TEXT), body=_tuples(_BODY_CHECK, 1)),
        1,
    ),
)
_SCENARIO = st.builds(
    model.Scenario,
    operation=_TEXT,
    status=_TEXT,
    technique=_TEXT,
    title=_TEXT,
    pointer=_TEXT,
    document=_TEXT,
    given=_tuples(_GIVEN),
    when=_REQUEST,
    alongside=_tuples(_REQUEST, 1),
    repeat=st.integers(1, 9),
    then=_THEN,
    auth=st.booleans(),
)


def _scenario(value: Any) -> model.Scenario:
    return model.Scenario(
        operation="POST /orders",
        status="201",
        technique="valid request",
        title="201",
        pointer="/paths/~1orders/post/responses/201",
        when=model.Request(
            method="POST", path="/orders", body=model.Body(media_type="application/json", value=model.Literal(value))
        ),
        then=model.Expectation(status="201"),
    )


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(_SCENARIO)
def test_every_scenario_survives_json(scenario: model.Scenario) -> None:
    text = codec.dumps(scenario)

    assert text.isascii()
    assert repr(codec.loads(text)) == repr(scenario)  # repr: NaN is not equal to itself
    assert codec.dumps(codec.loads(text)) == text


@pytest.mark.parametrize(
    "value",
    [
        b"\x00\xff",
        math.inf,
        -0.0,
        1.0,
        "\ud83d\ude00",
        "\udc00-\ud800",
        {"$bytes": "AA=="},
        {"$object": [["a", 1]], "b": b""},
        {"\ud800": [None, {"x": b"y"}]},
        10**5000,
    ],
    ids=["bytes", "infinity", "negative-zero", "float", "pair", "reversed", "tagged", "tagged-2", "key", "huge"],
)
def test_values_outside_json_survive(value: Any) -> None:
    body = codec.loads(codec.dumps(_scenario(value))).when.body

    assert body is not None
    assert isinstance(body.value, model.Literal)
    assert body.value.value == value
    assert type(body.value.value) is type(value)


def test_doubled_keys_and_repeated_headers_survive() -> None:
    header = model.Argument(name="X-A", where=ParameterLocation.HEADER, value=model.Literal("1"))
    doubled = model.ObjectOf((("a", model.Literal(1)), ("a", model.Literal(2))))
    scenario = dataclasses.replace(
        _scenario(None),
        when=model.Request(
            method="POST", path="/", arguments=(header, header), body=model.Body(media_type=None, value=doubled)
        ),
    )

    assert codec.loads(codec.dumps(scenario)) == scenario


def test_what_is_at_its_default_takes_no_room() -> None:
    assert "explode" not in codec.dumps(_scenario(1))


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"version": None}, "/version"),
        ({"surprise": 1}, "/surprise"),
        ({"title": 3}, "/title"),
        ({"given": [{"wish": {}}]}, "'wish'"),
        ({"given": {}}, "/given"),
        ({"when": {"method": "GET"}}, "/when/path"),
        ({"when": {"method": "GET", "path": {"$bytes": "AA=="}}}, "/when/path"),
        ({"then": {"status": "200", "body": [{"pointer": "", "value": {"literal": {"$new": 1}}}]}}, "$new"),
        ({"then": {"status": "200", "body": [{"pointer": "", "value": {"literal": {"$bytes": "?"}}}]}}, "$bytes"),
        ({"then": {"status": "200", "headers": [{"name": "A", "rule": "sings"}]}}, "sings"),
    ],
    ids=str,
)
def test_damage_is_named_with_its_place(change: dict[str, Any], place: str) -> None:
    data = {**codec.dump(_scenario(1)), **change}

    with pytest.raises(StoreError) as caught:
        codec.load(data)

    assert place in caught.value.message
    assert caught.value.hint


def test_a_newer_form_is_refused_with_advice() -> None:
    with pytest.raises(StoreError, match="newer") as caught:
        codec.load({**codec.dump(_scenario(1)), "version": codec.VERSION + 1})

    assert "Upgrade" in (caught.value.hint or "")


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000, json.dumps("x")])
def test_what_is_no_scenario_is_refused(text: str) -> None:
    with pytest.raises(StoreError):
        codec.loads(text)
